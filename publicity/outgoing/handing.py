"""Handing over as a file that a person takes or that is put into a folder, and as rows that the other side
fetches; and the replies that come back by the same ways."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import os
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from inspections.engine.canonical import text_of
from registries.errors import DomainError
from registries.exports import workbook
from registries.services import journal, storage
from registries.services.access import require
from registries.transitions import move

from ..models import Batch, Receiver
from ..sentences import say
from ..states import HandedState
from . import answers, shapes, turns

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

PAGE = 200
_WHATS = {"put": "报送", "withdraw": "撤回"}
_YES, _NO = ("接收", "成功", "通过", "已接收", "accepted", "1"), ("退回", "失败", "不通过", "refused", "0")


def folder_of(receiver: Receiver) -> Path:
    """Where its files are put: EXCHANGE_DIR/out/机关代码/接收方代码, its replies in replies/."""
    return Path(settings.EXCHANGE_DIR) / "out" / receiver.bureau.code / receiver.code


@transaction.atomic
def take_file(receiver: Receiver, *, by: Account | None) -> Batch | None:
    """The rows whose turn it is as one table, and from now on they are handed over; None where there are
    none. In the receiver's own columns and nothing else, so one table holds one version of one shape,
    reported or withdrawn; the others are the next file. `by`: None where the machine writes it into the
    folder."""
    if by is not None:
        require(by, answers.HAND, receiver.bureau)
    receiver = Receiver.objects.select_for_update(no_key=True).select_related("bureau").get(pk=receiver.pk)
    first = turns.due(receiver).first()
    if first is None:
        return None
    alike = {"shape": first.shape, "what": first.what, "version": first.version}
    rows = list(turns.due(receiver).filter(**alike)[:50_000])
    number = f"{timezone.localdate():%Y%m%d}-{receiver.batches.count() + 1:03d}"
    data, name = _written(receiver, rows, number)
    batch = Batch.objects.create(
        bureau=receiver.bureau,
        receiver=receiver,
        number=number,
        name=name,
        file=storage.keep(data, "application/octet-stream"),
        made_by=by,
    )
    now = timezone.now()
    for line, row in enumerate(rows, 1):
        move(row, HandedState.HANDED, batch=batch, line=line, sent_at=now, tries=row.tries + 1)
    facts = {"batch": number, "rows": len(rows), "digest": batch.file_id}
    journal.write("handing.file_taken", by=by, bureau=receiver.bureau, about=receiver.about, facts=facts)
    return batch


def _written(receiver, rows, number):
    """(bytes, name) of one table: the columns of the version in which the rows were made."""
    one = rows[0]
    shape = shapes.of_version(receiver.bureau, one.shape, one.version)
    columns = shape["columns"] if shape else []
    names = [each["name"] for each in columns] or sorted(one.body)
    titles = [each["title"] for each in columns] or names
    table = [titles, *([row.body.get(name, "") for name in names] for row in rows)]
    return workbook(table), f"{receiver.code}-{number}-{one.shape}-{_WHATS[one.what]}.xlsx"


@transaction.atomic
def reply(batch: Batch, refused: dict[int, str], *, by: Account) -> tuple[int, int]:
    """What the receiver has said of a file: {line: reason} of those that it refused, all others of it are
    accepted. Returns (accepted, refused). Raises line_unknown."""
    require(by, answers.HAND, batch.bureau)
    said = {line: (True, "") for line in batch.rows.values_list("line", flat=True)}
    return _take(batch, said | {line: (False, why) for line, why in refused.items()}, by)


def _take(batch, said, by):
    """{line: (is accepted, why)} of a file's lines, all or nothing."""
    rows = {row.line: row for row in batch.rows.select_related("receiver")}
    if strange := set(said) - set(rows):
        raise DomainError("line_unknown", lines="、".join(map(str, sorted(strange)[:10])))
    told = {True: 0, False: 0}
    for line, (is_yes, why) in said.items():
        if rows[line].status in (HandedState.HANDED, HandedState.SILENT):
            answers.take(rows[line], is_yes, why)
            told[is_yes] += 1
    facts = {"batch": batch.number, "accepted": told[True], "refused": told[False]}
    journal.write("handing.replied", by=by, bureau=batch.bureau, about=batch.receiver.about, facts=facts)
    return told[True], told[False]


def put_into_folder(receiver: Receiver) -> Batch | None:
    """What is due, written beside and then renamed: nobody reads half a file. A process that died between has
    left the batch with its bytes, and it is written again, the same. What the folder does not let is said on
    the receiver, and nothing is handed over meanwhile."""
    folder, last, wrong = folder_of(receiver), None, []
    try:
        (folder / "replies").mkdir(parents=True, exist_ok=True)
        for one in receiver.batches.filter(rows__status=HandedState.HANDED).distinct():
            _place(folder, one)
        wrong = _read_replies(receiver, folder)
        while (made := take_file(receiver, by=None)) is not None:
            last = made
            _place(folder, made)
    except OSError as broken:
        told = "没有读写的权限" if isinstance(broken, PermissionError) else "磁盘满了、没有挂上或者不能读写"
        wrong.append(f"文件夹用不了：{told}")
    Receiver.objects.filter(pk=receiver.pk).update(trouble="；".join(wrong)[:200], tried_at=timezone.now())
    return last


