"""报送材料: drafted from the numbers, approved by another, handed in, answered. What is approved is fixed,
and its files with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import documents, exports
from registries.errors import DomainError
from registries.services import journal, messages, storage
from registries.services.access import require, require_other
from registries.transitions import move

from .. import drafting, wordfile
from ..counts import numbers, tables
from ..counts.span import Span
from ..models import Reply, Return, ReturnLayout
from ..states import ReturnState

if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from registries.models import Account

PREPARE, APPROVE = "publicity.prepare_publication", "publicity.approve_publication"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TEXTS = {"summary": drafting.summary, "common": drafting.problems}


@transaction.atomic
def draft(since: date, until: date, kind: str = "summary", *, by: Account) -> Return:
    """A text or a table from the bureau's numbers of these days (both counted), all of them: it is not
    public. Of common problems only what may be told is told: it goes to many. Raises period_backwards."""
    require(by, PREPARE)
    if until < since:
        raise DomainError("period_backwards")
    made = Return(bureau=by.bureau, kind=kind, since=since, until=until, drafted_by=by)
    _fill(made)
    made.save()
    journal.write("return.drafted", by=by, about=made.about, facts={"kind": kind})
    return made


@transaction.atomic
def count_again(one: Return, *, by: Account) -> Return:
    """The numbers of a draft as they are now; of a text, the text begun anew. What was typed into a table
    stays. Raises stale."""
    one = _open(one, by)
    typed = {line["label"]: line["value"] for line in lines_of(one) if not line["number"]}
    _fill(one)
    for line in lines_of(one):
        if not line["number"]:
            line["value"] = typed.get(line["label"])
    one.save(update_fields=["title", "text", "numbers"])
    journal.write("return.counted", by=by, about=one.about)
    return one


@transaction.atomic
def fill(one: Return, typed: dict[str, float | None], note: str, *, by: Account) -> Return:
    """What the system cannot count, by label, and what is to be said of the table. Raises stale."""
    one = _open(one, by)
    for line in lines_of(one):
        if not line["number"] and line["label"] in typed:
            line["value"] = typed[line["label"]]
    one.note = note.strip()
    one.save(update_fields=["numbers", "note"])
    journal.write("return.changed", by=by, about=one.about, facts={"lines": sorted(typed)})
    return one


@transaction.atomic
def write(one: Return, title: str, text: str, *, by: Account) -> Return:
    """The words of a text; one without a title keeps its own. Raises stale, text_unfinished for no words."""
    one = _open(one, by)
    if not text.strip():
        raise DomainError("text_unfinished")
    one.title, one.text = title.strip()[:200] or one.title, text.replace("\r\n", "\n").strip()
    one.save(update_fields=["title", "text"])
    journal.write("return.changed", by=by, about=one.about, facts={"fields": ["text"]})
    return one


@transaction.atomic
def drop(one: Return, *, by: Account) -> None:
    """Let a draft go that nobody has judged. The row stays, marked: nothing is deleted. Raises stale."""
    one = _open(one, by)
    move(one, ReturnState.DROPPED)
    messages.settle(one)
    journal.write("return.dropped", by=by, about=one.about)


def lines_of(one: Return) -> list[dict[str, Any]]:
    """Every line of its table."""
    return [line for part in one.numbers for line in part["lines"]]


def require_whole(one: Return) -> None:
    """Raises text_unfinished where a hint still stands in it, line_unfilled where a cell is empty."""
    if one.is_text and ("（请" in one.text or not one.text.strip()):
        raise DomainError("text_unfinished")
    for line in lines_of(one):
        if not line["number"] and line["value"] is None:
            raise DomainError("line_unfilled", label=line["label"])


@transaction.atomic
def approve(one: Return, *, by: Account) -> Return:
    """Another than who drafted it says that it stands; its files are made and kept. A table is what was
    handed in: it is not counted anew. Raises same_person, text_unfinished, line_unfilled,
    pdf_unavailable."""
    require(by, APPROVE, one.bureau)
    require_other(by, one.drafted_by, *filter(None, [one.handed_in_by]))
    require_whole(one)
    first = as_word(one) if one.is_text else as_book(one)
    word = storage.keep(first, WORD if one.is_text else exports.XLSX)
    pdf = storage.keep(as_pdf(one), "application/pdf")
    move(
        one,
        ReturnState.APPROVED,
        approved_by=by,
        approved_at=timezone.now(),
        word=word,
        pdf=pdf,
        sent_back="",
    )
    messages.judged(one, one.handed_in_by or one.drafted_by, True, by=by)
    facts = {"word": word.digest, "pdf": pdf.digest}
    journal.write("return.approved", by=by, about=one.about, facts=facts)
    return one


@transaction.atomic
def send(one: Return, to: str, day: date, receipt: str = "", *, by: Account) -> Return:
    """It was handed in: to whom, when, and what they answered (a number, a name). Raises sent_ahead for a day
    to come."""
    require(by, PREPARE, one.bureau)
    if day > timezone.localdate():
        raise DomainError("sent_ahead", day=day)
    move(one, ReturnState.SENT, sent_to=to[:100], sent_on=day, receipt=receipt[:200], sent_by=by)
    messages.settle(one)
    facts = {"to": to, "on": day.isoformat(), "receipt": receipt}
    journal.write("return.sent", by=by, about=one.about, facts=facts)
    return one


@transaction.atomic
def note_receipt(one: Return, receipt: str, *, by: Account) -> Return:
    """What the receiver has answered later; once. Raises stale where something stands there."""
    require(by, PREPARE, one.bureau)
    one = Return.objects.select_for_update(no_key=True, of=("self",)).get(pk=one.pk)
    if one.status != ReturnState.SENT or one.receipt:
        raise DomainError("stale", what=one.title, status=one.get_status_display())
    one.receipt = receipt[:200]
    one.save(update_fields=["receipt"])
    journal.write("return.answered", by=by, about=one.about, facts={"receipt": receipt})
    return one


@transaction.atomic
def note_reply(one: Return, sender: str, day: date, said: str, *, by: Account) -> Reply:
    """What one of those whom it went to has answered. Raises stale before it was sent, sent_ahead."""
    require(by, PREPARE, one.bureau)
    if one.status != ReturnState.SENT:
        raise DomainError("stale", what=one.title, status=one.get_status_display())
    if day > timezone.localdate():
        raise DomainError("sent_ahead", day=day)
    made = Reply.objects.create(
        bureau=one.bureau, answers=one, sender=sender[:100], on=day, said=said[:500], noted_by=by
    )
    journal.write("return.replied", by=by, about=one.about, facts={"reply": made.pk, "on": day.isoformat()})
    return made


@transaction.atomic
def change_layout(
    code: str, title: str, source: str, parts: list[dict[str, Any]], *, by: Account
) -> ReturnLayout:
    """Another version of a layout: what was drafted by the one before keeps its lines. Raises
    layout_wrong."""
    require(by, PREPARE)
    known = tables.layouts(by.bureau)
    if code not in known:
        raise DomainError("layout_wrong", why="没有这张报表")
    lines = [line for part in parts for line in part["lines"]]
    odd = [line["number"] for line in lines if line.get("number") and line["number"] not in numbers.BY_CODE]
    bare = [line for line in lines if not line.get("number") and not line.get("label", "").strip()]
    own = [line["label"].strip() for line in lines if not line.get("number") and line not in bare]
    if twice := next((label for label in own if own.count(label) > 1), ""):
        raise DomainError("layout_wrong", why=f"“{twice}”有两行，另填的行名称不能一样")
    if odd or bare or not lines:
        raise DomainError("layout_wrong", why="每行要有指标或者名称" if not odd else f"没有指标“{odd[0]}”")
    made = ReturnLayout.objects.create(
        bureau=by.bureau,
        code=code,
        version=known[code]["version"] + 1,
        title=title[:100],
        source=source[:200],
        parts=parts,
        made_by=by,
    )
    journal.write("layout.changed", by=by, about=made.about, facts={"code": code, "version": made.version})
    return made


def as_word(one: Return) -> bytes:
    """The .docx of a text as it stands."""
    return wordfile.of(one.title, one.text, [one.bureau.name, f"{_day(one):%Y年%-m月%-d日}"])


def as_book(one: Return) -> bytes:
    """The .xlsx of a table as it stands: every line with its definition."""
    industries = tables.INDUSTRIES if any(line["split"] for line in lines_of(one)) else []
    rows: list[list[Any]] = [[one.title], [f"{one.bureau.name}　{Span(one.since, one.until)}"]]
    rows.append(["栏", "指标", "单位", "本期", "上年同期", "增减", *industries, "指标解释", "依据"])
    for part in one.numbers:
        for line in part["lines"]:
            split = [line["split"].get(name) for name in industries]
            told = [line["unit"], line["value"], line["before"], difference(line)]
            source = line["source"] or "没有公开来源，按本系统口径"
            rows.append([part["title"], line["label"], *told, *split, line["definition"], source])
    rows.append(["说明", one.note])
    return exports.workbook(rows)


def as_pdf(one: Return) -> bytes:
    """The PDF of a return as it stands."""
    facts = {"title": one.title, "bureau": one.bureau, "day": _day(one)}
    facts["title_lines"] = wordfile.title_lines(one.title, one.bureau.name)
    if one.is_text:
        return documents.render("year_report", facts | {"paragraphs": wordfile.paragraphs(one.text)})
    for line in lines_of(one):
        line["more"] = difference(line)
    return documents.render("return_table", facts | {"one": one, "span": str(Span(one.since, one.until))})


def difference(line: dict[str, Any]) -> float | None:
    """This span less the same a year before; None where one of them is not known."""
    if line["value"] is None or line["before"] is None:
        return None
    return round(line["value"] - line["before"], 2)


def _fill(one):
    span = Span(one.since, one.until)
    if one.is_text:
        more = {"is_internal": True} if one.kind == "summary" else {}
        one.title, one.text = _TEXTS[one.kind](one.bureau, one.since, one.until, **more)
        return
    layout = tables.layouts(one.bureau)[one.kind]
    one.title = f"{one.bureau.name}{span}{layout['title']}"
    one.numbers = tables.table(layout, one.bureau, span, keeps=True)


def _open(one, by):
    require(by, PREPARE, one.bureau)
    one = Return.objects.select_for_update(no_key=True, of=("self",)).get(pk=one.pk)
    if not one.is_open:
        raise DomainError("stale", what=one.title, status=one.get_status_display())
    return one


def _day(one):
    return timezone.localdate(one.approved_at) if one.approved_at else timezone.localdate()
