"""After the draw: a recusal asked for and decided, the notice of a team, the hour of
telling, the scheme of a draw."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.case import opening, staffing
from inspections.draw import drawing, replacements, voiding
from inspections.models import Case, RecusalRequest
from inspections.papers import notices
from inspections.visit import recusals, visits
from inspections.watch import verification
from registries.errors import DomainError

from ...staircase import CODES, approve_scheme, inspect, refused_with, throw

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


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
    replacements.open_code(asked.change, CODES[1][0], by=cast.supervisor)
    assert person not in [seat.inspector for seat in case.team()] and case.team().count() == 2
    assert verification.verify(drawn.pk) == []


def test_the_visit_goes_on_unless_the_bureau_has_set_otherwise(drawn, cast, bureau):
    case, person = first_seat(drawn)
    recusals.ask(case, person, applicant="subject", channel="oral", text="老板娘的弟弟", by=cast.clerk)
    bureau.recusal_suspends = True
    bureau.save()
    case.refresh_from_db()
    with refused_with("recusal_pending"):
        visits.start(Case.objects.get(pk=case.pk), by=person.account)
    bureau.recusal_suspends = False
    bureau.save()
    assert visits.start(Case.objects.get(pk=case.pk), by=person.account).status == "started"


def test_upheld_during_the_visit_the_substitute_comes_in_and_the_visit_goes_on(drawn, cast):
    case, person = first_seat(drawn)
    visits.start(case, by=person.account)
    asked = recusals.ask(case, person, applicant="subject", channel="written", text="合伙", by=cast.clerk)
    recusals.uphold(asked, by=cast.head)
    asked.refresh_from_db()
    replacements.open_code(asked.change, CODES[1][0], by=cast.supervisor)
    assert case.team().count() == 2 and person not in [seat.inspector for seat in case.team()]
    assert verification.verify(drawn.pk) == []


def test_who_falls_ill_during_the_visit_is_replaced_and_his_answers_stay_his(drawn, cast):
    case, person = first_seat(drawn)
    visits.start(case, by=person.account)
    lines = [line["key"] for line in opening.lines_of(case)]
    visits.answer(case, {lines[0]: ("pass", "")}, by=person.account)
    told = {"reason": "ill", "note": "发烧", "task": case.subject.ref, "scope": "task"}
    change = replacements.request(drawn, "inspector", person.ref, by=cast.clerk, **told)
    replacements.approve(change, by=cast.head)
    mate = next(seat.inspector for seat in case.team() if seat.inspector != person)
    visits.answer(case, dict.fromkeys(lines[1:], ("pass", "")), by=mate.account)
    with refused_with("change_awaits_code"):  # the visit waits for the code
        visits.end(case, by=mate.account, record="逐项检查。")
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    case.refresh_from_db()
    assert person not in [seat.inspector for seat in case.team()]
    assert visits.end(case, by=mate.account, record="逐项检查。").status == "ended"
    assert case.answers.get(line=lines[0]).by == person
    assert verification.verify(drawn.pk) == []
    with refused_with("visit_begun"):  # over: nobody comes in by a code any more
        replacements.request(drawn, "inspector", mate.ref, by=cast.clerk, **told)


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
    assert (asked.inspector, asked.applicant, asked.channel, asked.entered_by) == (
        person,
        "subject",
        "scan",
        None,
    )
    assert client.get(reverse("desk:recusal", args=["x" * 22])).status_code == 404
    for _ in range(9):
        recusals.refuse(RecusalRequest.objects.get(status="asked"), "不是", by=cast.head)
        recusals.ask(case, person, applicant="subject", channel="scan", text="再申请")
    recusals.refuse(RecusalRequest.objects.get(status="asked"), "不是", by=cast.head)
    assert (
        "请当面或书面提出"
        in client.post(address, {"seat": seat.pk, "text": "x", "contact": "x"}).content.decode()
    )


def test_the_notice_waits_for_the_scheme_and_follows_the_team(drawn, cast):
    case, person = first_seat(drawn)
    issued = notices.issue(case, by=person.account)
    assert notices.issue(case, by=cast.clerk) == issued
    asked = recusals.ask(case, person, applicant="inspector", channel="desk", text="同学", by=person.account)
    change = recusals.uphold(asked, by=cast.head).change
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    assert notices.issue(case, by=cast.clerk) != issued
    with refused_with("not_allowed"):
        notices.issue(case, by=cast.witness1)


def test_the_team_is_told_at_the_set_hour(register, inspectors, make_task, seal, cast):
    hour = timezone.now() + timedelta(hours=3)
    draw = drawing.run(throw(seal(make_task(), tell_at=hour)).pk)
    account = draw.cases.first().team()[0].inspector.account
    assert not Case.objects.visible_to(account).exists()
    with refused_with("tell_at_outside"):
        seal(make_task((("工贸-轻工", 1000, 1),)), tell_at=timezone.now() - timedelta(days=1))


def test_at_the_set_hour_the_team_sees_it(register, inspectors, make_task, seal):
    draw = drawing.run(throw(seal(make_task(), tell_at=timezone.now() + timedelta(seconds=0))).pk)
    account = draw.cases.first().team()[0].inspector.account
    assert Case.objects.visible_to(account).filter(draw=draw).exists()


def test_a_visit_does_not_end_before_the_substitute_has_come(drawn, cast):
    case, person = first_seat(drawn)
    mate = case.team()[1].inspector
    visits.start(case, by=mate.account)
    visits.answer(case, {each["key"]: ("pass", "") for each in opening.lines_of(case)}, by=mate.account)
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    change = recusals.uphold(asked, by=cast.head).change
    with refused_with("change_awaits_code"):
        visits.end(Case.objects.get(pk=case.pk), by=mate.account, record="x")
    with refused_with("recused_acts"):
        visits.answer(case, {}, by=person.account)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    assert visits.end(Case.objects.get(pk=case.pk), by=mate.account, record="x").status == "ended"
    assert verification.verify(drawn.pk) == []


def test_an_upheld_recusal_behind_another_change_is_carried_out_next(drawn, cast):
    case, person = first_seat(drawn)
    elsewhere = drawn.cases.order_by("pk").last()
    first = replacements.request(
        drawn,
        "inspector",
        elsewhere.team()[0].inspector.ref,
        by=cast.clerk,
        reason="ill",
        note="",
        task=elsewhere.subject.ref,
        scope="task",
    )
    replacements.approve(first, by=cast.head)
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    change = recusals.uphold(asked, by=cast.head).change
    assert change.status == "requested"
    with refused_with("change_upheld"):
        replacements.refuse(change, by=cast.head)
    with refused_with("change_awaits_code"):
        visits.start(Case.objects.get(pk=case.pk), by=case.team()[1].inspector.account)
    replacements.open_code(first, CODES[1][0], by=cast.supervisor)
    change.refresh_from_db()
    assert change.status == "approved"


def test_where_nobody_can_take_the_seat_the_recused_still_keeps_away(drawn, cast, inspectors):
    """No change can be made any more: upheld all the same; too few are left, and the
    head may say so, in the open."""
    case, person = first_seat(drawn)
    mate = case.team()[1].inspector
    asked = recusals.ask(case, person, applicant="subject", channel="oral", text="x", by=cast.clerk)
    for n in range(20):  # every code is used up on another seat
        other = drawn.cases.order_by("pk").last()
        out = other.team()[0].inspector.ref
        change = replacements.request(
            drawn,
            "inspector",
            out,
            by=cast.clerk,
            reason="ill",
            note="",
            task=other.subject.ref,
            scope="task",
        )
        replacements.open_code(replacements.approve(change, by=cast.head), CODES[1][n], by=cast.supervisor)
    asked = recusals.uphold(asked, by=cast.head)
    assert asked.status == "upheld" and (asked.change is None or asked.change.status == "requested")
    with refused_with("recused_acts"):
        visits.start(Case.objects.get(pk=case.pk), by=person.account)
    with pytest.raises(DomainError, match="team_short|change_awaits_code"):
        visits.start(Case.objects.get(pk=case.pk), by=mate.account)
    with refused_with("not_allowed"):
        staffing.give_up(case, "派不出人", by=cast.clerk)
    assert staffing.give_up(case, "派不出人", by=cast.head).status == "not_done"
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


def test_a_scheme_holds_for_its_own_draw(drawn, cast, seal):
    voiding.request_void(drawn, "rules", "x", by=cast.clerk)
    voiding.approve_void(drawn, by=cast.supervisor)
    again = drawing.run(throw(seal(drawn.task)).pk)
    case = again.cases.first()
    with refused_with("scheme_not_approved"):
        visits.start(case, by=case.team()[0].inspector.account)
    approve_scheme(drawn.task)
    assert inspect(case).case.status == "ended"
