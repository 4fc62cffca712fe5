"""manage.py log_key [CODE]: on the machine that signs: a key for each bureau's log that has none; prints the
verifier keys. --renew: a new key beside the old one, which signs the leaf that names it. --end KEY: one signs
no more. Keys lie in LOG_KEYS_DIR, in no database and no backup."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registries.models import Bureau, LogEntry
from registries.services import journal, leaves, logkeys, logsigning


class Command(BaseCommand):
    help = "公开日志的签名密钥：没有的生成，打印公钥；--renew 换新的，--end 停用旧的"

    def add_arguments(self, parser):
        parser.add_argument("code", nargs="?", metavar="机关代码")
        parser.add_argument("--renew", action="store_true")
        parser.add_argument("--end", metavar="公钥", default="")

    def handle(self, *args, code, renew, end, **options):
        bureaus = Bureau.objects.here()
        bureaus = bureaus.filter(code=code) if code else bureaus
        if not bureaus.exists():
            raise CommandError(f"没有这个机关：{code}")
        if (renew or end) and not code:
            raise CommandError("换密钥一次只换一个机关的：请写机关代码")
        for bureau in bureaus:
            with transaction.atomic():
                log = leaves.living(bureau)
                self._one(log, renew, end)
            self.stdout.write(f"{bureau.name}\n    {log.origin}")
            for each in logkeys.signers(log):
                self.stdout.write(f"    {each.key}")

    def _one(self, log, renew, end):
        if log.stopped_at is not None:
            raise CommandError(f"{log.origin} 停着，先用 log_resume 恢复：{log.stopped_for}")
        if not log.origin or not logkeys.signers(log):
            if log.origin and LogEntry.objects.filter(log=log, kind="key").exists() and not renew:
                raise CommandError(
                    f"{log.origin} 的密钥不在这台机器上。密钥丢了才用 --renew；见证方要重新登记新的公钥。"
                )
            logsigning.begin(log)
        elif renew:
            key = logkeys.make(log, again=True)
            leaves.append(log, "key", about=str(key), op="begin")
            journal.write("log.key_begun", by=None, bureau=log.bureau, about=log.bureau.about)
        if end:
            if len(logkeys.signers(log)) < 2:
                raise CommandError("只剩一把密钥，不能停用。先 --renew，等见证方都登记了新的。")
            leaves.append(log, "key", about=end, op="end")
            journal.write("log.key_ended", by=None, bureau=log.bureau, about=log.bureau.about)
            transaction.on_commit(lambda: logkeys.drop(log, end))
