"""The desk of a bureau of 180,000 enterprises, five years, 50,000 cases and 500,000 journal entries: time to
answer with four readers, and questions asked of the database a page."""

import hashlib
import random
from datetime import date, datetime, time, timedelta
from statistics import median
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.case import resting
from inspections.models import (
    Assignment,
    Case,
    CaseEvent,
    Draw,
    Finding,
    Outcome,
    Report,
    Scheme,
    Task,
    TaskStratum,
)
from inspections.watch import selfcheck
from publicity.models import Disclosure
from registries import bulk
from registries.models import Category, Inspector, JournalEntry, Message, Subject

from ..levels import APP
from ..walls import act_as
from . import county, pages
from .measure import Ratio

YEARS, ROUNDS_A_YEAR, CASES, ENTRIES = 5, 40, 50_000, 500_000
BAR, REPORT_BAR, MOST = 200, 1000, 25


def desk():
    """Milliseconds, p95 with four readers, beside their bars; then the questions a page asks, beside 25."""
    made = _invented()
    _, cast, *_ = made
    clerk, shown = cast["clerk"].username, _shown(*made)
    with pages.server() as port:
        cookies = {name: pages._signed_in(name) for name in {who for _, _, who, _ in shown}}
        for title, path, who, bar in shown:
            yield pages._told(title, pages._ask(port, path, cookies[who]), bar, 1.0)
    settings.SECOND_FACTOR_ROLES = set()
    for title, path, who, bar in shown:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(cast["clerk"] if who == clerk else cast["head"])
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        if bar == BAR:
            yield Ratio(f"{title}：问数据库几次", len(asked), MOST, 1.0)


