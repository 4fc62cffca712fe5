"""见证: each new checkpoint is shown to the witnesses, with the proof from what each cosigned last (C2SP
tlog-witness). What they answer says whether our log is still the one that they have seen."""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import requests
from django.db import transaction
from django.utils import timezone

from ..models import Cosignature, LogHead, LogWitness, PublicLog
from ..publiclog import merkle, notes
from . import leaves, logfiles, logkeys
from .logreading import reader

if TYPE_CHECKING:
    from ..publiclog.notes import Checkpoint

_log = logging.getLogger(__name__)
_PATIENCE = (3.05, 10)  # seconds to be heard, and to be answered
_MOST = 65_536  # bytes of an answer
_SETUP = {400: "说我们的请求不成形", 403: "不认识我们的公钥", 404: "没有登记我们的日志"}


def ask_all(pk: int) -> None:
    """Let every witness see the last checkpoint that it has not cosigned. Each by itself."""
    log = PublicLog.objects.select_related("bureau").filter(pk=pk, stopped_at=None).first()
    head = log and log.heads.order_by("-size").first()
    if head is None or not logkeys.signers(log):
        return
    waiting = LogWitness.objects.filter(bureau=log.bureau_id, until=None)
    changed = [_ask(log, head, each) for each in waiting if not _has(head, each)]
    if any(changed):
        show(log, head)


def _has(head, witness):
    return Cosignature.objects.filter(head=head, witness=witness).exists()


def show(log: PublicLog, head: LogHead) -> None:
    """The checkpoint with all lines under it, and beside it for ever which size was cosigned when."""
    lines = list(head.cosignatures.order_by("pk").values_list("line", flat=True))
    note = head.note + "".join(each.rstrip("\n") + "\n" for each in lines)
    logfiles.put(f"{log.folder}/cosigned/{head.size}", note.encode())
    sizes = LogHead.objects.filter(log=log, cosignatures__isnull=False).distinct().order_by("size")
    told = "".join(f"{each}\n" for each in sizes.values_list("size", flat=True))
    logfiles.put(f"{log.folder}/cosigned/index", told.encode())
    if not LogHead.objects.filter(log=log, size__gt=head.size).exists():
        logfiles.put(f"{log.folder}/checkpoint", note.encode())


def show_all(log: PublicLog) -> None:
    """All of it anew, where the files were lost."""
    for head in LogHead.objects.filter(log=log, cosignatures__isnull=False).distinct().order_by("size"):
        show(log, head)


def _ask(log, head, witness, old=None, tries=2):
    """One witness, one checkpoint. Returns whether it has cosigned."""
    key = notes.key_of(witness.key)
    old = witness.seen if old is None else old
    reply = _post(log, head, witness, min(old, head.size))
    if reply is None:
        return _note(witness, "没有应答：够不着，或者太慢")
    status, text = reply
    if status == 200:
        return _keep(log, head, witness, key, text)
    if status == 409 and text.strip().isdigit():
        return _other_size(log, head, witness, int(text), tries)
    if status in (409, 422):
        return _compare(log, head, witness)
    if status in _SETUP:
        return _note(witness, f"{_SETUP[status]}（{status}）：请与见证方核对公钥和网址")
    return _note(witness, f"暂时不办（{status}）")


def _other_size(log, head, witness, size, tries):
    if size < head.size and tries:
        if size < witness.seen:
            _alarm(
                log, witness, f"它说只见过 {size} 条，而它联署过 {witness.seen} 条：它的文件被恢复成旧的了"
            )
        return _ask(log, head, witness, old=size, tries=tries - 1)
    return _compare(log, head, witness)


def _compare(log, head, witness):
    """It refuses. What has it seen? Our own signature under another tree is a fork, or a database that is
    older than what was promised; a mere number is told."""
    theirs = fetch(log, witness)
    if theirs is None:
        return _note(witness, "拒绝联署，又不出示它见过的检查点")
    read = reader(log)
    ours = bytes.fromhex(head.root) if theirs.size == head.size else None
    if theirs.size > head.size:
        if theirs.size <= log.size and merkle.root(theirs.size, read) == theirs.root:
            return _note(witness, f"它已经见过更大的树（{theirs.size} 条）")
        why = f"“{witness.name}”见过我们签的 {theirs.size} 条，这里签到 {head.size} 条：数据库比公开过的旧"
    elif (ours or merkle.root(theirs.size, read)) == theirs.root:
        return _note(witness, f"它见过的前 {theirs.size} 条与我们的相同，却不联署：请告诉见证方")
    else:
        why = f"“{witness.name}”见过的前 {theirs.size} 条与这里的不同：日志分叉"
    with transaction.atomic():
        leaves.stop(log, why)
        _alarm(log, witness, why)
    return False


def _keep(log, head, witness, key, text):
    checkpoint = notes.Checkpoint(log.origin, head.size, bytes.fromhex(head.root))
    for line in text.splitlines():
        at = notes.cosigned_at(line, key, checkpoint)
        if at is None:
            continue
        moment = datetime.fromtimestamp(at, UTC)
        with transaction.atomic():
            Cosignature.objects.get_or_create(
                head=head, witness=witness, defaults={"line": line[:400], "at": moment}
            )
            LogWitness.objects.filter(pk=witness.pk).update(
                seen=head.size, answered_at=timezone.now(), asked_at=timezone.now(), said="", is_alarm=False
            )
        return True
    return _note(witness, "答了，但没有它公钥的签名行：请核对公钥")


def _note(witness, said):
    LogWitness.objects.filter(pk=witness.pk).update(asked_at=timezone.now(), said=said[:300])
    return False


def _alarm(log, witness, said):
    _log.error("%s: %s", log.origin, said)
    if not witness.is_alarm:
        leaves.tell(log, f"公开日志的见证方报警：{said}")
    LogWitness.objects.filter(pk=witness.pk).update(asked_at=timezone.now(), said=said[:300], is_alarm=True)


def largest(log: PublicLog) -> list[Checkpoint]:
    """What our own keys have signed at most, as each witness shows it. Of a witness that is away, nothing."""
    witnesses = LogWitness.objects.filter(bureau=log.bureau_id, until=None)
    return [found for each in witnesses if (found := fetch(log, each)) is not None]


def fetch(log: PublicLog, witness: LogWitness) -> Checkpoint | None:
    """The checkpoint of ours that a witness has seen last; None without our own signature under it."""
    name = hashlib.sha256(log.origin.encode()).hexdigest()
    reply = _talk("get", f"{witness.address.rstrip('/')}/{name}/checkpoint")
    if reply is None or reply[0] != 200:
        return None
    try:
        checkpoint, _ = notes.read(reply[1])
        is_ours = logkeys.is_ours(log, reply[1])
    except notes.BadNote:
        return None
    return checkpoint if is_ours and checkpoint.origin == log.origin else None


def _post(log, head, witness, old):
    proof = merkle.consistency(old, head.size, reader(log))
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    body = f"old {old}\n{lines}\n{head.note}"
    return _talk("post", f"{witness.address.rstrip('/')}/add-checkpoint", body.encode())


def _talk(verb, address, body=None):
    try:
        with requests.request(
            verb, address, data=body, timeout=_PATIENCE, allow_redirects=False, stream=True
        ) as reply:
            raw = reply.raw.read(_MOST, decode_content=True)
            return reply.status_code, raw.decode("utf-8", "replace")
    except (requests.RequestException, OSError, ValueError):
        return None
