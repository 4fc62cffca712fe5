"""Joint visits: everything is asked of every side, one record, one lead."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from inspections.case import joints, opening
from inspections.draw import drawing, replacements, voiding
from inspections.models import Case, Draw, JointVisit
from inspections.visit import recusals, visits
from inspections.watch import verification

from ...signed import Signed, send_lines
from ...staircase import (
    CODES,
    READY,
    approve_scheme,
    found_cast,
    inspect,
    lay,
    make_task_with,
    refused_with,
    seal_with,
    throw,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


def play_twice():
    """Two tasks that both inspect all of one class."""
    cast = found_cast()
    for _ in range(2):
        task = make_task_with(cast, (("工贸-机械", 10_000, 1),), excludes_drawn=False)
        drawing.run(throw(seal_with(cast, task)).pk)
        approve_scheme(task)


twice = lay("twice", READY, play_twice, lambda _: list(Draw.objects.order_by("pk")))


def test_tasks_that_coincide_are_one_visit_with_one_record(twice, cast):
    first, second = twice
    assert JointVisit.objects.count() == second.cases.count() and not first.cases.filter(joint=None).exists()
    joint = JointVisit.objects.first()
    one, other = joint.cases.order_by("pk")
    with refused_with("joint_undecided"):
        visits.start(one, by=one.team()[0].inspector.account)
    joint = joints.agree(joint, other, by=cast.head)
    one.refresh_from_db(), other.refresh_from_db()
    visits.start(one, by=one.team()[0].inspector.account)
    other.refresh_from_db()
    assert other.status == "started" and one.visits.get() == other.visits.get()
    for case in (one, other):
        by = case.team()[0].inspector.account
        lines = opening.lines_of(case)
        visits.answer(case, {each["key"]: ("pass", "") for each in lines}, by=by)
    one = Case.objects.get(pk=one.pk)
    with refused_with("joint_lead_ends"):
        visits.end(one, by=one.team()[0].inspector.account, record="两家一起查。")
    other = Case.objects.get(pk=other.pk)
    visits.end(other, by=other.team()[0].inspector.account, record="两家一起查。")
    one.refresh_from_db()
    assert one.status == "ended" and one.visits.get().record == "两家一起查。"
    assert verification.verify(first.pk) == [] and verification.verify(second.pk) == []


def test_the_lead_cannot_end_while_the_other_side_has_not_answered(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    by = lead.team()[0].inspector.account
    visits.start(lead, by=by)
    visits.answer(lead, {each["key"]: ("pass", "") for each in opening.lines_of(lead)}, by=by)
    with refused_with("joint_waits"):
        visits.end(Case.objects.get(pk=lead.pk), by=by, record="x")


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


def other_of(joint, case):
    return joint.cases.exclude(pk=case.pk).get()


def test_the_other_side_of_a_joint_visit_is_asked_everything_too(twice, cast, bureau):
    """A scheme, an approved change, a suspension, the hour of telling: of every case that begins."""
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    by = lead.team()[0].inspector.account
    person = other.team()[0].inspector
    change = replacements.request(
        other.draw,
        "inspector",
        person.ref,
        by=cast.clerk,
        reason="ill",
        note="",
        task=other.subject.ref,
        scope="task",
    )
    replacements.approve(change, by=cast.head)
    with refused_with("change_awaits_code"):
        visits.start(lead, by=by)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    recusals.ask(
        other, other.team()[0].inspector, applicant="subject", channel="oral", text="x", by=cast.clerk
    )
    bureau.recusal_suspends = True
    bureau.save()
    with refused_with("recusal_pending"):
        visits.start(Case.objects.get(pk=lead.pk), by=by)


def test_a_joint_visit_waits_for_both_schemes_and_both_hours(register, inspectors, make_task, seal, cast):
    found = []
    for hour in (None, timezone.now() + timedelta(days=3)):
        task = make_task((("工贸-机械", 10_000, 1),), excludes_drawn=False)
        found.append(drawing.run(throw(seal(task, tell_at=hour)).pk))
    first, second = found
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    case = joint.cases.get(draw=first)
    by = case.team()[0].inspector.account
    approve_scheme(first.task)
    with refused_with("scheme_not_approved" if second.tell_at is None else "not_told"):
        visits.start(case, by=by)


def test_when_the_lead_is_gone_the_other_side_ends(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    voiding.request_void(lead.draw, "pool", "x", by=cast.clerk)
    voiding.approve_void(lead.draw, by=cast.supervisor)
    assert inspect(Case.objects.get(pk=other.pk)).case.status == "ended"


def test_only_the_lead_writes_the_record(twice, cast):
    joint = joints.agree(JointVisit.objects.first(), by=cast.head)
    lead = Case.objects.get(pk=joint.lead_id)
    other = other_of(joint, lead)
    visits.start(lead, by=lead.team()[0].inspector.account)
    other = Case.objects.get(pk=other.pk)
    with refused_with("joint_lead_ends"):
        visits.note(other, by=other.team()[0].inspector.account, record="另一方")


def test_who_only_reads_proposes_nothing_and_urgent_cases_wait_for_nobody(twice, cast, bureau):
    for by in (cast.auditor, cast.head):
        with refused_with("not_allowed"):
            joints.propose(bureau, by=by)


def test_two_phones_of_a_joint_visit_in_either_order(twice, cast, monkeypatch):
    """The lead's record waits for the other side's lines: nothing is left for anybody to settle."""
    now = timezone.now  # a day after the cases were opened: no moment is moved to their opening
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=24))
    for lead_first, joint in zip((True, False), JointVisit.objects.order_by("pk")[:2], strict=True):
        joint = joints.agree(joint, by=cast.head)
        lead = Case.objects.get(pk=joint.lead_id)
        other = joint.cases.exclude(pk=lead.pk).get()
        by, theirs = (each.team()[0].inspector.account for each in (lead, other))
        told = {line["key"]: ("pass", "") for line in opening.lines_of(other)}
        if lead_first:  # the other phone is opened after the leader had ended: the visit began with the first
            waiting = Signed(lead).send(by)
            assert waiting.status == "received" and "还没有交齐" in waiting.reason
            assert lead.status == "opened"
            assert send_lines(other, told, theirs, started_at=timezone.now().isoformat()).status == "taken"
            waiting.refresh_from_db()
            assert waiting.status == "taken", waiting.reason
        else:
            began = (timezone.now() - timedelta(hours=1)).isoformat()
            assert send_lines(other, told, theirs, started_at=began).status == "taken"
            assert Signed(lead).send(by).status == "taken"
        lead.refresh_from_db(), other.refresh_from_db()
        assert lead.status == other.status == "ended" and lead.visits.get() == other.visits.get()
