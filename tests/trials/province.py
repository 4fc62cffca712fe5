"""python -m tests.servers python -m tests.trials.province: a hundred bureaus in one database, thirty
ceremonies at once, three imports of 150,000 rows and two thousand filings, on the processes that
docker-compose.yml names; then six and sixty strangers on the heaviest public addresses.

What is asked of it: a draw waits three seconds at most, no page of a bureau that has nothing to do with it is
slower than 1.3 times, and /healthz answers within 200 ms.
"""

import http.client
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["REDIS_URL"] = os.environ["TEST_REDIS_URL"]
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from inspections.draw import bell, sealing, values  # noqa: E402
from inspections.engine.changes import chain  # noqa: E402
from inspections.models import Case, Draw  # noqa: E402
from registries.models import ImportRun, Inspector  # noqa: E402
from registries.services import accounts, imports  # noqa: E402

from ..bench import county, pages, registers  # noqa: E402
from ..faults.production import SERVICES, in_front  # noqa: E402
from ..inspections.visit.test_filings import said  # noqa: E402
from ..levels import APP, OWNER  # noqa: E402
from ..servers import free_port  # noqa: E402
from ..walls import act_as  # noqa: E402
from .strangers import strangers  # noqa: E402

ROOT = Path(__file__).parents[2]
BUREAUS, CEREMONIES, IMPORTS = 100, 30, 3
ROWS, FILINGS, PHONES = 150_000, 2_000, 20
LONGEST_WAIT, HEALTH = 3.0, 0.2
SLOWEST = 1.3
LEAST = 0.02  # seconds: below it nobody sees a difference, and the clock sees noise
FIRMS, TASKS = 250, 70


def _found(n, is_ready):
    bureau, cast = county.found(f"{610000 + n}", FIRMS if is_ready else 40, 24)
    if not is_ready:
        return bureau, cast, None
    for person in Inspector.objects.filter(bureau=bureau):
        name = f"{bureau.code}-{person.ref}"
        account = accounts.open_account(bureau, name, person.name, ["inspector"], password="bench-bench")
        Inspector.objects.filter(pk=person.pk).update(account=account)
    task = county.approved(bureau, cast, TASKS)
    draw = sealing.seal(
        task,
        by=cast["clerk"],
        seed_at=timezone.now().replace(second=0, microsecond=0),
        release_by=task.window_to,
        sources=[("骰子", "dice", cast["witness"])],
        redraw_tip=chain("c0de" * 16, 20)[0],
        redraw_max=20,
    )
    return bureau, cast, draw


@contextmanager
def processes(folder):
    """nginx, web, the three workers and the beat as docker-compose.yml says them; the port of nginx."""
    made, web, port = connection.settings_dict, free_port(), free_port()
    apart = {"window": free_port(), "phones": free_port()}
    env = os.environ | {
        "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": settings.FIELD_KEYS,
        "SECOND_FACTOR_ROLES": "",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PROXIES": "1",
        "HANDS_OVER": "yes",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MINGQIAN_SERVED": str(folder / "served"),
    }
    image = (ROOT / "Dockerfile").read_text()
    commands = {"web": json.loads(re.search(r"^CMD (\[.*\])$", image, re.M)[1])}
    for name in ("window", "phones", "worker", "people", "slow", "beat"):
        commands[name] = shlex.split(SERVICES[name]["command"].replace("/var/lib/mingqian", str(folder)))
    for name, where in {"web": web, **apart}.items():
        commands[name] = [each.replace("0.0.0.0:8000", f"127.0.0.1:{where}") for each in commands[name]]
    (folder / "nginx").mkdir()
    commands["nginx"] = in_front(folder / "nginx", "plain", port, web, folder / "served", apart=apart)
    started = []
    try:
        for name, command in commands.items():
            said = SERVICES[name].get("environment", {}) if name in SERVICES else {}
            more = {each: said[each] for each in ("PGOPTIONS", "GIVES_WAY") if each in said}
            log = (folder / f"{name}.log").open("ab")
            started.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=env | more, start_new_session=True, stdout=log, stderr=log
                )
            )
        for each in (web, *apart.values()):
            pages._wait(each)
        pages._wait(port)
        yield port
    finally:
        for each in started:
            if each.poll() is None:
                os.killpg(each.pid, 9)
            each.wait(10)


