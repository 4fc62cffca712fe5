"""manage.py anchor -o FILE: journal heads, commitments and result hashes, for somebody
outside the database to keep."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registries.services import pulses

from ...watch import anchors


class Command(BaseCommand):
    help = "写出锚点（各机关日志的最后一条、各次抽取的指纹和结果的指纹），由监督人保存在别处"

    def add_arguments(self, parser):
        parser.add_argument("-o", "--output", required=True, help="锚点文件；已有的文件不会被覆盖")

    def handle(self, *args, output, **options):
        anchor = anchors.take()
        try:
            with Path(output).open("x", encoding="utf-8") as handle:
                handle.write(json.dumps(anchor, ensure_ascii=False, indent=1) + "\n")
        except FileExistsError:
            raise CommandError(f"{output} 已经存在。旧的锚点也是证据，请换一个文件名。") from None
        except OSError as wrong:
            raise CommandError(f"写不了 {output}：{wrong.strerror}") from None
        pulses.beat("anchor", seqs={code: each["seq"] for code, each in anchor["bureaus"].items()})
        self.stdout.write(f"已写出 {output}")
