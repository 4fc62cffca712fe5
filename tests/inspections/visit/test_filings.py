"""上报: kept first and receipted, the same twice is one, nothing a phone has handed in
is lost; files in pieces."""

import hashlib
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from inspections.case import opening
from inspections.models import Exhibit, Filing, Look, NumberSeries, Paper, Upload, Visit
from inspections.papers import copies
from inspections.visit import confirmations, filings, uploads, visits
from inspections.watch import verification
from registries.models import JournalEntry, StoredFile

from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


def jpeg(size=(640, 480), colour="#357", **more):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **more)
    return out.getvalue()


def said(case, mark=None, files=(), fails=(), **changed):
    """The bytes that a phone would send."""
    now = timezone.now()
    body = {
        "uuid": str(mark or uuid.uuid4()),
        "case": case.token,
        "started_at": (now - timedelta(hours=1)).isoformat(),
        "ended_at": now.isoformat(),
        "findings": {},
        "others": [],
        "files": list(files),
        "answers": {
            each["key"]: {
                "value": "fail" if each["key"] in fails else "pass",
                "note": "看到" if each["key"] in fails else "",
            }
            for each in opening.lines_of(case)
        },
        "record": {"record": "逐项检查。", "met": "何某", "signed": "signed", "recorder_number": "J1"},
    } | changed
    return json.dumps(body, ensure_ascii=False).encode(), body["uuid"]


def test_a_filing_is_a_whole_visit(case, member):
    raw, mark = said(case, fails=["A01.2"], findings={"A01.2": {"disposal": "order", "due_on": "2099-01-01"}})
    filing = filings.receive(case, mark, raw, by=member)
    case.refresh_from_db()
    assert (filing.status, filing.reason, case.status) == ("taken", "", "ended")
    assert str(case.findings.get().due_on) == "2099-01-01" and case.report_due_on
    assert case.papers.filter(code="notice", status="signed").exists()  # nobody enters without one
    assert filing.body.read() == raw and verification.verify(case.draw_id) == []


def test_the_same_twice_is_one_and_another_under_its_mark_is_refused(case, member):
    raw, mark = said(case)
    first = filings.receive(case, mark, raw, by=member)
    assert filings.receive(case, mark, raw, by=member) == first and Filing.objects.count() == 1
    other, _ = said(case, mark=mark, record={"record": "改过"})
    with refused_with("filing_differs"):
        filings.receive(case, mark, other, by=member)
    assert first.body.read() == raw


def test_a_second_officers_own_filing_is_kept_and_held(case, member):
    filings.receive(case, *reversed(said(case)), by=member)
    other = case.team()[1].inspector.account
    held = filings.receive(case, *reversed(said(case, record={"record": "另一份"})), by=other)
    assert held.status == "held" and "已由检查组上报" in held.reason
    case.refresh_from_db()
    assert case.visits.get().record == "逐项检查。"


def test_what_cannot_be_carried_out_is_kept_and_said(case, member):
    lines = opening.lines_of(case)
    raw, mark = said(case, answers={lines[0]["key"]: {"value": "pass"}})
    held = filings.receive(case, mark, raw, by=member)
    case.refresh_from_db()
    assert held.status == "held" and "还没有填" in held.reason and case.status == "opened"
    assert filings.receive(case, *reversed(said(case)), by=member).status == "taken"


