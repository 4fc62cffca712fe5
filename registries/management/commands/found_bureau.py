"""manage.py found_bureau CODE NAME SHORT --officer USERNAME --security USERNAME: a bureau with its default
tables and its first two accounts: one asks, the other confirms.

Their one-time passwords are printed once; every further account and role is given at the desk by the two. For
a bureau of before, whose officer was alone, the same command with --security names the second one.
"""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registries import numbering
from registries.models import Account, Bureau
from registries.services import accounts, bureaus
from registries.services.messages import holders

MIXED = (
    "这套系统已经设立了“{first}”。再设一个机关以后，办理和名录各归各的，互相看不到；"
    "公示页也各归各的：两个机关都有公示内容以后，首页成为目录，各机关在 /b/代码/ 或者自己的主机名下，"
    "原来的网址和印出去的二维码自动转到“{first}”。"
    "确实要在同一套系统里再设一个机关，加 --anyway。"
)


NO_SPAN = (
    "这套系统的编号没有从区划代码的号段开始（要由数据库的属主角色执行，代码前六位是数字）："
    "不影响使用；以后要把机关迁到另一套系统的，请现在改由属主重新设立。"
)


class Command(BaseCommand):
    help = "设立机关：默认分类、回避事由、原因代码、期限和工作日历，以及系统管理员、安全管理员两个账户"

    def add_arguments(self, parser):
        parser.add_argument("code", help="行政区划代码，例如 150626")
        parser.add_argument("name", help="机关名称")
        parser.add_argument("short_name", help="文号简称，例如 乌")
        parser.add_argument("--officer", help="系统管理员的用户名（提出的人）")
        parser.add_argument("--security", required=True, help="安全管理员的用户名（确认的人，要是另一个人）")
        parser.add_argument("--anyway", action="store_true", help="这套系统已有机关时仍然设立")

    @transaction.atomic
    def handle(self, *args, code, name, short_name, officer, security, anyway, **options):
        known = Bureau.objects.filter(code=code).first()
        if known and not officer:
            self._second(known, security)
            return
        if not officer:
            raise CommandError("请用 --officer 写明系统管理员的用户名。")
        if not anyway and (first := Bureau.objects.order_by("pk").first()):
            raise CommandError(MIXED.format(first=first.name))
        if not Bureau.objects.exists() and not numbering.begin(code):
            self.stdout.write(NO_SPAN)
        bureau = bureaus.found(code, name, short_name)
        self.stdout.write(f"{bureau.name} 已设立。密码只显示这一次，请分别交给两个人，登录后修改：")
        self._open(bureau, officer, "系统管理员", "officer")
        self._open(bureau, security, "安全管理员", "security")
        self.stdout.write(
            "以后的账户、角色、密码和规则，由系统管理员提出、安全管理员（或者负责人）确认。"
            "审计管理员由第三个人担任。监督人（纪检）和见证人不能是同一个人：纪检做见证的，另派一人。"
        )

    def _second(self, bureau, security):
        if holders(bureau.pk, "registries.confirm_consent", "security").exists():
            raise CommandError(f"{bureau.name} 已有安全管理员；另加的请在工作台由两个人办理。")
        self.stdout.write(
            f"{bureau.name}：从前的“系统管理”就是现在的系统管理员，只提出，不能单独生效；"
            "从前兼“审计”的，请终止其中一个角色。"
        )
        self._open(bureau, security, "安全管理员", "security")

    def _open(self, bureau, username, title, role):
        if Account.objects.filter(username=username).exists():
            raise CommandError(f"用户名 {username} 已被使用")
        password = secrets.token_urlsafe(12)
        accounts.open_account(bureau, username, title, [role], password=password, is_once=True)
        self.stdout.write(f"  {title} {username}，密码 {password}")
