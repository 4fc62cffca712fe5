"""After the draw: recusal asked for and decided, joint visits, other departments' own draws, the hour of telling."""

import csv
import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.engine.changes import chain
from inspections.models import Case, JointVisit, RecusalRequest
from inspections.services import cases, changes, draws, joints, notices, partners, recusals, verification

from ..conftest import CODES, approve_scheme, inspect, throw
from .test_seal import refused_with

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def first_seat(draw):
    case = draw.cases.order_by("pk").first()
    return case, case.team()[0].inspector


def test_an_inspector_asks_the_head_decides_and_the_seat_is_drawn(drawn, cast):
    case, person = first_seat(drawn)
    with refused_with("not_allowed"):
        recusals.ask(case, person, applicant="inspector", channel="desk", text="同学", by=cast.witness1)
    asked = recusals.ask(
        case, person, applicant="inspector", channel="desk", text="法定代表人是我同学", by=person.account
    )
    assert asked.visit_went_on and asked.due_on > timezone.localdate()
    with refused_with("recusal_again"):
        recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    with refused_with("not_allowed"):
        recusals.uphold(asked, by=cast.clerk)
    asked = recusals.uphold(asked, "属实", by=cast.head)
    assert asked.status == "upheld" and asked.change.status == "approved"
    changes.open_code(asked.change, CODES[1][0], by=cast.supervisor)
    assert person not in [seat.inspector for seat in case.team()] and case.team().count() == 2
    assert verification.verify(drawn.pk) == []


def test_the_visit_goes_on_unless_the_bureau_has_set_otherwise(drawn, cast, bureau):
    case, person = first_seat(drawn)
    recusals.ask(case, person, applicant="subject", channel="oral", text="老板娘的弟弟", by=cast.clerk)
    bureau.recusal_suspends = True
    bureau.save()
    case.refresh_from_db()
    with refused_with("recusal_pending"):
        cases.start(Case.objects.get(pk=case.pk), by=person.account)
    bureau.recusal_suspends = False
    bureau.save()
    assert cases.start(Case.objects.get(pk=case.pk), by=person.account).status == "started"


def test_upheld_during_the_visit_the_substitute_comes_in_and_the_visit_goes_on(drawn, cast):
    case, person = first_seat(drawn)
    cases.start(case, by=person.account)
    asked = recusals.ask(case, person, applicant="subject", channel="written", text="合伙", by=cast.clerk)
    recusals.uphold(asked, by=cast.head)
    asked.refresh_from_db()
    changes.open_code(asked.change, CODES[1][0], by=cast.supervisor)
    assert case.team().count() == 2 and person not in [seat.inspector for seat in case.team()]
    assert verification.verify(drawn.pk) == []
    with refused_with("visit_begun"):
        other = case.team()[0].inspector
        changes.request(
            drawn, "inspector", other.ref, by=cast.clerk, reason="ill", note="", task=case.subject.ref, scope="task"
        )


def test_a_refusal_needs_its_reason_and_stays(drawn, cast):
    case, person = first_seat(drawn)
    asked = recusals.ask(case, person, applicant="other", channel="oral", text="听说", by=cast.clerk)
    with refused_with("recusal_text"):
        recusals.refuse(asked, " ", by=cast.head)
    assert recusals.refuse(asked, "查无此事", by=cast.head).status == "refused"
    with refused_with("stale"):
        recusals.uphold(asked, by=cast.head)


def test_the_enterprise_asks_through_its_notice_without_an_account(client, drawn, cast):
    case, person = first_seat(drawn)
    address = reverse("desk:recusal", args=[case.token])
    page = client.get(address)
    shown = page.content.decode()
    assert page.status_code == 200 and case.subject.name not in shown and person.name not in shown
    seat = case.team()[0]
    answer = client.post(address, {"seat": seat.pk, "text": "他是我表哥", "contact": "某某 123"})
    assert "申请已收到" in answer.content.decode()
    asked = RecusalRequest.objects.get()
    assert (asked.inspector, asked.applicant, asked.channel, asked.entered_by) == (person, "subject", "scan", None)
    assert client.get(reverse("desk:recusal", args=["x" * 22])).status_code == 404
    for _ in range(9):
        recusals.refuse(RecusalRequest.objects.get(status="asked"), "不是", by=cast.head)
        recusals.ask(case, person, applicant="subject", channel="scan", text="再申请")
    recusals.refuse(RecusalRequest.objects.get(status="asked"), "不是", by=cast.head)
    assert "请当面或书面提出" in client.post(address, {"seat": seat.pk, "text": "x", "contact": "x"}).content.decode()


