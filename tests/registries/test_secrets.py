"""Field encryption: cipher text in the database, versioned keys, rotation."""

import base64
import io
import os

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from inspections.watch import verification
from registries import cipher
from registries.errors import DomainError
from registries.models import RecusalGround, Relation, Source
from registries.services import deliveries, relations

from ..levels import APP, OWNER
from ..walls import act_as, as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def relation(bureau, cast, register, inspectors):
    ground = RecusalGround.objects.get(bureau=bureau, code="R05")
    return relations.record(
        inspectors[0], register.first(), ground, by=cast.legal, since="2026-01-01", relative="金丝雀亲属"
    )


def stored(relation):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relative FROM registries_relation WHERE id = %s", [relation.pk])
        return cursor.fetchone()[0]


def test_the_database_holds_cipher_text(relation):
    assert stored(relation).startswith("v1:") and "金丝雀" not in stored(relation)
    assert Relation.objects.get(pk=relation.pk).relative == "金丝雀亲属"


def test_a_value_moved_to_another_column_does_not_open(relation):
    with pytest.raises(DomainError, match="cipher_broken"):
        cipher.decrypt(stored(relation), "registries.inspector.phone")


def rotate():
    with as_owner():
        call_command("rotate_keys", verbosity=0, stdout=io.StringIO())


@pytest.mark.django_db(transaction=True)
def test_rotation_by_the_owner_of_a_bureau_with_drawn_draws(drawn, settings):
    """As it is run: a connection of its own, one transaction, nothing settled for it beforehand."""
    settings.FIELD_KEYS = f"2:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
    if OWNER:
        act_as(OWNER)
    try:
        call_command("rotate_keys", verbosity=0, stdout=io.StringIO())
    finally:
        if OWNER:
            act_as(APP)
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    assert verification.verify(drawn.pk) == []
    with pytest.raises(DatabaseError, match="append-only"), as_owner() as cursor:
        cursor.execute("UPDATE inspections_drawfile SET text = 'x'")


def test_rotation_wakes_the_walls_and_leaves_every_draw_what_it_was(drawn, settings):
    settings.FIELD_KEYS = f"2:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
    rotate()
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    assert verification.verify(drawn.pk) == []
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner() as cursor:
        cursor.execute("UPDATE inspections_drawfile SET text = 'x'")
    assert drawn.bureau.journalentry_set.filter(action="keys.rotated").count() == 1


def test_rotation_puts_everything_under_the_newest_key(relation, settings):
    settings.FIELD_KEYS = f"2:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
    assert Relation.objects.get(pk=relation.pk).relative == "金丝雀亲属"
    rotate()
    assert stored(relation).startswith("v2:")
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    assert Relation.objects.get(pk=relation.pk).relative == "金丝雀亲属"
    settings.FIELD_KEYS = f"9:{base64.b64encode(os.urandom(32)).decode()}"
    with pytest.raises(DomainError, match="key_missing"):
        Relation.objects.get(pk=relation.pk)


def test_the_journal_never_holds_the_relative(relation, bureau):
    assert not any("金丝雀" in entry.facts for entry in bureau.journalentry_set.all())


@pytest.mark.django_db(transaction=True)
def test_what_came_opens_with_the_new_key_alone(cast, settings):
    """The original of a delivery is wrapped anew with everything else."""
    told = {"bureau": cast.clerk.bureau, "code": "s", "name": "某部门", "content": "credit"}
    made, _ = deliveries.receive(Source.objects.create(**told), b"a,b\r\n1,2\r\n", "x.csv", by=cast.clerk)
    settings.FIELD_KEYS = f"2:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
    if OWNER:
        act_as(OWNER)
    try:
        call_command("rotate_keys", verbosity=0, stdout=io.StringIO())
    finally:
        if OWNER:
            act_as(APP)
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    made.refresh_from_db()
    assert deliveries.content_of(made) == b"a,b\r\n1,2\r\n"
