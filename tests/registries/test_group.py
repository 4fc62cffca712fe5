"""领导小组: published with a head, never edited afterwards, followed by another."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import LeadingGroup
from registries.services import groups

from ..walls import as_owner

pytestmark = pytest.mark.django_db


def test_a_group_is_published_once_and_the_one_before_it_ends(client, bureau, cast):
    today = timezone.localdate()
    first = LeadingGroup.objects.create(bureau=bureau, since=today - timedelta(days=90), office="综合股")
    with pytest.raises(DomainError, match="group_without_head"):
        groups.publish(first, by=cast.head)
    first.members.create(role="head", name="钱某", post="局长")
    with pytest.raises(DomainError, match="not_allowed"):
        groups.publish(first, by=cast.clerk)
    groups.publish(first, by=cast.head)
    with pytest.raises(DomainError, match="group_published"):
        groups.publish(first, by=cast.head)
    second = LeadingGroup.objects.create(bureau=bureau, since=today)
    second.members.create(role="head", name="孙某")
    assert "孙某" not in client.get("/group/").content.decode()
    groups.publish(second, by=cast.head)
    first.refresh_from_db()
    assert first.until == today - timedelta(days=1)
    page = client.get("/group/").content.decode()
    assert page.index("孙某") < page.index("钱某") and "组长" in page


def test_a_published_group_is_not_edited_at_the_desk(client, bureau, cast):
    group = LeadingGroup.objects.create(bureau=bureau, since=timezone.localdate())
    group.members.create(role="head", name="钱某")
    client.force_login(cast.clerk)
    url = f"/admin/registries/leadinggroup/{group.pk}/change/"
    assert 'name="title"' in client.get(url).content.decode()
    groups.publish(group, by=cast.head)
    shown = client.get(url).content.decode()
    assert 'name="title"' not in shown and 'name="members-0-name"' not in shown
    for statement in (
        "UPDATE registries_leadinggroup SET title = 'x'",
        "UPDATE registries_leadingmember SET name = 'x'",
        f'INSERT INTO registries_leadingmember (group_id, role, name, post, "order") VALUES '
        f"({group.pk}, 'member', 'x', '', 1)",
        "DELETE FROM registries_leadingmember",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), as_owner() as cursor:
            cursor.execute(statement)
