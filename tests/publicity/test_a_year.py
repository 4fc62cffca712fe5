"""A year made by hand, with the numbers it must give written before the code: every number of every
return, over the year, its quarters and a month; the list behind each; the same share everywhere.

The year of a bureau with three key units (the names are those of the cases below):
  March   draw A: three key units (must) m1, m2, m3 and two by chance, c1, c2. Before the visit one
          inspector of m1 is replaced. 20 March m1: one problem. 21 March m2: none. m3 stays open.
          2 April c1: two problems, a file that ends with a fine of 20,000 on 9 May. 3 April c2: closed,
          could not be inspected. Released; the results of m1 and c1 are published; m1's is corrected.
  June    draw B, one by chance: void.
  Sept.   draw C with the police, two by chance, x1, x2, not released: 15 September x1: one problem. x2
          stays open.
  Oct.    task D, a complaint, with the fire brigade: 12 October d: one problem, a major hazard.
  Nov.    tasks F and G, handed down from above, the same firm: 20 November one joint visit f, g: none.
"""

from datetime import date, datetime
from functools import partial

import pytest
from django.utils import timezone

from inspections.after import penalties
from inspections.case import joints, opening
from inspections.draw import drawing, replacements, voiding
from inspections.models import Case, CaseEvent, Draw, Finding, Penalty, Plan, Task, TaskSubject, Visit
from inspections.plan import plans
from inspections.visit import reports, visits
from inspections.watch import progress
from publicity.counts import numbers, tables
from publicity.counts.span import Span
from publicity.models import Disclosure, Return
from publicity.services import publications, releases, returns
from registries.models import Certificate, Inspector, ItemList, Subject
from registries.services import handing

from ..penalties import decide
from ..staircase import (
    CODES,
    approve_scheme,
    found_cast,
    hold,
    inspect,
    lay,
    make_task_with,
    publish,
    refused_with,
    seal_with,
    throw,
)
from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year - 1  # all of it is over, whatever day the test runs on

# The expected numbers: (code, the year, its quarters, September, what others may be told of the year).
EXPECTED = [
    ("units", 137, (137, 137, 137, 137), 137, 137),
    ("opened", 9, (5, 0, 2, 2), 2, 7),
    ("random", 4, (2, 0, 2, 0), 2, 2),
    ("random_share", 44.4, (40.0, None, 100.0, 0.0), 100.0, 28.6),
    ("inspections", 6, (2, 1, 1, 2), 1, 5),
    ("inspected_units", 6, (2, 1, 1, 2), 1, 5),
    ("planned", 4, (2, 1, 1, 0), 1, 3),
    ("planned_share", 66.7, (100.0, 100.0, 100.0, 0.0), 100.0, 60.0),
    ("triggered", 2, (0, 0, 0, 2), 0, 2),
    ("joint", 1, (0, 0, 0, 1), 0, 1),
    ("shared", 2, (0, 0, 1, 1), 1, 1),
    ("undone", 1, (0, 1, 0, 0), 0, 1),
    ("key_units", 3, (3, 3, 3, 3), 3, 3),
    ("key_inspected", 2, (2, 0, 0, 0), 0, 2),
    ("key_coverage", 66.7, (66.7, 0.0, 0.0, 0.0), 0.0, 66.7),
    ("found", 5, (1, 2, 1, 1), 1, 4),
    ("minor", 4, (1, 2, 1, 0), 1, 3),
    ("major", 1, (0, 0, 0, 1), 0, 1),
    ("troubled", 4, (1, 1, 1, 1), 1, 3),
    ("troubled_share", 66.7, (50.0, 100.0, 100.0, 50.0), 100.0, 60.0),
    ("penalties", 1, (0, 1, 0, 0), 0, 1),
    ("fines", 20000, (0, 20000, 0, 0), 0, 20000),
    ("fined_units", 1, (0, 1, 0, 0), 0, 1),
    ("p_fine", 1, (0, 1, 0, 0), 0, 1),
    ("p_warning", 0, (0, 0, 0, 0), 0, 0),
    ("halts", 0, (0, 0, 0, 0), 0, 0),
    ("draws", 3, (1, 1, 1, 0), 1, 3),
    ("drawn", 2, (1, 0, 1, 0), 1, 2),
    ("voided", 1, (0, 1, 0, 0), 0, 1),
    ("replaced", 1, (1, 0, 0, 0), 0, 1),
    ("swapped", 0, (0, 0, 0, 0), 0, 0),
    ("shown", 2, (0, 2, 0, 0), 0, 2),
    ("corrected", 1, (0, 1, 0, 0), 0, 1),
    ("people", 12, (12, 12, 12, 12), 12, 12),
    ("certified_share", 100.0, (100.0, 100.0, 100.0, 100.0), 100.0, 100.0),
]
CASES = {  # whose inspections stand behind 监督检查次数
    "year": {"m1", "m2", "c1", "x1", "d", "f"},
    1: {"m1", "m2"},
    2: {"c1"},
    3: {"x1"},
    4: {"d", "f"},
}


