"""make bench: every measurement once, to docs/performance.md and the screen. Exit 1 when a bar is missed."""

import os
import platform
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from ..levels import APP, OWNER  # noqa: E402
from ..walls import act_as  # noqa: E402
from . import desk, engine, lighthouse, pages, peers, registers, rounds, window  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs/performance.md"
SECTIONS = [
    ("抽企业：`drawn`（抽 1 %，CPU；对照：把编号各做一次 SHA-256）", engine.objects, "s", "s"),
    ("抽企业：内存峰值（对照：编号列表本身）", engine.memory, "MB", "MB"),
    (
        "排检查组（CPU，余量 25 %、一成回避；对照：把每一对可派的（任务，人员）各做一次 SHA-256）",
        engine.teams,
        "s",
        "s",
    ),
    ("别家的抽法（10 万户抽 1 %，CPU；对照：把编号各做一次 SHA-256）", peers.peers, "s", "s"),
    ("整个执行 `run_draw`（墙钟；对照：引擎本身 + COPY 它写入的行）", rounds.run_draw, "s", "s"),
    (
        "自己核验：读者的浏览器（Chromium，http 网址，在 worker 里算）与 verify.py（墙钟）",
        rounds.browser,
        "s",
        "s",
    ),
    ("办理日志的链（墙钟；对照：同样的人同时做普通插入）", rounds.chain, "s", "s"),
    ("公示页面，18 万户、5 万条结果（十个连接，每千次的毫秒数）", window.window, "ms", "ms"),
    ("公示页面的等待，同上（p95；对照：上限）", window.waits, "ms", "ms"),
    ("公示页面的 lighthouse 分（手机，五次的中位数；对照：下限）", lighthouse.scores, "", ""),
    ("工作台，18 万户、五年、5 万件检查、50 万条日志（四人同时，p95；对照：上限）", desk.desk, "ms", "ms"),
    (
        "年头翻倍：同一名录，十年、10 万件、100 万条日志对五年的一半（四人同时，中位；对照：五年的）",
        desk.years,
        "ms",
        "ms",
    ),
    # Before the imports: what these leave behind keeps the database busy cleaning for minutes.
    ("名录的列表和查找，18 万户（四人同时，p95；对照：上限）", pages.lists, "ms", "ms"),
    (
        "名录导入（预览加应用，墙钟；对照：最快的读取 + 同样的逐格校验 + COPY 进带索引的表）",
        registers.imports,
        "s",
        "s",
    ),
    ("名录导入：比空闲时多用的内存（对照：上限）", registers.memory, "MB", "MB"),
    ("名录导入，2 万行（墙钟；对照：django-import-export 的默认做法）", registers.peer, "s", "s"),
    ("页面（四人同时，p95；对照：同一服务器上不查库的一页）", pages.pages, "ms", "ms"),
]


def main(wanted):
    act_as(OWNER)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("grant", APP, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    act_as(APP)
    written, over = _written(), 0  # what is not reached stays as it was measured
    try:
        for title, section, unit, other in SECTIONS:
            if wanted and section.__name__ not in wanted:
                continue
            print(f"== {title}", flush=True)
            lines = ["| | 明签 | 对照 | 比值 | 上下限 | |", "|---|---|---|---|---|---|"]
            for found in section():
                over += found.is_over
                cells = [
                    found.what,
                    f"{_number(found.ours)} {unit}",
                    f"{_number(found.beside)} {other}",
                    f"{found.ratio:.2f}",
                    found.limit,
                    found.note,
                ]
                lines.append(f"| {' | '.join(cells)} |")
                print("   " + "  ".join(cells), flush=True)
            written[title] = f"{timezone.localdate()}\n\n" + "\n".join(lines)
    finally:
        act_as(OWNER)
        page = [_head(), *(f"## {title}\n\n{written[title]}\n" for title, *_ in SECTIONS if title in written)]
        PAGE.write_text("\n".join(page), encoding="utf-8")
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(f"已写入 {PAGE.relative_to(Path.cwd())}")
    return 1 if over else 0


def _written():
    """{title: text} of the page as it stands: a run of some sections leaves the
    others as they were measured."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:] if PAGE.exists() else []
    return {title: text.strip() for title, _, text in (each.partition("\n") for each in parts)}


def _number(value):
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:,.1f}"


def _head():
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return (
        '# 速度\n\n`make bench` 写成此页，不手改；`make bench ONLY="window waits"` 只重测几节，'
        "其余各节照旧，每节写着测的日子。每个数是同一次运行中轮流测得的五次（日志、导入三次）的中位数；"
        "比值才是要紧的：机器忙时两边一样慢。\n\n"
        f"机器：{model}，{os.cpu_count()} 核，{memory:.0f} GB；Python {platform.python_version()}，"
        f"PostgreSQL {server}。\n"
    )


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