class Reader:
    """A reader of one bureau that has nothing to do with the load, in a process of its own (reading.py): what
    each page took, again and again."""

    def __init__(self, port, bureau, draw):
        desk = pages._signed_in(f"{bureau.code}-clerk")
        case = Case.objects.filter(bureau=bureau).first()
        paths = [
            ("/admin/", desk),
            ("/admin/rounds/", desk),
            ("/admin/cases/", desk),
            (f"/admin/cases/{case.token}/", desk),
            ("/admin/firms/", desk),
            ("/admin/people/", desk),
            ("/admin/deadlines/", desk),
            (f"/admin/inspections/draw/{draw.pk}/change/", desk),
            (f"/b/{bureau.code}/draws/", ""),
            (f"/b/{bureau.code}/draws/{draw.number}/", ""),
            (f"/b/{bureau.code}/plans/", ""),
            (f"/b/{bureau.code}/statistics/", ""),
        ]

        command = [sys.executable, str(Path(__file__).with_name("reading.py")), str(port)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps(paths))

    def read(self, times):
        """So many rounds: {path: [seconds]}."""
        self.begin(times)
        return self.told()

    def begin(self, times=0):
        """Read so many rounds; without a number until `end`."""
        self._say(str(times))

    def end(self):
        """What was read since `begin`."""
        self.process.stdin.close()
        return self.told()

    def told(self):
        line = self.process.stdout.readline()
        assert line, "the reader was refused a page"
        return json.loads(line)

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def _apart(act):
    """`act` in a thread of its own, its database connection closed after it."""

    def run(*given):
        # A phone is a machine of its own: it takes no turn of this one's.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        try:
            return act(*given)
        finally:
            connections["default"].close()

    return run


def _lodge(made):
    bureau, cast, draw = made
    values.lodge(draw.sources.get(), f"{random.randrange(10**10):010d}", by=cast["witness"])
    bell.ring(draw.pk)  # as the page does


def _import(made):
    """A register comes in: looked at, compared by the worker, taken over, written by the worker."""
    bureau, cast, _ = made
    data = registers.as_csv(ROWS, bureau.code)
    run = imports.receive(data, "名录.csv", by=cast["clerk"])
    _until(run, "previewed")
    imports.approve(run, by=cast["clerk"])
    return _until(run, "applied")


def _until(run, status, seconds=900):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = ImportRun.objects.get(pk=run.pk)
        assert now.status != "failed", (now.error, now.told)
        if now.status == status:
            return now
        time.sleep(0.5)
    raise AssertionError(f"import {run.pk}: {now.status} after {seconds} s")


def _filing(port, cookies):
    def hand_in(case):
        raw, mark = said(case)
        to = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        account = case.team()[0].inspector.account
        headers = cookies(account) | {"Content-Type": "application/json", "Idempotency-Key": mark}
        began = time.perf_counter()
        to.request("POST", f"/desk/field/{case.token}/filings/", raw, headers)
        answer = to.getresponse()
        told = answer.read()
        to.close()
        assert answer.status == 201, (answer.status, told[:300])
        return time.perf_counter() - began

    return _apart(hand_in)


class Cookies:
    """Who is signed in, with the token that a form carries."""

    def __init__(self, port):
        self.port, self.kept = port, {}

    def __call__(self, account):
        if account.pk not in self.kept:
            session = pages._signed_in(account.username)
            to = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            to.request("GET", "/desk/field/", headers={"Cookie": session})
            answer = to.getresponse()
            answer.read()
            token = re.search(r"csrftoken=(\w+)", answer.headers["Set-Cookie"])[1]
            told = {"Cookie": f"{session}; csrftoken={token}", "X-CSRFToken": token, "X-Mingqian": "field"}
            self.kept[account.pk] = told
        return self.kept[account.pk]


