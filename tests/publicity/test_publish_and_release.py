"""What is said, when, and that it stays said."""

import json
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inspections import engine
from inspections.draw import drawing, values, voiding
from inspections.engine.recheck import verify
from inspections.models import Draw
from inspections.visit import reports
from publicity.models import Disclosure
from publicity.services import publications, releases
from registries import documents
from registries.errors import DomainError
from registries.models import Bureau, StoredFile

from ..staircase import inspect, publish, refused_with, throw
from ..walls import as_owner, behind_the_walls

pytestmark = pytest.mark.django_db
ALLOWED = {
    "bureau",
    "ref",
    "subject",
    "code",
    "town",
    "industry",
    "category",
    "task",
    "task_number",
    "draw",
    "kind",
    "mode",
    "inspected_on",
    "items",
    "item_codes",
    "result_code",
    "result",
    "national_code",
    "handling",
    "inspectors",
    "yearly_cap",
    "checked",
    "found",
}


def test_a_result_is_published_by_whitelist(approved, cast):
    disclosure = publish(approved, cast)
    assert set(disclosure.payload) == ALLOWED
    told = json.dumps(disclosure.payload, ensure_ascii=False)
    assert approved.record not in told and approved.author.display_name not in told
    assert disclosure.digest == engine.digest(engine.dump(disclosure.payload))


def test_what_was_found_is_said_in_the_words_of_the_published_list(drawn, cast, client):
    case = drawn.cases.order_by("pk").first()
    approved = reports.approve(inspect(case, fails=["A01.2"]), by=cast.head)
    disclosure = publish(approved, cast)
    line = next(each for item in case.checklist for each in item["lines"] if each["key"] == "A01.2")
    said, note = disclosure.payload, case.answers.get(line="A01.2").note
    assert [each["words"] for each in said["found"]] == [line["violation"]]
    assert (
        said["found"][0]["state"].startswith("整改中") and sum(each["fail"] for each in said["checked"]) == 1
    )
    page = client.get(f"/results/{disclosure.token}/").content.decode()
    assert line["violation"] in page and "查出什么" in page and note and note not in page


def test_who_judges_reads_it_in_words(drawn, cast, client):
    case = drawn.cases.order_by("pk").first()
    approved = reports.approve(inspect(case, fails=["A01.2"]), by=cast.head)
    publication = publications.prepare_result(approved, by=cast.clerk)
    client.force_login(cast.head)
    page = client.get(f"/admin/publicity/publication/{publication.pk}/change/").content.decode()
    preview = page[page.index('<dl class="preview">') :].partition("</dl>")[0]
    titles = re.findall("<dt>(.*?)</dt>", preview)
    assert {"查了什么", "查出什么"} <= set(titles) and not [each for each in titles if each.isascii()]
    assert (
        "不符合 1，" in preview and "（整改中" in preview and "{" not in preview and "&#x27;" not in preview
    )


def test_a_bureau_may_keep_the_wording_to_itself(drawn, cast):
    Bureau.objects.filter(pk=drawn.bureau_id).update(publishes_findings=False)
    approved = reports.approve(inspect(drawn.cases.order_by("pk").first(), fails=["A01.2"]), by=cast.head)
    assert publish(approved, cast).payload["found"] == []


def test_an_unapproved_report_is_not_published(drawn, cast):
    with refused_with("report_not_approved"):
        publish(inspect(drawn.cases.first()), cast)


def test_publishing_twice_is_refused(approved, cast):
    publish(approved, cast)
    with refused_with("already_published"):
        publish(approved, cast)


def test_a_correction_stands_beside_the_old_statement(approved, cast):
    old = publish(approved, cast)
    subject = approved.case.subject
    subject.name = "更名后的企业"
    subject.save()
    new = publications.judge(
        publications.prepare_correction(old, "企业更名", by=cast.clerk), True, by=cast.head
    )
    old.refresh_from_db()
    assert new.supersedes == old and new.payload["subject"] == "更名后的企业" != old.payload["subject"]
    with refused_with("already_corrected"):
        publications.prepare_correction(old, "再次", by=cast.clerk)


@pytest.mark.parametrize(
    "statement", ["UPDATE publicity_disclosure SET subject_name = 'x'", "DELETE FROM publicity_disclosure"]
)
def test_the_database_refuses_to_change_a_disclosure(approved, cast, statement):
    publish(approved, cast)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["draw", "case", "report", "change", "seedsource", "assignment", "visit"])
