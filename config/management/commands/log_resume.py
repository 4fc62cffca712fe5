"""manage.py log_resume CODE [--note FILE] [--from PLACE …] [--copies FOLDER] [--give-up] [--new]: a log that
stands still goes on, on the machine that has its key.

--note: the newest printed checkpoint, typed into a file. --from: where its files may lie too: the address of
a mirror, a folder of a disc. --copies: a folder of what the supervisor has taken away (sealed-….zip, or its
files): a thrown draw that the database has lost comes back. --give-up: a thrown draw that nobody has any more
is void. --new: the bytes are nowhere, a second log begins.
"""

import zipfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from inspections.sentences import say
from publicity.services import logresuming
from registries.errors import DomainError
from registries.models import PublicLog

_THEN = (
    "提交了还没有打开的数值，请见证人重新掷、重新提交，日志上会看到两次。公示的第一次公布请核对以后重新公示。"
    "变更补不回；日志里已有申请的那一次，也不能另办一次：请报告监督人。"
)


class Command(BaseCommand):
    help = "恢复停住的公开日志：取回缺的条目，与已经签出去的树根核对，再往下写"

    def add_arguments(self, parser):
        parser.add_argument("code", metavar="机关代码")
        parser.add_argument("--note", metavar="检查点文件")
        parser.add_argument("--from", dest="sources", action="append", default=[], metavar="网址或文件夹")
        parser.add_argument("--copies", metavar="监督人的封存件所在的文件夹")
        parser.add_argument("--give-up", action="store_true", help="没有封存件的封存，在日志里作废")
        parser.add_argument("--new", action="store_true", help="哪里都找不回：这本不再签署，另起一本")

    def handle(self, *args, code, note, sources, copies, give_up, new, **options):
        log = PublicLog.objects.select_related("bureau").filter(bureau__code=code, is_living=True).first()
        if log is None:
            raise CommandError(f"{code} 没有公开日志")
        try:
            if new:
                fresh = logresuming.begin_anew(log, "条目找不回，另起一本", tuple(sources))
                self.stdout.write(f"已另起第 {fresh.number} 本。见证方要人工登记它；原来的不再签署。")
                return
            text = Path(note).read_text(encoding="utf-8") if note else ""
            kept = tuple(_files(copies)) if copies else ()
            done = logresuming.resume(log, text, tuple(sources), kept, give_up)
        except (DomainError, OSError) as refused:
            raise CommandError(say(refused) if isinstance(refused, DomainError) else str(refused)) from None
        self.stdout.write(f"取回 {done.fetched} 条，与签出去的树根一致，日志已恢复。")
        for each in done.missing:
            self.stdout.write(f"    数据库里缺：{each}")
        for each in done.said:
            self.stdout.write(f"    {each}")
        if done.missing:
            self.stdout.write(_THEN)


def _files(folder):
    """Every .json of a folder, in its zips too."""
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix == ".json":
            yield path.read_bytes()
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                yield from (packed.read(name) for name in packed.namelist() if name.endswith(".json"))