def _at(month, day, hour=10):
    return timezone.make_aware(datetime(YEAR, month, day, hour))


def _named(cast, inspectors, title, firm):
    """A task handed down or complained of: it names its firm and who goes."""
    item_list = ItemList.objects.get()
    task = Task.objects.create(
        bureau=cast.clerk.bureau,
        title=title,
        kind="complaint" if "投诉" in title else "assigned",
        lead_note="来函",
        partners="消防救援大队" if "投诉" in title else "",
        item_list=item_list,
        window_from=timezone.localdate(),
        window_to=timezone.localdate(),
        drafted_by=cast.clerk,
    )
    task.items.set(item_list.items.all())
    row = TaskSubject.objects.create(task=task, subject=firm)
    row.inspectors.set(inspectors[:2])
    (case,) = opening.open_named(plans.approve_task(task, by=cast.head), by=cast.clerk)
    return case


def play_year():
    """The year; the keys of its cases by their names, and of the draws by their letters."""
    cast = found_cast()
    make_task, seal = partial(make_task_with, cast), partial(seal_with, cast)
    register = Subject.objects.filter(bureau=cast.clerk.bureau)
    inspectors = list(Inspector.objects.filter(ref__lte="R0012").order_by("ref"))
    fit = register.filter(production="normal", registration_status="存续", level="县级", is_secret=False)
    mechanical = list(fit.filter(category__name="工贸-机械").order_by("ref"))
    Subject.objects.filter(pk__in=[each.pk for each in mechanical[:3]]).update(is_key=True)
    found, draws = {}, {}

    draws["A"] = drawing.run(throw(seal(make_task((("工贸-机械", 0, 2),), includes_key=True))).pk)
    keys = {each.pk for each in mechanical[:3]}
    must = draws["A"].cases.filter(subject__in=keys).order_by("pk")
    found |= dict(zip(("m1", "m2", "m3"), must, strict=True))
    found |= dict(zip(("c1", "c2"), draws["A"].cases.exclude(subject__in=keys).order_by("pk"), strict=True))
    out = found["m1"].team()[0].inspector.ref
    change = replacements.request(
        draws["A"],
        "inspector",
        out,
        by=cast.clerk,
        reason="ill",
        note="病假条",
        task=found["m1"].subject.ref,
        scope="task",
    )
    replacements.approve(change, by=cast.head)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    told = {
        name: inspect(found[name], fails)
        for name, fails in (("m1", ["A01.1"]), ("m2", []), ("c1", ["A01.1", "A02.1"]))
    }
    for each in told.values():
        reports.approve(each, by=cast.head)
    hold(found["c2"])
    file = penalties.propose(
        found["c1"],
        found["c1"].findings.all(),
        "未消除隐患",
        "情况",
        "建议立案",
        by=found["c1"].team()[0].inspector.account,
    )
    penalties.judge(file, True, by=cast.head)
    file.refresh_from_db()
    decide(file, found["c1"].team()[0].inspector.account)

    draws["B"] = drawing.run(throw(seal(make_task((("烟花爆竹", 0, 1),)))).pk)
    voiding.approve_void(
        voiding.request_void(draws["B"], "error", "名录导错了", by=cast.clerk), by=cast.supervisor
    )

    draws["C"] = drawing.run(
        throw(seal(make_task((("烟花爆竹", 0, 2),), excludes_drawn=False, partners="公安局"))).pk
    )
    found |= dict(zip(("x1", "x2"), draws["C"].cases.order_by("pk"), strict=True))
    inspect(found["x1"], ["A01.1"])

    other = list(fit.filter(category__name="工贸-建材").order_by("ref"))
    found["d"] = _named(cast, inspectors, "投诉核查", other[0])
    inspect(found["d"], ["A01.1"])
    found["f"] = _named(cast, inspectors, "上级交办一", other[1])
    found["g"] = _named(cast, inspectors[2:], "上级交办二", other[1])
    (joint,) = [each for each in joints.propose(cast.clerk.bureau, by=cast.clerk)]
    joints.agree(joint, found["f"], by=cast.head)
    _one_visit(found["f"], found["g"])

    shown = {name: publish(told[name], cast) for name in ("m1", "c1")}
    told["m1"].case.subject.name = "改过的名称"
    with behind_the_walls():
        Subject.objects.filter(pk=found["m1"].subject_id).update(name="改过的名称")
    publications.judge(
        publications.prepare_correction(shown["m1"], "名称写错", by=cast.clerk), True, by=cast.head
    )
    _into_the_year(found, draws)
    releases.release(Draw.objects.get(pk=draws["A"].pk))
    return tuple({name: each.pk for name, each in group.items()} for group in (found, draws))


