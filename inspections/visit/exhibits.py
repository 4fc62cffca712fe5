"""证据材料: what was photographed, signed, recorded. Once kept it stays; a better one is put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal

from ..case import readiness
from ..papers import copies, pictures
from . import submissions
from .models import Exhibit, Upload

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..case.models import Case
    from .models import Filing

_PICTURES = {"photo", "signature", "seal"}
TOLD = [
    "signer",
    "signer_name",
    "signed_digest",
    "line",
    "caption",
    "taken_at",
    "latitude",
    "longitude",
    "finding",
    "paper",
    "filing",
    "is_named",
    "scaled_from",
]


@transaction.atomic
def keep(case: Case, upload: Upload, kind: str, *, by: Account, **told: Any) -> Exhibit:
    """An Upload and what it shows in, Exhibit out. Journaled with the hash of the bytes as they came.

    Raises exhibit_picture where it has to be one and is none, signature_empty for an empty pad or a dot.
    """
    readiness.require_hand(case, by)
    if kind in _PICTURES and not upload.width:
        raise DomainError("exhibit_picture", kind=dict(Exhibit.KINDS)[kind])
    if kind == "signature" and pictures.is_empty_pad(upload.original.read()):
        raise DomainError("signature_empty")
    return _kept(case, upload, kind, by, told)


def keep_filed(filing: Filing, said: dict[str, Any], *, by: Account) -> list[Exhibit]:
    """The files of a submission. One that cannot be opened is kept as what it is, and said; it never stops
    the others. Raises signature_empty."""
    case, made = filing.case, []
    signed = {each["sha256"]: each for each in said.get("signatures") or []}
    known = _named_before(case)
    uploads = {each.original_id: each for each in Upload.objects.filter(case=case).select_related("original")}
    for each in said["files"]:
        upload, signature = uploads[each["sha256"]], signed.get(each["sha256"], {})
        if each["kind"] == "signature":
            _require_drawn(case, upload, signature)
        told = {
            "filing": filing,
            "signer": signature.get("role") or each.get("signer", ""),
            "signer_name": signature.get("name", "")[:60],
            "signed_digest": signature.get("digest", ""),
            "line": each.get("line", "")[:40],
            "finding": _finding_of(case, each.get("line", "")),
            "caption": each.get("caption", "")[:200],
            "taken_at": submissions.time_of(each.get("taken_at")),
            "latitude": submissions.degrees_of(each.get("latitude"), 90),
            "longitude": submissions.degrees_of(each.get("longitude"), 180),
            "is_named": each["sha256"] in known,
            "scaled_from": each.get("scaled_from", "")[:64],
        }
        made.append(_kept(case, upload, each["kind"], by, told))
    return made


def _finding_of(case, line):
    """The problem that a photo of looking again shows: "finding:3"."""
    number = line.removeprefix("finding:")
    is_one = line.startswith("finding:") and number.isascii() and number.isdigit() and len(number) < 5
    return case.findings.filter(number=int(number)).first() if is_one else None


def _require_drawn(case, upload, signature):
    """A picture with a stroke, drawn for this text: one that was filed before under another is no signature
    of it."""
    try:
        is_empty = not upload.width or pictures.is_empty_pad(upload.original.read())
    except pictures.NotAPicture:
        is_empty = True
    if is_empty:
        raise DomainError("signature_empty")
    before = case.exhibits.filter(kind="signature", original=upload.original_id).exclude(signed_digest="")
    if signature and before.exclude(signed_digest=signature["digest"]).exists():
        raise DomainError("signature_other", name=signature["name"])


def awaited(case: Case) -> set[str]:
    """The photos that the signed records of a case speak of and that have not reached us."""
    settled = {each for made in case.supplements.all() for each in made.instead_of}
    here = set(case.uploads.values_list("original", flat=True))
    return _named_before(case) - here - settled - {""}


def _named_before(case):
    """The photos that the signed records of a case speak of, on whichever phone they lie."""
    found = set()
    for each in case.sheets.exclude(kind="refusal").select_related("body"):
        found |= submissions.named({"signed": submissions.parsed(each.body.read())})
    return found


def _kept(case, upload, kind, by, told):
    if told.get("signer") not in {None, "", *dict(Exhibit.SIGNERS)}:
        told["signer"] = ""
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
