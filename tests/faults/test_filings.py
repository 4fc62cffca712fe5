"""Many phones at once, and a server that dies under them: who has a receipt has a row; the same
five hundred times is one."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from inspections.models import Case, Filing
from inspections.watch import papertrail
from registries.services import journal

from .. import ground
from ..inspections.visit.test_filings import said
from ..levels import APP
from ..servers import Postgres, free_port
from .conftest import ROOT, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]


class Server:
    """gunicorn on the test database, as the application's role."""

    def __init__(self, settings, **more):
        made, self.port = connection.settings_dict, free_port()
        env = (
            os.environ
            | {
                "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
                "REDIS_URL": "",
                "MINGQIAN_VAR": str(settings.FILES_DIR.parent),
                "SECRET_KEY": settings.SECRET_KEY,
                "FIELD_KEYS": settings.FIELD_KEYS,
            }
            | more
        )
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            "3",
            "--backlog",
            "2048",
            "--timeout",
            "120",
        ]
        self.log = (settings.FILES_DIR.parent / f"server-{self.port}.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stderr=self.log)
        self.base = f"http://127.0.0.1:{self.port}"
        wait_for(self.answers, 40)

    def said(self):
        """The end of what the server has written, for whoever reads a failure."""
        return (Path(self.log.name)).read_text()[-3000:]

    def answers(self):
        try:
            return urllib.request.urlopen(f"{self.base}/healthz", timeout=5).status == 200
        except OSError:
            return False

    def signed_in(self, account):
        """Headers of somebody who is signed in: the session is in the common database."""
        client = Client()
        client.force_login(account)
        session = f"sessionid={client.cookies['sessionid'].value}"
        page = urllib.request.urlopen(
            urllib.request.Request(f"{self.base}/desk/field/", headers={"Cookie": session})
        )
        token = re.search(r"csrftoken=(\w+)", page.headers["Set-Cookie"])[1]
        return {
            "Cookie": f"{session}; csrftoken={token}",
            "X-CSRFToken": token,
            "X-Mingqian": "field",
            "Content-Type": "application/json",
        }

    def hand_in(self, case, headers, raw, mark):
        """(status, answer) of one submission; (0, None) where no answer came."""
        request = urllib.request.Request(
            f"{self.base}/desk/field/{case.token}/filings/", raw, headers | {"Idempotency-Key": mark}
        )
        try:
            answer = urllib.request.urlopen(request, timeout=120)
            return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, None
        except OSError:
            return 0, None


@pytest.fixture
def server(settings, drawn):
    made = Server(settings)
    yield made
    made.process.terminate()
    made.process.wait(20)


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def member(case):
    return case.team()[0].inspector.account


@pytest.mark.trial
def test_five_hundred_different_and_five_hundred_alike(server, case, drawn):
    headers = server.signed_in(member(case))
    different = [said(case) for _ in range(500)]
    with ThreadPoolExecutor(64) as phones:
        told = list(phones.map(lambda each: server.hand_in(case, headers, *each), different))
    assert {status for status, _ in told} == {201}, server.said()
    assert len({answer["receipt"] for _, answer in told}) == Filing.objects.count() == 500
    # one visit, one report; the others are kept beside it
    assert Filing.objects.filter(status="taken").count() == 1
    assert Case.objects.get(pk=case.pk).visits.count() == 1

    other = drawn.cases.order_by("pk")[1]
    headers = server.signed_in(member(other))
    raw, mark = said(other)
    with ThreadPoolExecutor(64) as phones:
        told = list(phones.map(lambda _: server.hand_in(other, headers, raw, mark), range(500)))
    assert {status for status, _ in told} == {201}
    assert len({answer["receipt"] for _, answer in told}) == 1 and Filing.objects.count() == 501
    assert {answer["content_sha256"] for _, answer in told} == {hashlib.sha256(raw).hexdigest()}
    assert journal.verify(drawn.bureau)[1] == [] and list(papertrail.series(drawn.bureau)) == []


def test_whoever_has_a_receipt_has_a_row_when_the_server_is_killed(settings, drawn, case):
    server = Server(settings)
    headers, receipts = server.signed_in(member(case)), []

    def phone(n):
        for _ in range(12):
            raw, mark = said(case, mark=uuid.uuid4())
            status, answer = server.hand_in(case, headers, raw, mark)
            if status == 201:
                receipts.append((mark, answer["receipt"]))

    phones = [threading.Thread(target=phone, args=(n,)) for n in range(8)]
    for each in phones:
        each.start()
    for _ in range(600):  # in the midst of them, however slow the machine: the first receipts are there
        if len(receipts) >= 3:
            break
        time.sleep(0.05)
    os.killpg(server.process.pid, signal.SIGKILL)  # with all its children, at once
    for each in phones:
        each.join()
    server.process.wait(10)
    kept = {str(mark): f"SD{pk:08d}" for mark, pk in Filing.objects.values_list("uuid", "pk")}
    assert receipts and all(kept[str(mark)] == receipt for mark, receipt in receipts)
    assert journal.verify(drawn.bureau)[1] == []


_CASES = """
import json
from inspections.models import Case
from inspections.case import opening
found = Case.objects.filter(status="opened", draw__isnull=False).first()
print("CASE" + json.dumps({"token": found.token, "user": found.team()[0].inspector.account.username,
                           "lines": [line["key"] for line in opening.lines_of(found)]}))
"""


class Phones:
    """One inspector signed in by the sign-in page, handing in visit after visit;
    receipts and refusals are kept."""

    def __init__(self, base, case, password):
        self.base, self.case, self.password, self.receipts, self.refused = base, case, password, [], 0
        self.headers, self.now = {}, datetime.now(UTC).isoformat()

    def signs_in(self):
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        try:
            opener.open(f"{self.base}/login/", timeout=5).read()
        except OSError:
            return False

        def token():
            return next(each.value for each in jar if each.name == "csrftoken")

        form = {"csrfmiddlewaretoken": token(), "username": self.case["user"], "password": self.password}
        request = urllib.request.Request(
            f"{self.base}/login/", urllib.parse.urlencode(form).encode(), {"Referer": f"{self.base}/login/"}
        )
        opener.open(request).read()
        opener.open(f"{self.base}/desk/field/").read()
        cookies = "; ".join(f"{each.name}={each.value}" for each in jar)
        self.headers = {
            "Cookie": cookies,
            "X-CSRFToken": token(),
            "X-Mingqian": "field",
            "Content-Type": "application/json",
        }
        return "sessionid" in cookies

    def hand_in(self, mark):
        """(status, answer) of one visit; (0, None) where no answer came. A receipt is kept."""
        body = {
            "uuid": str(mark),
            "case": self.case["token"],
            "started_at": self.now,
            "ended_at": self.now,
            "findings": {},
            "others": [],
            "files": [],
            "answers": {key: {"value": "pass", "note": ""} for key in self.case["lines"]},
            "record": {"record": "逐项检查。", "signed": "signed"},
        }
        path = f"{self.base}/desk/field/{self.case['token']}/filings/"
        request = urllib.request.Request(
            path, json.dumps(body).encode(), self.headers | {"Idempotency-Key": str(mark)}
        )
        try:
            answer = json.loads(urllib.request.urlopen(request, timeout=60).read())
        except urllib.error.HTTPError as refused:
            with suppress(ValueError):
                return refused.code, json.loads(refused.read())
            return refused.code, None
        except (OSError, ValueError):
            return 0, None
        self.receipts.append((str(mark), answer["receipt"]))
        return 201, answer

    def hand_in_many(self, times, stop=None):
        """So many, or until `stop` is set."""
        for _ in range(times):
            if stop is not None and stop.is_set():
                return
            if self.hand_in(uuid.uuid4())[0] != 201:
                self.refused += 1
                time.sleep(0.3)


class OwnBureau:
    """A bureau of its own in a cluster of its own, with a web server and an inspector's phone."""

    def __init__(self, cluster, var):
        self.cluster, self.var, self.port = cluster, var, free_port()
        cluster.run("CREATE DATABASE own")
        self.env = os.environ | {
            "DATABASE_URL": cluster.url("own"),
            "MINGQIAN_VAR": str(var),
            "REDIS_URL": "",
        }
        if not ground.dump_into(cluster, "own"):
            self.manage("migrate", "--verbosity", "0")
        self.manage("seed_demo")
        case = json.loads(self.manage("shell", "-c", _CASES).split("CASE")[1])
        password = json.loads((var / "demo-signins.json").read_text())["password"]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            "3",
        ]
        quiet = {"stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True, **quiet)
        self.phone = Phones(f"http://127.0.0.1:{self.port}", case, password)
        wait_for(self.phone.signs_in, 60)

    def manage(self, *command):
        command = [sys.executable, "manage.py", *command]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, check=True, capture_output=True, text=True
        ).stdout

    def every_receipt_has_its_row(self):
        rows = dict(self.cluster.run("SELECT uuid::text, id FROM inspections_filing", "own"))
        assert all(f"SD{rows[mark]:08d}" == receipt for mark, receipt in self.phone.receipts)
        self.manage("verify_journal")

    def close(self):
        os.killpg(self.server.pid, 9)
        self.server.wait(10)
        self.cluster.stop()


