"""辖区: whose an enterprise is. A row outside the bureau's own, or undecided, does not enter the register;
one that stands in it already stays, and is drawn by nobody (X:area) until a person has decided."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count

from .. import divisions
from ..creditcode import doubt
from ..errors import DomainError
from ..models import ImportLine, ImportRun, Subject
from ..states import ImportState
from . import journal, moves, register
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Account

_SAYS = ("premises", "address", "authority", "credit_code")
_said = attrgetter(*_SAYS)


class Jurisdiction:
    """One bureau's: `of(subject)` → (divisions.OURS, OUTSIDE or UNDECIDED; the place or the reason)."""

    def __init__(self, bureau):
        self.area = divisions.Area.of(bureau.code, bureau.name)

    def judge(self, values):
        """{field: value} of a row in, the verdict out."""
        return divisions.judge(self.area, *(values.get(name) or "" for name in _SAYS))

    def of(self, subject):
        """An enterprise in: what a person has decided, else what its places say."""
        if subject.area:
            return subject.area, subject.get_area_display()
        return divisions.judge(self.area, *_said(subject))

    def is_ours(self, subject):
        """Whether it may be drawn as far as its place goes; a row of one with its places will do."""
        verdict = subject.area or divisions.judge(self.area, *_said(subject))[0]
        return verdict == divisions.OURS


def strangers(bureau):
    """[(Subject, verdict, place or reason)] of the register's enterprises that are not, or not
    surely, the bureau's own."""
    own, found = Jurisdiction(bureau), {}
    # as plain rows: a register of a city has hundreds of thousands
    rows = Subject.objects.filter(bureau=bureau, area="").listed().order_by()
    for pk, *said in rows.values_list("pk", *_SAYS).iterator():
        verdict = divisions.judge(own.area, *said)
        if verdict[0] != divisions.OURS:
            found[pk] = verdict
    listed = Subject.objects.filter(bureau=bureau).listed().only("name", "ref", "area", "entered_on", *_SAYS)
    strange = [*listed.in_bulk(found).values(), *listed.exclude(area__in=["", divisions.OURS])]
    return [(each, *(found.get(each.pk) or own.of(each))) for each in sorted(strange, key=attrgetter("ref"))]


def places(run):
    """[(place, how many)] of the rows of a run that lie outside, the most first."""
    rows = ImportLine.objects.filter(run=run, outcome="outside").order_by().values_list("place")
    return list(rows.annotate(count=Count("pk")).order_by("-count", "place"))


def say(run):
    """Sentences on the rows of a run that are not, or not surely, the bureau's, as they stand now."""
    told, found = [], places(run)
    if found:
        most = "，".join(f"{place} {count} 户" for place, count in found[:12])
        rest = f" 等 {len(found)} 处" if len(found) > 12 else ""
        count = sum(count for _, count in found)
        told.append(f"辖区外 {count} 户，不写入名录：{most}{rest}。认定是本辖区的，请点“认定辖区”。")
    if undecided := run.counts.get("undecided"):
        told.append(f"辖区未定 {undecided} 户：各处地址说法不一，由人认定后才写入名录，请点“认定辖区”。")
    return told


def open_rows(run):
    """The rows of a run whose place nobody has decided on: the undecided first."""
    rows = run.lines.filter(outcome__in=["undecided", "outside"]).exclude(once_confirmed="")
    return rows.order_by("-outcome", "row")


@transaction.atomic
def decide(subject: Subject, is_ours: bool, reason: str, *, by: Account) -> Subject:
    """A person says whose an enterprise of the register is, with a reason; by whoever may
    take one out. Returns it."""
    require(by, "registries.remove_subject", subject.bureau)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    subject.area = divisions.OURS if is_ours else divisions.OUTSIDE
    with moves.signed(subject.bureau, "认定辖区", by=by, reason=reason):
        subject.save(update_fields=["area", "changed_at"])
    facts = {"ref": subject.ref, "area": subject.area, "reason": reason}
    journal.write("subject.area_decided", by=by, about=subject.about, facts=facts)
    return subject


@transaction.atomic
def decide_rows(run: ImportRun, lines: Iterable[int], is_ours: bool, reason: str, *, by: Account) -> int:
    """A person says of rows of an import, by their keys, whether they are the bureau's. Those
    that are come in with the others, or at once where the import is applied already; the others
    stay lines. Returns how many."""
    require(by, "registries.import_subject", run.bureau)
    register.lock(run.bureau)
    run = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.status not in (ImportState.PREVIEWED, ImportState.APPLIED):
        raise DomainError("import_not_previewed", status=run.get_status_display())
    rows = list(run.lines.filter(pk__in=lines, outcome__in=["undecided", "outside"]).order_by("pk"))
    known = register.known_of(run.bureau, rows) if is_ours and run.status == ImportState.APPLIED else set()
    for line in rows:
        run.counts[line.outcome] -= 1
        _decide(line, is_ours, line.pk in known)
        run.counts[line.outcome] = run.counts.get(line.outcome, 0) + 1
    ImportLine.objects.bulk_update(
        rows, ["outcome", "values", "place", "reason", "once_confirmed"], batch_size=500
    )
    run.save(update_fields=["counts"])
    if run.status == ImportState.APPLIED:
        register.bring(run, [each.pk for each in rows if each.outcome == "new"])
    facts = {"file": run.file_id, "rows": [line.row for line in rows], "ours": is_ours, "reason": reason}
    journal.write("import.area_decided", by=by, about=run.about, facts=facts)
    return len(rows)


def _decide(line, is_ours, is_known):
    """What a decision makes of one row. A doubtful code still waits for the licence."""
    if not is_ours:
        line.outcome, line.once_confirmed = "outside", ""
        line.place = line.place or "人工认定"
    elif is_known:
        line.outcome, line.once_confirmed, line.reason = "unchanged", "", "已在名录中"
    else:
        code = line.values.get("credit_code", "")
        line.outcome = "doubtful" if code and doubt(code) else "new"
        line.values |= {"area": divisions.OURS}
