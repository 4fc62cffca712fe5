"""The tables of states: no dead end, nobody left waiting, each act and right there, no state said by hand.

What is looked for in the code comes from the tables: a state added to one is looked for from then on."""

import ast
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from config import schedule
from config.roles import ROLES
from inspections.after import penalties, rectifications
from inspections.case import events, schemes
from inspections.draw import codes, drawing
from inspections.models import Draw, Finding, Paper, Penalty, Report, Scheme, Task
from inspections.plan import plans
from inspections.visit import confirmations, reports, visits
from registries.look import look, nouns
from registries.models import Subject, SubjectEvent
from registries.services import handing
from registries.states import MACHINE, PARTY

from .staircase import confirm, hold, inspect, publish, throw
from .test_architecture import ROOT, SOURCES

NOUNS = {each.__name__: each for each in nouns()}
VALUES = {state.value for noun in NOUNS.values() for state in noun.State}
RIGHTS = {right for role in ROLES.values() for right in role["acts"]}


def test_every_noun_with_a_status_has_a_table():
    with_status = {each for each in apps.get_models() if any(f.name == "status" for f in each._meta.fields)}
    told = {each.__name__ for each in with_status if not hasattr(each, "State")}
    assert told == {"Ticket"} and len(NOUNS) > 19  # a ticket's E, M and X: are SJS1's


@pytest.mark.parametrize("name", NOUNS)
def test_a_table_has_no_dead_end_and_leaves_nobody_waiting(name):
    table = NOUNS[name].State
    reached = {state for each in table for state in each.following}
    assert reached <= set(table.values)
    assert set(table.values) - reached <= {next(iter(table)).value}
    assert len(set(table.labels)) == len(table)
    for state in table:
        assert bool(state.following) == bool(state.waits or state.rests) or name == "Draw", state
    assert NOUNS[name]._meta.get_field("status").default == next(iter(table))


@pytest.mark.parametrize("name", NOUNS)
def test_whoever_is_waited_for_has_the_act_and_the_right(name):
    noun = NOUNS[name]
    acts = {each.name: each for each in admin.site._registry[noun].acts}
    for state in noun.State:
        for wait in state.waits:
            if wait.who == MACHINE:
                assert wait.act in schedule.steps(), wait
                continue
            if wait.who == PARTY:
                assert wait.act in events.TITLES and hasattr(noun, wait.due), wait
                continue
            assert wait.words and wait.who in RIGHTS, wait
            assert not wait.role or wait.who in ROLES[wait.role]["acts"], wait
            if wait.act.startswith("desk:"):
                assert _is_address(wait.act), wait
            else:
                assert acts[wait.act].permission == wait.who, wait
            if wait.due:
                owner, _, attribute = wait.due.rpartition(".")
                holder = noun._meta.get_field(owner).related_model if owner else noun
                assert hasattr(holder, attribute), wait
            for lookup in [*wait.own, *filter(None, [wait.apart]), *([wait.team] if wait.team else [])]:
                assert noun.objects.filter(**{f"{lookup}__isnull": False}).query, wait


