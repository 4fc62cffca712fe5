"""加签表 and 年度上限: lots and statuses of a sealed commit.json against a calculation of the test's own."""

import json
import random
from collections import Counter

import pytest
from django.db.models import Q
from django.utils import timezone

from inspections.case import opening
from inspections.draw import drawing, sealing, taskadmin, voiding
from inspections.models import Task, TaskSubject
from inspections.plan import plans
from inspections.watch import redflags, verification
from registries.models import Category, InspectionKind, JournalEntry, LotRule, Reason, Subject
from registries.services import subjects

from ...staircase import inspect, refused_with, throw
from .test_sealing import complain

pytestmark = pytest.mark.django_db
STRATA = (("工贸-机械", 2000, 2),)


def happen(subject, code, cast, times=1):
    for n in range(times):
        event = subject.events.create(
            code=code, happened_on=timezone.localdate(), source=f"文书{n}", recorded_by=cast.clerk
        )
        subjects.judge_event(event, True, by=cast.head)


@pytest.fixture
def firms(register):
    found = register.filter(category__name="工贸-机械", production="normal", level="县级", is_secret=False)
    return list(found.exclude(registration_status__in=["注销", "吊销"]).order_by("ref"))


def sealed_rows(seal, make_task, **rules):
    draw = seal(make_task(STRATA, **rules))
    return draw, {row[0]: row[1:4] for row in json.loads(draw.commit_json)["pool"]}


def test_lots_are_counted_by_the_bureaus_table(firms, cast, seal, make_task, inspectors):
    dice, codes = random.Random(3), ["complaint", "abnormal", "penalty", "dishonest", "accident", "superior"]
    LotRule.objects.create(bureau=cast.clerk.bureau, source="event", value="accident", lots=2, each=True)
    LotRule.objects.create(bureau=cast.clerk.bureau, source="risk", value="重大", lots=4)
    LotRule.objects.create(bureau=cast.clerk.bureau, source="credit", value="D", lots=5)
    LotRule.objects.create(bureau=cast.clerk.bureau, source="grade", value="C", lots=1)
    had = {}
    for firm in firms[:25]:
        had[firm.ref] = Counter(dice.choice(codes) for _ in range(dice.randint(0, 5)))
        for code, times in had[firm.ref].items():
            happen(firm, code, cast, times)
        Subject.objects.filter(pk=firm.pk).update(
            risk=dice.choice(["重大", "低", ""]),
            credit=dice.choice(["A", "D", ""]),
            grade=dice.choice(["C", "A", ""]),
        )
    draw, rows = sealed_rows(seal, make_task)
    for firm in Subject.objects.filter(ref__in=had):
        n = had[firm.ref]
        expected = (
            1
            + min(n["complaint"], 3)
            + min(n["abnormal"], 1)
            + min(n["penalty"], 3)
            + 2 * min(n["dishonest"], 1)
            + 2 * n["accident"]
            + min(n["superior"], 1)
            + (4 if firm.risk == "重大" else 0)
            + (5 if firm.credit == "D" else 0)
            + (firm.grade == "C")
        )
        assert rows[firm.ref][1] == expected, (firm.ref, n, firm.risk, firm.credit, firm.grade)
    assert len({row[1] for row in rows.values()}) > 6


def test_the_table_is_fixed_at_the_sealing_and_public(firms, cast, seal, make_task, inspectors, client):
    happen(firms[0], "complaint", cast, 2)
    draw, rows = sealed_rows(seal, make_task)
    assert rows[firms[0].ref][1] == 3
    drawing.run(throw(draw).pk)
    LotRule.objects.all().delete()
    assert verification.verify(draw.pk) == []  # another table for others changes nothing of this one
    draw.refresh_from_db()
    assert {"source": "event", "value": "complaint", "lots": 1, "each": True, "most": 3} in draw.public_facts[
        "lots"
    ]
    entry = JournalEntry.objects.get(action="draw.sealed")
    assert json.loads(entry.facts)["lots"] == sealing.digest_of(draw.public_facts["lots"])
    page = client.get("/plans/").content.decode()
    assert "投诉举报查实每件多放 1 张签，最多 3 张" in page and "不加签，每户一张" in page
    assert sealed_rows(seal, make_task)[1][firms[0].ref][1] == 1


