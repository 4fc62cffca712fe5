"""Tricks after the draw: refused, or named by a verifier, the anchor or the public page."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inspections import engine
from inspections.draw import drawing, edits, sealing, voiding
from inspections.models import Case, Draw
from inspections.watch import anchors, verification
from publicity.services import releases
from registries.models import Subject
from registries.services import journal

from .staircase import refused_with, throw
from .test_attacks import flags
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


def test_an_inspector_swapped_by_hand(drawn, inspectors):
    seat = drawn.cases.first().team()[0]
    other = next(
        each
        for each in inspectors
        if each.pk not in seat.case.assignments.values_list("inspector", flat=True)
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        type(seat).objects.filter(pk=seat.pk).update(inspector=other)
    with behind_the_walls():
        type(seat).objects.filter(pk=seat.pk).update(inspector=other)
    assert "检查组与抽取结果不同" in " ".join(verification.verify(drawn.pk))


def test_the_result_edited(drawn, bureau):
    anchor = anchors.of(bureau)
    result = json.loads(drawn.result_json)
    result["objects"][0]["drawn"].reverse()
    with behind_the_walls():
        text = engine.dump(result).decode()
        drawn.files.filter(name="result").update(text=text)
        Draw.objects.filter(pk=drawn.pk).update(result_digest=engine.digest(text.encode()))
    assert "重新计算的结果与所存不同" in " ".join(verification.verify(drawn.pk))
    assert "结果的指纹与锚点不同" in " ".join(verification.verify_series(bureau, anchor))


def test_a_number_skipped(drawn, bureau, make_task, seal):
    with behind_the_walls():
        Draw.objects.filter(pk=drawn.pk).update(number=drawn.number[:-1] + "3")
    assert "编号不连续" in " ".join(verification.verify_series(bureau)) and "编号不连续" in flags(bureau)


def test_the_clock_set_back(drawn, bureau, monkeypatch):
    assert journal.verify(bureau)[1] == []
    monkeypatch.setattr(journal.timezone, "now", lambda: drawn.sealed_at - timedelta(days=3))
    journal.write("draw.sealed_taken", by=None, bureau=bureau, about=f"draw {drawn.number}")
    assert "时钟被拨回" in " ".join(journal.verify(bureau)[1])


def test_the_embargo_is_not_stretched_by_a_case_left_open(drawn, bureau, cast, monkeypatch):
    """One case never closed: on the day fixed at sealing the files go out by themselves."""
    with refused_with("visits_open"):
        releases.release(drawn, by=cast.clerk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Draw.objects.filter(pk=drawn.pk).update(release_by=drawn.release_by + timedelta(days=400))
    assert Case.objects.filter(draw=drawn, status="opened").exists()
    monkeypatch.setattr(timezone, "localdate", lambda *_: drawn.release_by)
    assert f"{drawn.number} 已到最迟公开日期" in flags(bureau)
    assert releases.release_due() == 1


def test_a_lost_envelope_is_on_record_and_makes_nothing_anew(drawn, cast):
    with refused_with("not_allowed"):
        sealing.report_lost(drawn, "codes", "找不到了", by=cast.clerk)
    first = sealing.take_sealed(drawn, by=cast.supervisor)
    sealing.report_lost(drawn, "codes", "保险柜进水", by=cast.supervisor)
    assert f"{drawn.number} 的一次性码遗失：保险柜进水" in flags(drawn.bureau)
    assert sealing.take_sealed(drawn, by=cast.supervisor) == first


def test_a_taken_over_enterprise_cannot_slip_out_of_the_next_draw(drawn, cast, seal, register):
    """Merged into another, or of another class: it is a must row all the same (SJS1 §8)."""
    first = json.loads(drawn.result_json)["order"]
    voiding.request_void(drawn, "order", "x", by=cast.clerk)
    voiding.approve_void(drawn, by=cast.supervisor)
    inside = register.filter(ref__in=first)
    other = register.exclude(ref__in=first).filter(category__name="非煤矿山").first()
    Subject.objects.filter(pk=inside[0].pk).update(merged_into=other, left_on=timezone.localdate())
    Subject.objects.filter(pk=inside[1].pk).update(category=other.category)
    with refused_with("edits_unsigned"):  # behind the application's back: nobody's name stands there
        seal(drawn.task)
    edits.sign(drawn.task, by=cast.supervisor)
    again = drawing.run(throw(seal(drawn.task)).pk)
    assert set(json.loads(again.result_json)["order"]) == set(first)
    assert verification.verify(again.pk) == [] and verification.verify_series(drawn.bureau) == []
