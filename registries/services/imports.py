"""名录导入 in three steps: receive a file, compare it with the register, apply the difference; and undo it.

Comparing goes chunk by chunk, each its own transaction: it touches only the run's lines, shows its progress
and may be taken up by another process. Applying is one transaction: all or nothing.
"""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from .. import cipher, givingway
from ..errors import DomainError
from ..idnumbers import hide
from ..models import HeaderChoice, ImportLine, ImportRun
from ..sheets.enterprises import (
    REQUIRED,
    code_column,
    find_header,
    header_says,
    recognise,
    without_id_numbers,
)
from ..sheets.file import open_table
from ..sheets.headers import plain_header
from ..states import ImportState
from ..transitions import move
from . import journal, messages, moves, register, storage
from .access import require
from .comparison import REASON, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Account

CHUNK = 2_000
INLINE = 1024 * 1024  # bytes: what is smaller is compared and written while the page waits
_LEASE = timedelta(minutes=2)
# an original as it came may hold what nobody should have written into it
_SEALED = "application/vnd.mingqian.sealed"
_BOUND_TO = "registries.importrun.file"


@transaction.atomic
def receive(data: bytes, file_name: str, *, by: Account, encoding: str = "") -> ImportRun:
    """Bytes and name of a table in, an ImportRun out that knows its columns and waits to be compared.

    Where no column is recognised as the enterprise's name it waits for remap(). Raises what
    open_table raises, and file_empty.
    """
    require(by, "registries.import_subject")
    run = ImportRun(
        bureau=by.bureau, file_name=hide(file_name)[:200], encoding=encoding, started_by=by, size=len(data)
    )
    _look_at(run, open_table(data, file_name, encoding, header_says))
    run.file = _sealed(data)
    run.save()
    move(run, _looked_at(run))
    journal.write("import.received", by=by, about=run.about, facts={"file": run.file_id})
    return run


def _look_at(run, table, guesses=True):
    """Headers, columns and what is to be told of a file, from its leading rows."""
    leading = list(islice(table.rows, 21))
    if len(leading) < 2:
        raise DomainError("file_empty")
    kept = dict(HeaderChoice.objects.filter(bureau=run.bureau).values_list("header", "field"))
    place = find_header(leading, kept)
    run.header_row, headers = leading[place or 0]
    run.headers, _ = without_id_numbers(headers)
    run.mapping = recognise(run.headers, kept)
    if guesses and "name" in run.mapping and "credit_code" not in run.mapping:
        taken = {column for field, column in run.mapping.items() if field != "registration_number"}
        column = code_column([cells for _, cells in leading[(place or 0) + 1 :]], taken)
        if column is not None:
            run.mapping = {name: at for name, at in run.mapping.items() if at != column} | {
                "credit_code": column
            }
            named = run.headers[column][:20] if column < len(run.headers) else ""
            table.told.append(
                f"第 {column + 1} 列“{named}”的内容是信用代码，已按信用代码读入；不是的请重新指定栏目。"
            )
    run.told, run.sheet, run.sheets = table.told, table.sheet, table.sheets
    run.hidden_count = len(table.hidden)


def _looked_at(run):
    """The state of a run whose columns are known, or are to be said."""
    known = all(field in run.mapping for field in REQUIRED)
    return ImportState.WAITING if known else ImportState.UNMAPPED


def content(run):
    """The bytes of the file as it was uploaded."""
    data = run.file.read()
    if run.file.media_type != _SEALED:
        return data
    packed = cipher.decrypt_bytes(data, _BOUND_TO)
    # one piece of memory, of the right size
    return zlib.decompress(packed[8:], bufsize=max(int.from_bytes(packed[:8]), 1))


def _sealed(data):
    # Packed first: a register of a million rows would else stand twice in memory, and on
    # the disk at its full length.
    packed = len(data).to_bytes(8) + zlib.compress(data, 1)
    return storage.keep(cipher.encrypt_bytes(packed, _BOUND_TO), _SEALED)