def test_published_chances_are_what_a_simulation_finds(firms, cast, seal, make_task, inspectors):
    """Of each tier as many as were published, within the error of two thousand draws by a
    generator of the test's own."""
    for firm in firms[:6]:
        happen(firm, "complaint", cast, 2)
    draw, rows = sealed_rows(seal, make_task)
    (facts,) = draw.public_facts["strata"]
    pool = [(ref, lots) for ref, (_, lots, status) in rows.items() if status == "E"]
    hits, turns, dice = Counter(), 2000, random.Random(11)
    for _ in range(turns):
        # Each lot takes a ticket; a firm's is its best: the k best firms are drawn.
        best = sorted(pool, key=lambda row: min(dice.random() for _ in range(row[1])))[: facts["k"]]
        hits.update(lots for _, lots in best)
    for tier in facts["tiers"]:
        found = hits[tier["lots"]] / turns / tier["rows"]
        assert abs(found - float(tier["chance"])) < 4 * (0.25 / (turns * tier["rows"])) ** 0.5 + 0.0005, (
            tier,
            found,
        )


def test_only_what_the_plan_names_lifts(drawn, cast, seal, make_task):
    """乌审旗四（一）names four; an accident adds lots by the table and does not
    put a drawn enterprise back."""
    hit = drawn.cases.filter(subject__category__name="工贸-机械").order_by("pk").first().subject
    happen(hit, "accident", cast)
    assert sealed_rows(seal, make_task)[1][hit.ref][2] == "X:drawn"
    assert set(Reason.objects.filter(bureau=drawn.bureau, lifts=True).values_list("code", flat=True)) == {
        "complaint",
        "abnormal",
        "penalty",
        "superior",
    }


@pytest.fixture
def full(drawn):
    """An enterprise that has had its one inspection of the year."""
    case = drawn.cases.filter(subject__category__name="工贸-机械").order_by("pk").first()
    inspect(case)
    Category.objects.filter(pk=case.subject.category_id).update(yearly_cap=1)
    return case.subject


def test_a_key_unit_asks_the_cap_too(full, cast, seal, make_task):
    Subject.objects.filter(pk=full.pk).update(is_key=True)
    assert sealed_rows(seal, make_task, includes_key=True)[1][full.ref][2] == "X:cap"
    assert not [flag for flag in redflags.of(full.bureau) if flag.kind == "上限"]
    rows = sealed_rows(seal, make_task, includes_key=True, cap_reason="上级部署的复核")[1]
    assert rows[full.ref][2] == "M"
    (flag,) = [flag for flag in redflags.of(full.bureau) if flag.kind == "上限"]
    assert "上级部署的复核" in flag.text
    # … and the reason makes no lot of anybody else
    others = Subject.objects.filter(category=full.category_id).filter(
        ~Q(pk=full.pk), cases__draw__status="drawn"
    )
    assert all(rows[each.ref][2] == "X:cap" for each in others if each.ref in rows)


def test_a_firm_that_works_again_asks_the_cap_too(full, cast, seal, make_task, monkeypatch):
    monkeypatch.setattr("inspections.draw.pool.returned", lambda bureau: {full.ref: "990101-2026-001"})
    assert sealed_rows(seal, make_task)[1][full.ref][2] == "X:cap"
    assert sealed_rows(seal, make_task, cap_reason="恢复生产")[1][full.ref][2] == "M"