def test_the_notice_waits_for_the_scheme_and_follows_the_team(drawn, cast):
    case, person = first_seat(drawn)
    issued = notices.issue(case, by=person.account)
    assert notices.issue(case, by=cast.clerk) == issued
    asked = recusals.ask(case, person, applicant="inspector", channel="desk", text="同学", by=person.account)
    change = recusals.uphold(asked, by=cast.head).change
    changes.open_code(change, CODES[1][0], by=cast.supervisor)
    assert notices.issue(case, by=cast.clerk) != issued
    with refused_with("not_allowed"):
        notices.issue(case, by=cast.witness1)


def test_the_team_is_told_at_the_set_hour(register, inspectors, make_task, seal, cast):
    hour = timezone.now() + timedelta(hours=3)
    draw = draws.run(throw(seal(make_task(), tell_at=hour)).pk)
    account = draw.cases.first().team()[0].inspector.account
    assert not Case.objects.visible_to(account).exists()
    with refused_with("tell_at_outside"):
        seal(make_task((("工贸-轻工", 1000, 1),)), tell_at=timezone.now() - timedelta(days=1))


def test_at_the_set_hour_the_team_sees_it(register, inspectors, make_task, seal):
    draw = draws.run(throw(seal(make_task(), tell_at=timezone.now() + timedelta(seconds=0))).pk)
    account = draw.cases.first().team()[0].inspector.account
    assert Case.objects.visible_to(account).filter(draw=draw).exists()


# -- joint visits -----------------------------------------------------------------------------------


@pytest.fixture
def twice(register, inspectors, make_task, seal):
    """Two tasks that both inspect all of one class."""
    made = []
    for _ in range(2):
        task = make_task((("工贸-机械", 10_000, 1),), excludes_drawn=False)
        made.append(draws.run(throw(seal(task)).pk))
        approve_scheme(task)
    return made


def test_tasks_that_coincide_are_one_visit_with_one_record(twice, cast):
    first, second = twice
    assert JointVisit.objects.count() == second.cases.count() and not first.cases.filter(joint=None).exists()
    joint = JointVisit.objects.first()
    one, other = joint.cases.order_by("pk")
    with refused_with("joint_undecided"):
        cases.start(one, by=one.team()[0].inspector.account)
    joint = joints.agree(joint, other, by=cast.head)
    one.refresh_from_db(), other.refresh_from_db()
    cases.start(one, by=one.team()[0].inspector.account)
    other.refresh_from_db()
    assert other.status == "started" and one.visits.get() == other.visits.get()
    for case in (one, other):
        by = case.team()[0].inspector.account
        lines = cases.lines_of(case)
        cases.answer(case, {each["key"]: ("pass", "") for each in lines}, by=by)
    one = Case.objects.get(pk=one.pk)
    with refused_with("joint_lead_ends"):
        cases.end(one, by=one.team()[0].inspector.account, record="两家一起查。")
    other = Case.objects.get(pk=other.pk)
    cases.end(other, by=other.team()[0].inspector.account, record="两家一起查。")
    one.refresh_from_db()
    assert one.status == "ended" and one.visits.get().record == "两家一起查。"
    assert verification.verify(first.pk) == [] and verification.verify(second.pk) == []


