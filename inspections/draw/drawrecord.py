"""抽取记录: the minutes of a draw as a PDF, issued once per edition and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import qrcode
from registries.documents import render
from registries.errors import DomainError
from registries.models import Inspector, Reason, Subject
from registries.services import journal, logreading, storage
from registries.services.access import require

from ..case.models import Document
from ..states import ChangeState
from . import replacements

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from .models import Draw


@transaction.atomic
def issue(
    draw: Draw, edition: str, *, by: Account | None = None, public: dict[str, Any] | None = None
) -> Document:
    """The draw record in its "inner" or "public" edition; an issued one is handed out again, not re-made.

    The inner one carries the journal's head, the public one `public`, {day, digest}: the head is for those
    who keep the journal. A public one that still carries a head is made again.
    """
    if by is not None:
        require(by, "inspections.issue_document", draw.bureau)
    if not draw.result_digest:
        raise DomainError("draw_not_drawn", number=draw.number)
    number_of_changes = draw.changes.filter(status=ChangeState.COMPLETED).count()
    issued = draw.documents.filter(kind="draw_record", edition=edition).order_by("-pk").first()
    newer = (
        (edition == "public" and issued.public_day is None)
        or draw.changes.filter(completed_at__gt=issued.issued_at).exists()
        or draw.minutes.filter(written_at__gt=issued.issued_at).exists()
        if issued
        else True
    )
    if not newer:
        return issued
    data = render("draw_record", facts_of(draw, edition, public))
    document = Document.objects.create(
        bureau=draw.bureau,
        kind="draw_record",
        edition=edition,
        draw=draw,
        file=storage.keep(data, "application/pdf"),
        issued_by=by,
        public_day=public["day"] if public else None,
    )
    journal.write(
        "document.issued",
        by=by,
        bureau=draw.bureau,
        about=draw.about,
        facts={"edition": edition, "file": document.file_id, "changes": number_of_changes},
    )
    return document


def facts_of(draw, edition, public=None):
    """What the draw record prints. The public edition names inspectors only where
    the bureau publishes them."""
    result = json.loads(draw.result_json)
    refs = result["must"] + [ref for each in result["objects"] for ref in each["drawn"]]
    names = dict(Subject.objects.filter(bureau=draw.bureau, ref__in=refs).values_list("ref", "name"))
    people = dict(Inspector.objects.filter(bureau=draw.bureau).values_list("ref", "name"))
    shows_people = edition == "inner" or draw.bureau.publishes_inspectors
    strata = [
        each
        | {
            "rows": [
                {"number": n, "ref": ref, "name": names.get(ref, "")}
                for n, ref in enumerate(each["drawn"], 1)
            ]
        }
        for each in result["objects"]
    ]
    teams = [
        {
            "name": names.get(ref, ref),
            "team": "、".join(people.get(each, each) for each in result["teams"][ref]),
        }
        for ref in result.get("order", [])
    ]
    reasons = dict(Reason.objects.filter(bureau=draw.bureau, kind="exclusion").values_list("code", "title"))
    return {
        "draw": draw,
        "bureau": draw.bureau,
        "facts": draw.public_facts,
        "reasons": reasons,
        "result": result,
        "strata": strata,
        "must": [{"ref": ref, "name": names.get(ref, "")} for ref in result["must"]],
        "teams": teams if shows_people else [],
        "sources": draw.sources.select_related("account").order_by("position"),
        "changes": len(replacements.completed(draw)),
        "edition": edition,
        "minutes": draw.minutes.order_by("-pk").first(),
        "printed_at": timezone.localtime(),
        "journal": journal.head(draw.bureau) if edition == "inner" else None,
        "public": public,
        "total": len(refs),
        "log": _log(draw, edition),
    }


def _log(draw, edition):
    try:
        found = logreading.printed(draw.bureau, draw.number, ("seal", "value", "result"))
    except DomainError:
        if edition == "inner":
            raise
        found = None  # a release does not wait for a signature; its own leaf is signed in a moment
    return found and found | {"qr": qrcode.of(found["note"])}
