"""A year of forty draws before judges that are not ours: Go's sumdb library and aics-tlog accept every
checkpoint, tile, inclusion and consistency proof, aics-witness cosigns; each names what was bent."""

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db.models import Count

from inspections.draw import drawing, replacements, voiding
from inspections.models import Draw
from inspections.visit import reports
from publicity.lognote import WITNESS, Key
from publicity.services import releases
from registries.models import LogEntry, LogHead, LogWitness, Subject
from registries.publiclog import merkle
from registries.services import logsigning
from registries.services.logreading import reader

from ..servers import free_port
from ..staircase import CODES, inspect, make_task_with, publish, seal_with, throw
from . import playing

pytestmark = [pytest.mark.django_db, pytest.mark.trial]
HERE = Path(__file__).parent / "foreign"
ROOT = Path(__file__).parents[2]
DRAWS = 40
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": "/tmp/mingqian-go"}


@pytest.fixture(scope="session")
def foreign():
    """An environment of its own with aics-tlog and aics-witness (they ask for 3.12, and run on 3.11)."""
    folder = ROOT / ".venv/foreign"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        wanted = ["aics-tlog==0.2.1", "aics-witness==0.1.0"]
        pip = [folder / "bin/pip", "install", "--quiet", "--ignore-requires-python"]
        subprocess.run([*pip, *wanted], check=True)
        (folder / "done").touch()
    return folder / "bin"


@pytest.fixture
def foreign_witness(foreign, tmp_path, monkeypatch):
    """aics-witness as a process. `start(origin, key)` returns (its key, its address)."""
    running = []

    def start(origin, key):
        monkeypatch.setenv("AICS_WITNESS_CONFIG", str(tmp_path / "witness.json"))
        run = [str(foreign / "aics-witness")]
        told = _run([*run, "init", "--name", "wit.example/w1"])
        _run([*run, "add-log", "--origin", origin, "--vkey", key])
        port = free_port()
        running.append(subprocess.Popen([*run, "serve", "--listen", f"127.0.0.1:{port}"]))
        time.sleep(2)
        return re.search(r"wit\.example/w1\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", told)[
            0
        ], f"http://127.0.0.1:{port}"

    yield start
    for each in running:
        each.terminate()
        each.wait()


def _run(command):
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _class_with_most_left():
    """No firm is drawn twice in a year."""
    free = Subject.objects.filter(left_on=None, cases=None, category__isnull=False, production="normal")
    counted = free.values("category__name").annotate(left=Count("pk")).order_by("-left")
    return counted.first()["category__name"]


def play(cast, number):
    """A draw to its end: most plain, some changed, some void, the last left open."""
    task = make_task_with(cast, strata=((_class_with_most_left(), 100, 1),))
    draw = seal_with(cast, task)
    logsigning.sign_all()
    if number % 9 == 4:
        voiding.request_void(draw, "other", "停电", by=cast.clerk)
        voiding.approve_void(Draw.objects.get(pk=draw.pk), by=cast.supervisor)
    draw = drawing.run(throw(draw).pk)
    if draw.status == "voided":
        draw = seal_with(cast, task)
        logsigning.sign_all()
        draw = drawing.run(throw(draw).pk)
    if number % 7 == 3 and draw.status == "drawn":
        case = draw.cases.order_by("pk").first()
        asked = replacements.request(
            draw, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="关闭"
        )
        replacements.approve(asked, by=cast.head)
        replacements.open_code(asked, CODES[1][0], by=cast.supervisor)
    if draw.status == "drawn" and number < DRAWS - 2:
        for case in draw.cases.filter(status="opened"):
            publish(reports.approve(inspect(case), by=cast.head), cast)
    for each in releases.due():
        releases.release(each)
    logsigning.sign_all()


@pytest.fixture
def year(register, inspectors, item_list, plan, cast, bureau, log_home, settings, foreign_witness):
    settings.LOG_DIR = log_home / "log"
    logsigning.sign_all()
    log = playing.log_of(bureau)
    key = playing.own_key(log, log_home / "log")[0]
    told, address = foreign_witness(log.origin, key)
    LogWitness.objects.create(bureau=bureau, name="别家的见证程序", key=told, address=address)
    for number in range(DRAWS):
        play(cast, number)
    log.refresh_from_db()
    return log, key, told


def written(log, key, path):
    """The proofs as we make them, for others to judge."""
    size, read = log.size, reader(log)
    heads = list(LogHead.objects.filter(log=log).order_by("size"))
    encode = lambda parts: [base64.b64encode(each).decode() for each in parts]  # noqa: E731
    pairs = [*itertools.pairwise(each.size for each in heads)]
    pairs += [(each.size, size) for each in heads if each.size != size]
    texts = LogEntry.objects.filter(log=log).order_by("n").values_list("text", flat=True)
    told = {
        "Key": key,
        "Heads": [each.note for each in heads],
        "Leaves": encode(each.encode() for each in texts),
        "Inclusion": [encode(merkle.inclusion(n, size, read)) for n in range(size)],
        "Consistency": [
            {"Old": old, "Size": new, "Proof": encode(merkle.consistency(old, new, read))}
            for old, new in pairs
        ],
    }
    path.write_text(json.dumps(told))
    return told


def judged(foreign, folder, path):
    """What each of them says: (exit code, words)."""
    for command, more in (
        ([foreign / "python", HERE / "check.py"], {}),
        (["go", "run", HERE / "check.go"], GO),
    ):
        done = subprocess.run(
            [*map(str, command), str(folder), str(path)],
            capture_output=True,
            text=True,
            env=os.environ | more,
        )
        yield done.returncode, done.stdout + done.stderr


def test_a_year_of_forty_draws_before_strange_judges(year, foreign, log_home, tmp_path, client, bureau):
    log, key, witness = year
    folder, path = log_home / "log" / log.folder, tmp_path / "proofs.json"
    told = written(log, key, path)
    print(len(told["Leaves"]), "leaves", len(told["Heads"]), "heads")
    for code, said in judged(foreign, folder, path):
        assert code == 0 and f"{log.size} leaves" in said, said
        print(said.strip())

    row = LogWitness.objects.get()
    assert row.seen == log.size and not row.said and not row.is_alarm
    mine = [(Key.of(key), ""), (Key.of(witness), "")]
    seen = playing.follow(bureau, client, log_home / "log", mine)
    assert Key.of(witness).kind == WITNESS and [each for each in seen.faults if "见证方" not in each] == []

    # and they do judge: each thing bent is refused by both
    bent = json.loads(path.read_text())
    bent["Leaves"][7] = base64.b64encode(b"{}").decode()
    path.write_text(json.dumps(bent))
    assert all(code for code, _ in judged(foreign, folder, path))
    bent = dict(told, Heads=[told["Heads"][0].replace("\n4\n", "\n5\n"), *told["Heads"][1:]])
    bent["Consistency"] = [{**each, "Proof": each["Proof"][::-1]} for each in told["Consistency"]]
    path.write_text(json.dumps(bent))
    assert all(code for code, _ in judged(foreign, folder, path))
    path.write_text(json.dumps(told))
    other = shutil.copytree(folder, tmp_path / "other")
    tile = next(other.glob("tile/0/000"))
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    assert all(code for code, _ in judged(foreign, other, path))
