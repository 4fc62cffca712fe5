"""Every act that writes asks for its own right and writes in one transaction: read from the code, so that the
next one is looked at too. What does not, stands in a table with its reason."""

import ast
from pathlib import Path

import pytest

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
    "inspections.draw.replacements.ask": _STEP,
    "inspections.draw.voiding.note": _STEP,
    "inspections.visit.findings.settle": _STEP,
    "inspections.visit.recusals.withdraw": "only who entered it takes it back",
    "inspections.case.events.record": _STEP,
    "inspections.after.rectifications.escalate": _STEP,
    "inspections.papers.dossier.as_pdf": _READS,
    "inspections.papers.dossier.as_zip": _READS,
    "inspections.papers.issuing.replace_notice": _STEP,
    "inspections.papers.binding.bring": _READS,
    "inspections.papers.binding.ask": "work for the worker; what is made is taken by who may open the case",
    "registries.services.subjects.record_own": _STEP,
    "registries.services.subjects.take_back_own": _STEP,
    "registries.services.corrections.note": _STEP,
    "registries.services.readings.note": _READS,
    "registries.services.relations.note_reading": _READS,
    "registries.services.journal.write": "the entry itself",
    "publicity.services.letters.look": _READS,
}
_ONE_ROW = "one row, beside files that no transaction takes back"
NO_TRANSACTION = {
    "inspections.draw.voiding.note": _STEP,
    "inspections.visit.uploads.put": _ONE_ROW,
    "inspections.visit.uploads.keep": _ONE_ROW,
    "inspections.visit.findings.settle": _STEP,
    "inspections.visit.filings.receive": "kept first, then taken: each in a transaction of its own",
    "inspections.case.events.record": _STEP,
    "inspections.after.rectifications.escalate": _STEP,
    "inspections.papers.dossier.as_pdf": "writes one entry",
    "inspections.papers.issuing.replace_notice": _STEP,
    "inspections.papers.binding.bring": _READS,
    "inspections.papers.binding.ask": "one row",
    "registries.services.corrections.note": _STEP,
    "registries.services.imports.original": "writes one entry",
    "registries.services.imports.preview": "kept first, then compared, piece by piece for the worker",
    "registries.services.imports.apply": "claimed first, then written whole in one transaction",
    "registries.services.relations.note_reading": "writes one entry",
    "publicity.services.letters.look": "writes one entry",
    "publicity.services.releases.disc": "writes one entry",
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


@pytest.mark.parametrize("name", ["inspections.plan.plans.approve", "registries.services.people.bring_back"])
def test_one_that_forgot_would_be_found(name, monkeypatch):
    calls, _, told = FUNCTIONS[name]
    monkeypatch.setitem(FUNCTIONS, name, ({each for each in calls if not _asks(each)}, set(), told))
    with pytest.raises(AssertionError):
        test_every_act_asks_for_its_own_right()
    with pytest.raises(AssertionError):
        test_every_act_writes_in_one_transaction()
