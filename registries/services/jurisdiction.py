"""辖区: whose an enterprise is. A row outside the bureau's own, or undecided, does not enter the register; one that stands in
it already stays, and is drawn by nobody (X:area) until a person has decided."""

from collections import Counter

from django.db import transaction

from .. import divisions
from ..errors import DomainError
from ..models import ImportLine, ImportRun, Subject
from . import journal, register
from .access import require

_SAYS = ("premises", "address", "authority", "credit_code")


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
        return divisions.judge(self.area, *(getattr(subject, name) for name in _SAYS))

    def is_ours(self, subject):
        """Whether it may be drawn as far as its place goes."""
        return self.of(subject)[0] == divisions.OURS


def strangers(bureau):
    """[(Subject, verdict, place or reason)] of the register's enterprises that are not, or not surely, the bureau's own."""
    own = Jurisdiction(bureau)
    rows = (
        Subject.objects.filter(bureau=bureau).listed().only("name", "ref", "area", "entered_on", *_SAYS).order_by("ref")
    )
    found = ((each, *own.of(each)) for each in rows.iterator())
    return [each for each in found if each[1] != divisions.OURS]


def places(run):
    """[(place, how many)] of the rows of a run that lie outside, the most first."""
    rows = ImportLine.objects.filter(run=run, outcome="outside").values_list("place", flat=True)
    return Counter(rows.iterator()).most_common()


@transaction.atomic
def decide(subject, is_ours, reason, *, by):
    """A person says whose an enterprise of the register is, with a reason; by whoever may take one out. Returns it."""
    require(by, "registries.remove_subject", subject.bureau)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    subject.area = divisions.OURS if is_ours else divisions.OUTSIDE
    subject.save(update_fields=["area", "changed_at"])
    facts = {"ref": subject.ref, "area": subject.area, "reason": reason}
    journal.write("subject.area_decided", by=by, about=f"subject {subject.pk}", facts=facts)
    return subject


@transaction.atomic
def decide_rows(run, lines, is_ours, reason, *, by):
    """A person says of rows of an import, by their keys, whether they are the bureau's. Those that are come in with the
    others, or at once where the import is applied already; the others stay lines. Returns how many."""
    require(by, "registries.import_subject", run.bureau)
    register.lock(run.bureau)
    run = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.status not in ("previewed", "applied"):
        raise DomainError("import_not_previewed", status=run.get_status_display())
    rows = list(run.lines.filter(pk__in=lines, outcome__in=["undecided", "outside"]).order_by("pk"))
    for line in rows:
        run.counts[line.outcome] -= 1
        line.outcome = line.once_confirmed if is_ours else "outside"
        line.values |= {"area": divisions.OURS} if is_ours else {}
        run.counts[line.outcome] = run.counts.get(line.outcome, 0) + 1
    ImportLine.objects.bulk_update(rows, ["outcome", "values"], batch_size=500)
    run.save(update_fields=["counts"])
    if is_ours and run.status == "applied":
        _bring(run, rows)
    facts = {"file": run.file_id, "rows": [line.row for line in rows], "ours": is_ours, "reason": reason}
    journal.write("import.area_decided", by=by, about=f"import {run.pk}", facts=facts)
    return len(rows)


def _bring(run, rows):
    """Rows of an import that is applied: into the register as it stands now."""
    known = Subject.objects.filter(
        bureau=run.bureau, credit_code__in=[each.values.get("credit_code") or "-" for each in rows]
    )
    if taken := known.first():
        raise DomainError("code_known", name=taken.name, ref=taken.ref)
    register.insert(run, [each.pk for each in rows])