def _found(told):
    """({name of a case: Case}, {letter: Draw}), as they stand."""
    cases, draws = told
    kept = Case.objects.in_bulk(cases.values()), Draw.objects.in_bulk(draws.values())
    return {name: kept[0][pk] for name, pk in cases.items()}, {
        name: kept[1][pk] for name, pk in draws.items()
    }


played = lay("played", ("bureau", "cast", "register", "inspectors", "item_list", "plan"), play_year, _found)


def _one_visit(lead, other):
    """Both sides answer; the lead writes the record of the one visit."""
    for case in (lead, other):
        approve_scheme(case.task)
    lead, other = (Case.objects.get(pk=case.pk) for case in (lead, other))
    by = lead.team()[0].inspector.account
    visits.start(lead, by=by)
    lead.refresh_from_db(), other.refresh_from_db()
    for case in (lead, other):
        lines = opening.lines_of(case)
        visits.answer(
            case, {each["key"]: ("pass", "") for each in lines}, by=case.team()[0].inspector.account
        )
    visits.end(Case.objects.get(pk=lead.pk), by=by, record="两家一起查。")


def _into_the_year(found, draws):
    """Everything happened on the days that the year says."""
    opened = {"A": _at(3, 10), "B": _at(6, 5), "C": _at(9, 10)}
    ended = {"m1": _at(3, 20), "m2": _at(3, 21), "c1": _at(4, 2), "c2": _at(4, 3), "x1": _at(9, 15)}
    ended |= {"d": _at(10, 12), "f": _at(11, 20), "g": _at(11, 20)}
    own = {"d": _at(10, 10), "f": _at(11, 18), "g": _at(11, 18)}
    with behind_the_walls():
        for letter, at in opened.items():
            Draw.objects.filter(pk=draws[letter].pk).update(sealed_at=at, release_by=at.date())
            Case.objects.filter(draw=draws[letter]).update(opened_at=at)
        for name, at in own.items():
            Case.objects.filter(pk=found[name].pk).update(opened_at=at)
        for name, at in ended.items():
            Case.objects.filter(pk=found[name].pk).update(ended_at=at)
        Visit.objects.filter(cases=found["c2"]).update(undone="closed")
        Finding.objects.filter(case=found["d"]).update(is_major=True)
        CaseEvent.objects.filter(case=found["c1"], code__startswith="penalty.").update(at=_at(5, 9))
        Penalty.objects.update(judged_at=_at(5, 6))
        Disclosure.objects.update(published_at=_at(5, 20))
        first = date(YEAR - 1, 12, 1)
        Subject.objects.update(entered_on=first)
        Inspector.objects.update(entered_on=first)
        Certificate.objects.update(issued_on=first)
        Plan.objects.update(year=YEAR)


def _names(found, rows):
    """The names of the year's cases that a list holds."""
    return {name for name, case in found.items() if case.pk in {each.pk for each in rows}}


def test_every_number_of_every_return(played, cast, client):
    found, draws = played
    bureau, spans = cast.clerk.bureau, [Span.quarter(YEAR, n) for n in (1, 2, 3, 4)]
    for code, year, quarters, september, told in EXPECTED:
        assert tables.value(code, bureau, Span.year(YEAR)) == year, code
        assert tuple(tables.value(code, bureau, each) for each in spans) == quarters, code
        assert tables.value(code, bureau, Span.month(YEAR, 9)) == september, code
        assert tables.value(code, bureau, Span.year(YEAR), is_internal=False) == told, code
    # what is not written above adds up out of what is, or did not happen
    written = {code for code, *_ in EXPECTED}
    for layout in tables.layouts(bureau).values():
        for part in tables.table(layout, bureau, Span.year(YEAR)):
            for line in part["lines"]:
                if line["split"]:
                    assert sum(line["split"].values()) == line["value"], line["label"]
                if line["number"] in written:
                    assert line["value"] == dict((code, n) for code, n, *_ in EXPECTED)[line["number"]]


