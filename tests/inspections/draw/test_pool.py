"""Who may be drawn and who may go: each rule, read from the status and reason in a sealed commit.json."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from inspections.draw import edits
from inspections.models import Case
from registries import presence
from registries.models import Category, Certificate, Leave, Subject, Training
from registries.services import relations, subjects

from ...staircase import inspect
from ...walls import behind_the_walls
from .test_sealing import complain

pytestmark = pytest.mark.django_db
STRATA = (("工贸-机械", 2000, 2),)


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


@pytest.fixture
def commit(register, inspectors, make_task, seal, cast):
    """Seal now; {ref: status} of enterprises and inspectors."""

    def run(**rules):
        task = make_task(STRATA, **rules)
        if edits.unsigned(task):  # what the head who approves has moved himself
            edits.sign(task, by=cast.supervisor)
        made = json.loads(seal(task).commit_json)
        return {row[0]: row[3] for row in made["pool"]} | {
            each["id"]: each["status"] for each in made["inspectors"]
        }

    return run


@pytest.fixture
def firm(register):
    return register.filter(category__name="工贸-机械").order_by("ref").first()


def change(thing, **values):
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save()
    return thing


# -- inspectors: the window of the visits is today to thirty days on -----------------------------------


@pytest.mark.parametrize(
    ("expires", "status"),
    [(-1, "X:certificate"), (0, "X:certificate"), (29, "X:certificate"), (30, "E"), (400, "E")],
)
def test_a_certificate_must_last_to_the_last_day_of_the_visits(commit, inspectors, expires, status):
    inspectors[0].certificates.update(expires_on=day(expires))
    assert commit()["R0001"] == status


def test_a_certificate_issued_too_late_does_not_count_and_a_newer_one_heals(commit, inspectors):
    inspectors[0].certificates.update(issued_on=day(1))
    inspectors[1].certificates.update(expires_on=day(-1))
    inspectors[1].certificates.create(number="新证", issued_on=day(-1), expires_on=day(900))
    found = commit()
    assert (found["R0001"], found["R0002"]) == ("X:certificate", "E")


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [(-9, -1, "E"), (-9, 0, "X:leave"), (5, 6, "X:leave"), (30, 40, "X:leave"), (31, 40, "E")],
)
def test_leave_counts_where_it_touches_the_window(commit, inspectors, since, until, status):
    Leave.objects.create(inspector=inspectors[0], since=day(since), until=day(until))
    assert commit()["R0001"] == status


def test_training_counts_only_where_the_bureau_asks_for_it(commit, inspectors, bureau):
    bureau.training_hours = 16
    bureau.save()
    for person, held, hours, passed in [
        (0, -30, 16, True),
        (1, -30, 15, True),
        (2, -400, 40, True),
        (3, -30, 40, False),
    ]:
        Training.objects.create(
            inspector=inspectors[person], held_on=day(held), hours=hours, passed=passed, subject="执法培训"
        )
    for person in inspectors[5:]:
        Training.objects.create(inspector=person, held_on=day(-1), hours=20, subject="执法培训")
    found = commit()
    assert found["R0001"] == "E"
    assert [found[f"R000{n}"] for n in (2, 3, 4, 5)] == [
        "X:training"
    ] * 4  # too few, too long ago, failed, none


def test_experts_and_assistants_are_never_officers(commit, inspectors):
    change(inspectors[0], duty="expert")
    change(inspectors[1], duty="assistant")
    found = commit()
    assert found["R0001"] == found["R0002"] == "X:assistant"


def test_the_yearly_declaration_counts_where_the_bureau_asks_for_it(commit, inspectors, bureau):
    for person in inspectors[1:]:
        relations.declare(person, by=person.account)
    bureau.requires_declaration = True
    bureau.save()
    found = commit()
    assert [found[f"R00{n:02}"] for n in (1, 2, 3)] == ["X:undeclared", "E", "E"]


def test_who_has_left_is_not_in_the_library(commit, inspectors):
    change(inspectors[0], left_on=day(0))
    assert "R0001" not in commit()


# -- enterprises ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"production": "closed"}, "X:closed"),
        ({"production": "long_stopped"}, "X:closed"),
        ({"production": "stopped"}, "E"),
        ({"production": "seasonal"}, "E"),
        ({"production": "building"}, "E"),
        ({"registration_status": "注销"}, "X:closed"),
        ({"registration_status": "吊销未注销"}, "X:closed"),
        ({"registration_status": "存续（在营）"}, "E"),
        ({"level": "市级"}, "X:level"),
        ({"level": "乡级"}, "X:level"),
        ({"level": "县级"}, "E"),
        ({"is_key": True}, "E"),
    ],
)
def test_state_and_level(commit, firm, values, status):
    change(firm, **values)
    assert commit()[firm.ref] == status


def test_a_key_unit_is_a_must_where_the_task_says_so(commit, firm):
    change(firm, is_key=True)
    assert commit(includes_key=True)[firm.ref] == "M"


def test_what_the_law_keeps_secret_stands_in_no_series(commit, firm):
    change(firm, is_secret=True)
    assert firm.ref not in commit()


def test_who_was_taken_out_is_gone_and_comes_back_under_the_same_number(commit, firm, cast):
    subjects.take_out(firm, "搬迁", by=cast.head)
    assert firm.ref not in commit()
    subjects.bring_back(firm, by=cast.head)
    assert commit()[firm.ref] == "E"


@pytest.fixture
def visited(drawn):
    """An enterprise drawn and inspected today."""
    case = drawn.cases.filter(subject__category__name="工贸-机械").order_by("pk").first()
    inspect(case)
    return case.subject


def test_inspected_this_year_is_left_out_unless_the_rule_says_otherwise(visited, commit):
    assert commit()[visited.ref] == "X:drawn"
    assert commit(excludes_drawn=False)[visited.ref] == "E"


@pytest.mark.parametrize(
    ("happened", "until", "is_true", "status"),
    [
        (0, None, True, "E"),  # complained about since
        (-2, None, True, "X:drawn"),  # before the inspection: that one has dealt with it
        (0, None, False, "X:drawn"),  # groundless
        (-200, 100, True, "E"),  # 失信 with a period that still lasts
        (-200, -1, True, "X:drawn"),  # … that is over
    ],
)
def test_an_event_lifts_the_exclusion_only_while_it_counts(
    visited, commit, cast, happened, until, is_true, status
):
    complain(visited, day(happened), cast, is_true, until=until and day(until))
    assert commit()[visited.ref] == status


def test_an_event_that_nobody_has_verified_counts_for_nothing(visited, commit, cast):
    visited.events.create(code="complaint", happened_on=day(0), source="来电", recorded_by=cast.clerk)
    assert commit()[visited.ref] == "X:drawn"


def test_the_cap_of_the_class_binds_even_after_a_complaint(visited, commit, cast):
    complain(visited, day(0), cast)
    Category.objects.filter(pk=visited.category_id).update(yearly_cap=1)
    assert commit()[visited.ref] == "X:cap"
    Category.objects.filter(pk=visited.category_id).update(yearly_cap=2)
    assert commit()[visited.ref] == "E"


def test_a_visit_of_last_year_counts_neither_for_the_cap_nor_as_drawn(visited, commit):
    Category.objects.filter(pk=visited.category_id).update(yearly_cap=1)
    last_year = timezone.now() - timedelta(days=366)
    with behind_the_walls():
        Case.objects.filter(subject=visited).update(opened_at=last_year)
    assert commit()[visited.ref] == "E"


def test_every_row_of_the_classes_stands_in_the_commitment(commit, register):
    listed = set(
        Subject.objects.filter(category__name="工贸-机械", left_on=None).values_list("ref", flat=True)
    )
    assert {ref for ref in commit() if not ref.startswith("R0")} == listed


def test_certificates_that_follow_each_other_cover_the_visits(inspectors):
    person, today = inspectors[0], timezone.localdate()
    until = today + timedelta(days=30)
    person.certificates.update(issued_on=today - timedelta(days=400), expires_on=today + timedelta(days=9))
    assert presence.of(person, today, until) == "X:certificate"
    second = Certificate.objects.create(
        inspector=person,
        number="Z2",
        issued_on=today + timedelta(days=11),
        expires_on=today + timedelta(days=900),
    )
    assert presence.of(person, today, until) == "X:certificate"  # one day without
    second.issued_on = today + timedelta(days=10)
    second.save()
    assert presence.of(person, today, until) == "E"


def test_a_training_counts_for_a_year_of_any_length(inspectors):
    person = inspectors[0]
    person.bureau.training_hours = 8
    person.certificates.update(issued_on=date(2020, 1, 1), expires_on=date(2040, 1, 1))
    for held, day, status in [
        (date(2027, 3, 10), date(2028, 3, 10), "E"),
        (date(2027, 3, 9), date(2028, 3, 10), "X:training"),
        (date(2027, 2, 28), date(2028, 2, 29), "E"),
    ]:
        Training.objects.update_or_create(
            inspector=person, subject="法律", defaults={"held_on": held, "hours": 8}
        )
        assert presence.of(person, day, day) == status, held