def test_a_named_enterprise_asks_the_cap_too(full, cast, item_list, inspectors):
    today = timezone.localdate()

    def named(**more):
        task = Task.objects.create(
            bureau=full.bureau,
            kind="assigned",
            title="交办核查",
            item_list=item_list,
            window_from=today,
            window_to=today,
            drafted_by=cast.clerk,
            **more,
        )
        task.items.set(item_list.items.all())
        TaskSubject.objects.create(task=task, subject=full).inspectors.set(inspectors[:2])
        return plans.approve_task(task, by=cast.head)

    InspectionKind.objects.filter(bureau=full.bureau, code="assigned").update(
        counts=True, draw="forbidden", is_planned=False
    )
    with refused_with("named_cap"):
        opening.open_named(named(), by=cast.clerk)
    assert opening.open_named(named(cap_reason="交办文号〔2026〕1号"), by=cast.clerk)


def test_whom_a_drawn_task_names_is_asked_about_at_the_cap(full, cast, seal, make_task):
    """Nobody that the task names is left out without a word; a kind that does not count asks no cap."""
    task = make_task(
        STRATA, approved=False, kind="special", approval_number="政〔2026〕1号", filing_number="备〔2026〕1号"
    )
    TaskSubject.objects.create(task=task, subject=full)
    plans.approve_task(task, by=cast.head)
    with refused_with("named_cap") as refused:
        seal(task)
    assert refused.value.facts["subject"] == full.name
    with refused_with("named_cap"):
        taskadmin.check(Task.objects.get(pk=task.pk), {}, cast.head)
    task = plans.allow_above_cap(task, "省级督办", by=cast.head)
    assert "M" in {row[3] for row in json.loads(seal(task).commit_json)["pool"] if row[0] == full.ref}
    InspectionKind.objects.filter(bureau=full.bureau, code="special").update(counts=False)
    other = make_task(
        STRATA, approved=False, kind="special", approval_number="政〔2026〕2号", filing_number="备〔2026〕2号"
    )
    TaskSubject.objects.create(task=other, subject=full)
    rows = json.loads(seal(plans.approve_task(other, by=cast.head)).commit_json)["pool"]
    assert [row[3] for row in rows if row[0] == full.ref] == ["M"]


def test_a_draw_that_follows_another_asks_the_cap_too(cast, seal, make_task, register, inspectors):
    draw = drawing.run(throw(seal(make_task(STRATA))).pk)
    one = draw.cases.order_by("pk").first().subject
    voiding.approve_void(voiding.request_void(draw, "pool", "名录有误", by=cast.clerk), by=cast.supervisor)
    task = Task.objects.get(pk=draw.task_id)
    Category.objects.filter(pk=one.category_id).update(yearly_cap=0)
    with refused_with("followed_at_cap") as refused:
        seal(task)
    assert one.name in refused.value.facts["names"] or refused.value.facts["count"] > 1
    with refused_with("task_is_sealed"):
        plans.withdraw_task(task, "改", by=cast.clerk)
    with refused_with("not_allowed"):
        plans.allow_above_cap(task, "前次抽取已公布", by=cast.clerk)
    task = plans.allow_above_cap(task, "前次抽取已公布", by=cast.head)
    assert [
        flag.text
        for flag in redflags.of(task.bureau)
        if flag.kind == "上限" and "前次抽取已公布" in flag.text
    ]
    rows = {row[0]: row[3] for row in json.loads(seal(task).commit_json)["pool"]}
    assert rows[one.ref] == "M"


def test_a_penalty_of_our_own_counts_by_itself_and_is_taken_back(full, cast):
    made = subjects.record_own(
        full, "penalty", timezone.localdate(), "本机关 （青）应急罚〔2026〕1号", by=cast.clerk
    )
    assert full.events.counted(timezone.localdate()).filter(code="penalty").get() == made
    assert subjects.take_back_own(full, "penalty", "本机关 （青）应急罚〔2026〕1号", by=cast.clerk) == 1
    assert not full.events.counted(timezone.localdate()).exists() and full.events.count() == 1


def test_complaints_by_number(firms, cast, seal, make_task, inspectors):
    for _ in range(5):
        complain(firms[1], timezone.localdate(), cast)
    assert sealed_rows(seal, make_task)[1][firms[1].ref][1] == 4  # three at most
