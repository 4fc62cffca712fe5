"""证据材料: what was photographed, signed, recorded. Once kept it stays; a better one is put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal

from ..case import readiness
from ..papers import copies
from .models import Exhibit

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..case.models import Case
    from .models import Upload

_PICTURES = {"photo", "signature", "seal"}
TOLD = ["signer", "line", "caption", "taken_at", "latitude", "longitude", "finding", "paper", "filing"]


@transaction.atomic
def keep(case: Case, upload: Upload, kind: str, *, by: Account, **told: Any) -> Exhibit:
    """An Upload and what it shows in, Exhibit out. Journaled with the hash of the bytes as they came."""
    readiness.require_hand(case, by)
    if kind in _PICTURES and not upload.width:
        raise DomainError("exhibit_picture", kind=dict(Exhibit.KINDS)[kind])
    made = Exhibit.objects.create(
        bureau_id=case.bureau_id,
        case=case,
        kind=kind,
        original_id=upload.original_id,
        file_id=upload.file_id,
        width=upload.width,
        height=upload.height,
        by=by,
        **{"taken_at": upload.camera_at} | {name: told[name] for name in TOLD if told.get(name) is not None},
    )
    journal.write(
        "exhibit.kept",
        by=by,
        about=case.about,
        facts={"kind": kind, "file": upload.original_id, "exhibit": made.pk},
    )
    return made


def to_show(exhibit):
    """The StoredFile that is shown of it; None where nobody can read what came."""
    return copies.to_show(exhibit.original, exhibit.file)
