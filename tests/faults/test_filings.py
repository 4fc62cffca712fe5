"""Many phones at once, and a server that dies under them: who has a receipt has a row; the same five hundred times is one."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from inspections.models import Case, Filing
from inspections.services import papertrail
from registries.services import journal

from ..conftest import APP
from ..inspections.test_filings import said
from ..servers import free_port
from .conftest import ROOT, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]


class Server:
    """gunicorn on the test database, as the application's role."""

    def __init__(self, settings):
        made, self.port = connection.settings_dict, free_port()
        env = os.environ | {
            "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}", "REDIS_URL": "",
            "MINGQIAN_VAR": str(settings.FILES_DIR.parent), "SECRET_KEY": settings.SECRET_KEY, "FIELD_KEYS": settings.FIELD_KEYS,
        }  # fmt: skip
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
        self.log = (settings.FILES_DIR.parent / "server.log").open("ab")
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
        page = urllib.request.urlopen(urllib.request.Request(f"{self.base}/desk/field/", headers={"Cookie": session}))
        token = re.search(r"csrftoken=(\w+)", page.headers["Set-Cookie"])[1]
        return {
            "Cookie": f"{session}; csrftoken={token}", "X-CSRFToken": token, "X-Mingqian": "field",
            "Content-Type": "application/json",
        }  # fmt: skip

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


def test_five_hundred_different_and_five_hundred_alike(server, case, drawn):
    headers = server.signed_in(member(case))
    different = [said(case) for _ in range(500)]
    with ThreadPoolExecutor(64) as phones:
        told = list(phones.map(lambda each: server.hand_in(case, headers, *each), different))
    assert {status for status, _ in told} == {201}, server.said()
    assert len({answer["receipt"] for _, answer in told}) == Filing.objects.count() == 500
    assert Filing.objects.filter(status="taken").count() == 1  # one visit, one report; the others are kept beside it
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
    time.sleep(1.5)
    server.process.kill()
    subprocess.run(["pkill", "-9", "-f", f"127.0.0.1:{server.port}"], check=False)
    for each in phones:
        each.join()
    server.process.wait(10)
    kept = {str(mark): f"SD{pk:08d}" for mark, pk in Filing.objects.values_list("uuid", "pk")}
    assert receipts and all(kept[str(mark)] == receipt for mark, receipt in receipts)
    assert journal.verify(drawn.bureau)[1] == []
