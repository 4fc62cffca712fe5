"""manage.py copy_files: bring the kept files of this machine's folder into the bucket of FILES_BUCKET.
May be run again: what is there already is left. Exit 1 where a file lacks or has changed."""

import sys

from django.core.management.base import BaseCommand, CommandError

from registries import shelf
from registries.models import StoredFile


class Command(BaseCommand):
    help = "把本机存档文件夹里的文件抄进共用的对象存储（FILES_BUCKET）；可以重复执行"

    def handle(self, *args, **options):
        if shelf.is_folder():
            raise CommandError("没有设置 FILES_BUCKET：存档就在本机的文件夹里，不用抄。")
        copied, faults = 0, []
        for stored in StoredFile.objects.order_by("digest").iterator():
            if stored.is_here():
                continue
            try:
                shelf.put(stored.place, stored.path.read_bytes())
                stored.read()  # proved as it lies there
                copied += 1
            except FileNotFoundError:
                faults.append(f"{stored.digest}：文件夹里也没有")
            except ValueError:
                shelf.drop(stored.place)
                faults.append(f"{stored.digest}：内容与指纹不符，没有抄")
        self.stdout.write(f"抄了 {copied} 个文件，有问题的 {len(faults)} 个。")
        for fault in faults:
            self.stdout.write(f"    {fault}")
        if faults:
            sys.exit(1)
