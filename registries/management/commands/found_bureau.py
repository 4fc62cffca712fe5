"""manage.py found_bureau CODE NAME SHORT --officer USERNAME: a bureau with its default
tables and first account.

The officer's one-time password is printed once; every further account and role is given at the desk.
"""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registries.models import Account, Bureau
from registries.services import accounts, bureaus

MIXED = (
    "这套系统已经设立了“{first}”。再设一个机关以后，办理和名录各归各的，互相看不到；"
    "公示页也各归各的：两个机关都有公示内容以后，首页成为目录，各机关在 /b/代码/ 或者自己的主机名下，"
    "原来的网址和印出去的二维码自动转到“{first}”。"
    "确实要在同一套系统里再设一个机关，加 --anyway。"
)


class Command(BaseCommand):
    help = "设立机关：默认分类、回避事由、原因代码、期限和工作日历，以及第一个系统管理账户"

    def add_arguments(self, parser):
        parser.add_argument("code", help="行政区划代码，例如 150626")
        parser.add_argument("name", help="机关名称")
        parser.add_argument("short_name", help="文号简称，例如 乌")
        parser.add_argument("--officer", required=True, help="系统管理账户的用户名")
        parser.add_argument("--anyway", action="store_true", help="这套系统已有机关时仍然设立")

    @transaction.atomic
    def handle(self, *args, code, name, short_name, officer, anyway, **options):
        if not anyway and (first := Bureau.objects.order_by("pk").first()):
            raise CommandError(MIXED.format(first=first.name))
        if Account.objects.filter(username=officer).exists():
            raise CommandError(f"用户名 {officer} 已被使用")
        bureau = bureaus.found(code, name, short_name)
        password = secrets.token_urlsafe(12)
        accounts.open_account(bureau, officer, "系统管理", ["officer"], password=password)
        self.stdout.write(
            f"{bureau.name} 已设立。系统管理账户 {officer}，密码 {password}（只显示这一次，请登录后修改）。"
        )
