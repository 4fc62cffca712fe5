"""manage.py move_in FILE: take a bureau in that another installation has put into a sealed file (move_out),
whole or not at all. The tables' owner only."""

import getpass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from registries.errors import DomainError
from registries.models import Bureau
from registries.sentences import say

from ...moving import arriving


class Command(BaseCommand):
    help = "把另一套系统搬出的机关搬进来：日志接着原来的往下写，各核验程序都通过才算数"

    def add_arguments(self, parser):
        parser.add_argument("file", help="move_out 做的包")
        parser.add_argument("--password-file", help="口令写在这个文件里；不写的当场输入")
        parser.add_argument(
            "--rename", action="append", default=[], metavar="原名=新名", help="用户名在这里已被占用的"
        )
        parser.add_argument("--upper", help="在这套系统里的上级机关的代码")

    def handle(self, *args, file, password_file, rename, upper, **options):
        renamed = dict(each.partition("=")[::2] for each in rename)
        if not all(renamed.values()):
            raise CommandError("--rename 写成 原名=新名")
        above = Bureau.objects.filter(code=upper).first() if upper else None
        if upper and above is None:
            raise CommandError(f"没有代码是 {upper} 的机关。")
        try:
            kept = Path(password_file).read_text(encoding="utf-8") if password_file else ""
            given = kept.strip() or getpass.getpass("口令：").strip()
            manifest = arriving.arrive(Path(file), given, renamed, above)
        except DomainError as refused:
            raise CommandError(say(refused)) from None
        except ProgrammingError as wrong:
            raise CommandError(f"须由数据库的属主角色执行：{str(wrong).strip()}") from None
        except OSError as wrong:
            raise CommandError(f"打不开文件：{wrong}") from None
        rows, head = sum(manifest["rows"].values()), manifest["anchor"]
        self.stdout.write(
            f"{manifest['name']} 已搬进：{rows} 行、{manifest['files']} 个文件；"
            f"办理日志第 1 到 {head['seq']} 条与原来一致，各次抽取、公示逐项核验一致。"
            f"账户照旧；在原处登录着的要重新登录。"
        )
