"""领导小组: made public by the head; the one before it ends. What was published is not edited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import LeadingGroup
from . import journal, saying
from .access import require

if TYPE_CHECKING:
    from ..models import Account


@transaction.atomic
def publish(group: LeadingGroup, *, by: Account) -> LeadingGroup:
    """Publish a group that has a head; the group before it ends the day before. Returns the LeadingGroup."""
    require(by, "registries.publish_leadinggroup", group.bureau)
    if not group.members.filter(role="head").exists():
        raise DomainError("group_without_head", title=group.title)
    mine = LeadingGroup.objects.filter(bureau=group.bureau)
    if not mine.filter(pk=group.pk, published_on=None).update(published_on=timezone.localdate()):
        raise DomainError("group_published", title=group.title)
    ended = mine.exclude(published_on=None).exclude(pk=group.pk).filter(until=None, since__lt=group.since)
    ended.update(until=group.since - timedelta(days=1))
    group.refresh_from_db()
    journal.write("group.published", by=by, about=group.about, facts={"members": group.members.count()})
    saying.group(group)
    return group
