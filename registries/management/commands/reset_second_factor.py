"""manage.py reset_second_factor USERNAME: for the one officer whose phone and recovery codes are lost."""

from django.core.management.base import BaseCommand, CommandError

from registries.models import Account
from registries.services import secondfactors


class Command(BaseCommand):
    help = "重设一个账户的动态口令（系统管理员自己的手机和恢复码都丢失时用；记入办理日志）"

    def add_arguments(self, parser):
        parser.add_argument("username", help="用户名")

    def handle(self, *args, username, **options):
        account = Account.objects.filter(username=username).first()
        if account is None or secondfactors.of(account) is None:
            raise CommandError(f"没有启用了动态口令的账户 {username}")
        secondfactors.take_away(account, by=None)
        self.stdout.write(f"已重设 {username} 的动态口令；下次登录只凭密码，登录后重新启用。")
