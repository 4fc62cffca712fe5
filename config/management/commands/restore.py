"""manage.py restore FILE: into an empty database (as the tables' owner), then every verifier.

Also the drill: with DATABASE_URL and MINGQIAN_VAR pointing at something new it
proves that the backup is good.
"""

import sys
import time

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from inspections.models import Draw
from inspections.watch import verification
from publicity import verification as publicity
from registries.models import Bureau, PublicLog
from registries.services import journal, storage

from ... import backups


class Command(BaseCommand):
    help = "把备份恢复到一个空的数据库和空的存档目录，然后逐项核验"
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="备份文件")
        parser.add_argument("--role", default="mingqian_app", help="恢复后授权给哪个应用角色（PostgreSQL）")

    def handle(self, *args, file, role, **options):
        began = time.monotonic()
        try:
            manifest = backups.restore(file)
        except backups.BackupRefused as refused:
            raise CommandError(str(refused)) from None
        if connection.vendor == "postgresql":
            call_command("grant", role, stdout=self.stdout)
        took = time.monotonic() - began
        faults = self._say("各表行数", manifest["wrong"])
        if manifest["migrated"]:
            self.stdout.write(f"这份备份比程序旧：已补做 {manifest['migrated']} 项迁移，现在与程序一致。")
        known = manifest["anchor"]["bureaus"]
        for bureau in Bureau.objects.order_by("code"):
            anchor = known.get(bureau.code)
            faults += self._say(f"{bureau.name}：办理日志", journal.verify(bureau, anchor)[1])
            faults += self._say(f"{bureau.name}：编号序列", verification.verify_series(bureau, anchor))
            for pk, number in Draw.objects.filter(bureau=bureau).order_by("pk").values_list("pk", "number"):
                faults += self._say(number, verification.verify(pk))
            faults += self._say(f"{bureau.name}：公示和公开", publicity.verify(bureau))
        faults += self._say("存档文件", storage.verify()[1])
        self.stdout.write(
            f"备份作于 {manifest['made_at']}（距今 {backups.age(manifest).total_seconds() / 60:.0f} "
            f"分钟，此后的办理不在其中）；"
            f"恢复用时 {took:.1f} 秒，核验用时 {time.monotonic() - began - took:.1f} 秒。"
        )
        if PublicLog.objects.exclude(origin="").exists():
            self.stdout.write(
                "公开日志：签署的机器第一次签署前会与已经签出去的核对；停住的，用 manage.py log_resume 恢复。"
            )
        if faults:
            sys.exit(1)

    def _say(self, what, faults):
        self.stdout.write(f"{what}：" + ("一致" if not faults else "不一致"))
        for fault in faults:
            self.stdout.write(f"    {fault}")
        return len(faults)
