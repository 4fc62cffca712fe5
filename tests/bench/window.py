"""The public window under wrk, 180,000 enterprises and 50,000 results: beside a static
file and beside a bare page."""

import gzip
import json
import os
import random
import subprocess
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

from django.db import connection
from django.test import Client

from publicity.models import Disclosure, Listing
from publicity.services import listings
from registries import bulk
from registries.models import Subject

from ..levels import APP
from ..walls import act_as
from . import county, pages
from .measure import ROUNDS, Ratio

RESULTS = 50_000
SECONDS, CONNECTIONS = 2, 10
LOAD = Path(__file__).with_name("load.lua")


def window():
    """Requests a second, inverted: how many times longer than what stands beside.
    Bars 2 are the issue's 0.5."""
    some = _invented()
    shown = {
        "首页": "/",
        "抽查结果": "/results/",
        "一条结果": f"/results/{some.token}/",
        "一家企业": f"/enterprises/{some.ref}/",
        "统计": "/statistics/",
    }
    with tempfile.TemporaryDirectory() as folder:
        still = _still(Path(folder), shown)
        with pages.server("tests.bench.bare", MINGQIAN_VAR=folder) as port:
            for title, path in shown.items():
                yield _beside(f"{title}（已缓存；对照：同样的字节作静态文件）", port, path, still[path], 2)
            seen = "u={n}"
            for title, path in {
                "抽查结果": f"/results/?{seen}",
                "按乡镇": f"/results/?town={quote(some.town)}&{seen}",
                "查名称四个字": f"/results/?q={quote(some.name[3:7])}&{seen}",
                "第二页": f"/results/?after={_mark()}&{seen}",
                "按检查日期排": f"/results/?order=day&{seen}",
                "一条结果": f"/results/{some.token}/?{seen}",
                "一家企业": f"/enterprises/{some.ref}/?{seen}",
                "首页": f"/?{seen}",
            }.items():
                yield _beside(
                    f"{title}（未缓存；对照：一次索引查询、25 行、不计数的空白页）",
                    port,
                    path,
                    f"/bare/?{seen}",
                    2,
                )


def waits():
    """Milliseconds, p95 at 10 connections; then 100 connections for half a minute without one error."""
    some = Listing.objects.order_by("disclosure_id").last() or _invented()
    with (
        tempfile.TemporaryDirectory() as folder,
        pages.server("tests.bench.bare", MINGQIAN_VAR=folder) as port,
    ):
        kept = ["/", "/results/", f"/results/{some.token}/", "/draws/", "/statistics/", "/items/", "/verify/"]
        for path in kept:
            _load(port, [path], 1)
        found = _load(port, kept, 10)
        yield Ratio(
            "已缓存的七种页面", found["p95"], 100, 1.0, f"每秒 {found['requests'] / found['seconds']:,.0f} 次"
        )
        asked = [
            "/results/?u={n}",
            f"/results/?q={quote(some.name[3:7])}&u={{n}}",
            f"/results/?town={quote(some.town)}&u={{n}}",
            f"/results/?q={quote('有限公司')}&u={{n}}",
            "/results/?q=jixie&u={n}",
            f"/results/{some.token}/?u={{n}}",
            f"/enterprises/{some.ref}/?u={{n}}",
            "/?u={n}",
        ]
        found = _load(port, asked, 10)
        yield Ratio(
            "未缓存的八种页面", found["p95"], 150, 1.0, f"每秒 {found['requests'] / found['seconds']:,.0f} 次"
        )
        found = _load(port, [*kept, *asked], 30, connections=100)
        assert found["errors"] == 0, found
        yield Ratio(
            "100 个连接 30 秒，两类各半",
            found["p95"],
            1000,
            None,
            f"{found['requests']:,} 次，出错 {found['errors']} 次",
        )


def _beside(title, port, path, floor, bar):
    ours, beside = [], []
    for one in (path, floor):
        _load(port, [one], 1)
    for _ in range(ROUNDS):
        for one, kept in ((floor, beside), (path, ours)):
            found = _load(port, [one], SECONDS)
            assert found["errors"] == 0, (one, found)
            kept.append(found["requests"] / found["seconds"])
    paired = median(theirs / mine for mine, theirs in zip(ours, beside, strict=True))
    note = f"每秒 {median(ours):,.0f} 次和 {median(beside):,.0f} 次"
    return Ratio(title, 1000 / median(ours), 1000 / median(beside), bar, note, paired)


_asked = 0


def _load(port, paths, seconds, connections=CONNECTIONS):
    global _asked  # noqa: PLW0603
    _asked += 10_000_000
    told = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "20s",
            "-s",
            LOAD,
            f"http://127.0.0.1:{port}",
        ],
        env=os.environ | {"PATHS": "\n".join(paths), "FROM": str(_asked)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout.rpartition("\n{")[2].join(["{", ""]))


def _still(folder, shown):
    """Each page's own bytes as a static file, packed beside as whitenoise wants it.
    {path: its static address}"""
    made, client = {}, Client(SERVER_NAME="127.0.0.1", headers={"Accept-Encoding": "gzip"})
    (folder / "static/bench").mkdir(parents=True)
    for n, path in enumerate(shown.values()):
        data = client.get(path).content
        (folder / f"static/bench/{n}.html").write_bytes(gzip.decompress(data))
        (folder / f"static/bench/{n}.html.gz").write_bytes(data)
        made[path] = f"/static/bench/{n}.html"
    return made


def _mark():
    made = Client(SERVER_NAME="127.0.0.1").get("/results/").content.decode()
    return made.partition("?after=")[2].partition('"')[0]


def _invented():
    """A register of 180,000 and 50,000 results of it over two years. The newest Listing out."""
    bureau, cast = county.found("990307", 0, 0)
    bulk.create(Subject, list(pages.invented(bureau)))
    pick, today = random.Random(3), date.today()
    rows = list(Subject.objects.filter(bureau=bureau).select_related("category")[:RESULTS])
    made = []
    for each in rows:
        code, title = pick.choice(
            [
                ("no_problem", "未发现问题"),
                ("problem", "发现问题已责令改正"),
                ("refused", "不配合检查情节严重"),
            ]
        )
        said = {
            "ref": each.ref,
            "subject": each.name,
            "code": each.credit_code,
            "town": each.town,
            "industry": "机械",
            "category": each.category.name,
            "bureau": bureau.name,
            "task": "测速抽查",
            "task_number": "测〔2026〕1号",
            "draw": "",
            "kind": "双随机抽查",
            "mode": "现场检查",
            "inspected_on": (today - timedelta(days=pick.randrange(700))).isoformat(),
            "items": ["安全生产责任制", "教育培训"],
            "item_codes": ["A01", f"A{pick.randrange(2, 30):02d}"],
            "result_code": code,
            "result": title,
            "national_code": "1",
            "yearly_cap": 2,
            "handling": [],
            "inspectors": [],
        }
        made.append(
            Disclosure(
                bureau=bureau,
                subject_name=each.name,
                subject_code=each.credit_code,
                payload=said,
                digest="0" * 64,
                published_by=cast["head"],
            )
        )
    Disclosure.objects.bulk_create(made, batch_size=2000)
    listings.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; ANALYZE")
    act_as(APP)
    return Listing.objects.latest("disclosure_id")
