"""刻制光盘保全数据: a draw as an ISO image that is the same byte for byte whenever it
is made (汶上方案二（二）).

At sealing and after the draw, for the supervisor; for the public once the files are released. What lies on it
verifies itself with Python alone, and in a browser without a network.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pycdlib.pycdlib
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Inspector, JournalEntry, Subject
from registries.services import journal, logreading, storage
from registries.services.access import require

from .. import engine
from ..case.models import Document
from ..draw import drawrecord
from .models import Disc, DiscCheck

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..draw.models import Draw

_HERE = Path(__file__).parent
MADE = ("disc.exported", "evidence.exported")  # the second is what entries of before 2026-11-28 say
_LEAVES = {"sealed": ("seal",), "drawn": ("seal", "value", "result", "infeasible")}
MOMENTS = dict(Disc._meta.get_field("moment").choices)
EDITIONS = dict(Disc._meta.get_field("edition").choices)


@transaction.atomic
def export(
    draw: Draw,
    edition: str = "inner",
    moment: str = "drawn",
    *,
    by: Account | None = None,
    released: dict[str, bytes] | None = None,
    public: dict[str, Any] | None = None,
) -> bytes:
    """Draw, edition ("inner", "public") and moment ("sealed", "drawn") in; the bytes of the ISO image out.

    `released`: {name: bytes} of the files the public has been given; the public edition holds nothing else.
    `public`: {day, digest}, the public digest of the day before the moment, which stands there in place of
    the journal. Journaled with the image's SHA-256. Raises disc_not_ready.
    """
    if by is not None:
        require(
            by, "inspections.take_sealed" if edition == "inner" else "inspections.issue_document", draw.bureau
        )
    if (
        moment == "drawn"
        and not draw.result_digest
        or edition == "public"
        and moment == "drawn"
        and not released
    ):
        raise DomainError(
            "disc_not_ready", number=draw.number, moment=f"{MOMENTS[moment]}{EDITIONS[edition]}"
        )
    packed = _files(draw, edition, moment, released, public, by)
    packed["SHA256SUMS"] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(packed.items())
    ).encode()
    when = moment_of(draw, moment)
    image = image_of(packed, volume=_volume(draw, moment), at=when.timestamp())
    journal.write(
        "disc.exported",
        by=by,
        bureau=draw.bureau,
        about=draw.about,
        facts={
            "edition": edition,
            "moment": moment,
            "digest": hashlib.sha256(image).hexdigest(),
            "size": len(image),
        },
    )
    return image


@transaction.atomic
def enter(
    draw: Draw,
    *,
    by: Account,
    number: str,
    moment: str,
    edition: str,
    digest: str,
    burnt_by: str,
    witness: str,
    kept_at: str,
) -> Disc:
    """Write a burnt disc into the ledger. `digest`: read back from the disc; it must be
    that of an image made here."""
    require(by, "inspections.enter_disc", draw.bureau)
    digest = _digest(digest)
    if burnt_by.strip() == witness.strip():
        raise DomainError("disc_same_person")
    made = {
        facts["digest"]: facts["size"]
        for facts in map(
            json.loads,
            JournalEntry.objects.filter(bureau=draw.bureau, about=draw.about, action__in=MADE).values_list(
                "facts", flat=True
            ),
        )
        if facts["edition"] == edition and facts["moment"] == moment
    }
    if digest not in made:
        raise DomainError("disc_differs")
    if Disc.objects.filter(bureau=draw.bureau, number=number).exists():
        raise DomainError("disc_number_used", number=number)
    disc = Disc.objects.create(
        bureau=draw.bureau,
        draw=draw,
        number=number,
        moment=moment,
        edition=edition,
        digest=digest,
        size=made[digest],
        burnt_by=burnt_by,
        witness=witness,
        kept_at=kept_at,
        entered_by=by,
    )
    journal.write(
        "disc.entered",
        by=by,
        about=draw.about,
        facts={"disc": number, "digest": digest, "edition": edition},
    )
    return disc


@transaction.atomic
def check(disc: Disc, digest: str, *, by: Account) -> DiscCheck:
    """Read back: what the disc's SHA-256 is today. Kept whether it agrees or not. Returns the DiscCheck."""
    require(by, "inspections.enter_disc", disc.bureau)
    digest = _digest(digest)
    made = DiscCheck.objects.create(disc=disc, digest=digest, is_same=digest == disc.digest, by=by)
    journal.write(
        "disc.checked",
        by=by,
        about=disc.draw.about,
        facts={"disc": disc.number, "same": made.is_same},
    )
    return made


def _digest(text):
    found = "".join(text.split()).lower()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise DomainError("disc_digest_wrong")
    return found


# -- what lies on it -------------------------------------------------------------------------------


def _files(draw, edition, moment, released, public, by):
    found = {}
    if edition == "public":
        found |= released or {}
    else:
        found |= {"commit.json": draw.commit_json.encode(), "sealed.json": draw.sealed_json.encode()}
        if moment == "drawn":
            found |= {"result.json": draw.result_json.encode(), "openings.json": draw.openings_json.encode()}
            if not draw.openings_json:
                del found["openings.json"]
            found["names.json"] = _names_kept(draw, by)
            found |= _record(draw, by)
    found["facts.json"] = _dump(_facts(draw, edition, moment))
    found["journal.json"] = _dump(
        _journal(draw, moment) if edition == "inner" else {"entries": [], "public": public}
    )
    if log := logreading.proof_of(draw.bureau, draw.number, _LEAVES[moment]):
        found |= {
            "log.json": _dump(log),
            "lognote.py": (settings.BASE_DIR / "publicity/lognote.py").read_bytes(),
        }
    found["verify.py"] = Path(engine.__file__).with_name("verify.py").read_bytes()
    found["verify.js"] = (settings.BASE_DIR / "static/js/verify.js").read_bytes()
    for name in ("check.py", "index.html", "disc.js", "README.txt"):
        found[name] = (_HERE / "onboard" / name).read_bytes()
    # A page opened from a disc may not fetch files; a script it may load.
    texts = {name: data.decode() for name, data in found.items() if name.endswith(".json")}
    found["data.js"] = (
        f"window.MINGQIAN_DISC = {json.dumps(texts, ensure_ascii=True, sort_keys=True)};\n".encode()
    )
    return found


