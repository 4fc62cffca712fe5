"""案卷: one case, one file, in order; as one PDF, or as a ZIP whose hashes anybody
can check (sha256sum -c)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from pypdf import PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError

from registries.documents import render
from registries.models import JournalEntry, Reason
from registries.services import journal

from ..case import clocks, events
from ..states import PaperState
from . import contents, issuing, pictures, styles
from .days import day_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from registries.models import Account

    from ..case.models import Case

_STAMP = (2020, 1, 1, 0, 0, 0)  # the same file twice is the same bytes


_KINDS = {"application/pdf": "pdf", "image/jpeg": "picture", "image/png": "picture", "image/webp": "picture"}


def parts(case):
    """What is in the file, in order: [(title, number, day, "pdf" or "picture" or "data",
    StoredFile)]. Nothing is read yet."""
    found = []
    signed = case.papers.exclude(signed_at=None).select_related("form", "bureau")
    for paper in sorted(signed, key=lambda each: (contents.ORDER.index(each.code), each.pk)):
        title = paper.form.title + ("（已作废）" if paper.status == PaperState.VOIDED else "")
        found.append((title, paper.number, paper.signed_at, "pdf", issuing.file_of(paper)))
    for document in case.documents.order_by("pk").select_related("file"):
        found.append((document.get_kind_display(), "", document.issued_at, "pdf", document.file))
    standing = set(case.exhibits.standing().values_list("pk", flat=True))
    counting = set(case.exhibits.signatures().values_list("pk", flat=True))
    for each in case.exhibits.select_related("original"):
        title = each.get_kind_display() + (f"：{each.caption}" if each.caption else "")
        if each.pk not in standing:
            title += "（不计入记录）"
        elif each.kind == "signature" and each.pk not in counting:
            title += "（不算数：签的是改以前的一份）"
        kind = _KINDS.get(each.original.media_type, "data")
        found.append((title, "", each.taken_at or each.kept_at, kind, each.original))
    return found


def as_pdf(case: Case, *, by: Account, tell: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """One PDF: cover, contents with page numbers, the papers, the pictures, what happened on which day.

    `tell(done, total)` is called before each part.
    """
    inside, found = [], parts(case)
    for n, (title, number, day, kind, file) in enumerate(found):
        tell(n, len(found))
        # A recording is in no PDF: it is not read, only asked for.
        data = _read(file) if kind != "data" else b"data" if file.is_here() else b""
        pages = _pages(case, title, day, kind, data)
        inside.append((title, number, day_of(day), pages, "" if pages else "另存" if data else "文件缺失"))
    tell(len(found), len(found))
    writer, lead = PdfWriter(), _lead(case, inside)
    writer.append(
        io.BytesIO(render("casefile_front", _front(case, _contents(inside, lead + 1)))), import_outline=False
    )
    for title, number, _, pages, _ in inside:
        if pages:
            writer.append(pages, outline_item=f"{title} {number}".strip(), import_outline=False)
    many = len(writer.pages) + 1
    back = render("casefile_back", _back(case, many, [row for row in inside if row[4]]))
    writer.append(io.BytesIO(back), outline_item="备考表", import_outline=False)
    _number_pages(writer)
    writer.add_metadata({"/Title": f"案卷 {case.subject.name}"})
    out = io.BytesIO()
    writer.write(out)
    _journal(case, by, "pdf", out.getvalue())
    return out.getvalue()


def _lead(case, inside):
    """How many pages the cover and the contents take, which are as long as there are papers."""
    return len(PdfReader(io.BytesIO(render("casefile_front", _front(case, _contents(inside, 1))))).pages)


def _back(case, many, apart):
    """备考表: how many pages, what lies apart, who has put the file together."""
    return {
        "case": case,
        "many": many,
        "apart": apart,
        "team": [seat.inspector.name for seat in case.team()],
        "late": list(clocks.stopped_late(case)),
        "made_at": timezone.localtime(),
    }


def _number_pages(writer):
    """The numbers that the contents name, on the pages: at the foot of every page but the cover."""
    numbers = PdfReader(io.BytesIO(render("casefile_numbers", {"pages": range(1, len(writer.pages) + 1)})))
    for page, number in zip(writer.pages, numbers.pages, strict=True):
        width = float(page.mediabox.width)
        page.merge_transformed_page(
            number, Transformation().translate(width - float(number.mediabox.width), 0)
        )


def _pages(case, title, day, kind, data):
    """A part as PDF pages, or None for a recording, a file that is gone, one that nothing can read."""
    try:
        if kind == "picture":
            data = _picture(case, title, day, data)
        return PdfReader(io.BytesIO(data)) if data.startswith(b"%PDF") else None
    except (PyPdfError, pictures.NotAPicture):
        return None


def _contents(inside, at):
    rows = []
    for title, number, day, pages, remark in inside:
        rows.append((title, number, day, at if pages else "—", remark))
        at += len(pages.pages) if pages else 0
    return rows


@transaction.atomic
def as_zip(case: Case, *, by: Account) -> bytes:
    """A ZIP of the originals with SHA256SUMS.txt, the facts as JSON and the
    journal's entries of this case."""
    ending = {b"%PDF": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"RIFF": "webp"}
    files = {}
    for n, (title, number, _, _, file) in enumerate(parts(case), 1):
        data = _read(file)
        title += "" if data else "（文件缺失）"
        name = next((end for mark, end in ending.items() if data.startswith(mark)), "bin")
        files[f"{n:02d} {_plain(title)} {_plain(number)}".strip() + f".{name}"] = data
    files["办理节点.json"] = _dump(
        [
            {
                "code": each.code,
                "title": events.TITLES.get(each.code, each.code),
                "at": each.at.isoformat(),
                "thread": each.thread,
                "note": each.note,
                "by": str(each.by or ""),
            }
            for each in case.events.order_by("pk")
        ]
    )
    for filing in case.filings.order_by("pk"):
        files[f"上报原文 {filing.receipt}.json"] = filing.body.read()
    for sheet in case.sheets.order_by("pk").select_related("body"):
        files[f"签名的内容 {sheet.pk} {sheet.get_kind_display()}.json"] = sheet.body.read()
    entries = JournalEntry.objects.filter(bureau=case.bureau, about=case.about).order_by("seq")
    files["办理日志.json"] = _dump(
        [
            {
                "seq": each.seq,
                "at": each.at.isoformat(),
                "actor": each.actor,
                "action": each.action,
                "facts": each.facts,
                "prev": each.prev,
                "digest": each.digest,
            }
            for each in entries
        ]
    )
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, data in [*files.items(), ("SHA256SUMS.txt", sums.encode())]:
            made.writestr(zipfile.ZipInfo(name, _STAMP), data)
    _journal(case, by, "zip", out.getvalue())
    return out.getvalue()


