"""Whether a visit is complete: one table of rules (data/completeness.json), read here and, as it travels with
the tasks, by the phone (static/js/field-rules.js), word for word.

A rule speaks of one thing (`of`: each line, each finding, the visit) and holds where all its conditions do.
`must`: what keeps a visit from being ended. `should`: what the file still lacks; asked for, never in the way.
"""

import json
from pathlib import Path

from django.utils import timezone

from registries.errors import DomainError

from ..case import opening, readiness
from ..papers import copies
from . import exhibits
from .models import Answer

RULES = json.loads((Path(__file__).parent.parent / "data/completeness.json").read_text(encoding="utf-8"))
_BLANK = RULES["blank"]
_SHOWN = 24  # characters of a line or a finding that a sentence repeats
_RECORD = ("record", "signed", "unsigned_reason", "witness", "recorder_number", "way")


def lacking(visit):
    """What keeps a visit (facts_of) from being ended: [(code, sentence)], in the order of the rules."""
    return [(rule["code"], said) for rule, said in _broken("must", visit)]


def wanting(visit):
    """What the file of a visit (facts_of) still lacks, in words: [sentence]."""
    return [said for _, said in _broken("should", visit)]


def require(case, ended_on, **record):
    """Raises the first thing that is lacking. `record`: what is written with the act that ends the visit."""
    for rule, thing in _found("must", facts_of(case, ended_on, **record)):
        raise DomainError(rule["code"], **thing)


def missing(case):
    """What the file of an ended visit still lacks, in words; what cannot be opened first."""
    visit = case.last_visit()
    if visit is None or visit.ended_at is None:
        return []
    blind = copies.unreadable(case.exhibits.values_list("original", flat=True))
    blind |= set(case.uploads.exclude(fault="").values_list("original", flat=True))
    replaced = {each for made in case.supplements.all() for each in made.instead_of}
    found = case.exhibits.standing().filter(original__in=blind).exclude(original__in=replaced)
    spoiled = [f"{each}打不开，请换一张，或者写明不要" for each in found]
    if awaited := exhibits.awaited(case):
        spoiled.append(f"签过的记录里写明的 {len(awaited)} 张照片还在同伴的手机里，没有传到")
    return spoiled + wanting(facts_of(case, timezone.localdate(visit.ended_at)))


def facts_of(case, ended_on, **record):
    """What the rules ask about, as plain texts and lists: the same that the phone gathers from its draft."""
    visit = case.last_visit()
    written = {name: getattr(visit, name, "") for name in _RECORD} | record
    given = {each.line: each for each in case.answers.all()}
    leads = readiness.lead_of(case).pk == case.pk
    findings = list(case.findings.order_by("number"))
    return written | {
        "leads": leads,
        "onsite": case.is_onsite,
        "signs": leads and case.is_onsite,
        "found": bool(findings),
        "ended_on": ended_on.isoformat(),
        "kept": sorted(_kept(case)),
        "lines": [_line(n, line, given.get(line["key"])) for n, line in enumerate(opening.lines_of(case), 1)],
        "findings": [_finding(each) for each in findings],
    }


def _kept(case):
    signed = case.exhibits.of_record().values_list("signer", flat=True)
    others = case.exhibits.standing().exclude(kind="signature").values_list("kind", flat=True)
    return {f"signature:{signer}" for signer in signed} | set(others)


def _line(n, line, answer):
    value = answer.value if answer else ""
    return {
        "n": n,
        "text": _cut(line["requirement"]),
        "value": value,
        "said": dict(Answer.VALUES).get(value, ""),
        "note": answer.note if answer else "",
        "open": bool(answer and answer.is_open),
    }


def _finding(each):
    return {
        "n": each.number,
        "text": _cut(each.wording),
        "wording": each.wording,
        "line": each.line,
        "basis": each.basis,
        "is_major": each.is_major,
        "disposal": each.disposal,
        "due_on": each.due_on.isoformat() if each.due_on else "",
        "major_reason": each.major_reason,
    }


def _cut(text):
    return text.strip(_BLANK)[:_SHOWN]


# -- how a rule is read: the same few words as in field-rules.js --------------------------------------


def _broken(kind, visit):
    for rule, thing in _found(kind, visit):
        yield rule, rule["said"].format_map(thing)


def _found(kind, visit):
    for rule in RULES[kind]:
        for thing in [visit] if rule["of"] == "visit" else visit[rule["of"]]:
            if all(_holds(thing, visit, *condition) for condition in rule["if"]):
                yield rule, thing


def _holds(thing, visit, name, word, than=None):
    value = thing[name]
    match word:
        case "holds":
            return bool(value)
        case "blank":
            return not value.strip(_BLANK)
        case "filled":
            return bool(value.strip(_BLANK))
        case "one of":
            return value in than
        case "none of":
            return value not in than
        case "before":
            return "" < value < visit[than]
        case "lacks":
            return not set(than) & set(value)
        case "lacks some":
            return not set(than) <= set(value)
    raise ValueError(word)