def _facts(draw, edition, moment):
    sources = [
        {
            "position": each.position,
            "name": each.name,
            "value": each.value,
            "nonce": each.nonce,
            "digest": each.lodged_digest,
        }
        for each in draw.sources.order_by("position")
        if moment == "drawn"
    ]
    return {
        "v": 1,
        "edition": edition,
        "moment": moment,
        "bureau": draw.bureau.name,
        "number": draw.number,
        "task": draw.task.number,
        "title": draw.task.title,
        "commitment": draw.commitment,
        "prev": draw.prev,
        "sealed_at": _at(draw.sealed_at),
        "seed_at": _at(draw.seed_at),
        "release_by": draw.release_by.isoformat(),
        "drawn_at": _at(draw.drawn_at) if moment == "drawn" else "",
        "result": draw.result_digest if moment == "drawn" else "",
        "status": _status(draw, moment),
        "sources": sources,
        "published": draw.public_facts,
    }


def _status(draw, moment):
    if moment == "sealed":
        return "sealed"
    return "drawn" if "order" in json.loads(draw.result_json) else "infeasible"


def moment_of(draw, moment):
    """When a disc of this moment was, or could have been, made."""
    return draw.sealed_at if moment == "sealed" else draw.drawn_at


def _journal(draw, moment):
    """The chain from the sealing to the moment and its head."""
    about = draw.about
    rows = JournalEntry.objects.filter(bureau=draw.bureau).select_related("bureau").order_by("seq")
    first = rows.get(about=about, action="draw.sealed")
    last = (
        first
        if moment == "sealed"
        else rows.filter(about=about, action__in=["draw.drawn", "draw.infeasible"]).get()
    )
    entries = [
        [
            each.bureau.code,
            each.seq,
            each.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            each.actor,
            each.action,
            each.about,
            each.facts,
            each.prev,
            *([each.salt] if each.salt else []),
            each.digest,
        ]
        for each in rows.filter(seq__gte=first.seq, seq__lte=last.seq)
    ]
    return {"head": {"seq": last.seq, "digest": last.digest}, "entries": entries}


def _names_kept(draw, by):
    """The names as they read when the first disc was made: a firm that is renamed later
    does not change the disc."""
    kept = draw.documents.filter(kind="names").first()
    if kept is None:
        file = storage.keep(_dump(_names(draw)), "application/json")
        kept = Document.objects.create(
            bureau=draw.bureau, kind="names", edition="inner", draw=draw, file=file, issued_by=by
        )
    return kept.file.read()


def _names(draw):
    result = json.loads(draw.result_json)
    refs = result["must"] + [ref for each in result["objects"] for ref in each["drawn"]]
    people = {each for team in result.get("teams", {}).values() for each in team}
    firms = Subject.objects.filter(bureau=draw.bureau, ref__in=refs).values_list("ref", "name")
    inspectors = Inspector.objects.filter(bureau=draw.bureau, ref__in=people).values_list("ref", "name")
    return {"enterprises": dict(firms), "inspectors": dict(inspectors)}


def _record(draw, by):
    try:
        return {"record.pdf": drawrecord.issue(draw, "inner").file.read()}
    except DomainError as refused:
        if refused.code != "pdf_unavailable":
            raise
        return {}  # README says that the minutes are then kept on paper


def _volume(draw, moment):
    """What the disc is called: at most sixteen letters of A–Z, 0–9 and _ (Joliet)."""
    year, serial = draw.number.split("-")[-2:]
    return f"MQ{year}_{serial}_{moment[0].upper()}"


def _at(moment):
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _dump(value):
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


# -- the image -------------------------------------------------------------------------------------


class _Clock:
    """The `time` that pycdlib looks at: stands still for the thread that makes an image."""

    now = threading.local()

    def __getattr__(self, name):
        return getattr(time, name)

    def time(self):
        return getattr(self.now, "at", None) or time.time()


pycdlib.pycdlib.time = pycdlib.headervd.time = _Clock()  # type: ignore[assignment]


def image_of(files, *, volume, at):
    """{name: bytes} in; an ISO 9660 image with Joliet and Rock Ridge names out, the same
    bytes for the same input."""
    iso = pycdlib.PyCdlib()
    _Clock.now.at = at
    try:
        iso.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=volume)
        for number, (name, data) in enumerate(sorted(files.items()), 1):
            extension = name.rpartition(".")[2].upper()[:3] if "." in name else "TXT"
            iso.add_fp(
                io.BytesIO(data),
                len(data),
                f"/F{number:07d}.{extension};1",
                rr_name=name,
                joliet_path=f"/{name}",
            )
        out = io.BytesIO()
        iso.write_fp(out)
        iso.close()
        return out.getvalue()
    finally:
        _Clock.now.at = None
