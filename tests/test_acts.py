"""Every act that writes asks for its own right and writes in one transaction: read from the code, so that the
next one is looked at too. What does not, stands in a table with its reason."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

from registries.models.keys import Keyed

ROOT = Path(__file__).parent.parent
ROOMS = ("config", "inspections", "registries", "publicity")
SOURCES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if not {"migrations", "demo"} & set(path.parts)
]
WRITES = {"save", "create", "update", "delete", "bulk_create", "get_or_create", "update_or_create", "discard"}
_STEP = "a step of other acts, each of which has asked"
_READS = "a look, which stands in the journal; who may look is asked where the row is opened"
ASKS_NOTHING = {
    "registries.services.inheriting.tell_below": _STEP,
    "registries.services.placing.place": "by the keeper of the machine, who founds bureaus (found_bureaus)",
    "inspections.visit.visits.take_code": "a member has been asked, or it is the platform that says it",
    "registries.services.covers.touch": _STEP,
    "registries.services.moves.signed": _STEP,
    "registries.services.secondfactors.take_away": _STEP,
    "registries.services.asking.do_or_ask": "the verb that it does, or has tried, has asked",
    "registries.services.asking.ask": _STEP,
    "registries.services.consents.ask": _STEP,
    "registries.services.consents.withdraw": "only who asked takes it back",
    "registries.services.feeds.begin": "everybody's own days",
    "registries.services.feeds.end": "everybody's own days",
    "registries.services.accounts.open_account": _STEP,
    "registries.services.accounts.end_all": _STEP,
    "registries.services.rules.carry_out": _STEP,
    "inspections.visit.onthespot.refuse": _STEP,
    "inspections.draw.replacements.ask": _STEP,
    "inspections.draw.voiding.note": _STEP,
    "inspections.visit.findings.settle": _STEP,
    "inspections.visit.lines.rule": _STEP,
    "inspections.visit.lines.take_rulings": _STEP,
    "inspections.visit.lines.settle_filing": _STEP,
    "inspections.visit.exhibits.keep_filed": _STEP,
    "inspections.visit.majors.note_found": _STEP,
    "inspections.visit.outcome.settle": _STEP,
    "inspections.visit.recusals.withdraw": "only who entered it takes it back",
    "inspections.case.events.record": _STEP,
    "inspections.after.rectifications.escalate": _STEP,
    "inspections.papers.dossier.as_pdf": _READS,
    "inspections.papers.dossier.as_zip": _READS,
    "inspections.papers.issuing.replace_notice": _STEP,
    "inspections.papers.binding.bring": _READS,
    "inspections.papers.binding.ask": "work for the worker; what is made is taken by who may open the case",
    "registries.services.subjects.record_own": _STEP,
    "registries.services.subjects.end_own": _STEP,
    "registries.services.subjects.take_back_own": _STEP,
    "registries.services.corrections.note": _STEP,
    "registries.services.readings.note": _READS,
    "registries.services.relations.note_reading": _READS,
    "registries.services.journal.write": "the entry itself",
    "registries.services.messages.tell": _STEP,
    "registries.services.messages.hand_on": _STEP,
    "registries.services.messages.judged": _STEP,
    "publicity.services.letters.look": _READS,
}
_ONE_ROW = "one row, beside files that no transaction takes back"
NO_TRANSACTION = {
    "registries.services.inheriting.tell_below": _STEP,
    "registries.services.moves.signed": _STEP,
    "inspections.visit.onthespot.refuse": _STEP,
    "inspections.after.rectifications.draft_paper": _STEP,
    "inspections.after.reviews.receive": "kept first, then taken: each in a transaction of its own",
    "inspections.papers.spot.issue": _STEP,
    "inspections.papers.issuing.stand": _STEP,
    "inspections.visit.onthespot.set_aside": _STEP,
    "inspections.draw.voiding.note": _STEP,
    "inspections.visit.uploads.put": _ONE_ROW,
    "inspections.visit.uploads.keep": _ONE_ROW,
    "inspections.visit.findings.settle": _STEP,
    "inspections.visit.lines.rule": _STEP,
    "inspections.visit.lines.take_rulings": _STEP,
    "inspections.visit.lines.settle_filing": _STEP,
    "inspections.visit.exhibits.keep_filed": _STEP,
    "inspections.visit.majors.note_found": _STEP,
    "inspections.visit.outcome.settle": _STEP,
    "inspections.visit.filings.receive": "kept first, then taken: each in a transaction of its own",
    "inspections.case.events.record": _STEP,
    "inspections.after.rectifications.escalate": _STEP,
    "inspections.papers.dossier.as_pdf": "writes one entry",
    "inspections.papers.issuing.replace_notice": _STEP,
    "inspections.papers.binding.bring": _READS,
    "inspections.papers.binding.ask": "one row",
    "inspections.papers.binding.ask_notices": "one row",
    "inspections.papers.notices.all_of": "each notice in a transaction of its own",
    "registries.services.corrections.note": _STEP,
    "registries.services.imports.original": "writes one entry",
    "registries.services.imports.preview": "kept first, then compared, piece by piece for the worker",
    "registries.services.imports.apply": "claimed first, then written whole in one transaction",
    "registries.services.relations.note_reading": "writes one entry",
    "publicity.services.letters.look": "writes one entry",
    "publicity.services.releases.disc": "writes one entry",
}


NO_ENTRY = {
    "registries.services.inheriting.tell_below": _STEP,
    "registries.services.moves.signed": _STEP,
    "registries.services.corrections.amend": "the desk's page journals the row that it saves",
    "inspections.after.rectifications.escalate": _STEP,
    "inspections.case.events.record": "the case's own record, which the act beside it journals",
    "inspections.papers.binding.ask": "work to be done; what is made is journaled when it is",
    "inspections.papers.binding.ask_notices": "work to be done; each notice is journaled when it is signed",
    "inspections.papers.binding.bring": "the file that is made or handed out says so itself",
    "inspections.visit.findings.settle": _STEP,
    "inspections.visit.majors.note_found": _STEP,
    "inspections.visit.reports.draft": "not yet said to anybody; submitting it is journaled with its digest",
    "inspections.visit.reports.save": "not yet said to anybody; submitting it is journaled with its digest",
    "inspections.visit.uploads.keep": "bytes; what they show is journaled when it becomes an exhibit",
    "inspections.visit.uploads.put": "a piece of bytes on its way",
    "inspections.visit.visits.note": "a record half written; ending the visit is journaled with its digest",
    "registries.services.corrections.note": _STEP,
    "registries.services.messages.tell": _STEP,
    "registries.services.messages.hand_on": _STEP,
    "registries.services.messages.judged": _STEP,
}


_WORK = "the clerk's own work goes on: nobody else waits"
TELLS_NOBODY = {
    "publicity.outgoing.handing.take_file": "whoever takes the file; the replies tell",
    "publicity.outgoing.handing.fetch": "the other side fetches: its answer, or its silence, tells",
    "publicity.outgoing.answers._is_over": "withdrawn here and not taken there: nothing is left to do",
    "publicity.outgoing.answers.absent": "the row goes on its way again, or is over",
    "publicity.outgoing.sending.claim": "a row on its way; what comes of it tells",
    "registries.services.records._settle_event": "what the register has from a source's record, by that act",
    "inspections.papers.lending.come_home": "a number that nobody used: nobody waits",
    "inspections.papers.lending.next_serial": "a number: the paper that takes it tells",
    "inspections.papers.lending.spoil": "whoever spoils it says so himself; the auditor reads it in the list",
    "inspections.papers.lending.use": "a number: the paper that takes it tells",
    "inspections.papers.issuing._reopen": "the paper that opens it again tells whom it waits for",
    "inspections.papers.issuing._void": "what takes its place is drafted, and that is told",
    "inspections.visit.findings.settle": "the end of the visit tells the team",
    "inspections.visit.supplements._find": "the team signed it; its clocks ask the team",
    "publicity.services.carrying._end": "whoever prepared it was told when it was judged",
    "publicity.services.carrying._say": "whoever prepared it was told when it was judged",
    "registries.services.imports._claim": "a step of the machine",
    "registries.services.imports.receive": _WORK,
    "registries.services.imports.remap": _WORK,
    "registries.services.imports.reread": _WORK,
    "registries.services.imports.undo": _WORK,
    "registries.services.imports.write": _WORK,
    "registries.services.subjects.take_back_own": _STEP,
}


def _read():
    """{function by its whole name: (what it calls, its decorators, whether it is told who acts)}."""
    found = {}
    for path in SOURCES:
        tree, module = ast.parse(path.read_text()), ".".join(path.relative_to(ROOT).with_suffix("").parts)
        known = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                base = module.split(".")[: -node.level] if node.level else []
                whole = ".".join([*base, *([node.module] if node.module else [])])
                known |= {each.asname or each.name: f"{whole}.{each.name}" for each in node.names}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                calls = {
                    _name(each.func, known, module) for each in ast.walk(node) if isinstance(each, ast.Call)
                }
                arguments = {each.arg for each in node.args.args + node.args.kwonlyargs}
                marks = {ast.unparse(each) for each in node.decorator_list}
                found[f"{module}.{node.name}"] = calls, marks, "by" in arguments
    return found


def _name(called, known, module):
    if isinstance(called, ast.Name):
        return known.get(called.id, f"{module}.{called.id}")
    if isinstance(called, ast.Attribute):
        is_known = isinstance(called.value, ast.Name) and called.value.id in known
        return f"{known[called.value.id]}.{called.attr}" if is_known else f".{called.attr}"
    return ""


def _reaches(name, goal, seen):
    if name in seen or name not in FUNCTIONS:
        return False
    seen.add(name)
    return any(goal(each) or _reaches(each, goal, seen) for each in FUNCTIONS[name][0])


def _writes(name):
    return name.startswith(".") and name[1:] in WRITES or name.endswith("transitions.move")


def _tells(name):
    return name.startswith("registries.services.messages.")


def _asks(name):
    return name == ".has_perm" or name.endswith("services.access.require")


def _is_page(name):
    """What the desk's buttons call only hands on: forms, views and pages."""
    module = name.rsplit(".", 1)[0]
    text = (ROOT / (module.replace(".", "/") + ".py")).read_text()
    return any(
        each in text for each in ("from django import forms", "django.shortcuts", "django.contrib import")
    )


