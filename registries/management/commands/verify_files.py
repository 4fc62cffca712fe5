"""manage.py verify_files: read every kept file again and compare it with its SHA-256; exit
1 and name what is wrong."""

import sys

from django.core.management.base import BaseCommand

from ...services import storage


class Command(BaseCommand):
    help = "核验全部存档文件：是否都在、内容是否与存入时相同"

    def handle(self, *args, **options):
        count, faults = storage.verify()
        self.stdout.write(
            f"存档文件：{count} 个，" + ("全部完好" if not faults else f"{len(faults)} 个有问题")
        )
        for fault in faults:
            self.stdout.write(f"    {fault}")
        if faults:
            sys.exit(1)
