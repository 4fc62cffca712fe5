"""Messages: whom an act tells and when, what leaves the house, and that nothing is lost on the way out."""

import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokenBell

from config import celery_app
from config.office import outbox, reminders
from inspections.case import schemes
from inspections.draw import bell, drawing
from inspections.models import Draw
from inspections.plan import plans
from inspections.visit import confirmations, reports
from registries import ringing
from registries.models import Account, Dispatch, Message, Subject
from registries.services import handing, messages

from .servers import free_port
from .staircase import hold, inspect, refused_with, throw
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-bureau"


@pytest.fixture
def gateway(settings):
    """A receiver of our own: what came, in order; refuses while `away`."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if server.away:
                self.send_error(503)
                return
            server.came.append((self.headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.came, server.away = [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.NOTIFY_URL = f"http://127.0.0.1:{server.server_port}/news"
    settings.NOTIFY_SECRET, settings.NOTIFY_QUIET, settings.PUBLIC_URL = SECRET, "", "https://mq.example"
    yield server
    server.shutdown()


def said_to(account, thing=None):
    rows = Message.objects.of(account)
    rows = rows.filter(thing=thing.about) if thing is not None else rows
    return [(each.kind, each.said) for each in rows]


def test_an_act_tells_the_next_and_its_author(register, inspectors, make_task, cast):
    task = make_task(approved=False)
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    assert said_to(cast.head, task) == [("waits", f"抽查任务“{task}”等您批准")]
    assert said_to(cast.clerk, task) == []
    handing.send_back(task, "inspections.approve_task", "检查期限太短", by=cast.head)
    assert said_to(cast.clerk, task) == [("returned", f"抽查任务“{task}”被退回：检查期限太短")]
    assert (
        Message.objects.of(cast.head).unread().count() == 0
    )  # it waits no more: nobody need read that it did
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    plans.approve_task(task, by=cast.head)
    assert said_to(cast.clerk, task)[0][0] in ("judged", "waits")
    assert {kind for kind, _ in said_to(cast.supervisor, task)} == {"waits"}
    assert said_to(cast.stranger, task) == []


def test_whoever_is_in_a_team_hears_of_it_at_the_sealed_time_and_not_before(sealed, cast, gateway):
    """What leaves for a drawn and for an undrawn inspector is the same until then: nothing."""
    tell_at = timezone.now() + timedelta(hours=2)
    with behind_the_walls():
        Draw.objects.filter(pk=sealed.pk).update(tell_at=tell_at)
    draw = drawing.run(throw(Draw.objects.get()).pk)
    scheme = schemes.approve(schemes.draft(draw.task, by=cast.clerk), by=cast.head)
    team = set(schemes.people_of(draw.task, draw))
    everybody = set(Account.objects.filter(inspector__isnull=False))
    assert team and everybody - team and scheme.draw == draw
    outbox.sweep()
    told = {json.loads(body)["to"] for _, body in gateway.came}
    assert not told & {each.username for each in everybody}
    assert not [each for each in everybody if Message.objects.of(each).exists()]
    Message.objects.filter(not_before=tell_at).update(not_before=timezone.now())
    Dispatch.objects.filter(not_before=tell_at).update(not_before=timezone.now())
    outbox.sweep()
    told = {json.loads(body)["to"] for _, body in gateway.came}
    assert told & {each.username for each in everybody} == {each.username for each in team}


def test_what_leaves_is_signed_and_says_no_name(drawn, cast, gateway):
    case = drawn.cases.order_by("pk").first()
    reports.approve(inspect(case, fails=["A01.1"]), by=cast.head)
    outbox.sweep()
    assert gateway.came
    names = set(Subject.objects.values_list("name", flat=True)) | {drawn.number, drawn.task.title}
    names |= set(Account.objects.values_list("display_name", flat=True))
    for headers, body in gateway.came:
        counted = hmac.new(
            SECRET.encode(), f"{headers['X-Mingqian-Time']}.".encode() + body, hashlib.sha256
        ).hexdigest()
        assert hmac.compare_digest(counted, headers["X-Mingqian-Signature"])
        text = body.decode()
        assert set(json.loads(text)) == {"id", "to", "kind", "words", "link"}
        assert not [each for each in names if each and each in text]


def test_a_gateway_that_is_away_loses_nothing_and_a_repeat_has_the_same_id(drawn, cast, gateway):
    gateway.away = True
    case = drawn.cases.order_by("pk").first()
    reports.submit(reports.draft(_held(case), by=_first(case)), by=_first(case))
    Message.objects.exclude(kind="waits").update(read_at=timezone.now())
    wanted = {str(each.mark) for each in Dispatch.objects.filter(done_at=None, message__read_at=None)}
    assert wanted
    for _ in range(3):
        outbox.sweep()
        Dispatch.objects.filter(done_at=None).update(not_before=timezone.now())  # the rest between two tries
    assert Dispatch.objects.filter(done_at=None, tries__gte=3).count() == len(wanted) and gateway.came == []
    gateway.away = False
    outbox.sweep()
    assert {headers["X-Mingqian-Id"] for headers, _ in gateway.came} == wanted
    assert {json.loads(body)["id"] for _, body in gateway.came} == wanted
    outbox.sweep()
    assert len(gateway.came) == len(wanted)


def test_an_hour_without_redis_and_without_the_gateway(sealed, cast, gateway, settings, monkeypatch):
    """A whole draw in it: acts go on, the sweep draws, nothing is lost, nothing comes twice or under another
    id when both are back."""
    with _no_bell():
        with pytest.raises(BrokenBell):
            bell.run_draw.apply_async([sealed.pk], retry=False)
        ringing.ring(bell.run_draw, sealed.pk)
    gateway.away, real, passed = True, timezone.now, timedelta()
    monkeypatch.setattr(timezone, "now", lambda: real() + passed)
    drawn = drawing.run(throw(sealed).pk)
    schemes.approve(schemes.draft(drawn.task, by=cast.clerk), by=cast.head)
    marks = {}
    for minute in range(61):
        passed = timedelta(minutes=minute)
        outbox.sweep()
        marks |= {each.pk: each.mark for each in Dispatch.objects.all()}
    wanted = {str(each.mark) for each in Dispatch.objects.filter(done_at=None)}
    tries = Dispatch.objects.filter(done_at=None).values_list("tries", flat=True)
    assert wanted and gateway.came == [] and 4 <= min(tries) <= max(tries) <= 12, "not hammered, not given up"
    gateway.away = False
    for minute in range(61, 130):
        passed = timedelta(minutes=minute)
        outbox.sweep()
    came = [headers["X-Mingqian-Id"] for headers, _ in gateway.came]
    assert sorted(came) == sorted(wanted) and {each.pk: each.mark for each in Dispatch.objects.all()} == marks


@contextmanager
def _no_bell():
    """Redis is configured, and nobody is there."""
    conf, dead = celery_app.conf, f"redis://127.0.0.1:{free_port()}/0"
    was = conf.task_always_eager, conf.broker_url
    conf.task_always_eager, conf.broker_url = False, dead
    celery_app.amqp._producer_pool = None  # else the connection that an earlier test has used is used again
    try:
        yield
    finally:
        conf.task_always_eager, conf.broker_url = was
        celery_app.amqp._producer_pool = None


def _held(case):
    hold(case)
    confirmations.confirm(case, by=case.team()[1].inspector.account)
    return case


def _first(case):
    return case.team()[0].inspector.account


def test_an_act_that_fails_tells_nobody(drawn, cast):
    before = Message.objects.count()
    with refused_with("not_allowed"):
        schemes.draft(drawn.task, by=cast.auditor)
    assert Message.objects.count() == before


def test_nothing_leaves_at_night_and_a_read_message_stays_in(drawn, cast, gateway, settings):
    settings.NOTIFY_QUIET = "22-7"
    night, day = datetime(2026, 6, 1, 23, 0), datetime(2026, 6, 1, 9, 0)
    assert outbox.is_quiet(night) and outbox.is_quiet(night.replace(hour=3)) and not outbox.is_quiet(day)
    settings.NOTIFY_QUIET = f"{timezone.localtime().hour}-{(timezone.localtime().hour + 1) % 24}"
    messages.tell([cast.head], "waits", drawn, "看一看")
    assert outbox.sweep() == 0 and gateway.came == []
    settings.NOTIFY_QUIET = ""
    messages.read(cast.head)
    outbox.sweep()
    assert "head" not in {json.loads(body)["to"] for _, body in gateway.came}


def test_a_digest_a_day_with_numbers_alone(drawn, cast, settings, make_task):
    settings.NOTIFY_MAIL, settings.NOTIFY_QUIET = True, ""
    Account.objects.filter(pk=cast.head.pk).update(email="head@example.cn")
    task = make_task(approved=False)
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    for _ in range(2):
        outbox.digests()
        outbox.sweep()
    assert [each.to for each in mail.outbox] == [["head@example.cn"]]
    assert "等您办 1 件" in mail.outbox[0].subject and task.title not in mail.outbox[0].body


def test_what_is_due_tomorrow_and_what_is_late_is_told_once(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    hold(case)
    case.refresh_from_db()
    member = _first(case)
    with pytest.MonkeyPatch.context() as later:
        eve = case.report_due_on - timedelta(days=1)
        real = timezone.localdate
        later.setattr(reminders.timezone, "localdate", lambda *given: real(*given) if given else eve)
        reminders.tell()
        reminders.tell()
    assert [kind for kind, _ in said_to(member) if kind == "due"] == ["due"]


def test_a_reminder_by_a_colleague_once_in_some_hours(register, inspectors, make_task, cast):
    task = make_task(approved=False)
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    assert messages.urge(task, by=cast.clerk) == [cast.head]
    assert said_to(cast.head, task)[0] == ("urged", f"{cast.clerk}催办：抽查任务“{task}”等您批准")
    with refused_with("urged_already"):
        messages.urge(task, by=cast.clerk)
    with refused_with("other_bureau"):
        messages.urge(task, by=cast.stranger)


def test_the_inbox_shows_ones_own_and_marks_it_read(client, register, inspectors, make_task, cast):
    task = make_task(approved=False)
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    for name, sees in (("head", True), ("clerk", False), ("stranger", False), ("witness1", False)):
        client.force_login(getattr(cast, name))
        assert (task.title in client.get("/messages/").content.decode()) == sees, name
    client.force_login(cast.stranger)
    mark = Message.objects.get(thing=task.about).mark
    client.post("/messages/read/", {"mark": [str(mark)]})
    assert Message.objects.get(mark=mark).read_at is None
    client.force_login(cast.head)
    client.post("/messages/read/", {"mark": [str(mark)]})
    assert Message.objects.get(mark=mark).read_at