def test_the_lead_cannot_end_while_the_other_side_has_not_answered(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    by = lead.team()[0].inspector.account
    cases.start(lead, by=by)
    cases.answer(lead, {each["key"]: ("pass", "") for each in cases.lines_of(lead)}, by=by)
    with refused_with("lines_unanswered"):
        cases.end(Case.objects.get(pk=lead.pk), by=by, record="x")


def test_declined_with_a_reason_each_goes_alone(twice, cast):
    joint = JointVisit.objects.first()
    with refused_with("joint_reason_missing"):
        joints.decline(joint, "", by=cast.head)
    joints.decline(joint, "dates", by=cast.head)
    case = joint.cases.first()
    assert inspect(Case.objects.get(pk=case.pk)).case.status == "ended"
    assert joint.cases.last().status == "opened"


def test_nothing_is_proposed_where_windows_do_not_meet(drawn, make_task, seal):
    assert not JointVisit.objects.exists()


# -- departments outside ----------------------------------------------------------------------------


def theirs(draw, cast, tmp_path, spoil=None):
    """The other department draws its people with nothing but the engine's command line."""
    given = partners.share(draw, by=cast.clerk)
    tasks = json.loads(given["tasks.json"])
    if spoil:
        spoil(tasks)
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["编号", "姓名", "可任组长", "最多任务数", "须回避的企业编号"])
    rows.writerows([f"Z{n:02d}", f"某{n}", 1, 40, tasks["pool"][0][0] if n == 1 else ""] for n in range(1, 7))
    (tmp_path / "people.csv").write_text(out.getvalue())
    tip, _ = chain("aa" * 32, 5)

    def engine(*arguments):
        run = subprocess.run(
            [sys.executable, "-m", "inspections.engine", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT
        )
        assert run.returncode == 0, run.stderr + run.stdout
        return run.stdout.strip()

    commitment = engine(
        "seal", "--tasks", tmp_path / "tasks.json", "--people", tmp_path / "people.csv", "--number", "XF-2026-001",
        "--seed-at", "2026-03-05T09:00+08:00", "--sources", "骰子甲", "--tip", tip, "--codes", 5, "--out", tmp_path,
    )  # fmt: skip
    (tmp_path / "sources.json").write_text(json.dumps([["骰子甲", "0123456789"]]))
    engine("draw", "--commit", tmp_path / "commit.json", "--sealed", tmp_path / "sealed.json", "--sources",
           tmp_path / "sources.json", "--out", tmp_path)  # fmt: skip
    files = [(tmp_path / f"{name}.json").read_bytes() for name in ("commit", "result", "openings")]
    return commitment, files, (tmp_path / "people.csv").read_bytes()


def test_another_department_draws_its_own_people_for_our_list(drawn, cast, tmp_path):
    commitment, files, people = theirs(drawn, cast, tmp_path)
    made = partners.receive(drawn, "县消防救援局", commitment, *files, people, by=cast.clerk)
    case = drawn.cases.first()
    ((department, names),) = partners.team_of(case)
    assert department == "县消防救援局" and len(names) == 2 and all(name.startswith("某") for name in names)
    assert set(made.teams) == {each.subject.ref for each in drawn.cases.all()}
    with refused_with("partner_twice"):
        partners.receive(drawn, "县消防救援局", commitment, *files, by=cast.clerk)


def test_another_list_another_commitment_or_a_bent_file_is_refused(drawn, cast, tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    commitment, files, _ = theirs(drawn, cast, tmp_path / "a")
    with refused_with("partner_files"):
        partners.receive(drawn, "消防", "0" * 64, *files, by=cast.clerk)
    bent = files[1].replace(b'"cap":', b'"cap":1', 1)
    with refused_with("partner_files"):
        partners.receive(drawn, "消防", commitment, files[0], bent, files[2], by=cast.clerk)
    commitment, files, _ = theirs(drawn, cast, tmp_path / "b", spoil=lambda tasks: tasks["pool"].pop())
    with refused_with("partner_tasks"):
        partners.receive(drawn, "消防", commitment, *files, by=cast.clerk)


# -- what reviewers found by trying -----------------------------------------------------------------


def other_of(joint, case):
    return joint.cases.exclude(pk=case.pk).get()


def test_the_other_side_of_a_joint_visit_is_asked_everything_too(twice, cast, bureau):
    """A scheme, an approved change, a suspension, the hour of telling: of every case that begins."""
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    by = lead.team()[0].inspector.account
    person = other.team()[0].inspector
    change = changes.request(
        other.draw, "inspector", person.ref, by=cast.clerk, reason="ill", note="", task=other.subject.ref, scope="task"
    )
    changes.approve(change, by=cast.head)
    with refused_with("change_awaits_code"):
        cases.start(lead, by=by)
    changes.open_code(change, CODES[1][0], by=cast.supervisor)
    recusals.ask(other, other.team()[0].inspector, applicant="subject", channel="oral", text="x", by=cast.clerk)
    bureau.recusal_suspends = True
    bureau.save()
    with refused_with("recusal_pending"):
        cases.start(Case.objects.get(pk=lead.pk), by=by)


def test_a_joint_visit_waits_for_both_schemes_and_both_hours(register, inspectors, make_task, seal, cast):
    found = []
    for hour in (None, timezone.now() + timedelta(days=3)):
        task = make_task((("工贸-机械", 10_000, 1),), excludes_drawn=False)
        found.append(draws.run(throw(seal(task, tell_at=hour)).pk))
    first, second = found
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    case = joint.cases.get(draw=first)
    by = case.team()[0].inspector.account
    approve_scheme(first.task)
    with refused_with("scheme_not_approved" if second.tell_at is None else "not_told"):
        cases.start(case, by=by)


def test_when_the_lead_is_gone_the_other_side_ends(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    draws.request_void(lead.draw, "pool", "x", by=cast.clerk)
    draws.approve_void(lead.draw, by=cast.supervisor)
    assert inspect(Case.objects.get(pk=other.pk)).case.status == "ended"


def test_only_the_lead_writes_the_record(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    cases.start(lead, by=lead.team()[0].inspector.account)
    other = Case.objects.get(pk=other.pk)
    with refused_with("joint_lead_ends"):
        cases.note(other, by=other.team()[0].inspector.account, record="另一方")


def test_a_visit_does_not_end_before_the_substitute_has_come(drawn, cast):
    case, person = first_seat(drawn)
    mate = case.team()[1].inspector
    cases.start(case, by=mate.account)
    cases.answer(case, {each["key"]: ("pass", "") for each in cases.lines_of(case)}, by=mate.account)
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    change = recusals.uphold(asked, by=cast.head).change
    with refused_with("change_awaits_code"):
        cases.end(Case.objects.get(pk=case.pk), by=mate.account, record="x")
    with refused_with("recused_acts"):
        cases.answer(case, {}, by=person.account)
    changes.open_code(change, CODES[1][0], by=cast.supervisor)
    assert cases.end(Case.objects.get(pk=case.pk), by=mate.account, record="x").status == "ended"
    assert verification.verify(drawn.pk) == []


def test_an_upheld_recusal_behind_another_change_is_carried_out_next(drawn, cast):
    case, person = first_seat(drawn)
    elsewhere = drawn.cases.order_by("pk").last()
    first = changes.request(
        drawn, "inspector", elsewhere.team()[0].inspector.ref, by=cast.clerk, reason="ill", note="",
        task=elsewhere.subject.ref, scope="task",
    )  # fmt: skip
    changes.approve(first, by=cast.head)
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    change = recusals.uphold(asked, by=cast.head).change
    assert change.status == "requested"
    with refused_with("change_upheld"):
        changes.refuse(change, by=cast.head)
    with refused_with("change_awaits_code"):
        cases.start(Case.objects.get(pk=case.pk), by=case.team()[1].inspector.account)
    changes.open_code(first, CODES[1][0], by=cast.supervisor)
    change.refresh_from_db()
    assert change.status == "approved"


def test_where_nobody_can_take_the_seat_the_recused_still_keeps_away(drawn, cast, inspectors):
    """No change can be made any more: upheld all the same; too few are left, and the head may say so, in the open."""
    case, person = first_seat(drawn)
    mate = case.team()[1].inspector
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    for n in range(20):  # every code is used up on another seat
        other = drawn.cases.order_by("pk").last()
        out = other.team()[0].inspector.ref
        change = changes.request(
            drawn, "inspector", out, by=cast.clerk, reason="ill", note="", task=other.subject.ref, scope="task"
        )
        changes.open_code(changes.approve(change, by=cast.head), CODES[1][n], by=cast.supervisor)
    asked = recusals.uphold(asked, by=cast.head)
    assert asked.status == "upheld" and (asked.change is None or asked.change.status == "requested")
    with refused_with("recused_acts"):
        cases.start(Case.objects.get(pk=case.pk), by=person.account)
    with pytest.raises(Exception, match="team_short|change_awaits_code"):
        cases.start(Case.objects.get(pk=case.pk), by=mate.account)
    with refused_with("not_allowed"):
        cases.give_up(case, "派不出人", by=cast.clerk)
    assert cases.give_up(case, "派不出人", by=cast.head).status == "not_done"
    assert verification.verify(drawn.pk) == []


def test_nobody_decides_on_themselves_and_nobody_takes_back_what_the_enterprise_asked(drawn, cast):
    case, person = first_seat(drawn)
    asked = recusals.ask(case, person, applicant="subject", channel="scan", text="x")
    for by in (cast.clerk, person.account):
        with refused_with("recusal_not_yours"):
            recusals.withdraw(asked, by=by)
    person.account.role_grants.create(role="head")
    with refused_with("same_person"):
        recusals.refuse(asked, "没有的事", by=person.account)


def test_who_only_reads_proposes_nothing_and_urgent_cases_wait_for_nobody(twice, cast, bureau):
    for by in (cast.auditor, cast.head):
        with refused_with("not_allowed"):
            joints.propose(bureau, by=by)


def test_a_scheme_holds_for_its_own_draw(drawn, cast, seal):
    draws.request_void(drawn, "rules", "x", by=cast.clerk)
    draws.approve_void(drawn, by=cast.supervisor)
    again = draws.run(throw(seal(drawn.task)).pk)
    case = again.cases.first()
    with refused_with("scheme_not_approved"):
        cases.start(case, by=case.team()[0].inspector.account)
    approve_scheme(drawn.task)
    assert inspect(case).case.status == "ended"
