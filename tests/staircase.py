"""The cast, and the staircase: each step is made by the service of the step before it.

STEPS is the order of the procedure. A step is played once for all tests that stand on it (tests/levels.py);
`found` reads it again for each test. The verbs below it (`throw`, `inspect`, `publish` …) go on from there.
"""

import secrets
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from config.demo import invented
from inspections.case import opening, schemes
from inspections.draw import drawing, sealing, values
from inspections.engine.changes import chain
from inspections.models import Draw, Plan, Report, Task, TaskStratum
from inspections.plan import plans
from inspections.visit import confirmations, reports, visits
from publicity.models import Release
from publicity.services import publications, releases
from registries.errors import DomainError
from registries.models import (
    Account,
    Bureau,
    Category,
    Certificate,
    CheckLine,
    Inspector,
    Item,
    ItemList,
    RecusalGround,
    Section,
    Skill,
    Subject,
)
from registries.services import accounts, bureaus, classes, covers, imports, items, relations

PASSWORD = "pw-for-tests"
CAST = {
    "clerk": "clerk",  # drafts, imports, seals, publishes
    "head": "head",  # approves what the clerk drafts
    "supervisor": "supervisor",  # keeps the sealed copy and the codes
    "legal": "legal",  # recusals, report review
    "officer": "officer",  # asks for accounts and rules
    "security": "security",  # confirms them
    "auditor": "auditor",  # reads the journal
    "witness1": "witness",
    "witness2": "witness",
    "witness3": "witness",
}
CODES = chain("c0de" * 16, 20)


# -- the steps ---------------------------------------------------------------------------------------


def the_bureau():
    return Bureau.objects.get(code="990101")


def found_cast(bureau=None):
    """The people of the bureau by their role, and a stranger of another one."""
    bureau = bureau or the_bureau()
    people = {
        each.username: each
        for each in Account.objects.select_related("bureau").filter(username__in=[*CAST, "stranger"])
    }
    for name in CAST:
        people[name].bureau = bureau
    return SimpleNamespace(**people)


def play_bureau():
    bureau = bureaus.found("990101", "青原县应急管理局", "青")
    Bureau.objects.filter(pk=bureau.pk).update(government="青原县人民政府", court="青原县人民法院")
    covers.touch(bureau, [bureau], by=None)


def play_cast():
    bureau = the_bureau()
    for name, role in CAST.items():
        accounts.open_account(bureau, name, f"{name}某", [role], password=PASSWORD)
    other = bureaus.found("990202", "白河县应急管理局", "白")
    accounts.open_account(other, "stranger", "外局某", ["clerk", "head"], password=PASSWORD)


def play_register():
    """The invented county's enterprises, imported and classified."""
    clerk = found_cast().clerk
    imports.apply(imports.preview(invented.register_csv(), "名录.csv", by=clerk), by=clerk)
    classes.propose(the_bureau(), by=clerk)
    classes.confirm(Subject.objects.exclude(proposed_category=None), by=clerk)


def play_inspectors():
    """Twelve inspectors with accounts i1 … i12; all know 工贸, every second one 危险化学品 too."""
    bureau = the_bureau()
    for number in range(1, 13):
        account = accounts.open_account(
            bureau, f"i{number}", invented.person(number), ["inspector"], password=PASSWORD
        )
        skills = ["工贸", "烟花爆竹"] + (["危险化学品", "非煤矿山"] if number % 2 else [])
        add_inspector(bureau, number, skills, leads=number % 3 != 0, account=account)


def play_item_list():
    """A published list of two items."""
    people = found_cast()
    drafted = items.draft("随机抽查事项清单", timezone.localdate(), by=people.clerk)
    for code in ("A01", "A02"):
        item = Item.objects.create(
            item_list=drafted, code=code, name=f"事项 {code}", basis="安全生产法第41条"
        )
        for number in (1, 2):
            CheckLine.objects.create(
                item=item,
                number=number,
                requirement=f"{code} 要求 {number}",
                violation=f"{code} 违反 {number}",
                measure="责令限期改正",
            )
    items.publish(drafted, by=people.head)