def original(run: ImportRun, *, by: Account) -> bytes:
    """The same for somebody to look at: for whoever uploaded it and for the
    auditor; each look is journaled."""
    if by.pk != run.started_by_id:
        require(by, "registries.read_original", run.bureau)
    data = content(run)
    journal.write("import.read", by=by, bureau=run.bureau, about=run.about, facts={"file": run.file_id})
    return data


def rotate_originals():
    """Put the kept originals under the newest key; what was kept under an old one stays and opens
    no more. Returns how many."""
    count = 0
    for run in ImportRun.objects.filter(file__media_type=_SEALED).select_related("file"):
        data = run.file.read()
        if not cipher.is_current(data[:8].decode("latin-1").replace("\n", ":")):
            run.file = storage.keep(
                cipher.encrypt_bytes(cipher.decrypt_bytes(data, _BOUND_TO), _BOUND_TO), _SEALED
            )
            run.save(update_fields=["file"])
            count += 1
    return count


def extra_of(subject):
    """({header: text} of the columns that no import knew, the run that brought them) as
    last brought in; ({}, None)."""
    brought = [ImportState.APPLIED] if subject.left_on else [ImportState.APPLIED, ImportState.UNDONE]
    lines = ImportLine.objects.filter(run__bureau=subject.bureau, run__status__in=brought, ref=subject.ref)
    line = lines.exclude(extra="").select_related("run").order_by("-run_id", "-pk").first()
    return (json.loads(line.extra), line.run) if line else ({}, None)


def preview(data: bytes, file_name: str, *, by: Account, encoding: str = "") -> ImportRun:
    """Receive and compare at once. Returns the ImportRun, previewed (or unmapped)."""
    run = receive(data, file_name, by=by, encoding=encoding)
    return compare(run.pk) if run.status == ImportState.WAITING else run


@transaction.atomic
def reread(run: ImportRun, sheet: str, shows_only: bool, *, by: Account) -> ImportRun:
    """Read another sheet of the file, or leave out the rows that it hides. The run
    waits to be compared again."""
    require(by, "registries.import_subject", run.bureau)
    run = _held(run, ImportState.UNMAPPED, ImportState.WAITING, ImportState.PREVIEWED)
    run.lines.all().delete()
    run.shows_only, run.counts, run.done, run.claimed_at = shows_only, {}, 0, None
    _look_at(run, open_table(content(run), run.file_name, run.encoding, header_says, sheet, shows_only))
    run.save()
    move(run, _looked_at(run))
    journal.write("import.reread", by=by, about=run.about, facts={"sheet": sheet, "shows_only": shows_only})
    return run


@transaction.atomic
def confirm(run: ImportRun, lines: Iterable[int], *, by: Account) -> int:
    """Somebody has looked at doubtful rows beside the licence: they come in as they are. Returns how many."""
    require(by, "registries.import_subject", run.bureau)
    run = _held(run, ImportState.PREVIEWED, ImportState.APPLIED)
    doubtful = list(run.lines.filter(pk__in=lines, outcome="doubtful"))
    for line in doubtful:
        line.outcome = line.once_confirmed
        run.counts[line.outcome] += 1
        run.counts["doubtful"] -= 1
    if run.status == ImportState.APPLIED and register.known_of(run.bureau, doubtful):
        raise DomainError("import_stale")
    ImportLine.objects.bulk_update(doubtful, ["outcome"], batch_size=500)
    run.save(update_fields=["counts"])
    if run.status == ImportState.APPLIED:  # decided on behind it: whose area they lie in
        register.bring(run, [line.pk for line in doubtful if line.outcome == "new"])
    rows = [line.row for line in doubtful]
    journal.write("import.confirmed", by=by, about=run.about, facts={"file": run.file_id, "rows": rows})
    return len(doubtful)


