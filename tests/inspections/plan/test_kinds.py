"""What the kind of a task asks for: a draw or none, a plan, papers, the head before or after, the cap."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.case import opening, schemes
from inspections.draw import drawing, pool, preview
from inspections.models import Case, Plan, Task, TaskSubject
from inspections.plan import plans
from inspections.visit import visits
from registries.models import CapRule, Category, InspectionKind, LegalLimit, Section, Subject

from ...staircase import inspect, recuse, refused_with, throw

pytestmark = pytest.mark.django_db


@pytest.fixture
def named_task(bureau, cast, register, inspectors, item_list, plan):
    """A task of a kind that names its enterprises: named_task("complaint", people=2, …)."""

    def make(kind, people=2, subject=None, approved=True, **fields):
        today = timezone.localdate()
        task = Task.objects.create(
            bureau=bureau,
            title="指名的检查",
            kind=kind,
            item_list=item_list,
            window_from=today,
            window_to=today + timedelta(days=10),
            drafted_by=cast.clerk,
            **fields,
        )
        task.items.set(item_list.items.all())
        row = TaskSubject.objects.create(
            task=task, subject=subject or register.filter(production="normal").first()
        )
        row.inspectors.set(inspectors[:people])
        return plans.approve_task(task, by=cast.head) if approved else task

    return make


def test_a_complaint_is_sent_without_a_draw_and_may_not_be_sealed(named_task, cast, seal):
    task = named_task("complaint")
    (case,) = opening.open_named(task, by=cast.clerk)
    assert case.draw is None and case.team().count() == 2 and case.team().filter(leads=True).count() == 1
    with refused_with("kind_not_drawn"):
        seal(task)
    with refused_with("already_opened"):
        opening.open_named(task, by=cast.clerk)
    report = inspect(case)
    assert report.case.status == "ended"


def test_a_random_task_names_nobody_and_needs_its_plan(make_task, cast, register, bureau):
    task = make_task(approved=False)
    TaskSubject.objects.create(task=task, subject=register.first())
    with refused_with("named_in_random"):
        plans.approve_task(task, by=cast.head)
    TaskSubject.objects.all().delete()
    Task.objects.filter(pk=task.pk).update(plan=None)
    task.refresh_from_db()
    with refused_with("kind_needs_plan"):
        plans.approve_task(task, by=cast.head)


@pytest.mark.parametrize(("people", "code"), [(1, "named_team_short"), (0, "named_team_short")])
def test_two_people_at_least_where_nobody_is_drawn(named_task, cast, people, code):
    task = named_task("assigned", people=people)
    with refused_with(code):
        opening.open_named(task, by=cast.clerk)
    assert not Case.objects.exists()


def test_recusal_and_certificates_hold_where_nobody_is_drawn(named_task, cast, inspectors):
    task = named_task("immediate", approved=False)
    recuse(cast, inspectors[0], task.named.get().subject)
    plans.approve_task(task, by=cast.head)
    with refused_with("named_recused"):
        opening.open_named(task, by=cast.clerk)
    other = named_task("assigned", subject=Subject.objects.exclude(pk=task.named.get().subject_id).first())
    inspectors[1].certificates.update(expires_on=timezone.localdate())
    with refused_with("named_absent"):
        opening.open_named(other, by=cast.clerk)


def test_no_visit_before_the_head_has_approved_the_scheme(named_task, cast):
    task = named_task("complaint")
    (case,) = opening.open_named(task, by=cast.clerk)
    by = case.team()[0].inspector.account
    with refused_with("scheme_not_approved"):
        visits.start(case, by=by)
    scheme = schemes.draft(task, by=cast.clerk)
    with refused_with("scheme_not_approved"):
        visits.start(case, by=by)
    with refused_with("not_allowed"):
        schemes.approve(scheme, by=cast.clerk)
    schemes.send_back(scheme, "时间不明", by=cast.head)
    with refused_with("scheme_not_approved"):
        visits.start(case, by=by)
    schemes.approve(schemes.draft(task, by=cast.clerk), by=cast.head)
    assert visits.start(case, by=by).status == "started"


def test_an_urgent_one_goes_first_and_its_scheme_has_a_clock(named_task, cast, bureau):
    with refused_with("kind_not_urgent"):
        named_task("key", is_urgent=True, plan=Plan.objects.get())
    task = named_task("immediate", approved=False, is_urgent=True)
    (case,) = opening.open_named(task, by=cast.clerk)
    assert visits.start(case, by=case.team()[0].inspector.account).status == "started"
    scheme = schemes.draft(task, by=cast.clerk)
    LegalLimit.objects.get(bureau=bureau, code="scheme_after")
    assert scheme.due_on > timezone.localdate()


def test_a_special_inspection_needs_its_papers(make_task, cast):
    task = make_task(approved=False, kind="special")
    with refused_with("papers_missing"):
        plans.approve_task(task, by=cast.head)
    Task.objects.filter(pk=task.pk).update(approval_number="青政办〔2026〕3号", filing_number="备2026-7")
    task.refresh_from_db()
    assert plans.approve_task(task, by=cast.head).status == "approved"


def test_special_inspections_are_so_many_a_year(make_task, cast, plan, client):
    """54号: 专项检查实行年度数量控制: who wants one more has the plan adjusted,
    approved and published first."""

    def special(n):
        task = make_task(
            approved=False,
            kind="special",
            approval_number=f"青政办〔2026〕{n}号",
            filing_number=f"备{n}",
        )
        return plans.approve_task(task, by=cast.head)

    Plan.objects.filter(pk=plan.pk).update(specials=1)
    plan.refresh_from_db()
    first = special(1)
    with refused_with("specials_used_up"):
        special(2)
    plans.withdraw_task(first, "不办了", by=cast.clerk)  # what is taken back uses up none
    special(3)
    client.force_login(cast.head)
    page = client.get(f"/admin/plans/{plan.pk}/?tab=do").content.decode()
    assert (
        "专项检查 1 项" in page
        and "全年不超过 1 项" in page
        and "青政办〔2026〕3号" in page
        and "青政办〔2026〕1号" not in page
    )
    shown = client.get("/plans/").content.decode()
    assert "全年专项检查不超过 1 项" in shown and "批准文号 青政办〔2026〕3号，备案号 备3" in shown
    adjusted = plans.adjust(plan, "增加一项", by=cast.clerk)
    assert adjusted.specials == 1 and adjusted.key_least == plan.key_least


def test_undercover_is_drawn_unless_a_reason_says_otherwise(make_task, cast, register):
    assert plans.approve_task(make_task(approved=False, kind="undercover"), by=cast.head)
    task = make_task(approved=False, kind="undercover", undrawn_reason="线索明确")
    with refused_with("task_without_named"):
        plans.approve_task(task, by=cast.head)


def test_key_units_are_named_and_only_the_teams_are_drawn(make_task, cast, register, inspectors, seal):
    task = make_task(approved=False, kind="key")
    with refused_with("task_without_named"):
        plans.approve_task(task, by=cast.head)
    chosen = list(register.filter(category__name="工贸-机械", production="normal")[:3])
    for subject in chosen:
        TaskSubject.objects.create(task=task, subject=subject)
    plans.approve_task(task, by=cast.head)
    found = pool.build(task)
    status = statuses_of(found)
    assert status["M"] == 3 and "E" not in status and status["X:unnamed"] > 0
    draw = drawing.run(throw(seal(task)).pk)
    assert set(draw.cases.values_list("subject__ref", flat=True)) == {each.ref for each in chosen}


def test_key_units_without_names_are_no_lottery(make_task, cast, register, inspectors, seal):
    """Who draws teams for key units draws no enterprise beside them: that would be a
    draw that uses up no round."""
    Subject.objects.filter(
        pk=register.filter(category__name="工贸-机械", production="normal").first().pk
    ).update(is_key=True)
    found = pool.build(make_task(kind="key", includes_key=True))
    assert (
        "E" not in statuses_of(found) and statuses_of(found)["M"] >= 1 and statuses_of(found)["X:unnamed"] > 0
    )


def statuses_of(found):
    return {status: sum(row[3] == status for row in found.rows) for status in {row[3] for row in found.rows}}


def test_each_section_draws_in_its_own_part(make_task, cast, bureau, register, inspectors):
    mine = Section.objects.create(bureau=bureau, code="77", name="工贸股")
    Category.objects.filter(bureau=bureau, name="工贸-机械").update(section=mine)
    found = pool.build(make_task(section=mine))
    by_stratum = {(row[1], row[3]) for row in found.rows}
    assert ("工贸-机械", "E") in by_stratum and ("烟花爆竹", "E") not in by_stratum
    assert ("烟花爆竹", "X:section") in by_stratum
    one = register.filter(category__name="工贸-机械").first()
    Subject.objects.filter(pk=one.pk).update(section=Section.objects.exclude(pk=mine.pk).first())
    assert [row[3] for row in pool.build(make_task(section=mine)).rows if row[0] == one.ref] == ["X:section"]


def test_the_rounds_of_a_year_are_counted_and_end(make_task, cast, plan, seal, register, inspectors):
    Plan.objects.filter(pk=plan.pk).update(rounds=2)
    plan.refresh_from_db()
    for number in (1, 2):
        task = make_task()
        assert task.round == number
        seal(task)  # what is approved and never sealed uses up none
    with refused_with("rounds_used_up"):
        make_task()
    # A class of its own has its own rounds; an adjusted plan does not begin to count anew.
    assert make_task((("工贸-轻工", 1000, 1),)).round == 1
    plan.refresh_from_db()
    adjusted = plans.adjust(plan, "增加任务", by=cast.clerk)
    plans.publish(plans.approve(adjusted, by=cast.head), by=cast.clerk)
    plan.refresh_from_db()
    assert plan.status == "replaced"
    task = make_task(approved=False)
    with refused_with("plan_replaced"):
        plans.approve_task(task, by=cast.head)
    Task.objects.filter(pk=task.pk).update(plan=adjusted)
    task.refresh_from_db()
    with refused_with("rounds_used_up"):
        plans.approve_task(task, by=cast.head)


def test_a_plan_is_adjusted_only_the_same_way(plan, cast):
    draft = plans.adjust(plan, "人员减少", by=cast.clerk)
    assert draft.status == "drafted" and draft.replaces == plan and plan.status == "published"
    with refused_with("plan_adjusting"):
        plans.adjust(plan, "再调", by=cast.clerk)
    with refused_with("stale"):
        plans.publish(draft, by=cast.clerk)
    plans.publish(plans.approve(draft, by=cast.head), by=cast.clerk)
    plan.refresh_from_db()
    assert plan.status == "replaced"


def test_the_cap_follows_the_table_and_counts_only_what_counts(
    make_task, cast, bureau, register, inspectors, named_task
):
    subject = register.filter(category__name="工贸-机械", production="normal").first()
    Subject.objects.filter(pk=subject.pk).update(risk="低")
    CapRule.objects.create(category=subject.category, field="risk", value="低", yearly=1)
    CapRule.objects.create(category=subject.category, field="risk", value="重大", yearly=4)

    def status():
        rule = make_task((("工贸-机械", 1000, 1),), excludes_drawn=False)
        return next(row[3] for row in pool.build(rule).rows if row[0] == subject.ref)

    assert status() == "E"
    (case,) = opening.open_named(named_task("complaint", subject=subject), by=cast.clerk)
    InspectionKind.objects.filter(bureau=bureau, code="complaint").update(counts=True)
    assert status() == "E"  # nobody has been there yet, and whom we mean to visit is a secret
    inspect(case)
    InspectionKind.objects.filter(bureau=bureau, code="complaint").update(counts=False)
    assert status() == "E"  # a complaint does not count (国办发〔2024〕54号)
    InspectionKind.objects.filter(bureau=bureau, code="complaint").update(counts=True)
    assert status() == "X:cap"


def test_the_preview_says_what_would_help(make_task, cast, bureau, register, inspectors):
    task = make_task((("非煤矿山", 1000, 1),), others="skill", core_leads=True)
    for person in inspectors[1:]:
        person.skills.remove(*person.skills.filter(name="非煤矿山"))
    shown = preview.of(task)
    assert shown.lacks and shown.before == ""
    assert any("不限专业" in each for each in shown.remedies)
    assert shown.facts["strata"][0]["tiers"][0]["chance"]


def test_the_preview_compares_with_the_draw_before(drawn, make_task, register):
    other = (
        register.exclude(ref__in=drawn.cases.values("subject__ref"))
        .filter(category__name="工贸-机械")
        .first()
    )
    Subject.objects.filter(pk=other.pk).update(production="closed")
    shown = preview.of(make_task())
    moved = {(was, now): n for was, now, n in shown.moved}
    assert (
        shown.before == drawn.number
        and moved[("E", "X:closed")] == 1
        and moved[("E", "X:drawn")] == drawn.cases.count()
    )


def test_whoever_was_inspected_in_any_way_may_be_left_out_too(
    make_task, cast, register, named_task, inspectors
):
    subject = register.filter(category__name="工贸-机械", production="normal").first()
    (case,) = opening.open_named(named_task("complaint", subject=subject), by=cast.clerk)
    inspect(case)

    def status(**rules):
        return next(row[3] for row in pool.build(make_task(**rules)).rows if row[0] == subject.ref)

    assert status() == "E" and status(excludes_inspected=True) == "X:inspected"
