"""回避关系: entering, ending and reading them; each reading is journaled."""

from django.db import transaction

from ..models import Relation
from . import journal
from .access import require


@transaction.atomic
def record(inspector, subject, ground, *, by, since, relative="", source="self", until=None):
    """A confirmed relation. The journal keeps the pair's codes and the ground, never the relative."""
    require(by, "registries.add_relation", inspector.bureau)
    relation = Relation.objects.create(
        bureau=inspector.bureau, inspector=inspector, subject=subject, ground=ground,
        relative=relative, source=source, since=since, until=until,
    )  # fmt: skip
    journal.write("relation.recorded", by=by, about=f"relation {relation.pk}", facts={"inspector": inspector.ref})
    return relation


def note_reading(relation, *, by):
    """Write down that somebody opened a relation."""
    with transaction.atomic():
        journal.write("relation.read", by=by, about=f"relation {relation.pk}")
