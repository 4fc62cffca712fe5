"""manage.py verify_draw NUMBER … | --all [--anchor FILE]: compute draws again and compare; exit
1 and name what is wrong."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from inspections.models import Draw
from inspections.states import DrawState
from inspections.watch import verification
from publicity import daily
from publicity import verification as publicity
from publicity.services import listings
from registries.models import Bureau


class Command(BaseCommand):
    help = "重新计算抽取并与库中所存、日志所记、锚点所载逐一对照"

    def add_arguments(self, parser):
        parser.add_argument("numbers", nargs="*", metavar="抽取编号")
        parser.add_argument("--all", action="store_true", help="全部抽取，并核对每个机关的编号序列")
        parser.add_argument("--anchor", help="manage.py anchor 写出的文件，或公示页的 anchor.json")

    def handle(self, *args, numbers, anchor, **options):
        is_all = options["all"]
        if bool(numbers) == is_all:
            raise CommandError("请写明抽取编号，或用 --all 核验全部")
        unknown = set(numbers) - set(Draw.objects.values_list("number", flat=True))
        if unknown:
            raise CommandError(f"没有这些抽取：{'、'.join(sorted(unknown))}")
        anchors = self._read(anchor)
        faults = 0
        for code in (
            sorted(anchors.keys() - set(Bureau.objects.values_list("code", flat=True))) if is_all else []
        ):
            faults += 1
            self.stdout.write(f"{code}：锚点中有这个机关，数据库中没有")
        for bureau in Bureau.objects.order_by("code"):
            draws = Draw.objects.filter(bureau=bureau).order_by("pk").values_list("pk", "number", "status")
            for pk, number, status in draws if is_all else draws.filter(number__in=numbers):
                faults += self._say(
                    f"{number}（{dict(DrawState.choices).get(status, status)}）", verification.verify(pk)
                )
            if is_all or anchors:
                found = verification.verify_series(bureau, anchors.get(bureau.code))
                faults += self._say(f"{bureau.name}：编号序列", found)
            if kept := anchors.get(bureau.code, {}).get("day"):
                told = daily.faults(bureau, anchors[bureau.code])
                faults += self._say(f"{bureau.name}：{kept} 的公开摘要", list(told))
            if is_all:
                faults += self._say(
                    f"{bureau.name}：公示和公开", publicity.verify(bureau) + list(listings.faults(bureau))
                )
        if faults:
            sys.exit(1)

    def _say(self, what, faults):
        self.stdout.write(f"{what}：" + ("一致" if not faults else "不一致"))
        for fault in faults:
            self.stdout.write(f"    {fault}")
        return len(faults)

    def _read(self, path):
        try:
            return json.loads(Path(path).read_text(encoding="utf-8"))["bureaus"] if path else {}
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CommandError(f"读不懂锚点文件：{wrong}") from None
