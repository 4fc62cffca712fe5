"""传文件: a file from the phone in pieces, taken up again where it broke off, kept when
its hash is what was said."""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from registries import shelf
from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import storage

from ..case import readiness
from ..papers import copies, pictures
from ..sentences import say
from .models import Upload

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..case.models import Case

_log = logging.getLogger(__name__)

MOST_VIDEO = 64 * 1024 * 1024
MOST_FILES = 500  # a case
_PIECES = "pieces"
_DIGEST = re.compile(r"[0-9a-f]{64}")
# The first bytes of what a recorder or a phone makes: MP4/MOV/3GP by their brands (a HEIC
# photo has another), WebM, PDF.
_BRANDS = (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"3gp4", b"3gp5", b"3gp6", b"M4V ")
_MOVING = {
    **{b"ftyp" + brand: (4, "video/mp4") for brand in _BRANDS},
    b"\x1a\x45\xdf\xa3": (0, "video/webm"),
    b"%PDF-": (0, "application/pdf"),
}


def state(case, digest):
    """How much of a file is here: {"complete": bool, "have": bytes}."""
    _require_digest(digest)
    if known := Upload.objects.filter(case=case, original=digest).first():
        return {"complete": True, "have": 0, "fault": known.fault}
    return {"complete": False, "have": _pieces(case, digest)[0]}


def put(case: Case, digest: str, offset: int, total: int, piece: bytes, *, by: Account) -> dict[str, Any]:
    """A piece of a file in; its state out. A piece that does not follow what is here changes nothing.

    Raises upload_size, upload_digest, upload_not_picture: the piece-wise copy is then thrown away.
    """
    readiness.require_hand(case, by)
    _require_digest(digest)
    if not 0 < total <= MOST_VIDEO or offset + len(piece) > total:
        raise DomainError("upload_size", most=MOST_VIDEO // 1024 // 1024)
    here, names = _pieces(case, digest)
    if Upload.objects.filter(case=case, original=digest).exists():
        return state(case, digest)
    if here == offset:
        # Sent twice at once, or to another machine, it is the same piece under the same name.
        shelf.put(f"{_place(case, digest)}/{offset:012d}-{len(piece)}", piece)
        here, names = _pieces(case, digest)
    if here < total:
        return state(case, digest)  # another may have been the last meanwhile
    try:
        whole = b"".join(shelf.get(f"{_place(case, digest)}/{name}") for name in names)
    except FileNotFoundError:  # the other was the last, and has tidied up
        return state(case, digest)
    try:
        kept = keep(case, whole, digest, by=by, waits=False, is_filed=True)
    except DomainError:
        _drop_pieces(case, digest)  # no file of ours comes of them
        raise
    _drop_pieces(case, digest)
    return {"complete": True, "have": 0, "fault": kept.fault}


def keep(
    case: Case,
    data: bytes,
    digest: str | None = None,
    *,
    by: Account,
    waits: bool = True,
    is_filed: bool = False,
) -> Upload:
    """Whole bytes in, Upload out: kept as they came, and a clean copy beside them. The
    same bytes twice are one row.

    Who does not wait (many phones at once) has a large photo looked at by its header alone; the copy is made
    by look_at_pictures, or when somebody looks. What was filed and cannot be opened is kept with its fault:
    the record that was signed names its fingerprint.
    """
    readiness.require_hand(case, by)
    if len(data) > MOST_VIDEO or Upload.objects.filter(case=case).count() >= MOST_FILES:
        raise DomainError("upload_size", most=MOST_VIDEO // 1024 // 1024)
    found = hashlib.sha256(data).hexdigest()
    if digest and found != digest:
        raise DomainError("upload_digest")
    known = Upload.objects.filter(case=case, original=found).first()
    if known:
        return known
    fault = ""
    try:
        picture, media_type = _look_at(data, waits)
    except DomainError as refused:
        if not is_filed:
            raise
        picture, media_type, fault = None, pictures.BROKEN, say(refused)
    original = storage.keep(data, media_type)
    is_copied = isinstance(picture, pictures.Picture)
    shown = storage.keep(picture.data, picture.media_type) if is_copied else original
    taken = timezone.make_aware(picture.taken_at) if picture and picture.taken_at else None
    try:
        with transaction.atomic():
            return Upload.objects.create(
                bureau_id=case.bureau_id,
                case=case,
                original=original,
                file=shown,
                by=by,
                camera_at=taken,
                fault=fault[:100],
                width=picture.width if picture else 0,
                height=picture.height if picture else 0,
            )
    except IntegrityError:
        return Upload.objects.get(case=case, original=found)


def look_at_pictures(most=60):
    """The clean copies of photos that came in a hurry; what cannot be read is said to
    the team. Returns how many."""
    waiting = Upload.objects.filter(
        file=F("original"), original__media_type__startswith="image/", original__clean_copy=None
    )
    return len(one_by_one(waiting.order_by("pk").values_list("pk", flat=True)[:most], _copy, _log))


def _copy(pk):
    copies.make(Upload.objects.select_related("original").get(pk=pk).original)


def _look_at(data, waits):
    for mark, (at, media_type) in _MOVING.items():
        if data[at : at + len(mark)] == mark:
            return None, media_type
    try:
        glance = pictures.glance(data)
        if not waits and glance.width * glance.height > copies.AT_ONCE:
            return glance, glance.media_type
        picture = pictures.clean(data)
    except pictures.NotAPicture as refused:
        raise DomainError(f"upload_{refused}", most=pictures.MOST_BYTES // 1024 // 1024) from None
    return picture, picture.original_type


def clear_stale(days=30):
    """Throw away pieces that nobody has gone on with. Returns how many."""
    gone = list(shelf.older(_PIECES, timezone.now() - timedelta(days=days)))
    for name in gone:
        shelf.drop(name)
    return len(gone)


def _pieces(case, digest):
    """(bytes that are here without a gap, the names of their pieces): a name says where a piece begins and
    how long it is."""
    have, names = 0, []
    for name in shelf.names(_place(case, digest)):
        begins, _, size = name.partition("-")
        if int(begins) == have:
            names.append(name)
            have += int(size)
    return have, names


def _drop_pieces(case, digest):
    place = _place(case, digest)
    for name in shelf.names(place):
        shelf.drop(f"{place}/{name}")
    shelf.leave(place)


def _place(case, digest):
    return f"{_PIECES}/{case.pk}-{digest}"


def _require_digest(digest):
    if not _DIGEST.fullmatch(digest):
        raise DomainError("upload_digest")