@pytest.mark.trial
def test_whoever_has_a_receipt_has_a_row_when_postgresql_is_killed(tmp_path):
    """Killed twice under six phones."""
    own = OwnBureau(Postgres(), tmp_path / "killed")
    try:
        stop = threading.Event()
        threads = [threading.Thread(target=own.phone.hand_in_many, args=(400, stop)) for _ in range(6)]
        for each in threads:
            each.start()
        for told in (5, 15):  # however fast the machine is, the phones are at it when it is killed, and after
            assert wait_for(lambda told=told: len(own.phone.receipts) >= told, 60)
            refused = own.phone.refused
            own.cluster.kill()
            assert wait_for(lambda refused=refused: own.phone.refused > refused, 60)
            own.cluster.start()
        assert wait_for(lambda: len(own.phone.receipts) >= 25, 90)
        stop.set()
        for each in threads:
            each.join()
        own.every_receipt_has_its_row()
    finally:
        own.close()


@pytest.mark.trial
def test_a_full_disk_under_postgresql_is_a_clear_refusal(small_disk, tmp_path):
    """Filled to the last byte, then freed: what was refused is said so and goes in afterwards, once."""
    # No autovacuum: it may drop the file that PostgreSQL writes anew for the next sign-in,
    # and cannot on a full disk.
    small = {"max_wal_size": "64MB", "min_wal_size": "32MB", "autovacuum": "off"}
    own = OwnBureau(Postgres(home=small_disk, **small), tmp_path / "full")
    try:
        own.phone.hand_in_many(1)
        assert len(own.phone.receipts) == 1
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as handle, suppress(OSError):
            while handle.write(bytes(1 << 16)):
                pass
        said = [own.phone.hand_in(uuid.uuid4()) for _ in range(150)]
        refused = [each for each in said if each[0] != 201]
        # what room the tables had is used up first; from then on each is refused in words
        assert refused and {status for status, _ in refused} == {507}, {status for status, _ in said}
        assert all("空间" in answer["said"] for _, answer in refused), refused[0]
        own.every_receipt_has_its_row()
        ballast.unlink()
        mark = uuid.uuid4()
        told = [own.phone.hand_in(mark) for _ in range(2)]
        assert [status for status, _ in told] == [201, 201] and told[0][1]["receipt"] == told[1][1]["receipt"]
        own.every_receipt_has_its_row()
    finally:
        own.close()
