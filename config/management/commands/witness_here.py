"""manage.py witness_here: for the demonstration only: a witness beside it on this machine, registered with
every bureau's log. A real witness is somebody else's, on somebody else's machine."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from publicity import witness
from registries.models import Account, LogEntry, LogWitness, PublicLog
from registries.services import logpolicy

NAME = "witness.demo"


class Command(BaseCommand):
    help = "试用：在本机起一个公开日志的见证方（正式使用时，见证方须由别的单位在别的机器上运行）"

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8787)

    def handle(self, *args, port, **options):
        if not settings.LOG_KEY_BY_ITSELF:
            raise CommandError("这只用于试用。正式的见证方由别的单位运行，见公示页“怎样做见证方”。")
        made = witness.Witness(settings.VAR_DIR / "witness.sqlite")
        try:
            key = made.key()
        except witness.Wrong:
            key = made.begin(NAME)
        for log in PublicLog.objects.filter(is_living=True).select_related("bureau").exclude(origin=""):
            keys = LogEntry.objects.filter(log=log, kind="key").order_by("n").values_list("about", flat=True)
            made.watch(list(dict.fromkeys(keys)))
            self._register(log.bureau, str(key), port)
        self.stdout.write(f"见证方 {key.name} 在 http://127.0.0.1:{port} 应答，Ctrl-C 停止。", ending="\n")
        self.stdout.flush()
        try:
            witness.server_of(made, port).serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("已停止。")

    def _register(self, bureau, key, port):
        if LogWitness.objects.filter(bureau=bureau, key=key, until=None).exists():
            return
        accounts = Account.objects.filter(bureau=bureau, is_active=True).order_by("pk")
        head = next((each for each in accounts if each.has_perm(logpolicy.ACT)), None)
        if head is not None:
            logpolicy.add(bureau, "试用见证方", key, f"http://127.0.0.1:{port}", by=head)
