"""The preview of a large register is counted by the background: no page waits for it."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from inspections.draw import pool, preview, previews, sealorders
from inspections.models import KeptPreview
from registries import ringing
from registries.errors import DomainError
from registries.models import Subject
from registries.services import journal

pytestmark = pytest.mark.django_db
TOLD = "名录较大"


@pytest.fixture
def task(register, inspectors, make_task, monkeypatch):
    monkeypatch.setattr(sealorders, "AT_ONCE", 2)
    caches["kept"].clear()
    return make_task()


@pytest.fixture
def bells(monkeypatch):
    """What was rung; nothing is done."""
    rung = []
    monkeypatch.setattr(ringing, "ring", lambda task, key, **_: rung.append((task.name, key)))
    return rung


def test_the_page_rings_and_shows_what_was_counted(task, cast, bells, client):
    client.force_login(cast.clerk)
    page = client.get(f"/admin/rounds/{task.pk}/").content.decode()
    assert (
        TOLD in page and 'http-equiv="refresh"' in page and bells == [("inspections.tasks.preview", task.pk)]
    )
    client.get(f"/admin/rounds/{task.pk}/")
    assert len(bells) == 1  # nobody rings twice for the same

    previews.make(task.pk)
    assert previews.of(task).preview == preview.of(task)
    page = client.get(f"/admin/rounds/{task.pk}/").content.decode()
    rows = Subject.objects.listed().filter(category__in=task.strata.values("category")).count()
    assert f"名录 {rows} 户" in page and "由后台测算" in page and 'http-equiv="refresh"' not in page


def test_a_page_reads_no_register(task, cast, bells, client, monkeypatch):
    previews.make(task.pk)
    monkeypatch.setattr(pool, "build", None)
    client.force_login(cast.clerk)
    for address in (f"/admin/rounds/{task.pk}/", f"/admin/inspections/task/{task.pk}/act/preview/"):
        page = client.get(address).content.decode()
        assert "由后台测算" in page and "每户都配得齐检查组" in page


def test_after_an_act_the_last_one_is_shown_with_its_hour_and_another_is_asked_for(task, cast, bells, client):
    previews.make(task.pk)
    client.force_login(cast.clerk)
    journal.write("import.run", by=cast.clerk, about="import:1")
    page = client.get(f"/admin/rounds/{task.pk}/").content.decode()
    assert "正在重新测算" in page and "预计检查" in page and len(bells) == 1
    previews.make(task.pk)
    assert not previews.of(task).is_old


def test_of_yesterday_there_is_none(task, bells):
    """A right of inspectors or a term ends with a day."""
    previews.make(task.pk)
    KeptPreview.objects.update(made_at=timezone.now() - timedelta(days=1))
    assert previews.of(task).is_awaited
    previews.make(task.pk)
    assert previews.of(task).preview


def test_what_cannot_be_counted_says_why(task, bells, monkeypatch):
    def refuse(task):
        raise DomainError("followed_at_cap", names="甲", count=1)

    monkeypatch.setattr(preview, "of", refuse)
    previews.make(task.pk)
    shown = previews.of(task)
    assert "甲" in shown.refused and not shown.is_awaited


def test_a_draft_thrown_away_meanwhile(task, bells):
    previews.make(0)
    assert not KeptPreview.objects.exists()


def test_without_a_worker_it_is_there_at_once(task):
    """`make run`: who rings does it himself."""
    assert previews.of(task).preview and KeptPreview.objects.get().task == task