def main():
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    began = time.monotonic()
    made = [_found(n, is_ready=n <= CEREMONIES) for n in range(BUREAUS)]
    print(f"{BUREAUS} bureaus in {time.monotonic() - began:.0f} s", flush=True)
    other, ready = made[CEREMONIES], made[:CEREMONIES]
    importing = made[CEREMONIES + 1 : CEREMONIES + 1 + IMPORTS]
    with tempfile.TemporaryDirectory() as folder, processes(Path(folder)) as port:
        said_of = _played(port, other, ready, importing)
        for count in (6, 60):
            health, answered = strangers(port, ready, count, 20)
            worst = max(health)
            print(f"{count} strangers: /healthz median {median(health) * 1000:.0f} ms, worst", end=" ")
            print(f"{worst * 1000:.0f} ms; answers {answered}", flush=True)
            assert not any(status >= 500 for status in answered) and answered.get(425, 0) < 20, answered
            assert worst <= HEALTH, f"/healthz {worst * 1000:.0f} ms beside {count}"
            said_of.append(f"{count} 个生人：/healthz 最慢 {worst * 1000:.0f} 毫秒")
    print("结果：" + "；".join(said_of))


def _played(port, other, ready, importing):
    _lodge(other)
    while not Draw.objects.filter(pk=other[2].pk, status="drawn").exists():
        time.sleep(0.2)
    reader, crowd = Reader(port, other[0], other[2]), ThreadPoolExecutor(CEREMONIES + PHONES + IMPORTS)
    reader.read(5)
    alone = reader.read(30)
    jobs = [crowd.submit(_apart(_import), each) for each in importing]
    time.sleep(5)
    lodged = list(crowd.map(_apart(_lodge), ready))
    assert len(lodged) == CEREMONIES
    drawn = Draw.objects.filter(pk__in=[draw.pk for *_, draw in ready])
    while drawn.exclude(status="drawn").exists():
        time.sleep(0.2)
    waits = [
        (draw.drawn_at - max(each.lodged_at for each in draw.sources.all())).total_seconds() for draw in drawn
    ]
    print(f"draws waited {median(waits):.2f} s, the longest {max(waits):.2f} s", flush=True)
    cases = list(Case.objects.filter(draw__in=drawn).order_by("token")[:FILINGS])
    cookies = Cookies(port)
    for account in {case.team()[0].inspector.account for case in cases}:
        cookies(account)
    told = crowd.map(_filing(port, cookies), cases, chunksize=1)
    reader.begin()
    began = time.monotonic()
    receipts = list(told)
    took = time.monotonic() - began
    during = reader.end()
    runs = [job.result() for job in jobs]
    whole = time.monotonic() - began
    brought = [run.counts["new"] + run.counts["changed"] for run in runs]
    assert brought == [ROWS] * IMPORTS, brought
    p99 = quantiles(receipts, n=100)[-1]
    print(f"{len(receipts)} filings in {took:.0f} s, p99 {p99:.2f} s; imports done after {whole:.0f} s")
    slower = {}
    for path in alone:
        free, busy = (max(median(each[path]), LEAST) for each in (alone, during))
        slower[path] = busy / free
    for path, ratio in sorted(slower.items(), key=lambda each: -each[1]):
        free, busy = [median(each[path]) * 1000 for each in (alone, during)]
        p95 = quantiles(during[path], n=20)[-1] * 1000
        print(f"  {ratio:.2f}  {free:.0f} → {busy:.0f} ms (p95 {p95:.0f})  {path}")
    assert max(waits) <= LONGEST_WAIT, f"a draw waited {max(waits):.1f} s"
    worst = max(slower.values())
    assert worst <= SLOWEST, f"a page of another bureau {worst:.2f} times as long"
    return [
        f"抽取最多等 {max(waits):.1f} 秒",
        f"二千件上报 {took:.0f} 秒、回执 p99 {p99:.1f} 秒",
        f"别的机关的页面最慢的是空闲时的 {worst:.2f} 倍",
        f"名录在其后 {whole - took:.0f} 秒写完",
    ]


def in_a_database():
    """The whole, in a database made for it."""
    act_as(OWNER)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("grant", APP, verbosity=0)
    act_as(APP)
    try:
        main()
    finally:
        act_as(OWNER)
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    in_a_database()
