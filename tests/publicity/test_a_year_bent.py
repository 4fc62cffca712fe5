"""The year of test_a_year.py bent in the ways that a year bends: gone to in vain, both sides of a joint
visit, a merger, a look that failed first, a round that was void. Each number again as a literal."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from inspections.after.models import Reinspection, Verdict
from inspections.models import Case, Finding, Plan, Visit
from inspections.states import FindingState
from inspections.watch import progress
from publicity import drafting
from publicity.counts import tables
from publicity.counts.span import Span
from publicity.services import returns
from registries.models import Subject

from ..staircase import hold, refused_with
from ..walls import behind_the_walls
from .test_a_year import YEAR, _at, played

pytestmark = pytest.mark.django_db
__all__ = ["played"]
WHOLE = Span.year(YEAR)


def value(cast, code, span=WHOLE, **more):
    return tables.value(code, cast.clerk.bureau, span, **more)


def test_who_was_gone_to_in_vain_is_inspected_nowhere(played, cast):
    found, _ = played
    hold(found["m3"])
    with behind_the_walls():
        Case.objects.filter(pk=found["m3"].pk).update(ended_at=_at(4, 3))
        Visit.objects.filter(cases=found["m3"]).update(undone="closed")
    told = progress.of(Plan.objects.standing(cast.clerk.bureau, YEAR))
    assert (told.leasts[0].done, told.leasts[0].firms) == (2, 3)
    assert told.counted.done.visits == value(cast, "inspections") == 6
    assert value(cast, "undone") == 2 and value(cast, "key_coverage") == 66.7


def test_a_round_that_was_void_is_no_round(played, cast):
    told = progress.of(Plan.objects.standing(cast.clerk.bureau, YEAR))
    assert {name: done for name, done, *_ in told.rounds} == {"工贸-机械": 1, "烟花爆竹": 1}


def test_both_sides_of_a_joint_visit_are_heard(played, cast):
    found, _ = played
    with behind_the_walls():
        Finding.objects.filter(case=found["d"]).update(case=found["g"])  # the side that is not counted
    assert value(cast, "found") == 5 and value(cast, "major") == 1
    assert value(cast, "troubled") == 4 and value(cast, "inspections") == 6


def test_a_merged_firm_is_the_one_that_stands(played, cast):
    found, _ = played
    with behind_the_walls():
        Subject.objects.filter(pk=found["m2"].subject_id).update(
            merged_into=found["m1"].subject_id, left_on=timezone.localdate()
        )
    assert value(cast, "inspected_units") == 5 and value(cast, "inspections") == 6
    line = tables.table(tables.layouts(cast.clerk.bureau)["statistics"], cast.clerk.bureau, WHOLE)[0][
        "lines"
    ][1]
    assert line["number"] == "inspected_units" and sum(line["split"].values()) == line["value"] == 5
    assert progress.of(Plan.objects.standing(cast.clerk.bureau, YEAR)).counted.done.firms == 5


@pytest.mark.parametrize(
    ("looks", "reported", "filed", "in_time"),
    [
        ([(31, True)], None, _at(11, 3), 1),  # looked at before the day, filed after it
        ([(33, False), (50, True)], _at(10, 30), _at(11, 20), 0),  # said so in time, and it was not so
        ([(50, True)], _at(10, 30), _at(11, 20), 1),  # said so in time, and it was so
        ([(50, True)], None, _at(11, 20), 0),
    ],
)
def test_in_time_is_when_it_was_right_not_when_it_was_filed(played, cast, looks, reported, filed, in_time):
    found, _ = played
    finding, team = found["m1"].findings.get(), [each.inspector for each in found["m1"].team()]
    with behind_the_walls():
        for days, is_right in looks:
            made = Reinspection.objects.create(
                case=found["m1"],
                at=_at(10, 1) + timedelta(days=days - 1),
                record="看过",
                officer=team[0],
                second=team[1],
                filed_by=cast.clerk,
            )
            Verdict.objects.create(reinspection=made, finding=finding, is_right=is_right)
        Finding.objects.filter(pk=finding.pk).update(
            status=FindingState.CLOSED, due_on=_at(11, 1).date(), reported_at=reported, closed_at=filed
        )
    quarter = Span.quarter(YEAR, 4)
    assert value(cast, "due", quarter) == 1 and value(cast, "in_time", quarter) == in_time
    assert value(cast, "reinspections", quarter) == len(looks)


def test_what_is_told_to_others_counts_what_they_may_know(played, cast):
    bureau = cast.clerk.bureau
    title, text = drafting.problems(bureau, *WHOLE.days)
    assert f"检查企业 {value(cast, 'inspected_units', is_internal=False)} 家（抽取已公开的）" in text
    assert "发现问题 4 项" in text
    title, text = drafting.summary(bureau, *WHOLE.days, is_internal=True)
    assert "报告还没有审核通过 3 家次" in text  # x1, d and the joint visit


def test_who_may_not_read_the_cases_reads_the_number_alone(played, cast, client):
    found, _ = played
    client.force_login(cast.auditor)
    for code in ("opened", "inspections", "found", "units"):
        page = client.get(f"/admin/reports/numbers/{code}/?since={YEAR}-01-01&until={YEAR}-12-31")
        assert page.status_code == 200 and page.context["value"] == value(cast, code)
        shown = page.content.decode()
        assert "这张清单您的角色不看" in shown
        assert not any(case.subject.name in shown for case in found.values())


@pytest.mark.parametrize(
    "address",
    [
        "/admin/reports/tables/statistics/?since=0001-01-01&until=0001-12-31",
        "/admin/reports/numbers/inspections/?since=9999-01-01",
        "/admin/reports/numbers/inspections/?since=2001-01-01&until=9998-01-01",
        "/admin/calendar/?month=9999-12",
        "/admin/calendar/?month=0001-01",
        "/admin/calendar/9999/12/31/",
        "/admin/calendar/1/1/1/",
        "/admin/people/courses/?year=0000",
        "/admin/firms/?class=99999999999999999999",
        "/admin/cases/?task=99999999999999999999&year=0000",
    ],
)
def test_odd_addresses_are_answered(client, cast, bureau, address):
    client.force_login(cast.clerk)
    assert client.get(address).status_code in (200, 404)


def test_odd_forms_are_answered(client, cast, bureau):
    client.force_login(cast.clerk)
    for year in ("0000", "9999", "x"):
        answer = client.post("/admin/plans/new/", {"year": year})
        assert client.get(answer["Location"]).status_code == 200
    assert set(Plan.objects.values_list("year", flat=True)) <= {timezone.localdate().year}
    huge = "9" * 20
    for address, posted in (
        ("/admin/firms/sorting/", {"step": "classes", "proposed": huge, f"class-{huge}": huge}),
        ("/admin/firms/", {"action": "change_many", "_selected_action": huge}),
    ):
        assert client.post(address, posted).status_code in (200, 302)


def test_a_byte_that_no_text_holds_is_left_out(client, cast, bureau):
    client.force_login(cast.clerk)
    rows = {"rows": "1", "title": "情况表\x00", "source": "\x00", "part-0": "一", "number-0": "opened"}
    body = urlencode(rows)
    kind = "application/x-www-form-urlencoded"
    assert client.post("/admin/reports/layouts/window/", body, content_type=kind).status_code == 302
    assert tables.layouts(bureau)["window"]["title"] == "情况表"


def test_two_lines_of_one_name_are_refused(cast, bureau):
    lines = [{"label": "出动车辆", "unit": "台次"}, {"label": "出动车辆", "unit": "人次"}]
    with refused_with("layout_wrong"):
        returns.change_layout("window", "表", "", [{"title": "一", "lines": lines}], by=cast.clerk)


def test_a_year_before_keeps_its_first_day():
    assert Span(date(2025, 2, 28), date(2025, 3, 31)).before.days == (date(2024, 2, 28), date(2024, 3, 31))
    assert Span(date(2025, 2, 1), date(2025, 2, 28)).before.days == (date(2024, 2, 1), date(2024, 2, 29))
