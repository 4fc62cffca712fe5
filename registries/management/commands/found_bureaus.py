"""manage.py found_bureaus FILE --passwords FILE: many bureaus from one table (xlsx, xls, csv), with their
places in the tree of 省、市、县. All or none; run again it changes nothing but the places.

The one-time passwords go into a file that only its owner reads: hand them out, then delete it.
"""

import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registries import exports, numbering
from registries.errors import DomainError
from registries.models import Bureau
from registries.sentences import say
from registries.services import foundings

from .found_bureau import NO_SPAN


class Command(BaseCommand):
    help = "照一张表设立省、市、县各机关：代码、机关名称、文号简称、层级、上级代码、系统管理员、安全管理员"

    def add_arguments(self, parser):
        parser.add_argument("file", help="机关的表")
        parser.add_argument("--passwords", required=True, help="一次性密码写到这个文件（不能已经存在）")
        parser.add_argument("--dry-run", action="store_true", help="只核对这张表")

    def handle(self, *args, file, passwords, dry_run, **options):
        try:
            rows = foundings.read(Path(file).read_bytes(), Path(file).name)
            if dry_run:
                self.stdout.write(f"{len(rows)} 个机关，没有发现问题；没有设立。")
                return
            # it holds passwords, and must be there before a bureau is
            descriptor = os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(exports.csv_bytes(self._found(rows)))
        except DomainError as refused:
            raise CommandError(say(refused)) from None
        except FileExistsError:
            raise CommandError(f"{passwords} 已经存在，没有设立。请换一个文件名。") from None
        except OSError as wrong:
            raise CommandError(f"打不开文件：{wrong}") from None

    def _found(self, rows):
        """The bureaus founded; the rows of the file of passwords."""
        if not Bureau.objects.exists() and not numbering.begin(rows[0].code.ljust(6, "0")):
            self.stdout.write(NO_SPAN)
        told = foundings.found(rows)
        fresh = sum(bool(opened) for _, opened in told)
        self.stdout.write(
            f"新设 {fresh} 个机关，{len(told) - fresh} 个原已设立（只改层级和上级）。"
            "一次性密码在上面写的文件里，分别交给两个人，登录后修改，然后删去文件。"
        )
        yield ["机关代码", "机关名称", "用户名", "一次性密码"]
        for each, opened in told:
            for name, password in opened.items():
                yield [each.code, each.name, name, password]