@transaction.atomic
def remap(run: ImportRun, mapping: dict[str, int], *, by: Account) -> ImportRun:
    """Say which column is which: {field: column index}; kept for the next file. The run
    waits to be compared again."""
    require(by, "registries.import_subject", run.bureau)
    run = _held(run, ImportState.UNMAPPED, ImportState.WAITING, ImportState.PREVIEWED)
    if not all(field in mapping for field in REQUIRED):
        raise DomainError("no_name_column", headers="、".join(filter(None, run.headers))[:200])
    for field, column in mapping.items():
        header = plain_header(run.headers[column]) if column < len(run.headers) else ""
        if header and run.mapping.get(field) != column:
            HeaderChoice.objects.update_or_create(
                bureau=run.bureau, header=header[:100], defaults={"field": field}
            )
    run.lines.all().delete()
    _look_at(run, _reopen(run), guesses=False)  # the columns have been said
    run.mapping, run.counts, run.done, run.claimed_at = mapping, {}, 0, None
    run.save()
    move(run, ImportState.WAITING)
    journal.write("import.mapped", by=by, about=run.about, facts={"fields": sorted(mapping)})
    return run


def compare(run_id):
    """Compare a waiting run with the register. Returns the run; untouched when another process is at it."""
    run = _claim(run_id)
    if run is None:
        return ImportRun.objects.get(pk=run_id)
    comparison = Comparison(run)
    table = _reopen(run)
    rows = ((number, cells) for number, cells in table.rows if number > run.header_row)
    while chunk := list(islice(rows, CHUNK)):
        with givingway.piece(), transaction.atomic():
            run.done += comparison.take(chunk)
            _go_on(run)
    with transaction.atomic():
        comparison.take_missing()
        counts = comparison.counts
        run.told += table.late + comparison.told()
        run.counts = {outcome: counts[outcome] for outcome, _ in ImportLine.OUTCOMES}
        run.save()
        move(run, ImportState.PREVIEWED, compared_at=comparison.began, claimed_at=None)
        messages.tell([run.started_by], "waits", run, f"名录“{run.file_name}”已比对好，等您核对后写入")
        facts = {"file": run.file_id} | run.counts
        journal.write("import.previewed", by=run.started_by, about=run.about, facts=facts)
    return run


@transaction.atomic
def approve(run: ImportRun, *, by: Account) -> ImportRun:
    """Say that a previewed run shall be applied; the writing may come later, in the
    background. Returns the run."""
    require(by, "registries.import_subject", run.bureau)
    run = _held(run, ImportState.PREVIEWED)
    move(run, ImportState.WRITING)
    messages.settle(run)
    journal.write("import.approved", by=by, about=run.about)
    return run


def apply(run: ImportRun, *, by: Account) -> ImportRun:
    """Approve and write at once. Returns the run."""
    with transaction.atomic():
        return write(approve(run, by=by).pk)


@transaction.atomic
def write(run_id):
    """Bring the new and changed rows of an approved run into the register, all or nothing. Returns the run.

    What is applied is what was shown: where the register has moved since, nothing is written (import_stale).
    """
    run = (
        ImportRun.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=run_id, status=ImportState.WRITING)
        .first()
    )
    if run is None:
        return ImportRun.objects.get(pk=run_id)
    register.lock(run.bureau)
    if register.has_moved(run):
        raise DomainError("import_stale")
    try:
        with moves.signed(run.bureau, run.called, by=run.started_by):
            register.insert(run)
            register.change(run)
    except IntegrityError:  # somebody took a code meanwhile: what was shown is not what would be written
        raise DomainError("import_stale") from None
    move(run, ImportState.APPLIED, applied_at=timezone.now())
    facts = {"file": run.file_id} | run.counts
    journal.write("import.applied", by=run.started_by, about=run.about, facts=facts)
    return run


