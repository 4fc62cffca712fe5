"""manage.py import_subjects FILE [--apply]: what a register file would change; with --apply, change it."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registries.errors import DomainError
from registries.models import Account, ImportLine
from registries.sentences import say
from registries.services import imports

from ...states import ImportState


class Command(BaseCommand):
    help = "导入检查对象名录（xlsx、xls、csv）：先预览差异，加 --apply 才应用"

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--apply", action="store_true", help="应用")
        parser.add_argument("--by", help="经办账户的用户名；只有一个经办人时可不写")
        parser.add_argument("--rows", type=int, default=10, help="每类显示几行")

    def handle(self, *args, file, **options):
        by = self._account(options["by"])
        try:
            run = imports.preview(Path(file).read_bytes(), Path(file).name, by=by)
            if run.status == ImportState.UNMAPPED:
                raise DomainError("no_name_column", headers="、".join(filter(None, run.headers))[:200])
            self._show(run, options["rows"])
            if options["apply"]:
                imports.apply(run, by=by)
                self.stdout.write("已应用。")
            else:
                self.stdout.write("仅预览，名录未改动；加 --apply 应用。")
        except DomainError as refused:
            raise CommandError(say(refused)) from None
        except OSError as wrong:
            raise CommandError(f"打不开文件：{wrong}") from None

    def _account(self, username):
        if username:
            found = Account.objects.filter(username=username)
        else:
            found = (
                Account.objects.filter(role_grants__role="clerk", is_active=True).order_by("pk").distinct()
            )
        if not found:
            raise CommandError("没有可用的经办账户；请用 --by 指明用户名")
        return found[0]

    def _show(self, run, rows):
        titles = dict(ImportLine.OUTCOMES)
        for outcome, count in run.counts.items():
            self.stdout.write(f"{titles[outcome]}：{count}")
            if outcome in ("changed", "quarantined", "refused"):
                for line in run.lines.filter(outcome=outcome)[:rows]:
                    detail = line.reason or "；".join(
                        f"{k}：{old} → {new}" for k, (old, new) in line.values.items()
                    )
                    self.stdout.write(f"    第 {line.row} 行 {line.name} {detail}")
