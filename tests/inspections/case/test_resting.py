"""A case on which nothing runs rests until something happens, or the rules are others; no limit is lost by
it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.case import events, resting
from inspections.models import Case, CaseEvent
from inspections.tasks import settle_cases
from inspections.visit import duties, visits
from registries.models import LegalLimit

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    """Some nights later, for nothing rests on the day of its last event."""
    return timezone.now() + timedelta(days=4)


def of_all(bureau):
    return {(each.case.pk, each.title) for each in duties.running(bureau)}


def resting_of(bureau):
    return set(Case.objects.filter(bureau=bureau).exclude(rested_under="").values_list("pk", flat=True))


@pytest.fixture
def over(released):
    """A round that is over: nothing runs on any of its cases."""
    for case in released.draw.cases.all():
        visits.enter_code(case, by=case.team()[0].inspector.account, filed="已向县司法局备案")
    return released.draw


def test_what_runs_is_the_same_before_and_after(over, cast, night):
    bureau, case = over.bureau, over.cases.order_by("pk").first()
    assert of_all(bureau) == set()
    events.record(case, "order.delivered", by=cast.clerk, thread="paper:1")
    before = of_all(bureau)
    assert resting.settle(bureau, night) == len(resting_of(bureau)) > 0
    assert case.pk not in resting_of(bureau) and of_all(bureau) == before != set()
    assert resting.settle(bureau, night) == 0


def test_nothing_rests_on_the_day_of_its_last_event(drawn):
    settle_cases()
    case = drawn.cases.order_by("pk").first()
    visits.start(case, by=case.team()[0].inspector.account)
    settle_cases()
    assert (
        case.pk not in resting_of(drawn.bureau) and len(resting_of(drawn.bureau)) == drawn.cases.count() - 1
    )


def test_the_next_event_wakes_it(drawn, night):
    resting.settle(drawn.bureau, night)
    case = drawn.cases.order_by("pk").first()
    assert case.pk in resting_of(drawn.bureau) and of_all(drawn.bureau) == set()
    visits.start(case, by=case.team()[0].inspector.account)
    assert case.pk not in resting_of(drawn.bureau) and {pk for pk, _ in of_all(drawn.bureau)} == {case.pk}


def test_other_rules_wake_all(over, night):
    bureau = over.bureau
    resting.settle(bureau, night)
    before, rested = of_all(bureau), resting_of(bureau)
    # a published result is to be sent to somebody, and nothing ends that yet
    LegalLimit.objects.create(
        bureau=bureau,
        code="told_above",
        title="报送结果",
        length=5,
        unit="workday",
        who="clerk",
        basis="县里的规定",
        begins="result.published",
        ends="transfer.sent",
        since=timezone.localdate() - timedelta(days=1),
    )
    assert {pk for pk, title in of_all(bureau) - before if title == "报送结果"} == rested != set()
    assert resting.settle(bureau, night) == 0 and of_all(bureau) - before


def test_what_was_written_in_the_very_moment_is_seen_the_night_after(drawn, night):
    """Two transactions at once: the night has let it rest while an event was on its way."""
    case = drawn.cases.order_by("pk").first()
    resting.settle(drawn.bureau, night)
    CaseEvent.objects.create(bureau=drawn.bureau, case=case, code="entry.uncoded", at=timezone.now())
    assert case.pk in resting_of(drawn.bureau)
    settle_cases()
    assert case.pk not in resting_of(drawn.bureau) and {pk for pk, _ in of_all(drawn.bureau)} == {case.pk}
