"""证据材料: what was photographed, signed, recorded. Once kept it stays; a better one is put beside it."""

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal

from ..case import readiness
from ..papers import copies
from .models import Exhibit

_PICTURES = {"photo", "signature", "seal"}
TOLD = ["signer", "line", "caption", "taken_at", "latitude", "longitude", "finding", "paper", "filing"]


@transaction.atomic
def keep(case, upload, kind, *, by, **told):
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
        about=f"case {case.pk}",
        facts={"kind": kind, "file": upload.original_id, "exhibit": made.pk},
    )
    return made


def to_show(exhibit):
    """The StoredFile that is shown of it; None where nobody can read what came."""
    return copies.to_show(exhibit.original, exhibit.file)


def missing(case):
    """What the file of a visit still lacks, in words; asked of the team and shown to the reviewer."""
    visit = case.visits.order_by("-started_at").first()
    if visit is None or visit.ended_at is None:
        return
    have = set(case.exhibits.exclude(filing__status__in=["held", "received"]).values_list("kind", "signer"))
    kinds = {kind for kind, _ in have}
    blind = copies.unreadable(case.exhibits.values_list("original", flat=True))
    for each in case.exhibits.filter(original__in=blind):
        yield f"{each}打不开，请重拍或另存一份"
    if "paper" not in kinds:
        if ("signature", "officer") not in have or ("signature", "second") not in have:
            yield "检查人员签名（手机上签，或纸质签名后拍照）"
        if visit.signed == "signed" and ("signature", "met") not in have:
            yield "现场负责人签名（手机上签，或纸质签名后拍照）"
        if visit.signed != "signed" and visit.witness and ("signature", "witness") not in have:
            yield "见证人签名"
    if visit.way == "paper" and "paper" not in kinds:
        yield "纸质记录的照片"
    if case.findings.exists() and not kinds & {"photo", "video"}:
        yield "问题的现场照片"
    if not visit.recorder_number and "video" not in kinds:
        yield "执法记录仪编号或音像文件"
