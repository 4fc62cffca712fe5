"""What somebody who holds a phone and its sign-in might send instead: names of others, one picture for all,
a team of one, words in a colleague's mouth; and whatever no phone has ever sent: nothing of it is a fault
of ours."""

import copy
import json
import random

import pytest
from django.db import transaction
from django.utils import timezone

from inspections.case import opening
from inspections.models import Case, Entry
from inspections.visit import completeness, filings, lines, sheets, visits

from ...signed import Signed, photo, send_lines
from ...staircase import refused_with

pytestmark = pytest.mark.django_db


def alone(filed):
    filed.sheet["team"] = filed.sheet["team"][:1]
    filed.team = filed.team[:1]


def twice_one_role(filed):
    filed.sheet["team"][1]["role"] = "officer"


def another_name(filed):
    filed.sheet["team"][1]["name"] = "张三"


def a_stranger(filed):
    filed.sheet["team"][1]["ref"] = "nobody"


@pytest.mark.parametrize("forge", [alone, twice_one_role, another_name, a_stranger])
@pytest.mark.parametrize("kind", ["visit", "undone"])
def test_the_team_is_ours_to_say(case, member, forge, kind):
    filed = Signed(case, kind)
    if kind == "undone":
        filed.sheet |= {"reason": "closed", "seen": "大门上锁", "asked": "", "calls": [], "told": False}
        filed.show(photo(), member)
    forge(filed)
    held = filed.send(member)
    assert held.status == "held" and "检查组不一致" in held.reason and case.status == "opened"


def test_a_refusal_that_nobody_wrote_takes_no_signature_away(case, member):
    filed = Signed(case).sign(member, met=False)
    held = filed.send(member, refused={"way": "refused", "reason": "x"}, digest="0" * 64)
    assert held.status == "held" and "何某" in held.reason


def test_one_picture_is_one_persons_signature(case, member):
    filed = Signed(case).sign(member)
    for each in filed.signatures:
        each["sha256"] = filed.signatures[0]["sha256"]
    filed.files = filed.files[:1]
    with refused_with("sheet_bad"):
        filed.send(member)


def test_a_picture_that_was_drawn_for_another_text_is_no_signature_of_this_one(case, member):
    first = Signed(case).sign(member, met=False)
    assert first.send(member).status == "held"  # the enterprise has not signed
    second = Signed(case)
    second.signatures, second.files = copy.deepcopy(first.signatures), copy.deepcopy(first.files)
    for each in second.signatures:
        each["digest"] = sheets.digest(second.text)
    second.put_name("met", "何某", sheets.digest(second.text), member, 5)
    with refused_with("signature_other"):
        second.send(member)


def test_a_picture_without_a_name_is_nobodys_signature(case, member):
    filed = Signed(case).sign(member, met=False).refuse(member)
    filed.put_name("met", "何某", sheets.digest(filed.text), member, 7)
    filed.signatures.pop()
    with refused_with("sheet_bad"):
        filed.send(member)


def test_nobody_speaks_for_a_colleague_after_the_record(case, member):
    Signed(case).send(member)
    later = Signed(case).answer("A01.1", "fail", "他说的", by=1)
    body = later.body(member, signatures=[], files=[])
    held = filings.receive(case, body["uuid"], json.dumps(body).encode(), by=member)
    assert held.status == "held" and not Entry.objects.filter(note="他说的").exists()


def test_a_supplements_signature_is_not_the_records(case, member):
    Signed(case).sign(member, met=False).refuse(member).send(member)
    more = Signed(case, "supplement")
    more.sheet |= {"lines": [], "text": "补一句", "reason": "漏写", "enterprise": "signed", "met": "何某"}
    more.sign(member, seed=30)
    assert more.send(member).status == "taken"
    assert "signature:met" not in completeness.facts_of(case, timezone.localdate())["kept"]
    again = Signed(case, "supplement")
    again.sheet = more.sheet
    again.signatures, again.files = more.signatures, more.files
    assert again.send(member).status == "held" and case.supplements.count() == 1


def test_what_was_said_before_the_start_stands_when_it_begins(case, member):
    inspector = case.team().get(inspector__account=member).inspector
    keys = [each["key"] for each in opening.lines_of(case)]
    lines.say(case, inspector, {keys[0]: {"value": "na", "note": ""}})
    visits.start(case, by=member)
    assert case.answers.get().line == keys[0]


def test_what_waits_is_not_taken_by_trying_again(case, member):
    second = next(seat.inspector.account for seat in case.team() if seat.inspector.account != member)
    Signed(case).send(member)
    held = send_lines(case, {"A01.2": ("fail", "积尘")}, second)
    assert filings.carry_out(held).status == "held" and lines.waiting(case).count() == 1


def test_a_problem_outside_the_list_waits_for_the_record_and_is_not_lost(case, member):
    second = next(seat.inspector.account for seat in case.team() if seat.inspector.account != member)
    outside = [{"line": "", "wording": "配电房积水", "basis": "安全生产法第41条"}]
    waiting = send_lines(case, {"A01.1": ("pass", "")}, second, findings=outside)
    assert waiting.status == "received" and "等检查组的记录" in waiting.reason
    Signed(case).send(member)
    waiting.refresh_from_db()
    assert waiting.status == "held" and not case.findings.exists()
    more = Signed(case, "supplement")
    more.sheet |= {"lines": [], "text": "配电房积水；安全生产法第41条", "reason": "签名以后才到"}
    more.sheet |= {"enterprise": "unsigned", "unsigned_reason": "已离开"}
    assert more.sign(member, met=False, seed=70).send(member).status == "taken"
    waiting.refresh_from_db()
    assert waiting.status == "settled"