def test_nothing_drawn_or_filed_is_deleted(approved, table):
    if table == "change":
        approved.case.draw.changes.create(
            kind="subject", out_ref="x", reason="closed", note="", requested_by=approved.author
        )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner() as cursor:
        cursor.execute(f"DELETE FROM inspections_{table}")


def test_a_draw_is_not_released_before_its_last_visit(drawn, cast):
    with refused_with("visits_open"):
        releases.release(drawn, by=cast.clerk)
    for case in drawn.cases.all():
        inspect(case)
    released = releases.release(drawn, by=cast.clerk)
    assert verify(
        released.commit.read(),
        released.result.read(),
        changes_data=released.changes.read(),
        commitment=drawn.commitment,
    )
    with refused_with("already_released"):
        releases.release(drawn, by=cast.clerk)


def test_the_day_of_release_comes_by_itself(drawn):
    assert releases.release_due() == 0
    with behind_the_walls():
        Draw.objects.filter(pk=drawn.pk).update(release_by=timezone.localdate() - timedelta(days=1))
    assert releases.release_due() == 1
    assert releases.release_due() == 0


def test_openings_are_released_only_where_the_bureau_says_so(drawn, cast, bureau):
    bureau.publishes_openings = True
    bureau.save()
    for case in drawn.cases.all():
        inspect(case)
    drawn.refresh_from_db()
    released = releases.release(Draw.objects.get(pk=drawn.pk), by=cast.clerk)
    told = verify(released.commit.read(), released.result.read(), openings_data=released.openings.read())
    assert "检查组" in told and "未核验" not in told


def test_a_draw_void_before_its_seed_is_released_without_a_result(
    register, inspectors, make_task, seal, cast
):
    draw = seal(make_task(), seed_at=timezone.now() + timedelta(hours=2))
    voiding.request_void(draw, "pool", "", by=cast.clerk)
    released = releases.release(voiding.approve_void(draw, by=cast.supervisor), by=cast.clerk)
    assert released.result is None and released.commit.digest == draw.commitment


def test_a_void_draws_enterprises_stay_secret_until_the_next_draw_has_visited_them(sealed, cast, seal):
    draw = values.lodge(sealed.sources.get(position=1), "0123456789", by=cast.witness1)
    voiding.request_void(draw, "rules", "", by=cast.clerk)
    voiding.approve_void(draw, by=cast.supervisor)
    for position, account, value in (
        (2, cast.witness2, "1" * 10),
        (3, cast.witness3, "2" * 10),
        (4, cast.supervisor, "123"),
        (4, cast.clerk, "123"),
    ):
        values.lodge(draw.sources.get(position=position), value, by=account)
    draw = drawing.run(draw.pk)
    with refused_with("visits_open"):
        releases.release(draw, by=cast.clerk)
    follow = drawing.run(throw(seal(draw.task)).pk)
    for case in follow.cases.all():
        inspect(case)
    assert releases.release(draw, by=cast.clerk).result


def test_the_record_is_issued_once_and_kept(released):
    assert released.record.read().startswith(b"%PDF")
    assert StoredFile.objects.filter(pk=released.record_id).exists()
    assert Disclosure.objects.count() == released.draw.cases.count()


def test_without_pdf_libraries_the_draw_is_released_all_the_same(drawn, cast, monkeypatch):
    def missing():
        raise DomainError("pdf_unavailable", detail="缺少排版程序库")

    monkeypatch.setattr(documents, "_library", missing)
    for case in drawn.cases.all():
        inspect(case)
    assert releases.release(drawn, by=cast.clerk).record is None


def test_a_later_draws_file_waits_for_the_draw_it_would_tell_of(client, drawn, make_task, seal, cast):
    """Its commitment marks X:drawn whoever the earlier draw has drawn (found by trying)."""
    with refused_with("release_before_earlier"):
        seal(make_task(), release_by=drawn.release_by - timedelta(days=1))
    later = seal(make_task(), seed_at=timezone.now() + timedelta(hours=2))
    voiding.request_void(later, "pool", "", by=cast.clerk)
    later = voiding.approve_void(later, by=cast.supervisor)
    assert "X:drawn" in later.commit_json
    with refused_with("visits_open"):
        releases.release(later, by=cast.clerk)
    assert releases.release_due() == 0
    assert client.get(f"/draws/{later.number}/commit.json").status_code == 404
    for case in drawn.cases.all():
        inspect(case)
    assert releases.release_due() == 2