def play_plan():
    """An approved and published plan."""
    people = found_cast()
    drafted = Plan.objects.create(
        bureau=the_bureau(),
        year=timezone.localdate().year,
        title="年度计划",
        text="每年两次。",
        drafted_by=people.clerk,
        rounds=99,
    )
    plans.approve(drafted, by=people.head)
    plans.publish(drafted, by=people.clerk)


def play_sealed():
    seal_with(found_cast(), make_task_with(found_cast()))


def play_drawn():
    draw = drawing.run(throw(Draw.objects.get()).pk)
    assert draw.status == "drawn"
    approve_scheme(draw.task)


def play_approved():
    """The report of the draw's first case, approved."""
    reports.approve(inspect(Draw.objects.get().cases.order_by("pk").first()), by=found_cast().head)


def play_released():
    """The draw with every case inspected, published, and its files released."""
    people, draw = found_cast(), Draw.objects.get()
    for case in draw.cases.order_by("pk"):
        publish(reports.approve(inspect(case), by=people.head), people)
    releases.release(draw, by=people.clerk)


_CAST = ("bureau", "cast")
READY = (*_CAST, "register", "inspectors", "item_list", "plan")


def _first(model):
    return lambda: model.objects.order_by("pk").first()


# step: (what it stands on, how it is played, how a test finds it again)
STEPS = {
    "bureau": ((), play_bureau, the_bureau),
    "cast": (("bureau",), play_cast, found_cast),
    "register": (_CAST, play_register, lambda: Subject.objects.filter(bureau=the_bureau())),
    "inspectors": (
        _CAST,
        play_inspectors,
        lambda: list(Inspector.objects.filter(ref__lte="R0012").order_by("ref")),
    ),
    "item_list": (_CAST, play_item_list, _first(ItemList)),
    "plan": (_CAST, play_plan, _first(Plan)),
    "sealed": (READY, play_sealed, _first(Draw)),
    "drawn": ((*READY, "sealed"), play_drawn, _first(Draw)),
    "approved": ((*READY, "sealed", "drawn"), play_approved, _first(Report)),
    "released": ((*READY, "sealed", "drawn"), play_released, _first(Release)),
}


DRAWN = (*READY, "sealed", "drawn")


def lay(name, below, play, found):
    """A step that one test module stands on, played once for its tests. Returns the fixture of that name: put
    it into the module. `play` tells by what it returns where to find it again: `found(told)`."""
    told = []
    STEPS[name] = (below, lambda: told.append(play()), lambda: found(told[-1]))

    @pytest.fixture(name=name)
    def step(db):
        return STEPS[name][2]()

    return step


# -- the verbs ---------------------------------------------------------------------------------------


def add_inspector(bureau, number, skills, *, leads=True, account=None):
    """One inspector with a certificate."""
    section, _ = Section.objects.get_or_create(bureau=bureau, code="01", defaults={"name": "综合股"})
    today = timezone.localdate()
    inspector = Inspector.objects.create(
        bureau=bureau,
        ref=f"R{number:04d}",
        name=invented.person(number),
        section=section,
        account=account,
        may_lead=leads,
        entered_on=today,
    )
    inspector.skills.set(Skill.objects.filter(bureau=bureau, name__in=skills))
    Certificate.objects.create(
        inspector=inspector,
        number=f"Z{number:05d}",
        issued_on=today - timedelta(days=9),
        expires_on=today + timedelta(days=999),
    )
    return inspector


