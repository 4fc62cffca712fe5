"""资格在当天: certificate, leave and recusal are asked on the very day of an act; who is unfit is named."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from inspections.after import rectifications
from inspections.case import opening, readiness, staffing
from inspections.draw import replacements
from inspections.visit import visits
from inspections.watch import verification
from registries.models import Certificate, Inspector, Leave, Message, RecusalGround
from registries.services import relations

from ...staircase import inspect, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def certificate(person, cast, subject):
    Certificate.objects.filter(inspector=person).update(expires_on=timezone.localdate() - timedelta(days=1))


def leave(person, cast, subject):
    today = timezone.localdate()
    Leave.objects.create(inspector=person, since=today, until=today)


def relation(person, cast, subject):
    ground = RecusalGround.objects.filter(bureau=person.bureau).first()
    made = relations.record(person, subject, ground, by=cast.legal, since=timezone.localdate())
    relations.review(made, True, by=cast.supervisor)


@pytest.mark.parametrize(
    ("why", "said"), [(certificate, "没有有效的执法证"), (leave, "请假外出"), (relation, "须回避")]
)
def test_a_visit_begins_with_two_who_are_fit_that_day(case, cast, why, said):
    by, other = case.team()[0].inspector.account, case.team()[1].inspector
    for seat in case.team()[2:]:  # a team of three begins with two
        case.assignments.filter(pk=seat.pk).update(until=timezone.now())
    why(other, cast, case.subject)
    with refused_with("team_short") as caught:
        visits.start(case, by=by)
    assert other.name in caught.value.facts["why"] and said in caught.value.facts["why"]
    assert readiness.unfit(case) == {other: said}


def test_it_is_the_day_of_the_act_that_counts(case):
    by, other = case.team()[0].inspector.account, case.team()[1].inspector
    today = timezone.localdate()
    Leave.objects.create(inspector=other, since=today + timedelta(days=1), until=today + timedelta(days=2))
    visits.start(case, by=by)
    assert not readiness.unfit(case)
    assert readiness.unfit(case, timezone.now() + timedelta(days=1)) == {other: "请假外出"}


def test_a_visit_does_not_end_with_one(case):
    by, other = case.team()[0].inspector.account, case.team()[1].inspector
    visits.start(case, by=by)
    visits.answer(case, {line["key"]: ("pass", "") for line in opening.lines_of(case)}, by=by)
    Certificate.objects.filter(inspector=other).update(expires_on=timezone.localdate() - timedelta(days=1))
    with refused_with("team_short"):
        visits.end(case, by=by, record="逐项检查。")
    assert case.answers.exists(), "what was answered is kept"


def _two_more(case):
    drawn = readiness.on(case)
    others = Inspector.objects.filter(bureau=case.bureau, left_on=None).exclude(pk__in=[p.pk for p in drawn])
    return list(others.order_by("ref")[:2])


def test_after_the_visit_the_head_names_two_fit_people(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    report = inspect(case, fails=["A01.1"])
    case.refresh_from_db()
    one, other = _two_more(case)
    before, seats = facts_of(drawn), [seat.inspector for seat in case.team()]
    with refused_with("not_allowed"):
        staffing.name_people(case, [one, other], "原组两人都请假", by=report.author)
    with refused_with("reason_needed"):
        staffing.name_people(case, [one, other], " ", by=cast.head)
    with refused_with("people_two"):
        staffing.name_people(case, [one, case.team()[0].inspector], "x", by=cast.head)
    staffing.name_people(case, [one, other], "原组两人都请假", by=cast.head)
    assert Message.objects.filter(account=cast.supervisor, said__contains=one.name).exists()
    told = {"at": timezone.now(), "record": "现场核对", "second": other}
    again = rectifications.reinspect(case, {case.findings.get(): (True, "")}, by=one.account, **told)
    assert {again.officer, again.second} == {one, other}
    # the draw is as it was
    assert facts_of(drawn) == before and verification.verify(drawn.pk) == []
    assert [seat.inspector for seat in case.team()] == seats


def facts_of(draw):
    return replacements.completed(draw), draw.result_json


def test_nobody_names_people_while_a_code_can_bring_them_in(case, cast):
    one, other = _two_more(case)
    with refused_with("people_by_code"):
        staffing.name_people(case, [one, other], "换人", by=cast.head)


def test_who_is_named_must_be_fit(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    inspect(case)
    case.refresh_from_db()
    one, other = _two_more(case)
    Certificate.objects.filter(inspector=other).update(expires_on=timezone.localdate() - timedelta(days=1))
    with refused_with("people_unfit") as caught, transaction.atomic():
        staffing.name_people(case, [one, other], "换人", by=cast.head)
    assert other.name in caught.value.facts["people"] and not case.delegates.exists()
