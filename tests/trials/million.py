"""python -m tests.trials.million [ROWS PEOPLE TASKS]: one draw over a province, drawn by the engine's command
line and verified by three verifiers, each a process of its own: seconds and megabytes of each."""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inspections.engine.canonical import dump  # noqa: E402
from inspections.engine.changes import chain  # noqa: E402
from inspections.engine.files import ZEROS, recusal_digest  # noqa: E402
from publicity.views import draws  # noqa: E402

ROOT = Path(__file__).parents[2]
ROWS, PEOPLE, TASKS = 1_000_000, 5_000, 20_000
SKILLS = [f"专业{n:02d}" for n in range(20)]
MOST = 2.0  # verify.py beside the engine's drawing
MEMORY = 600  # MB of verify.js for as many rows as the page lets a phone try


def write(folder, rows, people, tasks):
    """commit.json, sealed.json and sources.json of an invented province: twenty classes, a person in a
    hundred recused from some enterprise, one lot in ten of three."""
    names = [f"R{n:05d}" for n in range(people)]
    staff = [
        {
            "id": each,
            "leader": n % 2,
            "max": 60,
            "skills": sorted({SKILLS[n % 20], SKILLS[(7 * n + 3) % 20]}),
            "status": "E",
        }
        for n, each in enumerate(names)
    ]
    pool, sealed = [], {}
    for n in range(rows):
        row, nonce = f"91150626{n:09d}X", f"{n:032x}"
        recused = [names[n % people]] if n % 100 == 0 else []
        sealed[row] = [nonce, recused]
        lots = 3 if n % 10 == 0 else 1
        pool.append([row, SKILLS[n % 20], lots, "E", recusal_digest(row, nonce, recused)])
    commit = {
        "v": "SJS1",
        "draw": "150000-2026-001",
        "task": "全省抽查",
        "after": ZEROS,
        "prev": ZEROS,
        "seed_at": "2026-03-05T09:00+08:00",
        "salt": "0" * 32,
        "strata": [[each, -(-10_000 * tasks // rows), 1, each] for each in SKILLS],
        "pool": pool,
        "inspectors": staff,
        "rules": {"team": 2, "core": 1, "core_leads": 0, "others": "skill", "slack_pct": 25},
        "seed_plan": ["骰子"],
        "redraw_tip": chain(hashlib.sha256(b"million").hexdigest(), 30)[0],
        "redraw_max": 30,
    }
    told = {"commit": commit, "sealed": sealed, "sources": [["骰子", "4836271950"]]}
    for name, value in told.items():
        (folder / f"{name}.json").write_bytes(dump(value))


def step(*command):
    """A process of its own. Returns (seconds, MB at most)."""
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        said = run.stdout.read().decode()
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0, said[-600:]
    return time.monotonic() - began, used.ru_maxrss / 1024, said


def play(rows, people, tasks):
    """{who: (seconds, MB)}."""
    with tempfile.TemporaryDirectory(prefix="mingqian-million-") as made:
        folder, engine = Path(made), [sys.executable, "-m", "inspections.engine"]
        write(folder, rows, people, tasks)
        commit, sealed, sources = (folder / f"{each}.json" for each in ("commit", "sealed", "sources"))
        given = ("--commit", commit, "--sealed", sealed, "--sources", sources, "--out", folder)
        told = {"抽取": step(*engine, "draw", *given)}
        result = [folder / "result.json", "--openings", folder / "openings.json"]
        told["引擎的核验"] = step(*engine, "verify", commit, *result)
        told["verify.py"] = step(sys.executable, ROOT / "inspections/engine/verify.py", commit, *result)
        told["verify.js"] = step("node", ROOT / "static/js/verify.js", commit, *result)
    drawn = int(re.search(r"与 (\d+) 户", told["verify.py"][2])[1])
    assert drawn >= tasks, (drawn, tasks)
    return {who: (seconds, peak) for who, (seconds, peak, _) in told.items()}


def main(rows=ROWS, people=PEOPLE, tasks=TASKS):
    """Says what each took; fails where a bar is missed."""
    tenth = play(rows // 10, people // 10, tasks // 10)
    whole = play(rows, people, tasks)
    for who, (seconds, peak) in whole.items():
        less, little = tenth[who]
        print(f"{who}：{seconds:.0f} 秒、{peak:.0f} MB（十分之一：{less:.1f} 秒、{little:.0f} MB）")
    ratio = whole["verify.py"][0] / whole["抽取"][0]
    said = "；".join(
        f"{who} {seconds:.0f} 秒、{peak:.0f} MB（十分之一的 {seconds / tenth[who][0]:.0f} 倍）"
        for who, (seconds, peak) in whole.items()
    )
    print(f"结果：{rows:,} 户、{people:,} 人、{tasks:,} 户任务：{said}；verify.py 为抽取的 {ratio:.2f} 倍")
    assert ratio <= MOST, f"verify.py 为抽取的 {ratio:.2f} 倍"
    # What a browser needs grows with the rows; above IN_A_PHONE the page says so (publicity/views/draws.py).
    share = whole["verify.js"][1] / rows * draws.IN_A_PHONE
    assert share <= MEMORY, f"verify.js 核验 {draws.IN_A_PHONE:,} 户要 {share:.0f} MB"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
