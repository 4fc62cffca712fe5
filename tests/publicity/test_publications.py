"""Two people, an embargo, a term, a withdrawal: what is let out is what was judged, and its page stays."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inspections.models import CaseEvent
from inspections.visit import duties
from publicity import drafting, verification
from publicity.models import Disclosure, Ending, Letter, Listing, Publication
from publicity.payload import HIDDEN
from publicity.services import carrying, letters, listings, pending, publications, releases
from registries.models import Subject

from ..penalties import step
from ..staircase import inspect, publish, refused_with
from ..walls import behind_the_walls
from .wording import news

pytestmark = pytest.mark.django_db


def test_who_prepares_does_not_let_out(approved, cast):
    prepared = publications.prepare_result(approved, by=cast.clerk)
    assert not Disclosure.objects.exists()
    with refused_with("not_allowed"):
        publications.judge(prepared, True, by=cast.clerk)
    made = publications.judge(prepared, True, by=cast.head)
    prepared.refresh_from_db()
    assert made.payload == prepared.payload and prepared.made == made and prepared.status == "published"
    with refused_with("stale"):
        publications.judge(prepared, True, by=cast.head)


def test_the_author_of_a_report_does_not_prepare_it(approved, cast):
    with refused_with("not_allowed"):
        publications.prepare_result(approved, by=approved.author)


def test_what_is_judged_is_what_was_seen(approved, cast):
    """A change of the register between the two is not smuggled in."""
    prepared = publications.prepare_result(approved, by=cast.clerk)
    Subject.objects.filter(pk=approved.case.subject_id).update(name="趁机改名")
    assert (
        publications.judge(prepared, True, by=cast.head).subject_name
        == prepared.payload["subject"]
        != "趁机改名"
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Publication.objects.filter(pk=prepared.pk).update(payload={})


def test_who_prepared_it_may_take_it_back_before_it_is_judged(approved, cast, client):
    prepared = publications.prepare_result(approved, by=cast.clerk)
    with refused_with("not_allowed"):
        publications.take_back(prepared, by=cast.head)
    client.force_login(cast.clerk)
    client.post(f"/admin/publicity/publication/{prepared.pk}/act/take_back/")
    prepared.refresh_from_db()
    assert prepared.status == "returned" and list(pending.due()) == [approved]
    with refused_with("take_back_own"):
        publications.take_back(prepared, by=cast.clerk)


def test_returned_may_be_prepared_again_and_not_twice_at_once(approved, cast):
    first = publications.prepare_result(approved, by=cast.clerk)
    with refused_with("already_prepared"):
        publications.prepare_result(approved, by=cast.clerk)
    with refused_with("reason_needed"):
        publications.judge(first, False, by=cast.head)
    publications.judge(first, False, "任务名称有误", by=cast.head)
    assert list(pending.due()) == [approved]
    publications.prepare_result(approved, by=cast.clerk)
    assert list(pending.due()) == []


def test_held_back_until_its_day(approved, cast):
    later = timezone.now() + timedelta(days=3)
    prepared = publications.prepare_result(approved, by=cast.clerk, not_before=later)
    assert publications.judge(prepared, True, by=cast.head) is None
    assert carrying.carry_due() == 0 and not Disclosure.objects.exists()
    with behind_the_walls():
        Publication.objects.filter(pk=prepared.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    assert carrying.carry_due() == 1 and carrying.carry_due() == 0
    assert Disclosure.objects.get().published_by == cast.head


def test_an_enterprise_kept_from_the_public_has_no_name(approved, cast, client):
    Subject.objects.filter(pk=approved.case.subject_id).update(is_secret=True)
    approved.refresh_from_db()
    said = publish(approved, cast)
    assert said.subject_name == HIDDEN and said.payload["code"] == said.payload["ref"] == ""
    body = (
        client.get(f"/results/{said.token}/").content.decode()
        + client.get("/results.csv").getvalue().decode()
    )
    assert approved.case.subject.name not in body and approved.case.subject.ref not in body
    assert client.get(f"/enterprises/{approved.case.subject.ref}/").status_code == 404


def test_withdrawn_leaves_a_tombstone_and_nothing_else(approved, cast, client):
    said = publish(approved, cast)
    with refused_with("ending_incomplete"):
        publications.prepare_ending(said, "withdrawn", " ", by=cast.clerk)
    publications.judge(
        publications.prepare_ending(said, "withdrawn", "检查结果认定有误", "复查记录", by=cast.clerk),
        True,
        by=cast.head,
    )
    page = client.get(f"/results/{said.token}/")
    assert page.status_code == 410 and "检查结果认定有误" in page.content.decode()
    assert said.payload["result"] not in page.content.decode()
    assert client.get(f"/results/{said.token}.json").status_code == 410
    assert said.token not in client.get("/results.csv").getvalue().decode() and not Listing.objects.exists()
    assert "撤回" in client.get("/changes/").content.decode()
    (row,) = csv.DictReader(io.StringIO(client.get("/endings.csv").content.decode("utf-8-sig")))
    assert (row["公示编号"], row["终止方式"], row["原因"]) == (said.token, "撤回", "检查结果认定有误")
    assert row["依据"] == "复查记录" and said.subject_name not in str(row)
    with refused_with("already_ended"):
        publications.prepare_correction(said, "再改", by=cast.clerk)
    assert verification.verify(said.bureau) == [] and list(listings.faults(said.bureau)) == []


def test_a_penalty_is_shown_for_its_term(penalty, cast, client):
    said = publications.judge(
        publications.prepare_penalty(penalty, "minor", by=cast.clerk), True, by=cast.head
    )
    assert CaseEvent.objects.filter(code="penalty.published", case=penalty.case).exists()
    assert not [each for each in duties.running(penalty.bureau) if each.title == "公示行政处罚"]
    page = client.get(f"/results/{said.token}/").content.decode()
    assert penalty.decision_number in page and "罚款人民币一万元" in page and said.ends_on.isoformat() in page
    assert said.token in client.get("/penalties/").content.decode()
    with behind_the_walls():
        yesterday = timezone.localdate() - timedelta(days=1)
        Disclosure.objects.filter(pk=said.pk).update(ends_on=yesterday)
        Listing.objects.filter(pk=said.pk).update(ends_on=yesterday)
    # gone at once, not only when the clock comes by
    gone = client.get(f"/results/{said.token}/")
    assert gone.status_code == 410 and penalty.case.subject.name not in gone.content.decode()
    assert said.token not in client.get("/penalties/").content.decode()
    assert carrying.carry_due() == 1
    assert "公示期满" in client.get(f"/results/{said.token}/").content.decode()


def test_credit_repair_and_revocation_end_a_penalty(penalty, cast, client):
    said = publications.judge(
        publications.prepare_penalty(penalty, "serious", by=cast.clerk), True, by=cast.head
    )
    with refused_with("ending_incomplete"):
        publications.prepare_ending(said, "repaired", "已履行", by=cast.clerk)
    by = penalty.case.team()[0].inspector.account
    step(penalty, "penalty.delivered", by)
    step(penalty, "penalty.revoked", by)
    assert [each.title for each in duties.running(penalty.bureau) if each.title.startswith("撤回")]
    assert list(pending.revoked()) == [said]
    client.force_login(cast.clerk)
    assert "公示待撤回" in client.get("/admin/").content.decode()
    client.logout()
    publications.judge(
        publications.prepare_ending(said, "withdrawn", "处罚决定被复议机关撤销", "复议决定书", by=cast.clerk),
        True,
        by=cast.head,
    )
    assert not pending.revoked()
    assert not [each.title for each in duties.running(penalty.bureau) if each.title.startswith("撤回")]
    page = client.get(f"/results/{said.token}/")
    assert page.status_code == 410 and "处罚决定被复议机关撤销" in page.content.decode()


def test_news_is_corrected_by_another(cast, client):
    said = publications.judge(news(cast, "# 一、范围\n全县。\n\n第二段<script>"), True, by=cast.head)
    page = client.get(f"/results/{said.token}/").content.decode()
    assert "<h2>一、范围</h2>" in page and "<script>alert" not in page and "&lt;script&gt;" in page
    new = publications.judge(
        publications.prepare_correction(
            said, "范围有误", by=cast.clerk, title="关于自查的通知", text="全县工贸企业。"
        ),
        True,
        by=cast.head,
    )
    old = client.get(f"/results/{said.token}/").content.decode()
    assert "更正后的公示" in old and new.token in old and "范围有误" in old
    assert client.get("/news/").content.decode().count('class="meta"') == 1


def test_the_draft_on_common_problems_counts_enterprises_and_names_none(drawn, cast):
    by = [inspect(case, fails=["A01.1"]) for case in drawn.cases.order_by("pk")]
    today = timezone.localdate()
    assert "检查企业 0 家" in drafting.problems(drawn.bureau, today, today)[1]  # not released yet
    assert "立项检查 0 户次，查完 0 家次" in drafting.summary(drawn.bureau, today, today)[1]
    before = today - timedelta(days=1)
    releases.release(drawn, by=cast.clerk)
    title, text = drafting.problems(drawn.bureau, today, today)
    assert "普遍性问题" in title and f"检查企业 {len(by)} 家" in text and f"存在于 {len(by)} 家企业" in text
    assert not any(report.case.subject.name in text for report in by)
    earlier = drafting.summary(drawn.bureau, before - timedelta(days=30), before)[1]
    assert "查完 0 家次" in earlier and "封存抽取 0 次" in earlier and "公示检查结果 0 条" in earlier
    told = drafting.summary(drawn.bureau, today, today)
    assert f"查完 {len(by)} 家次" in told[1] and f"{today:%-m月%-d日}" in told[0]
    with refused_with("text_unfinished"):
        publications.prepare_news(drawn.bureau, "problems", title, text, by=cast.clerk)


@pytest.fixture
def corrected(approved, cast):
    """A statement, and the one that corrects it."""
    old = publish(approved, cast)
    Subject.objects.filter(pk=approved.case.subject_id).update(town="新镇")
    return old, publications.judge(
        publications.prepare_correction(old, "乡镇有误", by=cast.clerk), True, by=cast.head
    )


def test_what_ends_the_newest_ends_all_that_it_corrected(corrected, cast, client):
    old, new = corrected
    client.post(f"/letters/statement/{old.token}/", {"text": "我们已经整改。"})
    letter = Letter.objects.get()
    letters.accept(letter, by=cast.clerk)
    word = publications.judge(
        publications.prepare_statement(letter, letter.text, by=cast.clerk), True, by=cast.head
    )
    # it goes on with the correction
    assert "我们已经整改" in client.get(f"/results/{new.token}/").content.decode()
    publications.judge(
        publications.prepare_ending(new, "withdrawn", "认定有误", by=cast.clerk), True, by=cast.head
    )
    for token in (old.token, new.token, word.token):
        for tail in ("/", ".json", ".jsonld"):
            answer = client.get(f"/results/{token}{tail}")
            assert answer.status_code == 410 and old.payload["result"] not in answer.content.decode(), (
                token,
                tail,
            )
    assert client.get(f"/letters/objection/{old.token}/").status_code == 410
    with refused_with("already_ended"):
        letters.hand_in(old.bureau, "objection", "还有异议", disclosure=old)
    for path in ("/changes/", "/changes.rss"):
        assert old.subject_name not in client.get(path).content.decode()


def test_a_penalty_that_was_revoked_meanwhile_does_not_go_out(penalty, cast):
    prepared = publications.prepare_penalty(penalty, "general", by=cast.clerk)
    by = penalty.case.team()[0].inspector.account
    step(penalty, "penalty.revoked", by)
    with refused_with("penalty_undecided"), transaction.atomic():
        publications.judge(prepared, True, by=cast.head)
    publications.judge(prepared, False, "已撤销", by=cast.head)
    penalty.refresh_from_db()
    step(penalty, "penalty.closed", by)
    assert list(pending.penalties_due()) == []
    with refused_with("penalty_undecided"):
        publications.prepare_penalty(penalty, "general", by=cast.clerk)


def test_every_kind_of_statement_verifies_and_a_changed_one_is_named(corrected, penalty, cast, bureau):
    said = publications.judge(news(cast), True, by=cast.head)
    shown = publications.judge(
        publications.prepare_penalty(penalty, "minor", by=cast.clerk), True, by=cast.head
    )
    publications.judge(
        publications.prepare_ending(shown, "repaired", "已履行", "信用修复决定 1 号", by=cast.clerk),
        True,
        by=cast.head,
    )
    assert verification.verify(bureau) == []
    for rows, change in (
        (Disclosure.objects.filter(pk=said.pk), {"ends_on": "2030-01-01"}),
        (Disclosure.objects.filter(pk=said.pk), {"reason": "x"}),
        (Ending.objects.all(), {"reason": "x"}),
        (Publication.objects.filter(made=said), {"payload": {}}),
        (Publication.objects.filter(made=said), {"prepared_by": cast.head}),
    ):
        with transaction.atomic():
            with behind_the_walls():
                rows.update(**change)
            assert verification.verify(bureau), change
            transaction.set_rollback(True)


def test_one_that_cannot_go_out_keeps_no_other_back(approved, cast):
    soon = timezone.now() + timedelta(hours=1)
    blocked = publications.prepare_result(approved, by=cast.clerk, not_before=soon)
    free = news(cast, not_before=soon)
    stopped = news(cast, "停下的", not_before=soon)
    for each in (blocked, free, stopped):
        publications.judge(each, True, by=cast.head)
    publications.judge(stopped, False, "不发了", by=cast.head)
    Subject.objects.filter(pk=approved.case.subject_id).update(is_secret=True)
    with behind_the_walls():
        Publication.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    assert carrying.carry_due() == 1
    assert [each.kind for each in Disclosure.objects.all()] == ["news"]


def test_the_index_is_made_again_from_the_statements(released, bureau):
    before = list(Listing.objects.order_by("pk").values())
    assert before and list(listings.faults(bureau)) == []
    Listing.objects.order_by("pk").first().delete()
    assert list(listings.faults(bureau))
    assert listings.rebuild() == len(before) and list(Listing.objects.order_by("pk").values()) == before


def test_what_is_judged_waits_some_minutes_and_may_be_stopped(approved, cast, settings):
    settings.PUBLISH_HOLD_MINUTES = 10
    held = publications.prepare_result(approved, by=cast.clerk)
    assert publications.judge(held, True, by=cast.head) is None and not Disclosure.objects.exists()
    carrying.carry_due()
    assert not Disclosure.objects.exists()
    held.refresh_from_db()
    publications.judge(held, False, "写错了日期", by=cast.head)
    again = publications.prepare_result(approved, by=cast.clerk)
    publications.judge(again, True, by=cast.head)
    Publication.objects.filter(pk=again.pk).update(held_until=timezone.now())
    assert carrying.carry_due() == 1
    shown = Disclosure.objects.get()
    # what takes something away, or puts it right, is not held
    fixed = publications.prepare_ending(shown, "withdrawn", "认定有误", by=cast.clerk)
    publications.judge(fixed, True, by=cast.head)
    assert Ending.objects.filter(disclosure=shown).exists()
