"""没查成: its own short record and its own result, to the public page; a closed firm is never one where
nothing was found. And who was fit when: on the day of the visit, whatever is noted later."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from inspections.models import RecusalRequest
from inspections.visit import confirmations, filings, lines, outcome, reports, visits
from registries.models import Leave, Reason

from ...signed import Signed, photo
from ...staircase import publish, refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
CODES = {
    "closed": "E9",
    "no_activity": "E9",
    "moved": "E10",
    "moved_out": "E12",
    "away": "E10",
    "refused": "E11",
}


def undone(case, member, reason, photos=1, **changed):
    """What a phone sends of a firm that could not be inspected."""
    filed = Signed(case, "undone")
    began = timezone.now() - timedelta(minutes=90)
    filed.sheet |= {
        "reason": reason,
        "seen": "大门上锁，厂牌已拆。",
        "asked": "门卫白某",
        "calls": [lines.moment(began), lines.moment(began + timedelta(minutes=70))],
        "told": reason == "refused",
    } | changed
    for n in range(photos):
        filed.show(photo(f"#22{n}"), member, caption="大门和门牌")
    return filed.sign(member, met=False)


@pytest.mark.parametrize("reason", outcome.UNDONE)
def test_each_reason_goes_to_its_own_result(case, member, cast, reason, client):
    filing = undone(case, member, reason).send(member)
    assert (filing.status, filing.reason, case.status) == ("taken", "", "ended")
    visit = case.visits.get()
    assert visit.undone == reason and "大门上锁" in visit.record and case.report_due_on
    assert outcome.of(case) == outcome.UNKNOWN and not case.findings.exists()
    offered = outcome.offered(case)
    assert [each.code for each in offered] == [CODES[reason]]
    second = case.team()[1].inspector.account
    confirmations.confirm(case, by=second if case.ended_by.account == member else member)
    report = reports.draft(case, by=member)
    assert report.result_code == CODES[reason] and "没有查成" in report.record
    assert "未发现问题" not in "".join(getattr(report, part) for part in report.PARTS)
    reports.save(report, by=member, result_code="E0")
    with refused_with("result_contradicts"):
        reports.submit(report, by=member)
    reports.save(report, by=member, result_code=CODES[reason])
    reports.submit(report, by=member)
    reports.approve(report, by=cast.head)
    assert outcome.Outcome.standing(case).code == CODES[reason]
    said = publish(report, cast)
    page = client.get(f"/results/{said.token}/").content.decode()
    title = Reason.objects.get(bureau=case.bureau, kind="result", code=CODES[reason]).title
    assert title in page and "未发现问题" not in page and "大门上锁" not in page and "门卫白某" not in page
    assert CODES[reason] in client.get(f"/results/{said.token}.json").content.decode()


def test_what_is_missing_is_said(case, member):
    for changed, missing in (
        ({"seen": " "}, "看到什么"),
        ({"reason": "away", "calls": []}, "打过 2 次电话"),
        ({"reason": "refused", "told": False}, "告知后果"),
        ({"reason": "no such"}, "为什么"),
    ):
        held = undone(case, member, **({"reason": "closed"} | changed)).send(member)
        assert held.status == "held" and missing in held.reason, changed
        assert case.status == "opened"
    held = undone(case, member, "closed", photos=0).send(member)
    assert "照片至少 1 张" in held.reason


def test_what_was_inspected_is_not_called_undone(case, member):
    visits.start(case, by=member)
    visits.answer(case, {"A01.1": ("pass", "")}, by=member)
    assert "不能写成没查成" in undone(case, member, "closed").send(member).reason


def test_at_the_desk_too(case, member, client):
    client.force_login(member)
    page = reverse("desk:undone", args=[case.token])
    assert "没查成" in client.get(page).content.decode()
    at = timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M")
    told = {"reason": "closed", "started_at": at, "ended_at": at, "seen": "大门上锁"}
    refused = client.post(page, told).content.decode()
    assert "这个字段是必填项" in refused or "必填" in refused
    early = (timezone.localtime(timezone.now()) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    picture = SimpleUploadedFile("门.jpg", photo(), "image/jpeg")
    wrong = client.post(page, told | {"started_at": early, "photos": [picture]}).content.decode()
    assert "不早于立项时间" in wrong
    picture = SimpleUploadedFile("门.jpg", photo(), "image/jpeg")
    assert client.post(page, told | {"photos": [picture]}).status_code == 302
    case.refresh_from_db()
    assert case.status == "ended" and case.visits.get().undone == "closed"
    assert case.exhibits.filter(kind="photo").count() == 1


# -- fit on the day ------------------------------------------------------------------------------------


def test_a_certificate_that_lapsed_since_the_draw_stops_the_visit_and_a_new_one_lets_it_in(case, member):
    person = case.team()[1].inspector
    yesterday = timezone.localdate() - timedelta(days=1)
    with behind_the_walls():
        person.certificates.update(expires_on=yesterday)
    filed = Signed(case)
    held = filed.send(member)
    assert held.status == "held" and "没有有效的执法证" in held.reason and case.status == "opened"
    person.certificates.create(
        number="新证", issued_on=timezone.localdate(), expires_on=yesterday + timedelta(days=900)
    )
    assert filings.carry_out(held).status == "taken"


def test_who_falls_ill_after_the_start_was_there(case, member):
    person, today = case.team()[1].inspector, timezone.localdate()
    filed = Signed(case)
    Leave.objects.create(inspector=person, since=today, until=today + timedelta(days=3), reason="病假")
    assert filed.send(member).status == "taken"


def test_who_was_ill_before_the_start_was_not(case, member):
    person, today = case.team()[1].inspector, timezone.localdate()
    noted = timezone.now() - timedelta(hours=5)
    Leave.objects.create(inspector=person, since=today, until=today, reason="病假", noted_at=noted)
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_case SET opened_at = %s WHERE id = %s",
            [timezone.now() - timedelta(hours=9), case.pk],
        )
    case.refresh_from_db()
    held = Signed(case).send(member)
    assert held.status == "held" and "请假" in held.reason


def test_an_oral_recusal_is_entered_on_the_spot(case, member):
    seat = case.team()[1]
    told = {"person": seat.inspector.ref, "asker": "何某某", "words": "厂长的妹夫是他堂弟", "ground": "亲属"}
    filed = Signed(case, "recusal")
    body = filed.body(member, recusal=told | {"view": "本人认为不属实"}, signatures=[])
    body.pop("sheet")
    filing = filings.receive(case, body["uuid"], json.dumps(body).encode(), by=member)
    assert filing.status == "taken", filing.reason
    made = RecusalRequest.objects.get()
    assert (made.applicant, made.channel, made.entered_by) == ("subject", "oral", member)
    assert "妹夫" in made.text and "不属实" in made.text and made.visit_went_on