FUNCTIONS = _read()
ACTS = [
    name
    for name, (_, _, is_told) in FUNCTIONS.items()
    if is_told
    and not name.rsplit(".", 1)[1].startswith("_")
    and _reaches(name, _writes, set())
    and not _is_page(name)
]


def test_every_act_asks_for_its_own_right():
    silent = {name for name in ACTS if not _reaches(name, _asks, set())}
    assert len(ACTS) > 120 and silent == set(ASKS_NOTHING)


def test_every_act_writes_in_one_transaction():
    loose = {name for name in ACTS if not any("atomic" in mark for mark in FUNCTIONS[name][1])}
    assert loose == set(NO_TRANSACTION)


def test_every_act_that_writes_leaves_an_entry():
    """Whoever acts is named: each act reaches the journal, not only something that is called as it is."""
    silent = {name for name in ACTS if not _reaches(name, _enters, set()) and not _enters(name)}
    assert silent == set(NO_ENTRY)


def _enters(name):
    return name.endswith("services.journal.write")


def test_every_act_says_its_types():
    """Whoever calls one reads what goes in and comes out; mypy reads it too (make check)."""
    bare = set()
    for name in ACTS:
        module, _, function = name.rpartition(".")
        tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text())
        node = next(each for each in tree.body if getattr(each, "name", "") == function)
        arguments = [*node.args.args, *node.args.kwonlyargs]
        if node.returns is None or any(each.annotation is None for each in arguments):
            bare.add(name)
    assert not bare


