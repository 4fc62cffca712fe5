"""当场签发的文书: a paper that was signed on a phone, with a number lent to its team, stands as it was signed
there. What the phone shows of a form before that, it takes from here too."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages

from ..case import events
from ..states import PaperState
from . import contents, issuing, lending
from .days import day_of
from .models import Paper
from .styles import form_of

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from registries.models import Account

    from ..case.models import Case

AFTER_THE_FACT = {"measure"}  # its head is told by telephone, and approves it the same day
MEASURES: list[str] = json.loads(
    (Path(__file__).parent.parent / "data/measures.json").read_text(encoding="utf-8")
)  # what may be ordered at once (安全生产法第65条)
_GIVEN = ("receiver", "place", "on", "way", "witness", "remark")


class _Kept(dict):
    """What is known is filled in, the other braces stay for the phone."""

    def __missing__(self, name):
        return f"{{{name}}}"


def forms(case: Case, codes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """{code: {"title", "texts"}} of the forms in force, with all filled in that does not wait for the visit:
    a phone shows with it, before it is signed, how the paper will read."""
    bureau = case.bureau
    words = _Kept(
        bureau=bureau.name,
        subject=case.subject.name,
        government=bureau.government or "本级人民政府",
        court=bureau.court or "有管辖权的人民法院",
    )
    found = {}
    for code in codes:
        form = form_of(bureau, code)
        texts = {name: text.format_map(words) for name, text in form.texts.items()}
        if bureau.remedy and "remedy" in texts:
            texts["remedy"] = bureau.remedy
        found[code] = {"title": form.title, "texts": texts}
    return found


def issue(
    case: Case, said: dict[str, Any], signed: dict[str, Any], *, by: Account, at: datetime, **parts: Any
) -> Paper:
    """The text that was signed (`said`) in, Paper out: numbered, signed at the moment `at`, delivered where a
    送达回证 says so. `signed`: {"digest"}, and {"signatures"} where the text has its own. `parts`: the
    reinspection that it is about.

    Raises what lending.use and contents.of raise, paper_texts, paper_finding, paper_listed."""
    code, day = said["code"], timezone.localdate(at)
    lent = lending.use(case, said["number"], code, at)
    form = form_of(case.bureau, code)
    paper = Paper(
        bureau=case.bureau,
        case=case,
        form=form,
        code=code,
        token=lent.token,
        typed=lent.typed,
        given={name: str(said[name])[:300] for name in _GIVEN if said.get(name)},
        drafted_by=by,
        owes_approval=code in AFTER_THE_FACT or form.needs_approval,
        **parts,
    )
    facts = contents.of(paper)
    texts = _signed_texts(form, said, facts["texts"]) if code in CODES else facts["texts"]
    facts |= _SAID[code](case, said) if code in _SAID else {}
    facts |= {"signatures": signed["signatures"]} if "signatures" in signed else {}
    facts |= {
        "texts": texts,
        "officers": [contents.officer(seat, day) for seat in case.team()],
        "sheet": signed["digest"],
        "number": lent.number,
        "date": day_of(at),
        "moment": said.get("moment", ""),
    }
    paper.facts = facts
    paper.save()
    issuing.stand(paper, lent.number, facts, at, by)
    if paper.owes_approval:
        _call(paper, said.get("called") or {}, at, by)
    return paper


def _signed_texts(form, said, texts):
    """The form's sentences as they were signed: each of them, or it is not this paper. Nothing is printed
    that nobody has signed. Raises paper_texts."""
    lacking = [name for name in texts if not said["texts"].get(name, "").strip()]
    if lacking:
        raise DomainError("paper_texts", title=form.title)
    return {name: said["texts"][name] for name in texts}


def _call(paper, called, at, by):
    """The head was told by telephone, or could not be reached: he approves it on the same day."""
    words = "，".join(filter(None, [called.get("to"), called.get("words")])) or "没有打通"
    events.record(paper.case, "measure.called", by=by, at=at, thread=paper.thread, note=words[:300])
    heads = messages.holders(paper.bureau_id, "inspections.approve_task")
    said = f"“{paper.case.subject.name}”当场作出{paper.form.title}{paper.number}，请在当天补办审批"
    messages.tell(heads, "major", paper.case, said, by=by)
    messages.hand_on(paper, by=by)
    journal.write(
        "paper.called",
        by=by,
        about=paper.case.about,
        facts={"paper": paper.pk, "number": paper.number, "words": words[:200]},
    )


def _findings(case, said, ordered=False):
    """The problems that a paper names, in the words that were signed, with the numbers of the case."""
    found = list(case.findings.order_by("number"))
    by_line = {each.line: each for each in found if each.line}
    others = {each.wording.strip(): each for each in found if not each.line}
    rows = []
    for told in said["findings"]:
        known = by_line.get(told["line"]) if told["line"] else others.get(told["wording"].strip())
        if known is None:
            raise DomainError("paper_finding", wording=told["wording"][:40])
        row = {
            name: told[name] for name in ("wording", "facts", "basis", "measure", "is_major", "major_reason")
        }
        due = day_of(date.fromisoformat(told["due_on"])) if ordered and told["due_on"] else ""
        rows.append(row | {"number": known.number, "disposal": known.get_disposal_display(), "due": due})
    return rows


def _measure(case, said):
    decisions = [str(each)[:300] for each in said["decisions"]]
    return {"findings": _findings(case, said), "decisions": decisions}


def _order(case, said):
    return {"findings": _findings(case, said, ordered=True)}


def _delivery(case, said):
    known = dict(case.papers.filter(status=PaperState.SIGNED).values_list("number", "form__title"))
    lacking = [number for number in said["listed"] if number not in known]
    if lacking or not said["listed"]:
        raise DomainError("paper_listed", numbers="、".join(lacking) or "（没有列出文书）")
    return {"papers": [[known[number], number] for number in said["listed"]]}


_SAID = {"measure": _measure, "order": _order, "delivery": _delivery}
CODES = ("measure", "order", "delivery")  # signed on a phone, each as a text of its own


def require_shape(said: dict[str, Any]) -> None:
    """Raises something where the text of a paper lacks a part that is read here."""
    if said["code"] not in CODES or not isinstance(said["number"], str):
        raise ValueError(said["code"])
    texts = said["texts"]
    if not all(isinstance(each, str) for pair in texts.items() for each in pair):
        raise ValueError("texts")
    for told in said.get("findings", ()):
        for name in ("line", "wording", "facts", "basis", "measure", "due_on", "major_reason"):
            if not isinstance(told[name], str):
                raise ValueError(name)
        if told["due_on"]:
            date.fromisoformat(told["due_on"])
        bool(told["is_major"])
    if said["code"] == "measure" and not all(isinstance(each, str) and each for each in said["decisions"]):
        raise ValueError("decisions")
    if said["code"] == "delivery":
        date.fromisoformat(said["on"])
        if not all(isinstance(each, str) for each in said["listed"]):
            raise ValueError("listed")
