"""manage.py verify_journal [--anchor FILE]: walk every bureau's chain; exit 1 and name what is wrong."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registries.models import Bureau
from registries.services import covers, journal, ledger


class Command(BaseCommand):
    help = "核验办理日志的哈希链；给出锚点文件时一并对照"

    def add_arguments(self, parser):
        parser.add_argument("--anchor", help="manage.py anchor 写出的文件")

    def handle(self, *args, anchor, **options):
        try:
            anchors = json.loads(Path(anchor).read_text(encoding="utf-8"))["bureaus"] if anchor else {}
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CommandError(f"读不懂锚点文件：{wrong}") from None
        if any("seq" not in each for each in anchors.values()):
            self.stdout.write(
                "这是公示页的 anchor.json，不含办理日志：只核对日志自身；用 verify_draw --all "
                "--anchor 对照它。"
            )
        is_whole = True
        known = {bureau.code: bureau for bureau in Bureau.objects.order_by("code")}
        for code in sorted(anchors.keys() - known.keys()):
            is_whole = False
            self.stdout.write(f"{code}：锚点中有这个机关，数据库中没有")
        for code, bureau in known.items():
            count, faults = journal.verify(bureau, anchors.get(code))
            faults = [*faults, *covers.faults(bureau), *ledger.faults(bureau)]
            is_whole = is_whole and not faults
            self.stdout.write(f"{bureau.name}：{count} 条，" + ("完整" if not faults else "不完整"))
            for fault in faults:
                self.stdout.write(f"    {fault}")
        if not is_whole:
            sys.exit(1)