def _is_address(name):
    for arguments in ((), ["x"], ["x", 1]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return ""


# -- no state is said by hand ------------------------------------------------------------------------


def said_by_hand(text):
    """[(line, value)] of a Python source: a state as a string, where one is compared, asked for or moved."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and _is_status(node.left):
            places = node.comparators
        elif isinstance(node, ast.Compare) and any(map(_is_status, node.comparators)):
            places = [node.left]
        elif isinstance(node, ast.Call):
            places = [each.value for each in node.keywords if each.arg and _asks_status(each.arg)]
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in ("move", "require_status"):
                places += node.args[1:]
        elif isinstance(node, ast.Dict):
            places = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and str(key.value).endswith(("__status", "__status__in"))
            ]
        elif isinstance(node, ast.Assign) and any(_is_status(each) for each in node.targets):
            places = [node.value]
        else:
            continue
        found += [
            (each.lineno, each.value)
            for place in places
            for each in ast.walk(place)
            if isinstance(each, ast.Constant) and each.value in VALUES
        ]
    return found


def _is_status(node):
    return isinstance(node, ast.Attribute) and node.attr == "status"


def _asks_status(name):
    parts = [each for each in name.split("__") if each not in ("in", "exact", "startswith")]
    return parts[-1:] == ["status"]


_IN_SCRIPTS = re.compile(r"\.status\s*[!=]==?\s*['\"](\w+)['\"]")


def _words(template):
    return [
        each
        for tag in re.findall(r"{%\s*(?:el)?if[^%]*%}", template)
        for each in re.findall(r"\.status\s*(?:==|!=|in)\s*['\"](\w+)['\"]", tag)
        if each in VALUES
    ]


def test_no_state_is_said_by_hand():
    told = {
        str(path.relative_to(ROOT)): found
        for path in SOURCES
        if path.name != "states.py"
        and "states" not in path.parts
        and "engine" not in path.parts
        and (found := said_by_hand(path.read_text()))
    }
    assert not told
    pages = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "templates").rglob("*.html")
        if (found := _words(path.read_text()))
    }
    assert not pages
    scripts = {
        path.name: found
        for path in (ROOT / "static/js").glob("*.js")
        if path.name not in ("verify.js", "signature.js", "check.js")  # they speak of SJS1's own words
        and (found := [each for each in _IN_SCRIPTS.findall(path.read_text()) if each in VALUES])
    }
    assert not scripts


@pytest.mark.parametrize(
    "planted",
    [
        'if case.status == "opened": pass',
        'rows = Paper.objects.filter(case__status__in=["ended", "closed"])',
        'move(case, "closed")',
        'case.status = "started"',
        'rows.filter(**{"draw__status": "drawn"})',
        'if "voided" != draw.status: pass',
    ],
)
def test_one_said_by_hand_is_found(planted):
    assert said_by_hand(planted)
    assert _words('{% if case.status == "opened" %}') == ["opened"]
    assert _IN_SCRIPTS.findall('if (told.status === "held") return;') == ["held"]


def test_only_the_mover_writes_a_status():
    for path in SOURCES:
        if path.name != "transitions.py":
            text = path.read_text()
            assert not re.search(r"\.update\([^)]*\bstatus=", text), path
            assert not re.search(r"(?<!response)(?<!answer)(?<!NEW)\.status(, [\w.]+)* = ", text), path


# -- whom things wait for, in a bureau in the middle of its work -----------------------------------------


def test_what_is_not_over_waits_for_somebody_or_says_why_not(drawn, make_task, cast):
    visit, other, *_ = drawn.cases.order_by("pk")
    publish(reports.approve(inspect(visit, fails=["A01.1"]), by=cast.head), cast)
    visits.start(other, by=other.team()[0].inspector.account)
    make_task(approved=False)
    seen = set()
    for noun in NOUNS.values():
        for state in noun.State:
            for thing in noun.objects.filter(status=state):
                seen.add(state)
                ways = [each.when for each in (*state.waits, *state.rests)]
                stands = [each for each in ways if noun.objects.filter(each, pk=thing.pk).exists()]
                assert stands or not state.following, (thing, state)
    assert len(seen) >= 10


def test_a_task_goes_from_hand_to_hand(register, inspectors, make_task, seal, cast):
    """Whoever is waited for sees it, and nobody else; when they have acted it waits for the next."""
    task = make_task(approved=False)
    assert _waited_for(cast, Task) == {("clerk", "hand_in")}
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    assert _waited_for(cast, Task) == {("head", "approve")}
    plans.approve_task(task, by=cast.head)
    assert _waited_for(cast, Task) == {("clerk", "seal"), ("supervisor", "desk:codes")}
    codes.hand_over(task, "ab" * 32, 20, by=cast.supervisor)
    assert _waited_for(cast, Task) == {("clerk", "seal")}
    draw = seal(task)
    assert _waited_for(cast, Task) == set()
    assert {who for who, _ in _waited_for(cast, Draw)} >= {"witness1", "witness2", "witness3"}
    throw(draw)
    assert _waited_for(cast, Draw) == set()  # the machine's turn
    drawing.run(draw.pk)
    assert _waited_for(cast, Draw) == {("clerk", "scheme")}
    case = draw.cases.filter(assignments__inspector__account__isnull=False).first()
    member = case.team()[0].inspector.account
    assert not look(member, "inspections")  # nobody sets out without an approved scheme
    scheme = schemes.draft(task, by=cast.clerk)
    assert _waited_for(cast, Draw) == set() and _waited_for(cast, Scheme) == {("head", "approve")}
    schemes.approve(scheme, by=cast.head)
    assert _waited_for(cast, Scheme) == set()
    assert _asked_of(member, case) == {"desk:case"}


def test_a_case_goes_from_hand_to_hand(drawn, cast):
    """The one who wrote the record is asked for the report, the second to confirm it; the party's part is
    nobody's work, and what it has reported is the team's again."""
    case = drawn.cases.order_by("pk").first()
    first, second, *_ = [each.inspector.account for each in case.team()]
    hold(case, fails=["A01.1"])
    assert _asked_of(first, case) == {"desk:report"}
    assert _asked_of(second, case) == {"desk:report", "desk:confirm"}
    confirmations.confirm(case, by=second)
    report = reports.submit(reports.draft(case, by=first), by=first)
    assert _asked_of(first, case) == _asked_of(second, case) == set()
    assert ("head", "approve") in _waited_for(cast, Report)
    publish(reports.approve(report, by=cast.head), cast)
    assert _asked_of(first, case) == _asked_of(second, case) == set() == _waited_for(cast, Report)
    finding = case.findings.get(status=Finding.State.OPEN)
    rectifications.report(finding, "已换新", by=cast.clerk)
    assert _asked_of(first, case) == _asked_of(second, case) == {"desk:reinspect"}


def test_one_matter_waits_once_for_one_person(drawn, cast):
    """A file and the form it is asked for on are one matter."""
    case = drawn.cases.order_by("pk").first()
    publish(reports.approve(inspect(case, fails=["A01.1"]), by=cast.head), cast)
    penalties.propose(
        case, list(case.findings.all()), "事由", "事实", "建议立案", by=case.team()[0].inspector.account
    )
    assert Paper.objects.filter(case=case, penalty__isnull=False, status=Paper.State.DRAFTED).exists()
    assert _waited_for(cast, Penalty) == {("head", "approve")} and _waited_for(cast, Paper) == set()


@pytest.mark.slow
def test_what_waits_is_on_the_first_page(drawn, cast, client):
    """Of the inspector on the desk, of the head there and at the workbench; of a stranger nothing."""
    case = drawn.cases.order_by("pk").first()
    first, second, *_ = [each.inspector.account for each in case.team()]
    hold(case)
    assert _first_page(client, second, case.subject.name, "复核确认记录")
    assert not _first_page(client, first, "复核确认记录")
    assert _in_section(client, first, "等您办理", case) and not _in_section(client, first, "等别人办理", case)
    confirm(case)
    reports.submit(reports.draft(case, by=first), by=first)
    # one of mine that waits for another is still there, once
    assert _in_section(client, first, "等别人办理", case) and not _in_section(client, first, "等您办理", case)
    for address in ("/desk/", f"/desk/cases/{case.token}/"):
        page = client.get(address).content.decode()
        assert "报告待审核" in page and "待报告" not in page and "报告期限" not in page, address
    for address in ("/desk/", "/admin/"):
        client.force_login(cast.head)
        page = client.get(address, follow=True).content.decode()
        assert case.subject.name in page and "审核通过" in page, address
        client.force_login(cast.stranger)
        assert case.subject.name not in client.get(address, follow=True).content.decode(), address


def _first_page(client, account, *words):
    client.force_login(account)
    text = client.get("/desk/").content.decode()
    waits = text.partition("等您办理")[2].partition("</section>")[0]
    return all(each in waits for each in words)


def _in_section(client, account, heading, case):
    client.force_login(account)
    page = client.get("/desk/").content.decode()
    section = page.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]
    assert section.count(case.token) <= 1
    return case.token in section


def _asked_of(account, case):
    """What an account of a team is asked to do in a case, by the pages' names."""
    return {
        each.wait.act
        for each in look(account, "inspections")
        if each.wait.team and any(getattr(thing, "case", thing) == case for thing in each.things)
    }


def test_nobody_is_asked_to_judge_what_is_his_own(cast, register):
    event = SubjectEvent.objects.create(
        subject=Subject.objects.first(),
        code="complaint",
        happened_on=timezone.localdate(),
        source="来信",
        recorded_by=cast.clerk,
    )
    assert _waited_for(cast, SubjectEvent) == {("head", "verify")}
    assert event.status == SubjectEvent.State.RECORDED


def _waited_for(cast, noun):
    """{(name in the cast, act)}; a stranger of another bureau is never among them."""
    room = noun.__module__.rpartition(".")[0]
    found = {
        (name, each.wait.act)
        for name, account in vars(cast).items()
        for each in look(account, room)
        if each.noun is noun
    }
    assert "stranger" not in {name for name, _ in found}
    return found


def test_each_room_is_asked_by_its_name():
    assert {each.__name__ for each in nouns("inspections.plan")} == {"Plan", "Task", "Directive", "Assigned"}
    assert {each.__name__ for each in nouns("publicity")} == {"HandedRow", "Publication", "Letter", "Return"}
