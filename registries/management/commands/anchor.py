"""manage.py anchor -o FILE: the head of every journal, for somebody outside the database to keep."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand

from registries.models import Bureau
from registries.services import journal


class Command(BaseCommand):
    help = "写出日志锚点（各机关日志的最后一条），由监督人保存"

    def add_arguments(self, parser):
        parser.add_argument("-o", "--output", required=True)

    def handle(self, *args, output, **options):
        heads = {bureau.code: journal.head(bureau) for bureau in Bureau.objects.order_by("code")}
        Path(output).write_text(json.dumps({"bureaus": heads}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        self.stdout.write(f"已写出 {output}")