def _read(file):
    """The bytes, or none where the file is gone or has changed: the contents say so, the rest
    is exported all the same."""
    try:
        return file.read()
    except (OSError, ValueError):
        return b""


def blank_record(case):
    """空白现场检查记录: what is known printed, what is found left to be written by hand. PDF bytes."""
    form = styles.form_of(case.bureau, "record")
    officers = [contents.officer(seat, timezone.localdate()) for seat in case.team()]
    facts = {
        "form": form,
        "case": case,
        "bureau": case.bureau,
        "officers": officers,
        "rows": range(8),
        "opening": form.texts.get("opening", "").format(
            bureau=case.bureau.name,
            officers="、".join(each["name"] for each in officers),
            certificates="、".join(each["certificate"] or "—" for each in officers),
        ),
        "mark": "",
        "facts": {"title": form.title, "number": ""},
    }
    return render("blank_record", facts)


def _front(case, rows):
    return {
        "case": case,
        "rows": rows,
        "team": [seat.inspector.name for seat in case.team()],
        "bureau": case.bureau,
        "result": _result(case),
        "late": list(clocks.stopped_late(case)),
        "events": [
            (events.TITLES.get(each.code, each.code), timezone.localtime(each.at), each.note)
            for each in case.events.order_by("at", "pk")
        ],
        "papers": case.papers.exclude(number="").order_by("pk"),
        "made_at": timezone.localtime(),
    }


def _result(case):
    standing = case.outcomes.order_by("-pk").first()
    found = standing and Reason.objects.filter(bureau=case.bureau, kind="result", code=standing.code).first()
    return found.title if found else ""


def _picture(case, title, day, data):
    shown = pictures.clean(data)
    image = contents.inline(shown.data, shown.media_type)
    digest = hashlib.sha256(data).hexdigest()
    return render(
        "casefile_picture", {"title": title, "day": day, "image": image, "digest": digest, "case": case}
    )


def _journal(case, by, form, data):
    journal.write(
        "casefile.exported",
        by=by,
        about=case.about,
        facts={"form": form, "digest": hashlib.sha256(data).hexdigest()},
    )


def _plain(text):
    return "".join(letter for letter in text if letter not in '\\/:*?"<>|')[:60]


def _dump(facts):
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()
