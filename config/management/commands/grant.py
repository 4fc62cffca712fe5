"""manage.py grant [ROLE]: after every migrate, run as the tables' owner: the rights
of the application's role."""

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction

from config import grants


class Command(BaseCommand):
    help = "给应用的数据库角色授予 config/grants.py 所列的权限（由属主角色在 migrate 之后执行）"

    def add_arguments(self, parser):
        parser.add_argument("role", nargs="?", default="mingqian_app", help="应用登录数据库所用的角色")

    def handle(self, *args, role, **options):
        if connection.vendor != "postgresql":
            self.stdout.write(
                "SQLite 没有角色：跳过（持有数据库文件的人可以改任何一行，只能由核验对照锚点发现）"
            )
            return
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            try:
                with transaction.atomic():
                    for statement in grants.statements(role, connection.settings_dict["NAME"], tables):
                        cursor.execute(statement)
            except ProgrammingError as wrong:
                raise CommandError(
                    f"授权没有做成：{str(wrong).strip()}（须由建表的属主角色执行，且角色 {role} 已建立）"
                ) from None
        unknown = sorted(set(grants.RIGHTS) - set(tables))
        if unknown:
            raise CommandError(f"config/grants.py 列了不存在的表：{'、'.join(unknown)}")
        self.stdout.write(f"{role}：{len(tables)} 张表已授权")
