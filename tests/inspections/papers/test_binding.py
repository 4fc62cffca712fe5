"""The PDF of a long case file is made in the background, with progress, for whoever asked, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections import tasks
from inspections.models import DossierJob
from inspections.papers import binding, dossier
from inspections.visit import exhibits, uploads
from registries import shelf
from registries.models import JournalEntry

from ...staircase import inspect
from ...walls import behind_the_walls
from ..visit.test_filings import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def case(drawn):
    found = drawn.cases.order_by("pk").first()
    inspect(found)
    found.refresh_from_db()
    return found


def member(case):
    return case.team()[0].inspector.account


@pytest.fixture
def long(case, monkeypatch):
    monkeypatch.setattr(binding, "LONG", 2)  # a third of a second each: three will do
    by = member(case)
    for n in range(3):
        exhibits.keep(
            case, uploads.keep(case, jpeg(colour=f"#{n}{n}{n}"), by=by), "photo", by=by, caption=f"第{n}张"
        )
    return case


def said(answer):
    return answer.content.decode()


def exported(case):
    return JournalEntry.objects.filter(action="casefile.exported", about=f"case {case.pk}").count()


def test_a_short_one_comes_at_once(case, client):
    assert binding.LONG == 8
    client.force_login(member(case))
    answer = client.post(f"/desk/cases/{case.token}/file.pdf")
    assert answer.content[:5] == b"%PDF-" and exported(case) == 1 and not DossierJob.objects.exists()
    # an export is sent, not fetched
    assert client.get(f"/desk/cases/{case.token}/file.pdf").status_code == 405


def test_a_long_one_is_made_apart_and_says_how_far_it_is(
    long, client, monkeypatch, django_capture_on_commit_callbacks, settings
):
    client.force_login(member(long))
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    assert "正在排队" in said(client.get(page)) and 'http-equiv="refresh"' in said(client.get(page))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/desk/cases/{long.token}/file.pdf").url == page  # asked twice is one job
    seen, whole = [], dossier._pages

    def pages(*parts):
        seen.append(said(client.get(page)))
        return whole(*parts)

    monkeypatch.setattr(dossier, "_pages", pages)
    assert client.get(f"{page[:-1]}.pdf").status_code == 404
    tasks.sweep_dossiers()
    assert "第 2 件" in seen[2] and "<progress" in seen[3]
    done = said(client.get(page))
    assert "已经做好" in done and "refresh" not in done
    kept = client.get(f"{page[:-1]}.pdf")
    assert b"".join(kept.streaming_content)[:5] == b"%PDF-" and exported(long) == 1
    tasks.sweep_dossiers()
    assert exported(long) == 1
    made = settings.FILES_DIR / binding.place_of(DossierJob.objects.get())
    assert made.parent.stat().st_mode & 0o077 == 0


def test_it_is_for_whoever_asked_and_nobody_else(long, client, cast):
    client.force_login(member(long))
    page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    tasks.sweep_dossiers()
    for other in (long.team()[1].inspector.account, cast.clerk, cast.stranger):
        client.force_login(other)
        assert client.get(page).status_code == client.get(f"{page[:-1]}.pdf").status_code == 404


def test_from_the_desk_of_the_bureau_too(long, client, cast):
    client.force_login(cast.clerk)
    answer = client.post(f"/admin/inspections/case/{long.pk}/act/file_pdf/")
    assert answer.status_code == 302 and answer.url.startswith("/desk/dossiers/")
    tasks.sweep_dossiers()
    assert "已经做好" in said(client.get(answer.url))


def test_a_job_whose_process_died_is_taken_up_again(long):
    job = binding.ask(long, by=member(long))
    DossierJob.objects.update(claimed_at=timezone.now())
    binding.make(job.pk)  # somebody is at it
    assert exported(long) == 0
    DossierJob.objects.update(claimed_at=timezone.now() - timedelta(minutes=16))
    tasks.sweep_dossiers()
    assert exported(long) == 1 and shelf.has(binding.place_of(job))


def test_one_whose_process_died_again_and_again_is_not_tried_for_ever(long, client):
    job = binding.ask(long, by=member(long))
    DossierJob.objects.update(claimed_at=timezone.now() - timedelta(minutes=16), attempts=2)
    tasks.sweep_dossiers()
    job.refresh_from_db()
    assert job.finished_at and "几次都没有做完" in job.error and exported(long) == 0
    client.force_login(member(long))
    page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    tasks.sweep_dossiers()
    assert "已经做好" in said(client.get(page))  # asked again it is tried again


def test_whoever_left_the_team_gets_it_no_more(long, client, monkeypatch):
    by = member(long)
    client.force_login(by)
    page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    tasks.sweep_dossiers()
    assert client.get(f"{page[:-1]}.pdf").status_code == 200
    with behind_the_walls():
        long.assignments.filter(inspector__account=by).update(until=timezone.now())
    assert client.get(page).status_code == client.get(f"{page[:-1]}.pdf").status_code == 404


def test_what_cannot_be_made_is_said_and_the_next_one_is_made(long, client, monkeypatch):
    client.force_login(member(long))
    page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    with monkeypatch.context() as planted:
        planted.setattr(dossier, "as_pdf", lambda *args, **more: 1 / 0)
        tasks.sweep_dossiers()
    assert "没有做成：系统没有办成" in said(client.get(page))
    assert client.get(f"{page[:-1]}.pdf").status_code == 404
    again = client.post(f"/desk/cases/{long.token}/file.pdf").url
    tasks.sweep_dossiers()
    assert again != page and "已经做好" in said(client.get(again))


def test_a_full_disk_is_told_apart_and_leaves_no_half(long, client, monkeypatch, settings):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    client.force_login(member(long))
    page = client.post(f"/desk/cases/{long.token}/file.pdf").url
    with monkeypatch.context() as planted:
        planted.setattr(dossier, "as_pdf", lambda *args, **more: b"%PDF")
        planted.setattr(shelf.os, "fsync", full)
        tasks.sweep_dossiers()
    assert "没有做成：服务器空间已满" in said(client.get(page))
    assert not list((settings.FILES_DIR / "made").iterdir())


def test_after_some_days_it_is_thrown_away(long):
    job = binding.ask(long, by=member(long))
    binding.make(job.pk)
    assert shelf.has(binding.place_of(job))
    DossierJob.objects.update(finished_at=timezone.now() - timedelta(days=4))
    tasks.sweep_dossiers()
    assert not shelf.has(binding.place_of(job)) and not DossierJob.objects.exists() and exported(long) == 1
