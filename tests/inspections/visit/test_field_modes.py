"""Every way a visit is written down: phone, plain pages, paper keyed in later, no visit at
all; and the file it ends in."""

import subprocess
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config import training
from inspections.after import transfers
from inspections.case import opening
from inspections.draw import drawing
from inspections.models import Case, Exhibit, Filing
from inspections.papers import issuing
from inspections.visit import completeness, exhibits, filings, findings, uploads, visits

from ...staircase import approve_scheme, refused_with, throw
from ..papers.test_papers import every_paper, visited
from .test_filings import jpeg, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


@pytest.fixture
def member(case):
    return case.team()[0].inspector.account


@pytest.mark.parametrize("mode", ["network", "written"])
def test_a_network_inspection_is_filed_from_the_phone(case, member, mode, cast):
    Case.objects.filter(pk=case.pk).update(mode=mode)
    case.refresh_from_db()
    upload = uploads.keep(case, jpeg(), by=member)
    raw, mark = said(
        case,
        record={"record": "调取监测数据三个月，未见超限。"},
        files=[{"sha256": upload.original_id, "kind": "document"}],
    )
    filing = filings.receive(case, mark, raw, by=member)
    case.refresh_from_db()
    assert filing.status == "taken", filing.reason
    assert (
        not case.visits.exists()
        and case.written_record.startswith("调取")
        and not case.events.filter(code="entry.uncoded")
    )
    record = issuing.sign(issuing.draft(case, "record", by=member), by=member)
    text = subprocess.run(
        ["pdftotext", "-raw", issuing.file_of(record).path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "出示证件" not in text and case.get_mode_display() in text


def test_several_ways_in_one_inspection(case, member, make_task, cast, seal):
    """乌审旗 53: 综合运用书面检查、现场和网络监测等监管手段: one visit, one record that says which ways."""
    Case.objects.filter(pk=case.pk).update(mode="on+wr+net")
    case.refresh_from_db()
    upload = uploads.keep(case, jpeg(), by=member)
    raw, mark = said(case, files=[{"sha256": upload.original_id, "kind": "document"}])
    filing = filings.receive(case, mark, raw, by=member)
    case.refresh_from_db()
    assert filing.status == "taken", filing.reason
    assert case.visits.count() == 1 and case.written_record == ""
    record = issuing.sign(issuing.draft(case, "record", by=member), by=member)
    text = subprocess.run(
        ["pdftotext", "-raw", issuing.file_of(record).path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "现场检查、书面检查、网络监测" in text.replace("\n", "") and "出示" in text
    task = make_task(mode="wr+net")
    assert {each.mode for each in drawing.run(throw(seal(task)).pk).cases.all()} == {"wr+net"}


def test_the_plain_pages_walk_a_visit_without_any_script(case, member, client):
    approve_scheme(case.task)
    client.force_login(member)
    path = f"/desk/cases/{case.token}/"
    assert client.get(f"{path}blank.pdf").content[:5] == b"%PDF-"
    assert client.post(f"{path}notice/", follow=True).content[:5] == b"%PDF-"
    client.post(f"{path}start/")
    lines = opening.lines_of(case)
    form = {f"v:{each['key']}": "pass" for each in lines} | {
        f"v:{lines[0]['key']}": "fail",
        f"n:{lines[0]['key']}": "护栏缺失",
    }
    assert client.post(f"{path}checklist/", form | {"then": "end"})["Location"] == f"{path}findings/"
    finding = case.findings.get()
    fields = {
        "wording": finding.wording,
        "basis": "安全生产法第36条",
        "measure": "限期安装",
        "disposal": "order",
        "due_on": "2099-12-31",
    }
    answer = client.post(
        f"{path}findings/",
        {f"f{finding.pk}-{name}": value for name, value in fields.items()} | {"then": "end"},
    )
    assert answer["Location"] == f"{path}end/"
    client.post(f"{path}findings/other/", {"wording": "疏散通道堆物", "basis": "", "disposal": "order"})
    assert case.findings.count() == 1  # outside the list only with a basis
    client.post(
        f"{path}findings/other/", {"wording": "疏散通道堆物", "basis": "消防法第28条", "disposal": "fixed"}
    )
    other = case.findings.get(line="")
    client.post(f"{path}findings/{other.pk}/drop/")
    assert case.findings.count() == 1
    client.post(f"{path}files/", {"file": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg"), "kind": "photo"})
    client.post(
        f"{path}end/",
        {
            "record": "逐项检查",
            "met": "何某",
            "signed": "refused",
            "unsigned_reason": "不认可",
            "witness": "村委会某",
            "then": "end",
        },
    )
    case.refresh_from_db()
    assert case.status == "ended" and str(case.findings.get().due_on) == "2099-12-31"
    page = client.get(path).content.decode()
    assert "见证人签名" in page and "复核确认" in page and "整改复查" in page
    assert Exhibit.objects.count() == 1


def test_what_was_written_on_paper_is_keyed_in_with_its_own_times(case, member, client):
    approve_scheme(case.task)
    client.force_login(member)
    path = f"/desk/cases/{case.token}/late/"
    early = timezone.localtime(case.opened_at - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    client.post(path, {"started_at": early, "late_reason": "现场无网络"})
    case.refresh_from_db()
    assert case.status == "opened"  # before the case was opened nobody was there
    case = Case.objects.get(pk=case.pk)
    visits.start(case, by=member, at=case.opened_at, way="paper", late_reason="现场无网络")
    visits.answer(case, {each["key"]: ("pass", "") for each in opening.lines_of(case)}, by=member)
    visits.end(case, by=member, record="照纸质记录补录", met="何某")
    visit = case.visits.get()
    assert (visit.way, visit.late_reason) == ("paper", "现场无网络")
    assert any("纸质记录" in each for each in completeness.missing(case))
    exhibits.keep(case, uploads.keep(case, jpeg(), by=member), "paper", by=member)
    assert not any("纸质记录" in each for each in completeness.missing(case))


def test_leads_go_to_the_case_office_with_a_record(case, cast):
    by = visited(case)
    made = transfers.propose(
        case, "case_office", "综合执法大队", "未取得许可生产", by=by, basis="安全生产许可证条例第19条"
    )
    with refused_with("not_allowed"):
        transfers.judge(made, True, by=by)
    transfers.judge(made, True, "同意", by=cast.head)
    paper = made.papers.get()
    assert paper.status == "signed" and "属于案件线索" in paper.facts["texts"]["opening"]
    transfers.send(made, by=by)
    transfers.receive(made, "回执 1 号", "", by=by)
    transfers.answer(made, "已立案", by=by)
    made.refresh_from_db()
    assert (made.status, made.answer) == ("answered", "已立案")


def test_the_head_does_not_judge_what_he_inspected(case, cast):
    by = visited(case)
    seat = case.team()[1].inspector
    seat.account = cast.head
    seat.save()
    made = transfers.propose(case, "regulator", "消防大队", "通道堆物", by=by)
    with refused_with("same_person"):
        transfers.judge(made, True, by=cast.head)


def test_another_inspector_reaches_nothing_of_a_case(case, cast, inspectors, client):
    by = visited(case)
    paper = issuing.draft(case, "order", by=by)
    kept = exhibits.keep(case, uploads.keep(case, jpeg(), by=by), "photo", by=by)
    seated = {seat.inspector_id for seat in case.team()}
    outsider = next(each for each in inspectors if each.pk not in seated)
    own = Case.objects.visible_to(outsider.account).first()
    client.force_login(outsider.account)
    pages = [
        "",
        "papers/",
        "findings/",
        "files/",
        f"files/{kept.pk}/",
        f"papers/{paper.pk}.pdf",
        "confirm/",
        "code/",
        "late/",
        "blank.pdf",
        "reinspect/",
        "rectified/",
        "penalty/",
        "transfer/",
        "measure/",
    ]
    for each in pages:
        assert client.get(f"/desk/cases/{case.token}/{each}").status_code == 404, each
    for each in ("file.pdf", "file.zip"):
        assert client.post(f"/desk/cases/{case.token}/{each}").status_code == 404, each
    assert client.post(f"/desk/cases/{case.token}/papers/{paper.pk}/sign/").status_code == 404
    if own:  # a key of somebody else's row under one's own case
        assert client.get(f"/desk/cases/{own.token}/files/{kept.pk}/").status_code == 404
        assert client.get(f"/desk/cases/{own.token}/papers/{paper.pk}.pdf").status_code == 404
        assert client.post(f"/desk/cases/{own.token}/papers/{paper.pk}/sign/").status_code == 404
    paper.refresh_from_db()
    assert paper.status == "drafted"


def test_a_page_of_another_account_is_not_filed_under_mine(case, client):
    first, second = (seat.inspector.account for seat in case.team())
    client.force_login(second)
    raw, mark = said(case, account=str(first.pk))
    answer = client.post(
        f"/desk/field/{case.token}/filings/", raw, "application/json", HTTP_IDEMPOTENCY_KEY=mark
    )
    assert answer.status_code == 409 and not Filing.objects.exists()


def test_a_colleagues_entries_are_not_written_over(case, member):
    other = case.team()[1].inspector.account
    visits.start(case, by=other)
    lines = opening.lines_of(case)
    visits.answer(case, {lines[0]["key"]: ("fail", "同事看到的")}, by=other)
    held = filings.receive(case, *reversed(said(case)), by=member)
    assert held.status == "held" and "网页上填过" in held.reason
    assert case.answers.get(line=lines[0]["key"]).note == "同事看到的" and case.findings.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"record": {"record": "x", "recorder_number": "9" * 60}}, "执法记录仪编号"),
        ({"record": {"record": "x", "signed": "bogus"}}, "签字情况"),
        ({"findings": {"A01.1": {"due_on": "2026-02-30"}}}, "整改期限"),
        ({"findings": {"A01.1": {"due_on": "0001-01-01"}}}, "整改期限"),
        ({"findings": {"A01.1": {"due_on": 5}}}, "整改期限"),
        ({"ended_at": "2026-01-01T00:00:00+08:00", "started_at": "2026-01-02T00:00:00+08:00"}, "早于开始"),
    ],
)
def test_what_the_database_would_choke_on_is_held_with_its_reason(case, member, changed, words):
    held = filings.receive(case, *reversed(said(case, fails=["A01.1"], **changed)), by=member)
    assert held.status == "held" and words in held.reason, held.reason


def test_a_bug_holds_a_filing_and_says_so(case, member, monkeypatch):
    monkeypatch.setattr(visits, "end", lambda *args, **kwargs: 1 / 0)
    held = filings.receive(case, *reversed(said(case)), by=member)
    assert held.status == "held" and "系统管理员" in held.reason
    case.refresh_from_db()
    assert case.status == "opened"  # nothing half done
    monkeypatch.undo()
    assert filings.carry_out(held).status == "taken"


def test_a_finding_on_a_signed_measure_is_not_taken_back(case, member):
    visits.start(case, by=member)
    lines = opening.lines_of(case)
    visits.answer(case, {lines[0]["key"]: ("fail", "看到")}, by=member)
    with refused_with("paper_not_yet"):
        issuing.draft(case, "order", by=member)
    finding = case.findings.get()
    findings.write(finding, by=member, disposal="measure")
    issuing.sign(issuing.draft(case, "measure", by=member), by=member)
    with refused_with("finding_on_paper"):
        visits.answer(case, {lines[0]["key"]: ("pass", "")}, by=member)


def test_training_says_so_everywhere(settings, client, case, member):
    settings.TRAINING = True
    client.force_login(member)
    assert (
        "培训环境" in client.get("/desk/").content.decode()
        and "培训环境" in client.get("/desk/field/").content.decode()
    )
    assert training.say(SimpleNamespace())["is_training"]
    by = visited(case)
    paper = issuing.sign(issuing.draft(case, "record", by=by), by=by)
    text = subprocess.run(
        ["pdftotext", "-raw", issuing.file_of(paper).path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "培训用，不作执法依据" in "".join(text.split())


def test_the_manual_is_there_for_everybody(client, member, cast):
    for account in (member, cast.clerk, cast.head):
        client.force_login(account)
        assert "操作手册" in client.get("/manual/").content.decode()


def test_the_desks_lists_speak_chinese(case, cast, client):
    every_paper(case, cast)
    client.force_login(cast.clerk)
    page = client.get("/admin/inspections/paper/").content.decode()
    assert ">notice<" not in page and ">order<" not in page and "责令限期整改指令书" in page
    assert client.get("/admin/inspections/transfer/").status_code == 200
