"""执法码: asked for under one key until it comes, when a visit may be told of and not before; without one the
visit goes on and its clock runs."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from inspections.models import CodeAsk, CodePlatform
from inspections.states import SchemeState
from inspections.visit import entrycodes, visits
from registries.models import Message

from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


class _Platform(BaseHTTPRequestHandler):
    given, mode, asked = {}, "whole", []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at, sign = self.headers["X-Mingqian-Time"], self.headers["X-Mingqian-Signature"]
        good = hmac.new(b"s3", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        said = json.loads(body)
        type(self).asked.append(said)
        if sign != good or self.mode == "down":
            self.send_error(503)
            return
        code = self.given.setdefault(said["mark"], f"ZFM{len(self.given):04d}")
        if self.mode == "lost":
            self.close_connection = True
            self.connection.close()
            return
        told = json.dumps({"reason": "不在清单"} if self.mode == "no" else {"code": code}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *args):
        pass


@pytest.fixture
def platform(drawn):
    _Platform.given, _Platform.mode, _Platform.asked = {}, "whole", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"http://127.0.0.1:{server.server_port}/"
    yield CodePlatform.objects.create(bureau=drawn.bureau, name="省平台", address=where, secret="s3")
    server.shutdown()
    server.server_close()


def again():
    CodeAsk.objects.update(next_at=None)
    return entrycodes.sweep()


def test_each_coming_visit_gets_its_code_once_whatever_is_lost(platform, drawn):
    number = drawn.cases.count()
    for mode in ("down", "lost"):
        _Platform.mode = mode
        assert again() == 0 and not drawn.cases.exclude(entry_code="").exists()
        platform.refresh_from_db()
        assert platform.trouble
    _Platform.mode = "whole"
    assert again() == number and again() == 0
    assert len(_Platform.given) == number and not drawn.cases.filter(entry_code="").exists()
    codes = set(drawn.cases.values_list("entry_code", flat=True))
    assert codes == set(_Platform.given.values())
    case = drawn.cases.first()
    told = Message.objects.filter(account=case.team()[0].inspector.account, said__contains=case.entry_code)
    assert told.exists()
    said = _Platform.asked[-1]
    assert said["items"] and len(said["officers"]) == 2 and said["task_number"] == drawn.task.number


def test_a_platform_that_says_no_is_told_and_one_typed_meanwhile_stays(platform, drawn):
    _Platform.mode = "no"
    again()
    platform.refresh_from_db()
    assert "不在清单" in platform.trouble
    case = drawn.cases.order_by("pk").first()
    type(case).objects.filter(pk=case.pk).update(entry_code="手填001")
    _Platform.mode = "whole"
    again()
    case.refresh_from_db()
    assert case.entry_code == "手填001"


def test_nothing_is_asked_before_the_visit_may_be_told_of(platform, drawn):
    later = timezone.now() + timedelta(hours=2)
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_draw SET tell_at = %s", [later])
    assert again() == 0 and not _Platform.asked
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_draw SET tell_at = NULL")
    assert drawn.task.schemes.filter(status=SchemeState.APPROVED).exists()
    assert again() > 0


def test_a_code_that_comes_after_the_visit_began_stops_its_clock(platform, drawn):
    type(drawn.bureau).objects.filter(pk=drawn.bureau_id).update(needs_entry_code=True)
    case = drawn.cases.order_by("pk").first()
    case.bureau.refresh_from_db()
    _Platform.mode = "down"
    again()
    visits.start(case, by=case.team()[0].inspector.account)
    assert case.events.filter(code="entry.uncoded").exists()
    _Platform.mode = "whole"
    again()
    case.refresh_from_db()
    assert case.entry_code and case.events.filter(code="entry.filed").exists()


def test_nothing_is_asked_for_what_needs_no_code_any_more(platform, drawn):
    _Platform.mode = "down"
    again()
    asked = len(_Platform.asked)
    typed, done, *rest = drawn.cases.order_by("pk")
    type(typed).objects.filter(pk=typed.pk).update(entry_code="手填001")
    with behind_the_walls():
        type(done).objects.filter(pk=done.pk).update(status="closed")
    again()
    assert len(_Platform.asked) == asked + len(rest)
