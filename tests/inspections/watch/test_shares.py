"""双随机占比: by the definition of the issue, against a count of the test's own."""

import json
from datetime import date

import pytest
from django.core.cache import caches
from django.utils import timezone

from inspections.draw import drawing, replacements, voiding
from inspections.models import Plan
from inspections.watch import progress, shares
from publicity import drafting
from publicity.services import releases
from registries.models import Subject

from ...staircase import CODES, inspect, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
STRATA = (("工贸-机械", 0, 1),)


@pytest.fixture
def mixed(register, inspectors, make_task, seal, cast):
    """A draw of one by chance, with three key units beside it."""
    working = register.filter(
        category__name="工贸-机械", production="normal", registration_status="存续", level="县级"
    )
    keys = [each.pk for each in working.order_by("ref")[:3]]
    Subject.objects.filter(pk__in=keys).update(is_key=True)
    return drawing.run(throw(seal(make_task(STRATA, includes_key=True))).pk)


def test_three_must_and_one_by_chance_are_a_quarter(mixed, plan):
    """汶上 25: 年度执法检查计划中采用“双随机”抽查的比例: a key unit is visited whatever the dice say."""
    assert mixed.cases.count() == 4 and len(json.loads(mixed.result_json)["must"]) == 3
    found = shares.of(plan.bureau, plan.year)
    assert found.arranged.by_visits == found.arranged.by_firms == 25.0
    assert (found.arranged.random_visits, found.arranged.visits) == (1, 4)
    assert shares.of(plan.bureau, plan.year, "kind").arranged.by_visits == 100.0
    assert shares.of(plan.bureau, plan.year, "team").arranged.by_visits == 100.0


def test_arranged_and_done_are_two_numbers(mixed, plan):
    (by_chance,) = json.loads(mixed.result_json)["objects"][0]["drawn"]
    must = mixed.cases.exclude(subject__ref=by_chance).order_by("pk").first()
    inspect(must)
    found = shares.of(plan.bureau, plan.year)
    assert (found.done.random_visits, found.done.visits, found.done.by_visits) == (0, 1, 0.0)
    inspect(mixed.cases.get(subject__ref=by_chance))
    found = shares.of(plan.bureau, plan.year)
    assert (found.done.random_visits, found.done.visits, found.done.by_visits) == (1, 2, 50.0)
    assert found.arranged.visits == 4


def test_whom_a_draw_takes_over_was_drawn_there(mixed, plan, cast, seal):
    """SJS1 §8: the followed draw's enterprises are must rows; the one that chance had drawn still counts."""
    voiding.approve_void(voiding.request_void(mixed, "pool", "名录有误", by=cast.clerk), by=cast.supervisor)
    again = drawing.run(throw(seal(mixed.task)).pk)
    assert len(json.loads(again.result_json)["must"]) == 4
    assert shares.of(plan.bureau, plan.year).arranged.by_visits == 25.0


def test_a_replacement_by_code_was_drawn(mixed, plan, cast):
    (by_chance,) = json.loads(mixed.result_json)["objects"][0]["drawn"]
    case = mixed.cases.get(subject__ref=by_chance)
    change = replacements.request(
        mixed, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="已停产"
    )
    change = replacements.approve(change, by=cast.head)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    assert not mixed.cases.filter(subject__ref=by_chance).exclude(status="not_done").exists()
    found = shares.of(plan.bureau, plan.year).arranged
    assert (found.random_visits, found.visits) == (1, 4)


def test_the_definition_stands_beside_the_number_and_a_plans_own_says_so(mixed, plan, cast, client):
    client.force_login(cast.head)
    page = f"/admin/plans/{plan.pk}/?tab=do"
    told = client.get(page).content.decode()
    assert "企业和检查人员都由抽取产生的检查 ÷ 全年全部检查" in told and "25.0%" in told
    Plan.objects.filter(pk=plan.pk).update(share_rule="kind")
    caches["kept"].clear()  # no act has told the journal
    told = client.get(page).content.decode()
    assert "本计划自定的口径" in told and "100.0%" in told
    assert progress.of(Plan.objects.get(pk=plan.pk)).share.by_visits == 100.0


def test_the_public_sees_a_year_that_is_over_and_settled_and_not_this_one(mixed, plan, cast, client):
    assert "全年双随机占比" not in client.get("/plans/").content.decode()
    year = timezone.localdate().year - 1
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_case SET opened_at = %s", [timezone.now().replace(year=year, day=1)]
        )
        cursor.execute("UPDATE inspections_plan SET year = %s", [year])
    for case in mixed.cases.all():
        assert "全年双随机占比" not in client.get("/plans/").content.decode()  # each visit would move it
        inspect(case)
    assert "全年双随机占比" not in client.get("/plans/").content.decode()  # nor is told who was drawn
    assert client.get("/api/v1/plans").json()[0]["share"] is None
    releases.release(mixed)
    told = client.get("/plans/").content.decode()
    (row,) = client.get("/api/v1/plans").json()
    assert (
        row["share"]["by_visits"] == 25.0
        and row["share"]["visits"] == 4
        and "口径" not in row["share"]["definition"]
    )
    title, summary = drafting.summary(plan.bureau, date(year, 1, 1), date(year, 12, 31))
    assert "已完成的：按家次 25.0%（1/4），按家 25.0%（1/4）" in summary and "÷" in summary
    assert "按家次 25.0%（1/4），按家 25.0%（1/4）" in told and "口径：企业和检查人员都由抽取产生" in told
