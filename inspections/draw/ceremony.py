"""摇号会: the minutes beside the draw, the notice at sealing, and what the screens show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import qrcode
from registries.documents import render
from registries.errors import DomainError
from registries.models import Reason
from registries.services import journal, logreading, storage
from registries.services.access import require

from ..case.models import Document
from .models import Minutes

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from .models import Draw

FIELDS = ["place", "host", "operator", "supervisor", "witnesses", "video_number"]


@transaction.atomic
def write_minutes(draw: Draw, *, by: Account, note: str = "", **fields: Any) -> Minutes:
    """Who was there, where, on which video. Written anew to amend; the earlier ones stay."""
    require(by, "inspections.seal_draw", draw.bureau)
    missing = [
        Minutes._meta.get_field(name).verbose_name for name in FIELDS if not fields.get(name, "").strip()
    ]
    if missing:
        raise DomainError("minutes_incomplete", missing="、".join(missing))
    minutes = Minutes.objects.create(
        draw=draw, note=note, written_by=by, **{name: fields[name].strip() for name in FIELDS}
    )
    journal.write("minutes.written", by=by, about=draw.about, facts={"minutes": minutes.pk})
    return minutes


def proposed_minutes(draw):
    """The last minutes as a beginning, or what the system knows of the people already."""
    last = draw.minutes.order_by("-pk").first()
    if last:
        return {name: getattr(last, name) for name in [*FIELDS, "note"]}
    dice = draw.sources.filter(kind="dice").select_related("account").order_by("position")
    return {
        "operator": str(draw.sealed_by),
        "host": str(draw.task.approved_by or ""),
        "witnesses": "、".join(f"{each.account}（{each.name}）" for each in dice),
    }


@transaction.atomic
def issue_notice(draw: Draw, url: str, *, by: Account) -> Document:
    """The notice of a sealing as a PDF, to print and sign: the commitment, its QR, what
    was published. Kept once."""
    require(by, "inspections.issue_document", draw.bureau)
    issued = draw.documents.filter(kind="seal_notice").first()
    if issued:
        return issued
    reasons = Reason.objects.filter(bureau=draw.bureau, kind__in=["exclusion", "absence"])
    facts = {
        "draw": draw,
        "bureau": draw.bureau,
        "facts": draw.public_facts,
        "sources": draw.sources.order_by("position"),
        "titles": {f"X:{each.code}": each.title for each in reasons},
        "url": url,
        "qr": qrcode.of(f"{url}#{draw.commitment}" if url.startswith("http") else draw.commitment),
        "groups": words(draw.commitment),
        "log": _log(draw),
        "printed_at": timezone.localtime(),
    }
    document = Document.objects.create(
        bureau=draw.bureau,
        kind="seal_notice",
        edition="public",
        draw=draw,
        file=storage.keep(render("seal_notice", facts), "application/pdf"),
        issued_by=by,
    )
    journal.write(
        "document.issued",
        by=by,
        about=draw.about,
        facts={"kind": "seal_notice", "file": document.file_id},
    )
    return document


def _log(draw):
    """The checkpoint that holds the sealing, for the paper: whoever has the sheet can prove what was said."""
    found = logreading.printed(draw.bureau, draw.number, ("seal",))
    return found and found | {"qr": qrcode.of(found["note"])}


def words(digest):
    """A hash in groups of four digits, to be read aloud and compared by eye."""
    return " ".join(digest[n : n + 4] for n in range(0, len(digest), 4))