def years():
    """Milliseconds, the median with four readers, of a bureau with twice the years, cases and journal beside
    one of the same register: the past costs nothing today."""
    code, twice = "990311", "990312"
    one, other = _invented(code), _invented(twice, years=2 * YEARS, cases=2 * CASES, entries=2 * ENTRIES)
    shown = list(zip(_shown(*one), _shown(*other), strict=True))
    took = {title: ([], []) for (title, *_), _ in shown}
    with pages.server() as port:
        cookies = {name: pages._signed_in(name) for both in shown for _, _, name, _ in both}
        # Round after round, each side first in turn: what else the machine does for a minute hits every page
        # once, and no page's median.
        for turn in range(TURNS):
            for both in shown:
                for n in (0, 1) if turn % 2 else (1, 0):
                    title, path, who, _ = both[n]
                    took[title][n].extend(pages._ask(port, path, cookies[who], pages.EACH // TURNS))
    for title, sides in took.items():
        short, long = (median(each) * 1000 for each in sides)
        # A small past beside a large one must not be the slower either.
        slower, faster = sorted((max(long, LEAST), max(short, LEAST)), reverse=True)
        yield Ratio(title, slower, faster, 1.15, "" if long >= short else "慢的是年头少的")


TURNS = 5
LEAST = 20  # milliseconds: below it nobody sees a difference, and the clock sees noise


def _shown(bureau, cast, task, case, some):
    """[(title, path, whose, bar)] of a bureau's pages."""
    clerk, head = cast["clerk"].username, cast["head"].username
    return [
        ("首页，经办人", "/admin/", clerk, BAR),
        ("首页，负责人", "/admin/", head, BAR),
        ("今年各轮", "/admin/rounds/", clerk, BAR),
        ("一轮", f"/admin/rounds/{task.pk}/", clerk, BAR),
        ("检查台账", "/admin/cases/", clerk, BAR),
        ("检查台账：待报告", "/admin/cases/?stage=report", clerk, BAR),
        ("检查台账：超期", "/admin/cases/?stage=late", clerk, BAR),
        ("检查台账：查企业", "/admin/cases/?" + urlencode({"q": some.name[3:5]}), clerk, BAR),
        ("一件检查", f"/admin/cases/{case.token}/", clerk, BAR),
        ("消息", "/messages/", clerk, BAR),
        ("查找：企业两个字", "/admin/search/?" + urlencode({"q": some.name[3:5]}), clerk, BAR),
        ("查找：首字母", "/admin/search/?" + urlencode({"q": "jxyx"}), clerk, BAR),
        ("查找：抽取编号", "/admin/search/?" + urlencode({"q": f"{bureau.code}-20"}), clerk, BAR),
        ("企业", "/admin/firms/", clerk, BAR),
        ("企业：有未改问题", "/admin/firms/?tab=problems", clerk, BAR),
        ("企业：查两个字", "/admin/firms/?" + urlencode({"q": some.name[3:5]}), clerk, BAR),
        ("一企一档", f"/admin/firms/{case.subject_id}/", clerk, BAR),
        ("人员", "/admin/people/", clerk, BAR),
        ("培训", "/admin/people/courses/", clerk, BAR),
        ("清单", "/admin/items/", clerk, BAR),
        ("清单一版", f"/admin/items/{case.item_list_id}/?tab=all", clerk, BAR),
        ("日历", "/admin/calendar/?of=all", clerk, BAR),
        ("一个数的清单", "/admin/reports/numbers/inspections/", clerk, BAR),
        ("计划，一张表", f"/admin/plans/{task.plan_id}/?tab=sheet", clerk, REPORT_BAR),
        ("计划，全年安排", f"/admin/plans/{task.plan_id}/?tab=year", clerk, REPORT_BAR),
        ("计划，执行", f"/admin/plans/{task.plan_id}/?tab=do", clerk, REPORT_BAR),
        ("执法统计", "/admin/reports/tables/statistics/", clerk, REPORT_BAR),
        ("期限", "/admin/deadlines/", clerk, REPORT_BAR),
        ("监督台", "/admin/oversight/", head, REPORT_BAR),
        ("统计自查", "/admin/oversight/statistics/", head, REPORT_BAR),
    ]


def _invented(code="990308", years=YEARS, cases=CASES, entries=ENTRIES):
    """The bureau with its years. What no act would write so fast is written past the walls."""
    bureau, cast = county.found(code, 0, 60)
    bulk.create(Subject, list(pages.invented(bureau)))
    last = county.approved(bureau, cast, 200)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
    dice, today = random.Random(8), timezone.localdate()
    subjects = list(Subject.objects.filter(bureau=bureau).values_list("pk", flat=True)[:cases])
    people = list(Inspector.objects.filter(bureau=bureau).values_list("pk", flat=True))
    tasks = _tasks(bureau, cast, last, today, years)
    draws = {draw.task_id: draw for draw in Draw.objects.filter(bureau=bureau)}
    checklist = list(last.items.values("code", "name"))
    made = []
    for n, subject in enumerate(subjects):
        task = tasks[n * len(tasks) // len(subjects)]
        is_old = task.window_to < today
        status = (
            "closed" if is_old else dice.choice(["opened", "opened", "started", "ended", "ended", "closed"])
        )
        ended = datetime.combine(task.window_from, time(10), tzinfo=timezone.get_current_timezone())
        is_over = status in ("ended", "closed")
        made.append(
            Case(
                bureau=bureau,
                draw=draws[task.pk],
                task=task,
                subject_id=subject,
                item_list=last.item_list,
                checklist=checklist,
                status=status,
                ended_at=ended if is_over else None,
                report_due_on=task.window_from + timedelta(days=7) if is_over else None,
            )
        )
    Case.objects.bulk_create(made, batch_size=2000)
    Case.objects.filter(bureau=bureau, ended_at__isnull=False).update(opened_at=F("ended_at"))
    Assignment.objects.bulk_create(
        (
            Assignment(case=case, inspector_id=person, seat=seat, leads=seat == 1)
            for case in made
            for seat, person in enumerate(dice.sample(people, 2), 1)
        ),
        batch_size=5000,
    )
    _after(bureau, cast, made, people, dice)
    _journal(bureau, cast, entries)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself while rows come in, and VACUUM below
        resting.settle(bureau, timezone.now() + timedelta(days=4))  # as a night has, some days later
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    act_as(APP)
    selfcheck.renew(bureau)  # as the background has
    some = Subject.objects.filter(bureau=bureau).order_by("pk")[1000]
    return bureau, cast, tasks[-1], made[-1], some


def _tasks(bureau, cast, last, today, years):
    category = Category.objects.filter(bureau=bureau).first()
    made = []
    for back in range(years - 1, -1, -1):
        for n in range(ROUNDS_A_YEAR):
            first = date(today.year - back, 1, 1) + timedelta(days=9 * n)
            made.append(
                Task(
                    bureau=bureau,
                    plan=last.plan,
                    number=f"测应急抽查〔{first.year}〕{n + 100}号",
                    title=f"{first.year}年第{n + 1}轮双随机抽查",
                    item_list=last.item_list,
                    window_from=first,
                    window_to=first + timedelta(days=30),
                    status="approved",
                    drafted_by=cast["clerk"],
                    approved_by=cast["head"],
                    approved_at=timezone.now(),
                )
            )
    Task.objects.bulk_create(made)
    TaskStratum.objects.bulk_create(TaskStratum(task=each, category=category) for each in made)
    Draw.objects.bulk_create(
        Draw(
            bureau=bureau,
            task=task,
            number=f"{bureau.code}-{task.window_from.year}-{n:03d}",
            status="drawn",
            commitment=hashlib.sha256(f"c{bureau.code}{n}".encode()).hexdigest(),
            prev=hashlib.sha256(f"p{bureau.code}{n}".encode()).hexdigest(),
            after="0" * 64,
            public_facts={"strata": []},
            seed_at=timezone.now() - timedelta(days=3),
            release_by=task.window_to + timedelta(days=30),
            redraw_max=20,
            sealed_by=cast["clerk"],
            result_digest="1" * 64,
            drawn_at=timezone.now() - timedelta(days=3),
        )
        for n, task in enumerate(made)
    )
    draws = {draw.task_id: draw for draw in Draw.objects.filter(bureau=bureau)}
    Scheme.objects.bulk_create(
        Scheme(bureau=bureau, task=task, draw=draws[task.pk], status="approved", drafted_by=cast["clerk"])
        for task in made
    )
    return made


def _after(bureau, cast, cases, people, dice):
    over = [each for each in cases if each.status in ("ended", "closed")]
    inspector = Inspector.objects.get(pk=people[0])
    reports = [
        Report(
            case=each,
            revision=1,
            status="approved" if each.status == "closed" else "submitted",
            result_code="no_problem",
            evaluation="检查 20 项，全部符合。",
            author=cast["clerk"],
            submitted_at=each.ended_at,
        )
        for each in over
        if each.status == "closed" or dice.random() < 0.2
    ]
    Report.objects.bulk_create(reports, batch_size=5000)
    # What is open is of this year, however many years there are: a bureau has its old problems put right.
    since = timezone.now() - timedelta(days=365)
    Finding.objects.bulk_create(
        (
            Finding(
                case=each,
                number=1,
                wording="未如实记录事故隐患排查治理情况",
                status="open" if each.ended_at > since and dice.random() < 0.1 else "closed",
                due_on=timezone.localdate(each.ended_at) + timedelta(days=15),
                by=inspector,
            )
            for each in over
            if dice.random() < 0.4
        ),
        batch_size=5000,
    )
    in_hand = Case.objects.filter(bureau=bureau, status="closed", findings__status="open")
    Case.objects.filter(pk__in=in_hand.values("pk")).update(status="reported")
    Outcome.objects.bulk_create(
        (
            Outcome(case_id=each.case_id, state="clean", code=each.result_code)
            for each in reports
            if each.status == "approved"
        ),
        batch_size=5000,
    )
    told = []
    for each in over:
        codes = ["visit.started", "visit.ended", "report.submitted", "report.approved", "result.published"]
        for code in codes if each.status == "closed" else codes[:2]:
            told.append(CaseEvent(bureau=bureau, case=each, code=code, at=each.ended_at, by=cast["clerk"]))
    CaseEvent.objects.bulk_create(told, batch_size=5000)
    Disclosure.objects.bulk_create(
        (
            Disclosure(
                bureau=bureau,
                report=each,
                subject_name="测速",
                payload={},
                digest="0" * 64,
                published_by=cast["head"],
            )
            for each in reports
            if each.status == "approved"
        ),
        batch_size=5000,
    )


def _journal(bureau, cast, entries):
    seq, now = JournalEntry.objects.filter(bureau=bureau).count(), timezone.now()
    JournalEntry.objects.bulk_create(
        (
            JournalEntry(
                bureau=bureau,
                seq=seq + n,
                at=now,
                actor=cast["clerk"].username,
                action="report.approved",
                about=f"case {n % CASES}",
                facts="{}",
                prev=hashlib.sha256(f"before {n}".encode()).hexdigest(),
                digest=hashlib.sha256(str(n).encode()).hexdigest(),
                salt="0" * 32,
            )
            for n in range(1, entries + 1)
        ),
        batch_size=10_000,
    )
    Message.objects.bulk_create(
        (
            Message(
                bureau=bureau,
                account=cast["clerk"],
                kind="judged",
                thing=f"task {n}",
                said=f"任务 {n} 已批准",
            )
            for n in range(20_000)
        ),
        batch_size=5000,
    )