def test_a_replaced_inspectors_visit_is_kept_for_others_to_judge(case, member, client, cast):
    seat = case.assignments.get(inspector__account=member, until=None)
    with behind_the_walls():
        seat.until = timezone.now()
        seat.save()
    client.force_login(member)
    raw, mark = said(case)
    answer = client.post(
        f"/desk/field/{case.token}/filings/", raw, "application/json", HTTP_IDEMPOTENCY_KEY=mark
    )
    assert (
        answer.status_code == 201
        and answer.json()["status"] == "held"
        and "检查组" in answer.json()["reason"]
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: "{",
        lambda body: "[]",
        lambda body: json.dumps(body | {"case": "another"}),
        lambda body: json.dumps(body | {"answers": [1]}),
        lambda body: json.dumps(body | {"answers": {"A01.1": {"value": "bogus"}}}),
        lambda body: json.dumps(body | {"answers": {"A01.1": {"value": "pass", "note": 7}}}),
        lambda body: json.dumps(body | {"files": [{"sha256": 7, "kind": "photo"}]}),
        lambda body: json.dumps(body | {"files": [{"sha256": "0" * 64, "kind": "bogus"}]}),
        lambda body: json.dumps(body | {"started_at": "yesterday"}),
        lambda body: json.dumps(body | {"started_at": 5}),
        lambda body: json.dumps(body | {"started_at": "2026-01-01T00:00:00"}),
        lambda body: json.dumps(body | {"others": "x"}),
        lambda body: json.dumps(body | {"findings": {"A01.1": 3}}),
        lambda body: "[" * 100000,
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(case, member, spoil):
    raw, mark = said(case)
    with refused_with("filing_bad"):
        filings.receive(case, mark, spoil(json.loads(raw)).encode(), by=member)
    assert not Filing.objects.exists()


def test_the_phones_clock_is_evidence_and_ours_is_law(case, member):
    wrong = timedelta(days=-3)
    then = timezone.now() + wrong
    raw, mark = said(
        case,
        started_at=(then - timedelta(hours=2)).isoformat(),
        ended_at=(then - timedelta(minutes=1)).isoformat(),
    )
    filing = filings.receive(case, mark, raw, by=member, sent_at=then)
    visit = Visit.objects.get(cases=case)
    assert filing.skew == pytest.approx(wrong.total_seconds(), abs=5)
    assert visit.phone_ended_at < timezone.now() - timedelta(days=2)
    assert timezone.now() - timedelta(minutes=5) < visit.ended_at <= timezone.now()
    assert visit.started_at >= case.opened_at  # never before the case was opened


def test_a_file_comes_in_pieces_and_goes_on_where_it_broke(case, member, client):
    client.force_login(member)
    data = jpeg((1200, 900), quality=95)
    digest = hashlib.sha256(data).hexdigest()
    path = f"/desk/field/{case.token}/files/{digest}"

    def put(start, end, piece=None):
        return client.put(
            path,
            piece if piece is not None else data[start:end],
            "application/octet-stream",
            HTTP_CONTENT_RANGE=f"bytes {start}-{end - 1}/{len(data)}",
        )

    assert client.get(path).json() == {"complete": False, "have": 0}
    assert put(0, 1000).json()["have"] == 1000
    assert put(500, 1500).json()["have"] == 1000  # does not follow: nothing changes
    assert client.get(path).json() == {"complete": False, "have": 1000}
    assert put(1000, len(data)).status_code == 201
    assert client.get(path).json()["complete"]
    kept = Upload.objects.get()
    assert kept.original.read() == data and copies.to_show(kept.original, kept.file).read() != data
    assert put(0, len(data)).json()["complete"] and Upload.objects.count() == 1


def test_pieces_that_do_not_make_what_was_said_are_thrown_away(case, member):
    data = jpeg()
    with refused_with("upload_digest"):
        uploads.put(case, "0" * 64, 0, len(data), data, by=member)
    assert uploads.state(case, "0" * 64) == {"complete": False, "have": 0}


def test_an_exhibit_is_not_changed_and_a_lost_byte_is_named(case, member):
    raw, mark = said(
        case,
        files=[
            {"sha256": uploads.keep(case, jpeg(), by=member).original_id, "kind": "photo", "line": "A01.1"}
        ],
    )
    filings.receive(case, mark, raw, by=member)
    assert verification.verify(case.draw_id) == []
    with behind_the_walls():
        other = StoredFile.objects.exclude(pk=Exhibit.objects.get().original_id).first()
        Exhibit.objects.update(original=other)
    assert any("证据材料" in fault for fault in verification.verify(case.draw_id))


def test_a_filing_whose_files_are_not_here_is_told_which(case, member, client):
    client.force_login(member)
    raw, mark = said(case, files=[{"sha256": "a" * 64, "kind": "photo"}])
    answer = client.post(
        f"/desk/field/{case.token}/filings/", raw, "application/json", HTTP_IDEMPOTENCY_KEY=mark
    )
    assert answer.status_code == 424 and answer.json()["files"] == ["a" * 64] and not Filing.objects.exists()


def test_the_phones_page_is_told_when_the_sign_in_is_over(case, client):
    answer = client.post("/desk/field/tasks.json", HTTP_X_MINGQIAN="field")
    assert answer.status_code == 401 and answer.json()["error"] == "signed_out"
    assert client.post("/desk/field/tasks.json").status_code == 302


def test_tasks_are_taken_along_by_the_team_alone_and_each_look_is_kept(case, member, client, inspectors):
    client.force_login(member)
    told = client.post("/desk/field/tasks.json").json()
    assert case.token in [each["token"] for each in told["cases"]]
    assert Look.objects.filter(case=case, account=member, page="field").count() == 1
    client.get(f"/desk/cases/{case.token}/")
    assert Look.objects.filter(case=case, account=member, page="desk").count() == 1
    seated = {seat.inspector_id for seat in case.team()}
    outsider = next(each for each in inspectors if each.pk not in seated)
    client.force_login(outsider.account)
    assert case.token not in [each["token"] for each in client.post("/desk/field/tasks.json").json()["cases"]]
    raw, mark = said(case)
    answer = client.post(
        f"/desk/field/{case.token}/filings/", raw, "application/json", HTTP_IDEMPOTENCY_KEY=mark
    )
    assert answer.status_code == 404 and not Filing.objects.exists()
    assert client.get(f"/desk/field/{case.token}/files/{'a' * 64}").status_code == 404


def test_reading_signs_and_numbers_nothing(case, member, client):
    """The phone refreshed, the desk opened, the notice asked for: no paper, no
    number, no entry but the look."""
    client.force_login(member)
    before = list(NumberSeries.objects.order_by("pk").values_list("pk", "last"))
    entries = JournalEntry.objects.count()
    for _ in range(3):
        told = client.post("/desk/field/tasks.json").json()
        client.get("/desk/")
        page = client.get(f"/desk/cases/{case.token}/").content.decode()
        assert client.get(f"/desk/cases/{case.token}/notice.pdf").status_code == 302
    assert not Paper.objects.exists() and JournalEntry.objects.count() == entries
    assert list(NumberSeries.objects.order_by("pk").values_list("pk", "last")) == before
    mine = next(each for each in told["cases"] if each["token"] == case.token)
    assert mine["notice"] is None and "签发检查通知书" in page
    # an act of its own signs it, once
    signed = client.post(mine["sign_url"])
    assert signed.status_code == 201 and client.post(mine["sign_url"]).json() == signed.json()
    assert Paper.objects.get().number == signed.json()["notice"]
    colleague = case.team()[1].inspector.account
    client.force_login(colleague)
    assert client.get(f"/desk/cases/{case.token}/notice.pdf").content[:5] == b"%PDF-"
    # a look is nobody's act
    assert JournalEntry.objects.get(action="document.issued", about=f"case {case.pk}").actor == "system"
    client.force_login(member)
    again = client.post("/desk/field/tasks.json").json()["cases"]
    assert (
        next(each for each in again if each["token"] == case.token)["notice"]["number"]
        == signed.json()["notice"]
    )


def test_a_notice_is_signed_by_the_team_alone_and_on_the_desk_too(case, member, client, inspectors):
    outsider = next(
        each
        for each in inspectors
        if each.account_id not in {seat.inspector.account_id for seat in case.team()}
    )
    client.force_login(outsider.account)
    assert client.post(f"/desk/field/{case.token}/notice/").status_code == 404
    assert client.post(f"/desk/cases/{case.token}/notice/").status_code == 404
    client.force_login(member)
    assert client.get(f"/desk/cases/{case.token}/notice/").status_code == 405
    assert client.post(f"/desk/cases/{case.token}/notice/", follow=True).getvalue()[:5] == b"%PDF-"


def test_a_full_disk_is_said_and_nothing_is_receipted(case, member, client, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    client.force_login(member)
    monkeypatch.setattr("registries.shelf.tempfile.mkstemp", full)
    raw, mark = said(case)
    answer = client.post(
        f"/desk/field/{case.token}/filings/", raw, "application/json", HTTP_IDEMPOTENCY_KEY=mark
    )
    assert answer.status_code == 507 and "空间不足" in answer.json()["said"] and not Filing.objects.exists()


def test_a_filing_left_behind_by_a_crash_is_carried_out(case, member, monkeypatch):
    def killed(filing):
        return filing

    monkeypatch.setattr(filings, "carry_out", killed)
    raw, mark = said(case)
    filing = filings.receive(case, mark, raw, by=member)
    monkeypatch.undo()
    with behind_the_walls():
        Filing.objects.update(received_at=timezone.now() - timedelta(minutes=5))
    assert filing.status == "received" and filings.again() == 1
    filing.refresh_from_db()
    assert filing.status == "taken"


def test_the_second_officer_confirms_before_the_report(case, member, client):
    filings.receive(case, *reversed(said(case)), by=member)
    case.refresh_from_db()
    with refused_with("confirm_own"):
        confirmations.confirm(case, by=member)
    second = case.team()[1].inspector.account
    client.force_login(second)
    page = client.get(f"/desk/cases/{case.token}/confirm/")
    assert page.status_code == 200 and "逐项检查。" in page.content.decode()
    client.post(f"/desk/cases/{case.token}/confirm/", {"agrees": "no", "note": ""})
    assert not case.confirmations.exists()
    client.post(f"/desk/cases/{case.token}/confirm/", {"agrees": "no", "note": "时间不对"})
    assert case.confirmations.get().note == "时间不对"
    with refused_with("confirm_twice"):
        confirmations.confirm(case, by=second)


def test_the_plain_page_takes_a_photo_too(case, member, client):
    client.force_login(member)
    visits.start(case, by=member)
    answer = client.post(
        f"/desk/cases/{case.token}/files/",
        {"file": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg"), "kind": "photo", "caption": "现场"},
    )
    assert answer.status_code == 302
    made = Exhibit.objects.get()
    shown = client.get(f"/desk/cases/{case.token}/files/{made.pk}/")
    assert shown["X-Content-Type-Options"] == "nosniff" and "sandbox" in shown["Content-Security-Policy"]
    assert b"".join(shown.streaming_content) == made.file.read()