def test_the_list_behind_a_number_is_what_it_counts(played, cast, client):
    found, draws = played
    client.force_login(cast.clerk)
    for days, names in CASES.items():
        span = Span.year(YEAR) if days == "year" else Span.quarter(YEAR, days)
        keys = tables.listed("inspections", cast.clerk.bureau, span)
        assert _names(found, Case.objects.filter(pk__in=keys)) == names
        page = client.get(f"/admin/reports/numbers/inspections/?since={span.since}&until={span.until}")
        assert page.context["count"] == page.context["value"] == len(names)
        shown = page.content.decode()
        for name in names:
            assert f"/admin/cases/{found[name].token}/" in shown, name
    for number in numbers.NUMBERS:
        page = client.get(f"/admin/reports/numbers/{number.code}/?since={YEAR}-01-01&until={YEAR}-12-31")
        assert page.status_code == 200, number.code
        if not (number.adds or number.by or number.over):
            assert page.context["count"] == page.context["value"], number.code
    for name in ("witness1", "stranger"):
        client.force_login(getattr(cast, name))
        told = client.get(f"/admin/reports/numbers/inspections/?since={YEAR}-01-01&until={YEAR}-12-31")
        assert told.status_code in (302, 403) or found["m1"].token not in told.content.decode()


def test_the_share_is_the_same_everywhere(played, cast, client):
    plan = Plan.objects.standing(cast.clerk.bureau, YEAR)
    share = progress.of(plan).share
    assert (share.random_visits, share.visits, share.by_visits) == (4, 9, 44.4)
    made = returns.draft(date(YEAR, 1, 1), date(YEAR, 12, 31), by=cast.clerk)
    assert "已安排的：按家次 44.4%（4/9）" in made.text
    window = returns.draft(date(YEAR, 1, 1), date(YEAR, 12, 31), "window", by=cast.clerk)
    lines = {each["number"]: each["value"] for each in returns.lines_of(window)}
    assert (lines["random"], lines["opened"], lines["random_share"]) == (4, 9, 44.4)
    client.force_login(cast.clerk)
    assert "44.4%" in client.get(f"/admin/plans/{plan.pk}/?tab=do").content.decode()


def test_what_was_handed_in_stays_as_it_was_counted(played, cast, client):
    found, draws = played
    made = returns.draft(date(YEAR, 1, 1), date(YEAR, 12, 31), "statistics", by=cast.clerk)
    with refused_with("line_unfilled"):
        handing.hand_in(made, returns.PREPARE, by=cast.clerk, require_whole=returns.require_whole)
    returns.fill(made, {"其中：事故罚款": 0.0}, "没有事故。", by=cast.clerk)
    made.refresh_from_db()
    handed = handing.hand_in(made, returns.PREPARE, by=cast.clerk, require_whole=returns.require_whole)
    stands = returns.approve(handed, by=cast.head)
    assert stands.word.read()[:2] == b"PK" and stands.pdf.read()[:5] == b"%PDF-"
    inspect(found["x2"], ["A01.1"])
    with behind_the_walls():
        Case.objects.filter(pk=found["x2"].pk).update(ended_at=_at(9, 16))
    assert tables.value("inspections", cast.clerk.bureau, Span.year(YEAR)) == 7
    kept = {each["number"]: each for each in returns.lines_of(Return.objects.get(pk=stands.pk))}
    assert kept["inspections"]["value"] == 6
    client.force_login(cast.head)
    page = client.get(f"/admin/reports/{stands.pk}/inspections/")
    assert page.context["count"] == 6 and found["x2"].token not in page.content.decode()
    sent = returns.send(stands, "市应急管理局", timezone.localdate(), by=cast.clerk)
    returns.note_reply(sent, "市应急管理局", timezone.localdate(), "收到，无异议", by=cast.clerk)
    assert "无异议" in client.get(f"/admin/reports/{stands.pk}/").content.decode()


def test_a_layout_is_altered_by_a_new_version_and_marks_what_has_no_source(played, cast, client):
    client.force_login(cast.clerk)
    before = returns.draft(date(YEAR, 1, 1), date(YEAR, 12, 31), "window", by=cast.clerk)
    page = client.get("/admin/reports/layouts/window/")
    rows = {"rows": "3", "title": "双随机情况表（县政府）", "source": "县政府办通知"}
    rows |= {"part-0": "一", "number-0": "inspections", "label-0": "查了多少家次", "source-0": "县政府办通知"}
    rows |= {
        "part-1": "一",
        "number-1": "random_share",
        "part-2": "二",
        "label-2": "出动车辆",
        "unit-2": "台次",
    }
    assert page.status_code == 200 and client.post("/admin/reports/layouts/window/", rows).status_code == 302
    fresh = returns.draft(date(YEAR, 1, 1), date(YEAR, 12, 31), "window", by=cast.clerk)
    assert [each["label"] for each in returns.lines_of(fresh)] == [
        "查了多少家次",
        "双随机占比（按家次）",
        "出动车辆",
    ]
    assert "县政府" in fresh.title and len(returns.lines_of(Return.objects.get(pk=before.pk))) > 10
    shown = client.get(f"/admin/reports/{fresh.pk}/").content.decode()
    assert shown.count("没有公开来源") == 2 and "出动车辆" in shown