# -- whatever no phone has ever sent ----------------------------------------------------------------------

ODD = [
    None,
    5,
    -1,
    "",
    "x",
    [],
    {},
    ["x"],
    {"a": 1},
    True,
    "2026-13-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
]
ODD += ["a\0b", "\ud800", "9999-12-31T23:59:59-23:59", 10**30, "长" * 3000]


def places(thing, path=()):
    """The paths of everything in a thing."""
    found = [path] if path else []
    inside = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for name, each in inside:
        found += places(each, (*path, name))
    return found


def put(thing, path, value):
    made = copy.deepcopy(thing)
    at = made
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return made


def bodies(case, member):
    """A body of each kind, and its sheet as a thing where it has one."""
    visit = Signed(case).answer("A01.2", "fail", "积尘")
    visit.show(photo(), member, line="A01.2")
    undone = Signed(case, "undone")
    undone.sheet |= {"reason": "closed", "seen": "上锁", "asked": "", "calls": [], "told": False}
    undone.show(photo("#123"), member)
    for each in (visit, undone):
        each.sign(member)
        yield each.body(member), each.sheet
    at = lines.moment(timezone.now())
    said = {"A01.1": {"value": "pass", "note": "", "at": at, "way": ""}}
    found = [{"line": "", "wording": "积水", "basis": "x", "due_on": "2027-01-01"}]
    base = visit.body(member, signatures=[], files=[])
    yield base | {"kind": "lines", "lines": said, "findings": found, "started_at": at}, None
    told = {"person": visit.team[1]["ref"], "words": "堂弟", "asker": "何某", "ground": "亲属", "view": ""}
    yield base | {"kind": "recusal", "recusal": told}, None


@pytest.mark.slow
def test_no_odd_thing_anywhere_is_a_fault_of_ours(case, member, client):
    client.force_login(member)
    dice, tried = random.Random(21), 0
    for body, sheet in bodies(case, member):
        asked = [(None, path) for path in places(body)] + [("sheet", path) for path in places(sheet or {})]
        for where, path in dice.sample(asked, min(len(asked), 20)):
            for value in dice.sample(ODD, 2):
                tried += 1
                if where:
                    text = sheets.canonical(put(sheet, path, value)) if value != "\ud800" else "x"
                    signatures = [each | {"digest": sheets.digest(text)} for each in body["signatures"]]
                    sent = body | {"sheet": text, "signatures": signatures}
                else:
                    sent = put(body, path, value)
                with transaction.atomic():
                    answer = client.post(
                        f"/desk/field/{case.token}/filings/",
                        json.dumps(sent),
                        "application/json",
                        HTTP_IDEMPOTENCY_KEY=str(sent.get("uuid") if isinstance(sent, dict) else "x")[
                            :60
                        ].strip()
                        or "x",
                    )
                    assert answer.status_code < 500, (where, path, value)
                    reason = answer.json().get("reason") or answer.json().get("said") or ""
                    assert "系统没有办成" not in reason, (where, path, value, reason)
                    found = Case.objects.get(pk=case.pk)
                    completeness.missing(found)
                    assert client.get(f"/desk/cases/{case.token}/").status_code == 200, (where, path, value)
                    transaction.set_rollback(True)
    assert tried > 100


@pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x", "5"])
def test_an_odd_clock_is_no_fault(case, member, client, sent_at):
    client.force_login(member)
    filed = Signed(case).sign(member)
    body = filed.body(member)
    answer = client.post(
        f"/desk/field/{case.token}/filings/",
        json.dumps(body),
        "application/json",
        HTTP_IDEMPOTENCY_KEY=body["uuid"],
        HTTP_X_SENT_AT=sent_at,
    )
    assert answer.status_code == 201 and answer.json()["is_taken"]


def test_odd_questions_at_the_pages_are_answered(case, member, client):
    client.force_login(member)
    assert client.post(f"/desk/field/{case.token}/plan/", {"day": "2026-13-01"}).status_code == 422
    assert client.post(f"/desk/field/{case.token}/plan/", {"day": "abc"}).status_code == 422
    assert client.post(f"/desk/cases/{case.token}/choose/", {"entry": "abc"}).status_code == 404
    assert client.post(f"/desk/cases/{case.token}/late-lines/", {"entry": "9" * 40}).status_code == 404
    at = lines.moment(timezone.now())
    for over in ("ab", {"a": 1}, [[]], [["x"]], [[1, 2]]):
        told = {"lines": {}, "rulings": {"A01.1": {"by": "x", "at": at, "over": over}}}
        answer = client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json")
        assert answer.status_code == 422, over
    told = {"lines": {"A01.1": {"value": "pass", "note": "", "at": at, "way": None}}, "rulings": {}}
    assert (
        client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json").status_code
        == 422
    )
