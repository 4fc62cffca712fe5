"""来数 by machines: files put into the folder that was agreed on, requests that are signed, addresses that
are asked at their hours. What has come is a Delivery like any other; what came twice is one."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from .. import wire
from ..errors import DomainError
from ..models import Source
from ..onebyone import one_by_one
from ..sentences import say
from ..sheets import bounds
from . import deliveries, journal
from .access import require

if TYPE_CHECKING:
    from ..models import Account, Delivery

log = logging.getLogger(__name__)
MANAGE = "registries.change_source"
APART = 300  # seconds that a signed request may be old or ahead
_QUIET = 5  # seconds that a file in the folder must have been left alone
_HALF = (".part", ".tmp", ".crdownload", ".filepart")
_WAIT = 60  # seconds for the whole file


def folder_of(source: Source) -> Path:
    """Where its files are put: EXCHANGE_DIR/in/机关代码/来源代码."""
    return Path(settings.EXCHANGE_DIR) / "in" / source.bureau.code / source.code


@transaction.atomic
def renew_secret(source: Source, *, by: Account) -> str:
    """Another secret for signed requests, or the one to show when asking. Returns it: it is shown once."""
    require(by, MANAGE, source.bureau)
    secret = secrets.token_urlsafe(32)
    Source.objects.filter(pk=source.pk).update(secret=secret)
    source.refresh_from_db(fields=["secret"])
    journal.write("source.secret_renewed", by=by, about=source.about)
    return secret


def is_signed(secret: str, at: str, body: bytes, given: str) -> bool:
    """Whether a request was signed with the secret, not long ago."""
    if not re.fullmatch(r"[0-9]{1,12}", at) or not secret or abs(time.time() - int(at)) > APART:
        return False
    return hmac.compare_digest(wire.signature(secret, at, body).encode(), given.strip().lower().encode())


def sweep() -> int:
    """Whatever has come or is to be fetched, and whatever waits to be read or written. Returns how many
    came."""
    came = one_by_one(_open_sources("folder"), _from_folder, log)
    came += one_by_one(_due_to_ask(), pull, log)
    one_by_one(deliveries.waiting(), deliveries.work, log)
    return sum(map(bool, came))


def _open_sources(way):
    return Source.objects.filter(way=way, is_open=True).select_related("bureau")


def _due_to_ask():
    now = timezone.now()
    return [
        each
        for each in _open_sources("pull")
        if each.asked_at is None or each.asked_at + timedelta(hours=max(each.hours, 1)) <= now
    ]


def _from_folder(source):
    """Each file that nobody is writing any more; received first, moved aside then: a process that dies
    between finds it again, and the same bytes come in once. What cannot be taken is said on the source and
    keeps no other file back."""
    folder, count, wrong = folder_of(source), 0, []
    try:
        (folder / "done").mkdir(parents=True, exist_ok=True)
        found = sorted(each for each in folder.iterdir() if each.is_file() and _is_whole(each))
    except OSError as broken:
        found, wrong = [], [f"文件夹打不开：{broken.strerror}"]
    for path in found:
        try:
            count += _from_file(source, path)
        except (OSError, DomainError) as broken:
            said = say(broken) if isinstance(broken, DomainError) else f"拿不走：{broken.strerror}"
            wrong.append(f"“{path.name[:40]}”{said}")
    if trouble := "；".join(wrong)[:200]:
        log.warning("source %s: %s", source.pk, trouble)
    if trouble != source.trouble:
        Source.objects.filter(pk=source.pk).update(trouble=trouble)
    return count


def _is_whole(path):
    if path.name.startswith(".") or path.name.endswith(_HALF):
        return False
    return time.time() - path.stat().st_mtime >= _QUIET


def _from_file(source, path):
    if path.stat().st_size > bounds.MAX_BYTES:
        size = path.stat().st_size // 1024 // 1024
        raise DomainError("file_too_large", size=size, limit=bounds.MAX_BYTES // 1024 // 1024)
    _, is_new = deliveries.receive(source, path.read_bytes(), path.name, by=None, way="folder")
    kept = path.name.encode()[-200:].decode(errors="ignore")
    path.replace(path.parent / "done" / f"{timezone.localtime():%Y%m%d-%H%M%S}-{kept}")
    return is_new


def pull(source: Source) -> Delivery | None:
    """Ask the source's address. Returns what is new; what is cut short, or no answer, is told on the source
    and asked for again with the next sweep but one hour apart."""
    trouble, found = "", None
    try:
        data, name = _fetched(source)
        found, is_new = deliveries.receive(source, data, name, by=None, way="pull")
        found = found if is_new else None
    except (wire.NoAnswer, ValueError) as wrong:
        trouble = str(wrong)
    except DomainError as wrong:
        trouble = say(wrong)
    # what failed is tried again in an hour, whatever its hours are
    asked = timezone.now() - (timedelta(hours=max(source.hours - 1, 0)) if trouble else timedelta())
    Source.objects.filter(pk=source.pk).update(asked_at=asked, trouble=trouble[:200])
    return found


def _fetched(source):
    key = {"Authorization": f"Bearer {source.secret}"}
    answer = wire.talk(source.address, headers=key, wait=_WAIT, most=bounds.MAX_BYTES)
    if answer.code != 200:
        raise ValueError(f"对方答 {answer.code}，没有给数据")
    if not answer.body:
        raise ValueError("对方给的是空的")
    if len(answer.body) > bounds.MAX_BYTES:
        raise ValueError(f"对方给的超过 {bounds.MAX_BYTES // 1024 // 1024} MB")
    kind, named = answer.headers.get_content_type(), answer.headers.get_filename() or ""
    return answer.body, Path(named).name or ("data.json" if kind == "application/json" else "data.csv")