def make_task_with(cast, strata=(("工贸-机械", 2000, 2), ("烟花爆竹", 2000, 2)), approved=True, **rules):
    """An approved task: strata are (class, rate in basis points, minimum)."""
    today, bureau, item_list = (
        timezone.localdate(),
        cast.clerk.bureau,
        ItemList.objects.filter(status="published").first(),
    )
    task = Task.objects.create(
        bureau=bureau,
        plan=Plan.objects.order_by("pk").first(),
        title="双随机抽查",
        item_list=item_list,
        window_from=today,
        window_to=today + timedelta(days=30),
        drafted_by=cast.clerk,
        **rules,
    )
    task.items.set(item_list.items.all())
    for name, rate, minimum in strata:
        TaskStratum.objects.create(
            task=task, category=Category.objects.get(bureau=bureau, name=name), rate_bp=rate, minimum=minimum
        )
    return plans.approve_task(task, by=cast.head) if approved else task


def recuse(cast, inspector, subject, **more):
    """A recusal as it binds: recorded by the legal role, confirmed by the supervisor."""
    ground = RecusalGround.objects.filter(bureau=inspector.bureau).first()
    made = relations.record(inspector, subject, ground, by=cast.legal, **{"since": "2026-01-01"} | more)
    return relations.review(made, True, by=cast.supervisor)


def seal_with(cast, task, **changed):
    """Seal a task with three witnesses and a lottery."""
    witnesses = [cast.witness1, cast.witness2, cast.witness3]
    options = {
        "seed_at": timezone.now().replace(second=0, microsecond=0),
        "release_by": task.window_to + timedelta(days=30),
        "sources": [(f"骰子{n}", "dice", each) for n, each in enumerate(witnesses, 1)]
        + [("排列五26300期", "lottery", cast.supervisor)],
        "redraw_tip": CODES[0],
        "redraw_max": 20,
    } | changed
    options.setdefault(
        "seconds", {name: cast.clerk for name, kind, _ in options["sources"] if kind == "lottery"}
    )
    return sealing.seal(task, by=options.pop("by", cast.clerk), **options)


def throw(draw, numbers=None):
    """Every source enters a value; the draw is then ready to run."""
    for n, source in enumerate(draw.sources.order_by("position")):
        value = numbers[n] if numbers else f"{secrets.randbelow(10**10):010d}"
        draw = values.lodge(source, value[:5] if source.kind == "lottery" else value, by=source.account)
        if source.second:
            draw = values.lodge(source, value[:5], by=source.second)
    return draw


def approve_scheme(task):
    """The task's scheme, drafted by the clerk and approved by the head, unless it is already."""
    draw = task.draws.filter(status="drawn").order_by("-pk").first()
    if not task.schemes.filter(status="approved", draw=draw).exists():
        people = Account.objects.filter(bureau=task.bureau)
        schemes.approve(schemes.draft(task, by=people.get(username="clerk")), by=people.get(username="head"))


def hold(case, fails=()):
    """The team's first starts, answers and ends with a record; returns that account."""
    by = case.team()[0].inspector.account
    approve_scheme(case.task)
    visits.start(case, by=by)
    lines = opening.lines_of(case)
    visits.answer(
        case,
        {each["key"]: ("fail", "现场看到") if each["key"] in fails else ("pass", "") for each in lines},
        by=by,
    )
    visits.end(case, by=by, record="逐项检查。", met="现场负责人")
    return by


def inspect(case, fails=()):
    """The team holds its visit, confirms and submits; returns the report."""
    by = hold(case, fails)
    confirm(case)
    return reports.submit(reports.draft(case, by=by), by=by)


def confirm(case):
    """The second officer says that the record is as it was."""
    return confirmations.confirm(case, by=case.team()[1].inspector.account)


def publish(report, cast, **more):
    """A result to the public by two people. The Disclosure."""
    return publications.judge(publications.prepare_result(report, by=cast.clerk, **more), True, by=cast.head)


def refused_with(code):
    """An act inside is refused, with this code."""
    return pytest.raises(DomainError, match=f"'{code}'")
