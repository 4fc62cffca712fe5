"""两库概况: how the registers stand today, counted by the database; the same conditions filter the lists."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from .. import presence
from ..models import (
    Category,
    Inspector,
    ItemList,
    Licence,
    Reason,
    Relation,
    Subject,
    SubjectEvent,
)
from ..states import EventState, ItemListState, RelationState

YEAR = timedelta(days=365)


def gaps():
    """{name: (title, condition on listed enterprises)}: what a clerk should see to."""
    today = timezone.localdate()
    old = today - YEAR
    soon = Licence.objects.filter(subject=OuterRef("pk"), expires_on__lte=today + timedelta(days=90))
    return {
        "class": ("没有监管分类", Q(category=None)),
        "code": ("没有信用代码", Q(credit_code="")),
        "town": ("没有乡镇", Q(town="")),
        "head": ("没有负责人", Q(legal_representative="")),
        "section": ("没有责任股室", Q(section=None)),
        "verified": ("一年以上未核实", Q(verified_on__lt=old) | Q(verified_on=None, entered_on__lt=old)),
        "licence": ("许可证已过期或 90 天内到期", Exists(soon)),
    }


def subjects(bureau):
    """[{category, rows, statuses {code: count}, key}] of the listed enterprises, class by class;
    what no task rule changes."""
    groups = (
        Subject.objects.filter(bureau=bureau)
        .listed()
        .order_by()
        .values(
            "category__code",
            "category__name",
            "production",
            "registration_status",
            "level",
            "is_secret",
            "is_key",
        )
        .annotate(rows=Count("pk"))
    )
    found = {
        name: {"category": name, "rows": 0, "key": 0, "statuses": Counter()}
        for name in Category.objects.filter(bureau=bureau).values_list("name", flat=True)
    }
    for each in groups:
        name = each["category__name"] or "（未分类）"
        row = found.setdefault(name, {"category": name, "rows": 0, "key": 0, "statuses": Counter()})
        row["rows"] += each["rows"]
        row["key"] += each["rows"] if each["is_key"] else 0
        status = presence.of_enterprise(
            each["production"], each["registration_status"], each["level"], bureau.level, each["is_secret"]
        )
        row["statuses"]["X:class" if each["category__name"] is None else status] += each["rows"]
    return list(found.values())


def inspectors(bureau):
    """[(Inspector, status today, words, days until the certificate expires or None)] of those listed."""
    today = timezone.localdate()
    people = (
        Inspector.objects.filter(bureau=bureau, left_on=None)
        .select_related("bureau", "section")
        .prefetch_related("skills", "certificates", "leaves", "trainings", "declarations")
    )
    titles = dict(Reason.objects.filter(bureau=bureau, kind="absence").values_list("code", "title"))
    found = []
    for each in people:
        status = presence.of(each, today, today)
        last = max((held.expires_on for held in each.certificates.all()), default=None)
        words = "可以" if status == "E" else titles.get(status.removeprefix("X:"), status)
        found.append((each, status, words, (last - today).days if last else None))
    return found


def waiting(bureau):
    """{title: (count, admin list, query)}: what waits for somebody."""
    listed = Subject.objects.filter(bureau=bureau).listed()
    counts = {
        title: (listed.filter(holds).count(), "subject", f"gap={name}")
        for name, (title, holds) in gaps().items()
    }
    events = SubjectEvent.objects.filter(subject__bureau=bureau, status=EventState.RECORDED).count()
    hints = Relation.objects.filter(bureau=bureau, status=RelationState.DECLARED).count()
    drafts = ItemList.objects.filter(bureau=bureau, status=ItemListState.DRAFTED).count()
    return counts | {
        "加签事由待核实": (events, "subjectevent", "status__exact=recorded"),
        "回避关系待审核": (hints, "relation", "status__exact=declared"),
        "清单草稿": (drafts, "itemlist", ""),
    }
