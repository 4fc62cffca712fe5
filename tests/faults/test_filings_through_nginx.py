"""Phones at once through nginx, each with a photo: receipts in time, no refusal, and the
photos looked at by the worker.

MINGQIAN_PHONES says how many (20 in the suite, 500 in make trials).
"""

import hashlib
import http.client
import io
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from inspections import tasks
from inspections.models import CleanCopy, Filing, Upload

from ..inspections.visit.test_filings import said
from ..servers import free_port
from .conftest import wait_for
from .production import in_front
from .test_filings import Server, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]
PHONES = int(os.environ.get("MINGQIAN_PHONES", "20"))


@pytest.fixture
def front(settings, drawn, tmp_path):
    """The server behind nginx: (Server, nginx' port)."""
    server, port = Server(settings), free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    web_port = int(server.base.rsplit(":", 1)[1])
    nginx = subprocess.Popen(in_front(folder, "plain", port, web_port, settings.FILES_DIR.parent))
    yield server, port
    nginx.terminate()
    nginx.wait(10)
    server.process.terminate()
    server.process.wait(20)


def photo():
    """Twelve megapixels as a phone takes them, some two megabytes."""
    out = io.BytesIO()
    Image.effect_noise((1000, 750), 60).convert("RGB").resize((4000, 3000)).save(out, "JPEG", quality=80)
    return out.getvalue()


class Phone:
    """One of many, each at an address of its own."""

    def __init__(self, n, port, headers):
        self.at, self.port, self.headers = f"127.0.{n // 200 + 1}.{n % 200 + 1}", port, headers

    def ask(self, method, path, body, more):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=120, source_address=(self.at, 0)
        )
        connection.request(method, path, body, self.headers | more)
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def hand_in(self, case, picture):
        """(status of the photo, status of the filing, seconds until its receipt)."""
        began, digest = time.monotonic(), hashlib.sha256(picture).hexdigest()
        span = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes 0-{len(picture) - 1}/{len(picture)}",
        }
        photo_status, _ = self.ask("PUT", f"/desk/field/{case.token}/files/{digest}", picture, span)
        raw, mark = said(case, files=[{"sha256": digest, "kind": "photo", "line": "A01.1"}])
        more = {"Content-Type": "application/json", "Idempotency-Key": mark}
        status, answer = self.ask("POST", f"/desk/field/{case.token}/filings/", raw, more)
        receipt = json.loads(answer).get("receipt") if status == 201 else None
        return photo_status, status, time.monotonic() - began, receipt


def test_many_phones_at_once_each_with_a_photo(front, drawn):
    server, port = front
    cases = list(drawn.cases.order_by("pk"))
    headers = {
        case.pk: {name: value for name, value in server.signed_in(member(case)).items()} for case in cases
    }
    picture = photo()
    assert 1_000_000 < len(picture) < 6_000_000
    turns = [(n, cases[n % len(cases)]) for n in range(PHONES)]

    def one(turn):
        n, case = turn
        return Phone(n, port, headers[case.pk]).hand_in(case, picture + n.to_bytes(4, "big"))

    with ThreadPoolExecutor(PHONES) as phones:
        told = list(phones.map(one, turns))
    assert {each[0] for each in told} == {201} and {each[1] for each in told} == {201}, (
        {each[:2] for each in told},
        server.said(),
    )
    assert len({each[3] for each in told}) == Filing.objects.count() == Upload.objects.count() == PHONES
    waits = sorted(each[2] for each in told)
    began = time.monotonic()
    assert wait_for(lambda: (tasks.look_at_pictures(), CleanCopy.objects.count() == PHONES)[1], 600)
    looked = time.monotonic() - began
    print(
        f"手机 {PHONES} 部：回执 p50 {waits[PHONES // 2]:.1f} s，p99 "
        f"{waits[int(PHONES * 0.99) - 1]:.1f} s；照片查看件 {looked:.0f} s"
    )
    assert waits[int(PHONES * 0.99) - 1] <= 20 and not CleanCopy.objects.filter(file=None).exists()
