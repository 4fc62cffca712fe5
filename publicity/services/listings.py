"""公示索引: kept beside the statements, made from their payloads alone; may be made
again from them at any time."""

from datetime import date

from django.db.models import Q
from django.utils import timezone

from registries import search

from ..models import Disclosure, Listing
from ..reading import living

_LISTED = {"result": "inspected_on", "penalty": "decided_on", "listing": "decided_on"}


def put(disclosure):
    """A statement into the index, and what it corrects out of it."""
    if disclosure.supersedes_id:
        Listing.objects.filter(pk=disclosure.supersedes_id).delete()
    row = row_of(disclosure)
    if row is not None:
        row.save(force_insert=True)


def drop(disclosure):
    """A statement that is no longer shown out of the index."""
    Listing.objects.filter(pk=disclosure.pk).delete()


def rebuild(batch=2000):
    """The whole index again. Returns how many rows it has."""
    Listing.objects.all().delete()
    rows, made = [], 0
    for each in (
        living()
        .filter(Q(ends_on=None) | Q(ends_on__gt=timezone.localdate()), kind__in=_LISTED)
        .order_by("pk")
        .iterator()
    ):
        rows.append(row_of(each))
        if len(rows) == batch:
            made += len(Listing.objects.bulk_create(rows))
            rows = []
    return made + len(Listing.objects.bulk_create(rows))


def faults(bureau):
    """Where the index and the statements differ, in Chinese."""
    listed = set(
        Listing.objects.filter(bureau=bureau).values_list("pk", "token", "name", "result", "ends_on")
    )
    wanted = Disclosure.objects.filter(bureau=bureau, kind__in=_LISTED, superseded_by=None, ending=None)
    rows = (row_of(each) for each in wanted.iterator())  # none where a payload was edited past the walls
    stand = {(each.pk, each.token, each.name, each.result, each.ends_on) for each in rows if each}
    for key in sorted({pk for pk, *_ in listed ^ stand}):
        yield f"公示索引第 {key} 条：与公示内容不同，可用 rebuild_listings 重建"


def row_of(disclosure, model=Listing):
    """A Disclosure in, its Listing (not saved) out; None for what is not listed."""
    said = disclosure.payload
    day = said.get(_LISTED.get(disclosure.kind, ""))
    if not day:
        return None
    # Statements made before a field was published lack it; what is lacking is simply not found by.
    codes = said.get("item_codes", [])
    return model(
        disclosure_id=disclosure.pk,
        bureau_id=disclosure.bureau_id,
        kind=disclosure.kind,
        token=disclosure.token,
        ref=said.get("ref", ""),
        name=disclosure.subject_name,
        code=disclosure.subject_code,
        search=search.key_of(disclosure.subject_name, disclosure.subject_code),
        sound=search.sound(disclosure.subject_name)[:800],
        town=said.get("town", ""),
        industry=said.get("industry", ""),
        category=said.get("category", ""),
        items=f" {' '.join(codes)} "[:400] if codes else "",
        result_code=said.get("result_code", ""),
        result=(said.get("result") or said.get("outcome", ""))[:60],
        draw=said.get("draw", ""),
        on=date.fromisoformat(day),
        published_at=disclosure.published_at,
        ends_on=disclosure.ends_on,
    )
