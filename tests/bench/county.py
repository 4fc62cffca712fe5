"""Invented bureaus of any size in the bench's database: enterprises, inspectors, a task
approved, sealed and thrown."""

import random
from datetime import timedelta

from django.utils import timezone

from config.demo import invented
from inspections.draw import sealing, values
from inspections.engine.changes import chain
from inspections.models import Plan, Task, TaskStratum
from inspections.plan import plans
from registries.models import (
    Category,
    Certificate,
    CheckLine,
    Declaration,
    Inspector,
    Item,
    RecusalGround,
    Relation,
    Section,
    Skill,
    Subject,
)
from registries.services import accounts, bureaus, items


def found(code, enterprises, people, recusals=0.02):
    """A bureau with its cast and registers. Returns (bureau, {role: account})."""
    bureau = bureaus.found(code, f"测速县{code}应急管理局", "测")
    cast = {
        name: accounts.open_account(bureau, f"{code}-{name}", name, [role], password="bench-bench")
        for name, role in [
            ("clerk", "clerk"),
            ("head", "head"),
            ("supervisor", "supervisor"),
            ("legal", "legal"),
            ("witness", "witness"),
        ]
    }
    dice, today = random.Random(5), timezone.localdate()
    classes = list(Category.objects.filter(bureau=bureau).order_by("pk")[:8])
    Subject.objects.bulk_create(
        [
            Subject(
                bureau=bureau,
                ref=invented.credit_code(n, code),
                credit_code=invented.credit_code(n, code),
                name=f"测速{n:06d}号机械有限公司",
                category=classes[n % len(classes)],
                level="县级",
                entered_on=today,
            )
            for n in range(enterprises)
        ],
        batch_size=2000,
    )
    section = Section.objects.create(bureau=bureau, code="01", name="综合股")
    skills = list(Skill.objects.filter(bureau=bureau))
    for n in range(people):
        person = Inspector.objects.create(
            bureau=bureau,
            ref=f"R{n:04d}",
            name=invented.person(n),
            section=section,
            may_lead=True,
            entered_on=today,
            max_tasks=400,
        )
        person.skills.set(dice.sample(skills, min(3, len(skills))))
        Certificate.objects.create(
            inspector=person, number=f"Z{n:05d}", issued_on=today, expires_on=today + timedelta(days=900)
        )
    ground = RecusalGround.objects.filter(bureau=bureau).first()
    staff = list(Inspector.objects.filter(bureau=bureau))
    said = {
        each.pk: Declaration.objects.create(
            bureau=bureau, inspector=each, year=today.year, says_none=False, made_by=cast["legal"]
        )
        for each in staff
    }
    Relation.objects.bulk_create(
        Relation(
            bureau=bureau,
            inspector=(who := dice.choice(staff)),
            subject=each,
            ground=ground,
            since=today,
            declaration=said[who.pk],
        )
        for each in Subject.objects.filter(bureau=bureau)
        if dice.random() < recusals
    )
    return bureau, cast


def approved(bureau, cast, tasks):
    """An approved task of about `tasks` enterprises."""
    listed = Subject.objects.filter(bureau=bureau).count()
    today = timezone.localdate()
    found_list = items.draft("测速清单", today, by=cast["clerk"])
    item = Item.objects.create(
        item_list=found_list, code="A01", name="安全生产责任制", basis="安全生产法第四条"
    )
    for n in range(1, 21):
        CheckLine.objects.create(
            item=item, number=n, requirement=f"要求 {n}", violation=f"违反 {n}", measure="限期改正"
        )
    items.publish(found_list, by=cast["head"])
    plan = Plan.objects.create(
        bureau=bureau, year=today.year, title="年度计划", text="测速", drafted_by=cast["clerk"]
    )
    plans.publish(plans.approve(plan, by=cast["head"]), by=cast["clerk"])
    task = Task.objects.create(
        bureau=bureau,
        plan=plan,
        title="测速抽查",
        item_list=found_list,
        window_from=today,
        window_to=today + timedelta(days=30),
        drafted_by=cast["clerk"],
    )
    task.items.set([item])
    classes = Category.objects.filter(subjects__bureau=bureau).distinct()
    for each in classes:
        TaskStratum.objects.create(task=task, category=each, rate_bp=10_000 * tasks // listed, minimum=1)
    return plans.approve_task(task, by=cast["head"])


def thrown(bureau, cast, tasks):
    """A draw of about `tasks` enterprises whose seed is complete."""
    task = approved(bureau, cast, tasks)
    draw = sealing.seal(
        task,
        by=cast["clerk"],
        seed_at=timezone.now().replace(second=0, microsecond=0),
        release_by=task.window_to + timedelta(days=30),
        sources=[("骰子", "dice", cast["witness"])],
        redraw_tip=chain("c0de" * 16, 20)[0],
        redraw_max=20,
    )
    return values.lodge(draw.sources.get(), "0123456789", by=cast["witness"])
