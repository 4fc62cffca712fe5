"""资格在当天: certificate, leave and recusal are asked on the very day of an act; who is unfit is named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.case import opening, readiness
from inspections.visit import visits
from registries.models import Certificate, Leave, RecusalGround
from registries.services import relations

from ...staircase import refused_with

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
    while readiness.fit(case).count() > 2:  # a team of three begins with two
        case.assignments.filter(pk=readiness.fit(case).last().pk).update(until=timezone.now())
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