@pytest.mark.parametrize("name", ["inspections.plan.plans.approve", "registries.services.people.bring_back"])
def test_one_that_forgot_would_be_found(name, monkeypatch):
    calls, _, told = FUNCTIONS[name]
    monkeypatch.setitem(FUNCTIONS, name, ({each for each in calls if not _asks(each)}, set(), told))
    with pytest.raises(AssertionError):
        test_every_act_asks_for_its_own_right()
    with pytest.raises(AssertionError):
        test_every_act_writes_in_one_transaction()


# -- keys are said by the thing --------------------------------------------------------------------------

_NOUNS = {each.about_of("") for each in apps.get_models() if issubclass(each, Keyed)}
_THREADS = {each.thread_of("") for each in apps.get_models() if issubclass(each, Keyed)}


def keys_by_hand(text):
    """[(line, text)] of a Python source: a journal's subject or a thread that is spelled by hand."""
    return [
        (node.lineno, node.values[0].value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.JoinedStr)
        and len(node.values) == 2
        and isinstance(node.values[0], ast.Constant)
        and node.values[0].value in _NOUNS | _THREADS
    ]


def test_no_key_is_spelled_by_hand():
    told = {
        str(path.relative_to(ROOT)): found for path in SOURCES if (found := keys_by_hand(path.read_text()))
    }
    assert not told and {"draw ", "import ", "case "} <= _NOUNS
    assert keys_by_hand('x = f"case {case.pk}"') and keys_by_hand('x = f"finding:{each.pk}"')


def test_whoever_moves_a_thing_tells_whom_it_concerns():
    silent = {
        name
        for name, (calls, *_) in FUNCTIONS.items()
        if any(each.endswith("transitions.move") for each in calls) and not _reaches(name, _tells, set())
    }
    assert silent == set(TELLS_NOBODY)