@transaction.atomic
def undo(run: ImportRun, *, by: Account, leaves: bool = False) -> ImportRun:
    """Take an applied run back: old values restored, what it brought in taken out of the
    register, nothing deleted.

    Raises import_grown, naming them, where rows were edited or sealed into a draw since; with `leaves` these
    stay as they are, and the rest is taken back.
    """
    require(by, "registries.import_subject", run.bureau)
    run = _held(run, ImportState.APPLIED, refusal="import_not_applied")
    register.lock(run.bureau)
    touched = register.touched_since(run, ImportLine.MOST_LEFT if leaves else 1_000)
    if len(touched) >= ImportLine.MOST_LEFT or touched and not leaves:
        names = "、".join(each.name for each in touched[:5])
        raise DomainError("import_grown", names=names, count=len(touched))
    with moves.signed(run.bureau, f"撤销{run.called}", by=by):
        register.restore(run, [each.ref for each in touched])
    move(run, ImportState.UNDONE, undone_at=timezone.now())
    if touched:
        some = "、".join(each.name for each in touched[:20]) + (" 等" if len(touched) > 20 else "")
        run.told = [*run.told, f"撤销时有 {len(touched)} 户已封入抽取或改动过，保留原样：{some}。"]
    run.save(update_fields=["told"])
    facts = {"file": run.file_id, "kept": len(touched)} | run.counts
    journal.write("import.undone", by=by, about=run.about, facts=facts)
    return run


def work(run_id):
    """What the background does with a run: the step it waits for. Returns the run.

    A step that cannot be done is told on the run, once; only a database that is away is tried again.
    """
    run = ImportRun.objects.get(pk=run_id)
    steps = {ImportState.WAITING: compare, ImportState.COMPARING: compare, ImportState.WRITING: write}
    step = steps.get(run.status)
    if step is None:
        return run
    try:
        return step(run_id)
    except DomainError as wrong:
        return _fail(run, wrong.code)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _fail(run, "import_broken")
        raise


def waiting():
    """The runs that wait for the background, or that a process has let go of: the first of each bureau, then
    the second of each, so that nobody waits for all the files of another."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - _LEASE)
    waits = [ImportState.WAITING, ImportState.COMPARING, ImportState.WRITING]
    turn = Window(RowNumber(), partition_by="bureau", order_by="pk")
    return ImportRun.objects.filter(free, status__in=waits).annotate(turn=turn).order_by("turn", "pk")


def _reopen(run):
    return open_table(content(run), run.file_name, run.encoding, header_says, run.sheet, run.shows_only)


def rejected(run):
    """[headers + 原因], then each row that did not come in, cell by cell as in the file,
    with why. To be corrected."""
    why = {
        line.row: line.reason
        for line in run.lines.filter(outcome__in=["refused", "quarantined", "doubtful", "undecided"])
        .exclude(row=None)
        .iterator()
    }
    yield [*run.headers, REASON]
    for number, cells in _reopen(run).rows:
        if number in why:
            cells, _ = without_id_numbers(cells)
            yield [*cells, *[""] * (len(run.headers) - len(cells)), why[number]]


def _held(run, *states, refusal="import_not_previewed"):
    """The run, locked, when it stands in one of the states."""
    run = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.status not in states:
        raise DomainError(refusal, status=run.get_status_display())
    return run


@transaction.atomic
def _claim(run_id):
    run = ImportRun.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=run_id).first()
    if run is None or run.status not in (ImportState.WAITING, ImportState.COMPARING):
        return None
    if run.claimed_at and run.claimed_at > timezone.now() - _LEASE:
        return None
    register.lock(run.bureau)  # not beside somebody who is writing: what is shown must be what stands
    run.lines.all().delete()  # what an interrupted comparison has left
    move(run, ImportState.COMPARING, done=0, claimed_at=timezone.now(), error="")
    return run


def _go_on(run):
    run.claimed_at = timezone.now()
    ImportRun.objects.filter(pk=run.pk).update(done=run.done, claimed_at=run.claimed_at)


@transaction.atomic
def _fail(run, code):
    run.refresh_from_db()
    move(run, ImportState.FAILED, error=code, claimed_at=None)
    messages.tell([run.started_by], "returned", run, f"名录“{run.file_name}”没有做成，名录未改动")
    journal.write("import.failed", by=run.started_by, about=run.about, facts={"error": code})
    return run
