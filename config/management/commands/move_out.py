"""manage.py move_out CODE TO FILE: close a bureau here and put all that is its own into one sealed file, for
move_in of another installation. The tables' owner only."""

import secrets
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from registries.errors import DomainError
from registries.models import Bureau
from registries.sentences import say

from ...moving import leaving

LEAST = 12  # letters of a password that somebody has thought of


class Command(BaseCommand):
    help = "把一个机关搬出：这里从此只读、不再办理，网址转到新的地方；全部记录和文件装进一个加密的包"

    def add_arguments(self, parser):
        parser.add_argument("code", help="行政区划代码")
        parser.add_argument("to", help="以后公示页面的网址，如 https://gs.example.gov.cn/b/990101")
        parser.add_argument("file", help="包的文件名（不能已经存在）")
        parser.add_argument("--password-file", help="口令写在这个文件里；不写的，口令只显示这一次")

    def handle(self, *args, code, to, file, password_file, **options):
        bureau = Bureau.objects.filter(code=code).first()
        if bureau is None:
            raise CommandError(f"没有代码是 {code} 的机关。")
        if not to.startswith(("https://", "http://")) or len(to) > 200:
            raise CommandError("新的网址要以 https:// 或 http:// 开头，不超过 200 个字。")
        is_again = bureau.moved_at is not None
        try:
            password = Path(password_file).read_text(encoding="utf-8").strip() if password_file else ""
            if password and len(password) < LEAST:
                raise CommandError(f"口令至少 {LEAST} 个字：包里是整个机关的记录。")
            given = password or secrets.token_urlsafe(24)
            manifest = leaving.leave(bureau, to.rstrip("/"), Path(file), given)
        except DomainError as refused:
            raise CommandError(say(refused)) from None
        except FileExistsError:
            raise CommandError(f"{file} 已经存在，不覆盖。请换一个文件名再做一次。") from None
        except ProgrammingError as wrong:
            raise CommandError(f"须由数据库的属主角色执行：{str(wrong).strip()}") from None
        except OSError as wrong:
            raise CommandError(f"写不了或读不了文件：{wrong}") from None
        rows, head = sum(manifest["rows"].values()), manifest["anchor"]
        self.stdout.write(
            f"{manifest['name']} {'又装了一次' if is_again else '已搬出'}：{rows} 行、"
            f"{manifest['files']} 个文件，"
            f"办理日志到第 {head['seq']} 条，末条指纹 {head['digest']}。"
            f"这里从此只读，网址转到 {manifest['moved_to']}。"
        )
        if not password:
            self.stdout.write(f"包的口令只显示这一次，请与包分开送：{given}")