def _place(folder, batch):
    """Once: whoever has collected a file need not meet it again."""
    placed = folder / ".placed" / batch.number
    if placed.exists():
        return
    _write_beside(folder / batch.name, batch.file.read())
    placed.parent.mkdir(exist_ok=True)
    placed.touch()


def _write_beside(path, data):
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    Path(draft).replace(path)


def _read_replies(receiver, folder):
    """replies/批号.csv: 行号, 结果, 原因. What cannot be read stays; [why] out."""
    wrong = []
    for path in sorted((folder / "replies").glob("*.csv")):
        batch = receiver.batches.filter(number=path.stem).first()
        try:
            if batch is None:
                raise DomainError("batch_unknown", number=path.stem[:40])
            with transaction.atomic():
                _take(batch, _replies(path.read_bytes()), None)
        except DomainError as told:
            wrong.append(f"读不懂回执 {path.name}：{say(told)}")
            continue
        done = folder / "replies" / "done"
        done.mkdir(exist_ok=True)
        path.replace(done / path.name)
    return wrong


def _replies(data):
    """{line: (is accepted, why)} of a table 行号, 结果, 原因. Raises file_unreadable."""
    said: dict[int, tuple[bool, str]] = {}
    try:
        rows = list(csv.reader(io.StringIO(text_of(data))))
    except (ValueError, csv.Error):
        raise DomainError("file_unreadable", detail="不是 csv") from None
    for row in rows:
        cells = [each.strip() for each in row]
        if len(cells) < 2 or not re.fullmatch(r"[0-9]{1,7}", cells[0]):
            continue
        if cells[1] not in (*_YES, *_NO):
            raise DomainError("file_unreadable", detail=f"结果“{cells[1][:10]}”不认得")
        told = (cells[1] in _YES, cells[2] if len(cells) > 2 else "")
        if said.setdefault(int(cells[0]), told)[0] != told[0]:
            raise DomainError("file_unreadable", detail=f"第 {cells[0]} 行又说接收又说退回")
    if not said:
        raise DomainError("file_unreadable", detail="没有一行是“行号,结果,原因”")
    return said


def is_token(receiver: Receiver | None, given: str) -> bool:
    """Whether somebody who fetches shows the receiver's token."""
    wanted = receiver.secret if receiver is not None else ""
    a, b = (hashlib.sha256(each.encode("utf-8", "replace")).digest() for each in (wanted, given))
    return bool(wanted) and hmac.compare_digest(a, b)


@transaction.atomic
def fetch(receiver: Receiver) -> list[dict[str, Any]]:
    """Rows for a receiver that comes for them: those it has fetched and not answered, then those whose turn
    it is; the same ones until it has answered them. None of one that was closed: it may still answer."""
    if not receiver.is_open:
        return []
    receiver = Receiver.objects.select_for_update(no_key=True).get(pk=receiver.pk)
    again = [HandedState.HANDED, HandedState.SILENT]
    rows = list(receiver.rows.filter(status__in=again).order_by("pk")[:PAGE])
    for row in list(turns.due(receiver)[: PAGE - len(rows)]):
        move(row, HandedState.HANDED, sent_at=timezone.now(), tries=row.tries + 1)
        rows.append(row)
    Receiver.objects.filter(pk=receiver.pk).update(tried_at=timezone.now(), trouble="")
    return [row.told() for row in rows]


def hear(receiver: Receiver, told: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Its answers: [{"mark", "state": accepted|refused, "reason", "receipt"}] in, what stands of each out. A
    mark that is not its own, or an answer to what was not handed, is said and changes nothing."""
    stands = []
    for each in told:
        mark = str(each.get("mark", ""))
        row = _row_of(receiver, mark)
        if row is None or each.get("state") not in ("accepted", "refused"):
            stands.append({"mark": mark, "state": "unknown"})
            continue
        try:
            with transaction.atomic():
                is_yes = each["state"] == "accepted"
                reason, receipt = (answers.plain(each.get(name, "")) for name in ("reason", "receipt"))
                answers.take(row, is_yes, reason, receipt)
        except DomainError:
            row.refresh_from_db()
        stands.append({"mark": mark, "state": row.status})
    facts = dict(Counter(each["state"] for each in stands))
    journal.write("handing.heard", by=None, bureau=receiver.bureau, about=receiver.about, facts=facts)
    return stands


def _row_of(receiver, mark):
    try:
        return receiver.rows.filter(mark=mark).first()
    except ValidationError:
        return None
