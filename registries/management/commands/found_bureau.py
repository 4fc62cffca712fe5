"""manage.py found_bureau CODE NAME SHORT --officer USERNAME: a bureau with its default tables and first account.

The officer's one-time password is printed once; every further account and role is given at the desk.
"""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registries.models import Account
from registries.services import accounts, bureaus


class Command(BaseCommand):
    help = "设立机关：默认分类、回避事由、原因代码、期限和工作日历，以及第一个系统管理账户"

    def add_arguments(self, parser):
        parser.add_argument("code", help="行政区划代码，例如 150626")
        parser.add_argument("name", help="机关名称")
        parser.add_argument("short_name", help="文号简称，例如 乌")
        parser.add_argument("--officer", required=True, help="系统管理账户的用户名")

    @transaction.atomic
    def handle(self, *args, code, name, short_name, officer, **options):
        if Account.objects.filter(username=officer).exists():
            raise CommandError(f"用户名 {officer} 已被使用")
        bureau = bureaus.found(code, name, short_name)
        password = secrets.token_urlsafe(12)
        accounts.open_account(bureau, officer, "系统管理", ["officer"], password=password)
        self.stdout.write(
            f"{bureau.name} 已设立。系统管理账户 {officer}，密码 {password}（只显示这一次，请登录后修改）。"
        )
