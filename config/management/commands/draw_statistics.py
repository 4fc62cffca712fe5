"""manage.py draw_statistics [--bureau CODE] [--since DAY]: do all draws look like the
published rules? Exit 1 if not."""

import sys
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from inspections.watch import selfcheck
from registries.models import Bureau


class Command(BaseCommand):
    help = "统计自查：把全部抽取与公布的概率对照，按分类、乡镇、规模、检查人员、二人组"

    def add_arguments(self, parser):
        parser.add_argument("--bureau", help="机关的行政区划代码；不写为全部")
        parser.add_argument("--since", help="自哪一天起，如 2026-01-01")

    def handle(self, *args, bureau, since, **options):
        try:
            since = date.fromisoformat(since) if since else None
        except ValueError:
            raise CommandError(f"日期应写作 2026-01-01，不是“{since}”") from None
        bureaus = Bureau.objects.filter(code=bureau) if bureau else Bureau.objects.order_by("code")
        if not bureaus:
            raise CommandError(f"没有这个机关：{bureau}")
        alarms = 0
        for each in bureaus:
            found = selfcheck.report(each, since)
            for number in found["unread"]:
                self.stdout.write(f"    {number}：抽取文件读不出来，没有计入")
            alarms += len(found["findings"]) + len(found["unread"])
            self.stdout.write(f"{each.name}：{found['draws']} 次抽取，对照 {found['questions']} 项")
            for finding in found["findings"]:
                self.stdout.write(f"    {finding.text}")
            if not found["findings"]:
                self.stdout.write("    没有发现公平抽取不能解释的情况")
        if alarms:
            sys.exit(1)
