"""After a restore: what was withdrawn or mended is not shown as it was; what the law took away stays away."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.visit import reports
from publicity.models import Disclosure, Ending, Publication
from publicity.reading import stands
from publicity.services import carrying, logresuming, publications
from registries.models import Subject

from ..staircase import inspect, publish
from ..walls import behind_the_walls
from . import playing

pytestmark = pytest.mark.django_db


def test_what_was_withdrawn_or_corrected_is_not_shown_again(approved, cast, bureau, client, log_home):
    shown = publish(approved, cast)
    other = publish(inspected(approved.case.draw, cast), cast)
    playing.sign()
    file = playing.texts(bureau, "said")[0]["digest"]
    with playing.an_old_database():
        ending = publications.prepare_ending(shown, "withdrawn", "登记有误", by=cast.clerk)
        publications.judge(ending, True, by=cast.head, holds=False)
        Subject.objects.filter(pk=other.report.case.subject_id).update(town="新镇")
        mended = publications.prepare_correction(other, "写错一字", by=cast.clerk)
        publications.judge(mended, True, by=cast.head, holds=False)
        new = Disclosure.objects.get(supersedes=other)
        named = [each["digest"] for each in playing.texts(bureau, "said")[2:]]
        kept = {digest: client.get(f"/log/{bureau.code}/file/{digest}").content for digest in named}
    assert client.get(f"/log/{bureau.code}/file/{file}").status_code == 200
    done = logresuming.resume(playing.log_of(bureau), copies=tuple(kept.values()))
    assert len(done.said) == 2
    playing.sign()
    assert (
        Ending.objects.get().disclosure_id == shown.pk and not stands(Disclosure.objects.get(pk=shown.pk))[0]
    )
    again = Disclosure.objects.get(supersedes=other)
    assert (again.token, again.payload, again.digest) == (new.token, new.payload, new.digest)
    assert client.get(f"/log/{bureau.code}/file/{file}").status_code == 410
    assert client.get(f"/log/{bureau.code}/file/{said(new)[0]}").status_code == 200
    playing.assert_told_once(bureau, client, log_home)


def inspected(draw, cast):
    return reports.approve(inspect(draw.cases.order_by("pk")[1]), by=cast.head)


def said(disclosure):
    return [
        each["digest"]
        for each in playing.texts(disclosure.bureau, "said")
        if each["about"] == disclosure.token
    ]


def test_a_second_run_brings_what_the_first_had_not(approved, cast, bureau, client, log_home):
    """Its tiles are at hand, what they name is not: a mirror has it later."""
    shown = publish(approved, cast)
    playing.sign()
    with playing.an_old_database():
        Subject.objects.filter(pk=approved.case.subject_id).update(town="新镇")
        mended = publications.prepare_correction(shown, "写错一字", by=cast.clerk)
        new = publications.judge(mended, True, by=cast.head, holds=False)
        (digest,) = said(new)
        file = client.get(f"/log/{bureau.code}/file/{digest}").content
    playing.resumed(bureau)
    assert not Disclosure.objects.filter(supersedes=shown).exists()
    done = logresuming.resume(playing.log_of(bureau), copies=(file,))
    assert len(done.said) == 1 and Disclosure.objects.get(supersedes=shown).token == new.token
    playing.sign()
    playing.assert_told_once(bureau, client, log_home)


def test_what_the_law_took_away_meanwhile_stays_away(approved, cast, bureau, client, tmp_path):
    playing.sign()
    with playing.an_old_database():
        shown = publish(approved, cast)
        (digest,) = said(shown)
        file = client.get(f"/log/{bureau.code}/file/{digest}").content
        ending = publications.prepare_ending(shown, "withdrawn", "登记有误", by=cast.clerk)
        publications.judge(ending, True, by=cast.head, holds=False)
    done = logresuming.resume(playing.log_of(bureau), copies=(file,))
    assert client.get(f"/log/{bureau.code}/file/{digest}").status_code == 410
    assert any("请逐份核对" in each for each in done.said)


def test_what_was_approved_and_not_out_yet_is_judged_anew(approved, cast, bureau):
    """It may have gone out, and been withdrawn, in the time that is lost."""
    publish(approved, cast, not_before=timezone.now() + timedelta(hours=1))
    playing.sign()
    with playing.an_old_database(), behind_the_walls():
        Publication.objects.update(not_before=timezone.now() - timedelta(minutes=1))
        assert carrying.carry_due() == 1
    playing.resumed(bureau)
    assert Publication.objects.get().status == "returned"


def test_a_list_of_what_is_missing_fits_its_leaf():
    kept = logresuming._cut([f"said {'字' * 60} {n}" for n in range(3000)])
    assert len(json.dumps(kept, ensure_ascii=False).encode()) < 60_000
    assert kept[-1] == f"另有 {3000 - len(kept) + 1} 项"
