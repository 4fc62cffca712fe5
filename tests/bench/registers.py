"""The import of a province: 180,000 rows, previewed and applied."""

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tablib
from django.db import connection, transaction
from import_export import resources
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from config.demo import invented
from registries import alike, bulk
from registries.creditcode import fault
from registries.models import Subject
from registries.search import key_of
from registries.services import imports as services
from registries.sheets.enterprises import RowReader, recognise

from ..levels import APP, OWNER
from . import county
from .measure import Ratio, beside

ROOT = Path(__file__).parents[2]
ROWS = 180_000
HEAD = [
    "企业名称",
    "统一社会信用代码",
    "法定代表人",
    "成立日期",
    "登记状态",
    "注册资本",
    "经营范围",
    "行业",
    "住所",
    "乡镇",
]


def made(count, division):
    yield HEAD
    for n in range(count):
        yield [
            f"测速{n:06d}号机械有限公司",
            invented.credit_code(n, division),
            invented.person(n),
            "2020-03-05",
            "存续",
            "500万元人民币",
            "机械零部件加工、销售；金属结构制造；货物进出口（依法须经批准的项目，"
            "经相关部门批准后方可开展经营活动）",
            "机械",
            f"青原县清水镇工业园区{n % 900}号",
            "清水镇",
        ]


def as_csv(count, division):
    out = io.StringIO()
    csv.writer(out).writerows(made(count, division))
    return out.getvalue().encode()


def as_xlsx(count, division):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in made(count, division):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def imports():
    bureau, cast = county.found("990303", 0, 0)
    for title, data, name in (
        (f"{ROWS:,} 行 csv", as_csv(ROWS, "990303"), "名录.csv"),
        (f"{ROWS:,} 行 xlsx", as_xlsx(ROWS, "990303"), "名录.xlsx"),
    ):

        def ours(data=data, name=name):
            with transaction.atomic():
                run = services.apply(services.preview(data, name, by=cast["clerk"]), by=cast["clerk"])
                assert run.counts["new"] == ROWS
                transaction.set_rollback(True)

        def floor(data=data, name=name):
            with transaction.atomic():
                _floor(bureau, data, name)
                transaction.set_rollback(True)

        found = beside(title, ours, floor, 3, clock=time.perf_counter, rounds=3)
        found.note = f"{ROWS / found.ours:,.0f} 行/秒"
        yield found


def _floor(bureau, data, name):
    """Read with the fastest parser, the same validators on every cell, COPY into the indexed
    table (its keys too)."""
    if name.endswith("csv"):
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).iter_rows()
    reader = RowReader(recognise(next(rows)))

    def checked():
        for cells in rows:
            values, faults, _ = reader.read(cells)
            assert not faults and not fault(values["credit_code"])
            code = values["credit_code"]
            yield {
                **values,
                "bureau_id": bureau.pk,
                "ref": code,
                "search": key_of(values["name"], "", code, code),
                **alike.keys_of(values["name"], values["legal_representative"], values["address"]),
                "entered_on": "2026-01-01",
            }

    bulk.create(Subject, checked())


def memory():
    """A process of its own imports the file; what its peak adds to an idle one's."""
    bureau, cast = county.found("990304", 0, 0)
    made_of = {"csv": (as_csv, 300), "xlsx": (as_xlsx, 600)}
    for ending, (make, limit) in made_of.items():
        with tempfile.NamedTemporaryFile(suffix=f".{ending}") as file:
            file.write(make(ROWS, "990304"))
            file.flush()
            idle, peak = (_peak(file.name, cast["clerk"], mode) for mode in ("idle", "import"))
        yield Ratio(f"{ROWS:,} 行 {ending}", peak - idle, limit, 1.0)


def _peak(path, clerk, mode):
    made_db = connection.settings_dict
    env = os.environ | {
        "DATABASE_URL": f"postgres://{APP}@{made_db['HOST']}:{made_db['PORT']}/{made_db['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.importer", path, clerk.username, mode],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(told.stdout) / 1024


def peer():
    """import-export as it comes, and ours, on the same 20,000 rows."""
    bureau, cast = county.found("990305", 0, 0)
    data = as_csv(20_000, "990305")

    class Resource(resources.ModelResource):
        class Meta:
            model = Subject
            fields = ["name", "credit_code", "legal_representative", "scope", "address", "town"]
            import_id_fields = ["credit_code"]

        def before_save_instance(self, instance, row, **kwargs):
            instance.bureau_id, instance.ref, instance.entered_on = (
                bureau.pk,
                instance.credit_code,
                "2026-01-01",
            )

    fields = {
        "企业名称": "name",
        "统一社会信用代码": "credit_code",
        "法定代表人": "legal_representative",
        "经营范围": "scope",
        "住所": "address",
        "乡镇": "town",
    }

    def theirs():
        with transaction.atomic(), connection.cursor() as cursor:
            # it sets the key's sequence anew, which the application may not
            cursor.execute(f"SET LOCAL ROLE {OWNER}")
            rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
            table = tablib.Dataset(*rows[1:], headers=[fields.get(header, header) for header in rows[0]])
            result = Resource().import_data(table, dry_run=False)
            assert not result.has_errors(), [str(each.error) for each in result.base_errors[:1]]
            transaction.set_rollback(True)

    def ours():
        with transaction.atomic():
            services.apply(services.preview(data, "名录.csv", by=cast["clerk"]), by=cast["clerk"])
            transaction.set_rollback(True)

    yield beside("20,000 行 csv", ours, theirs, clock=time.perf_counter, rounds=1)
