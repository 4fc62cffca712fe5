"""严重失信主体: told, heard, decided, its term, early, by deceit, revoked; what it does to lots and to what
is published and handed on."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.after import discredits
from inspections.states import DiscreditState
from publicity.models import Receiver
from publicity.outgoing import gathering, handing
from publicity.services import letters, pending, publications
from registries import limits, lots
from registries.models import SubjectEvent

from ..penalties import step
from ..staircase import refused_with

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def lots_of(case, day=None):
    events = SubjectEvent.objects.filter(subject=case.subject, code="dishonest").counted(
        day or timezone.localdate()
    )
    return lots.of(case.subject, [each.code for each in events], lots.table(case.bureau))


@pytest.fixture
def told(penalty, cast):
    """Proposed, approved, told today."""
    one = discredits.propose(penalty, "unlicensed", "许可证被吊销后仍在生产", by=cast.clerk)
    discredits.judge(one, True, by=cast.head)
    return discredits.tell(one, "失信告〔2026〕1号", TODAY, by=cast.clerk)


@pytest.fixture
def listed(told, cast):
    discredits.hear(told, "", "", by=cast.clerk)
    return discredits.decide(told, "失信决〔2026〕1号", TODAY, by=cast.head)


def test_nobody_is_listed_untold_unheard_or_by_one_person(penalty, cast):
    with refused_with("discredit_unfounded"):
        discredits.propose(penalty, "nothing", "x", by=cast.clerk)
    one = discredits.propose(penalty, "unlicensed", "许可证被吊销后仍在生产", by=cast.clerk)
    with refused_with("discredit_open"):
        discredits.propose(penalty, "concealed", "x", by=cast.clerk)
    with refused_with("not_allowed"):
        discredits.judge(one, True, by=cast.clerk)
    discredits.judge(one, True, by=cast.head)
    with refused_with("day_out_of_order"):
        discredits.tell(one, "告1", TODAY + timedelta(days=1), by=cast.clerk)
    discredits.tell(one, "告1", TODAY, by=cast.clerk)
    with refused_with("discredit_unheard"):
        discredits.decide(one, "决1", TODAY, by=cast.head)
    with refused_with("reason_needed"):
        discredits.hear(one, "不服", "", by=cast.clerk)
    discredits.hear(one, "不服", "理由不成立", by=cast.clerk)
    assert lots_of(one.case) == 1
    discredits.decide(one, "决1", TODAY, by=cast.head)
    assert one.status == DiscreditState.LISTED and lots_of(one.case) == 3
    assert one.ends_on == limits.due(one.bureau, "discredit_term", TODAY)


def test_it_counts_for_its_term_and_no_longer(listed, cast):
    event = SubjectEvent.objects.get(subject=listed.case.subject, code="dishonest")
    assert event.until == listed.ends_on
    assert lots_of(listed.case, listed.ends_on) == 3
    assert lots_of(listed.case, listed.ends_on + timedelta(days=1)) == 1
    assert discredits.end_due() == 0
    type(listed).objects.update(ends_on=TODAY)
    assert discredits.end_due() == 1
    listed.refresh_from_db()
    assert listed.status == DiscreditState.ENDED and listed.left_why == "管理期限届满"


def test_early_removal_after_a_year_and_back_by_deceit(listed, cast):
    with refused_with("discredit_too_early"):
        discredits.ask_early(listed, "已整改", TODAY, by=cast.clerk)
    type(listed).objects.update(decided_on=TODAY - timedelta(days=370))
    listed.refresh_from_db()
    discredits.ask_early(listed, "已整改，履行了义务", TODAY, by=cast.clerk)
    discredits.judge_early(listed, False, "还有一项没有改", by=cast.head)
    assert listed.status == DiscreditState.LISTED and lots_of(listed.case) == 3
    discredits.ask_early(listed, "都改了", TODAY, by=cast.clerk)
    discredits.judge_early(listed, True, by=cast.head)
    assert listed.status == DiscreditState.REMOVED and lots_of(listed.case) == 1
    type(listed).objects.update(left_on=TODAY - timedelta(days=10))
    listed.refresh_from_db()
    ends = listed.ends_on
    discredits.restore(listed, "隐瞒了事故", by=cast.head)
    assert listed.ends_on == ends + timedelta(days=10) and lots_of(listed.case) == 3
    away = SubjectEvent.objects.filter(subject=listed.case.subject, code="dishonest").order_by("pk").first()
    type(listed).objects.update(decided_on=TODAY - timedelta(days=800))
    listed.refresh_from_db()
    discredits.ask_early(listed, "又改了", TODAY, by=cast.clerk)
    discredits.judge_early(listed, True, by=cast.head)  # the second time: nothing of it counts any more
    assert lots_of(listed.case) == 1
    assert SubjectEvent.objects.get(pk=away.pk).until == away.until  # nor was the first one moved
    discredits.restore(listed, "又隐瞒", by=cast.head)
    discredits.revoke(listed, "复议撤销", by=cast.head)
    assert listed.status == DiscreditState.REVOKED and lots_of(listed.case) == 1


def test_a_revoked_penalty_carries_no_listing(told, penalty, cast):
    discredits.hear(told, "", "", by=cast.clerk)
    step(penalty, "penalty.revoked", cast.clerk)
    with refused_with("penalty_undecided"):
        discredits.decide(told, "决1", TODAY, by=cast.head)
    discredits.drop(told, "处罚决定已撤销", by=cast.head)
    assert told.status == DiscreditState.DROPPED


def test_published_by_two_handed_on_and_withdrawn_when_it_is_let_go(listed, cast, client):
    assert list(pending.listings_due()) == [listed]
    made = publications.prepare_listing(listed, by=cast.clerk)
    with refused_with("already_prepared"):
        publications.prepare_listing(listed, by=cast.clerk)
    assert not pending.listings_due()
    shown = publications.judge(made, True, by=cast.head)
    assert shown.ends_on == listed.ends_on and not pending.listings_due()
    page = client.get(reverse("public:result", args=[shown.token])).content.decode()
    assert "列入安全生产严重失信主体名单" in page and listed.decision_number in page and "管理期限至" in page
    assert "许可证被吊销后仍在生产" not in page  # the file's facts are not the public's
    whole = client.get(reverse("public:listings")).content.decode()
    assert listed.case.subject.name in whole
    one = Receiver.objects.create(
        bureau=listed.bureau, code="xy", name="信用平台", shapes=["shixin"], since=TODAY, way="file"
    )
    gathering.gather(one)
    row = one.rows.get()
    assert row.body["dwmc"] == listed.case.subject.name and row.status == "waiting", row.said
    batch = handing.take_file(one, by=cast.clerk)
    handing.reply(batch, {}, by=cast.clerk)
    type(listed).objects.update(decided_on=TODAY - timedelta(days=370))
    listed.refresh_from_db()
    discredits.ask_early(listed, "都改了", TODAY, by=cast.clerk)
    discredits.judge_early(listed, True, by=cast.head)
    ending = publications.prepare_ending(shown, "repaired", "提前移出", "移出决定1号", by=cast.clerk)
    publications.judge(ending, True, by=cast.head)
    gathering.gather(one)
    assert one.rows.filter(what="withdraw").count() == 1
    one.shapes = ["xiufu"]
    one.save()
    gathering.gather(one)
    repair = one.rows.get(shape="xiufu")
    assert (repair.body["category"], repair.body["bjbh"]) == ("严重失信主体", "移出决定1号"), repair.said
    assert listed.case.subject.name not in client.get(reverse("public:listings")).content.decode()


def test_the_desk_leads_through_it(penalty, cast, client):
    client.force_login(cast.clerk)
    asked = {"penalty": penalty.pk, "ground": "unlicensed", "facts": "仍在生产"}
    client.post("/admin/inspections/discredit/act/propose/", asked)
    one = penalty.discredits.get()
    base = f"/admin/inspections/discredit/{one.pk}/act/"
    client.force_login(cast.head)
    assert "失信" in client.get("/admin/").content.decode()
    client.post(f"{base}approve/", {"note": ""})
    client.force_login(cast.clerk)
    client.post(f"{base}tell/", {"number": "告1", "on": TODAY.isoformat()})
    client.post(f"{base}hear/", {"statement": "", "reviewed": ""})
    client.force_login(cast.head)
    client.post(f"{base}decide/", {"number": "决1", "on": TODAY.isoformat()})
    one.refresh_from_db()
    assert one.status == DiscreditState.LISTED
    assert "严重失信主体" in client.get(f"/admin/inspections/discredit/{one.pk}/change/").content.decode()


def test_the_penalty_leads_to_its_listing_with_itself_chosen(penalty, cast, client):
    client.force_login(cast.clerk)
    page = reverse("case", args=[penalty.case.token]) + "?tab=penalty"
    shown = client.get(page).content.decode()
    link = re.search(r'href="([^"]+listact?[^"]*|[^"]+/act/propose/[^"]*)"', shown)[1].replace("&amp;", "&")
    form = client.get(link).content.decode()
    assert f'<option value="{penalty.pk}" selected' in form
    answer = client.post(
        link, {"penalty": penalty.pk, "ground": "unlicensed", "facts": "许可证被吊销后仍在生产"}
    )
    assert answer.url == page
    assert (
        "报请列入严重失信主体名单" in shown
        and DiscreditState.PROPOSED.label in client.get(page).content.decode()
    )


def _home(account, client):
    client.force_login(account)
    return client.get("/admin/").content.decode()


def test_whoever_prepares_is_told_that_it_is_to_be_shown_and_that_it_is_to_come_down(listed, cast, client):
    assert "1 户严重失信主体可以拟办公示" in _home(cast.clerk, client)
    made = publications.prepare_listing(listed, by=cast.clerk)
    assert "户严重失信主体可以拟办公示" not in _home(cast.clerk, client)
    shown = publications.judge(made, True, by=cast.head)
    assert "公示待撤下" not in _home(cast.clerk, client)
    step(listed.penalty, "penalty.revoked", cast.clerk)
    assert "1 户已不在严重失信主体名单上，公示待撤下" in _home(cast.clerk, client)
    ending = publications.prepare_ending(shown, "withdrawn", "处罚决定已撤销", by=cast.clerk)
    assert "公示待撤下" not in _home(cast.clerk, client)
    publications.judge(ending, True, by=cast.head)
    assert not pending.listings_off().exists()


def test_corrected_ended_and_back_it_can_be_shown_again(listed, cast):
    shown = publications.judge(publications.prepare_listing(listed, by=cast.clerk), True, by=cast.head)
    subject = listed.case.subject
    subject.name += "（更名）"
    subject.save()
    fresh = publications.judge(
        publications.prepare_correction(shown, "企业已更名", by=cast.clerk), True, by=cast.legal
    )
    type(listed).objects.update(decided_on=TODAY - timedelta(days=370))
    listed.refresh_from_db()
    discredits.ask_early(listed, "都改了", TODAY, by=cast.clerk)
    discredits.judge_early(listed, True, by=cast.head)
    ending = publications.prepare_ending(fresh, "repaired", "提前移出", "移出决定1号", by=cast.clerk)
    publications.judge(ending, True, by=cast.head)
    discredits.restore(listed, "隐瞒了事故", by=cast.head)
    assert list(pending.listings_due()) == [listed]
    again = publications.judge(publications.prepare_listing(listed, by=cast.clerk), True, by=cast.head)
    assert again.ends_on == listed.ends_on and not pending.listings_due()


def test_nobody_answers_an_objection_to_a_listing_of_his_own(listed, cast):
    shown = publications.judge(publications.prepare_listing(listed, by=cast.clerk), True, by=cast.legal)
    letter = letters.hand_in(shown.bureau, "objection", "不该列入", disclosure=shown)
    assert letter.subject == listed.case.subject
    assert not letters.may_handle(letter, cast.clerk) and not letters.may_handle(letter, cast.head)
    member = listed.case.team()[0].inspector.account
    assert not letters.may_handle(letter, member) and letters.may_handle(letter, cast.legal)
