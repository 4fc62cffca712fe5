"""双人办理: nobody becomes somebody else, gives himself a right, or turns a counter-measure off alone."""

import html
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registries.models import (
    Account,
    Bureau,
    CapRule,
    Category,
    Consent,
    LegalLimit,
    LotRule,
    Message,
    RoleGrant,
)
from registries.services import accounts, confirming, consents, rules

from ..staircase import refused_with

pytestmark = pytest.mark.django_db


def test_one_officer_alone_takes_over_nobody(client, cast):
    """The attack of the trial: reset a witness's and the head's password, sign in as both."""
    halves = {}
    for name in ("witness1", "head"):
        before = Account.objects.get(username=name).password
        one, halves[name] = accounts.ask_reset(getattr(cast, name), by=cast.officer)
        assert Account.objects.get(username=name).password == before
        assert not client.login(username=name, password=halves[name])
        with refused_with("not_allowed"):
            confirming.confirm(one, by=cast.officer)
        told = Message.objects.filter(account=getattr(cast, name), kind="touched")
        assert told.count() == 1 and "不是您要办的" in told.get().said
    # whom it touches does not confirm it either, even where the right is there
    with refused_with("same_person"):
        confirming.confirm(Consent.objects.get(account=cast.head), by=cast.head)
    second = confirming.confirm(Consent.objects.get(account=cast.witness1), by=cast.security)
    assert not client.login(username="witness1", password=second)
    assert client.login(username="witness1", password=f"{halves['witness1']}-{second}")
    with refused_with("stale"):
        confirming.confirm(Consent.objects.get(account=cast.witness1), by=cast.security)


def test_who_has_both_rights_still_needs_another(cast):
    RoleGrant.objects.create(account=cast.officer, role="head", since=timezone.localdate())
    officer = Account.objects.get(pk=cast.officer.pk)
    one, _ = accounts.ask_reset(cast.witness1, by=officer)
    with refused_with("same_person"):
        confirming.confirm(one, by=officer)
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever asks the database itself
        Consent.objects.filter(pk=one.pk).update(status="confirmed", judged_by=officer)
    with refused_with("not_allowed"):
        consents.withdraw(one, by=cast.security)
    assert consents.withdraw(one, by=officer).status == "withdrawn"
    assert Consent.objects.get(pk=one.pk).half == ""


@pytest.mark.parametrize("pair", [("officer", "security"), ("security", "auditor"), ("officer", "auditor")])
def test_the_three_officers_are_three_people(cast, bureau, pair):
    first, second = pair
    with refused_with("roles_apart"):
        accounts.ask_account(bureau, "both", "两样某", pair, by=cast.officer)
    with refused_with("roles_apart"):
        accounts.open_account(bureau, "both", "两样某", pair)
    held = getattr(cast, first)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(account=held, role=second, since=timezone.localdate())
    grant = RoleGrant.objects.create(account=cast.witness3, role=first, since=timezone.localdate())
    later = timezone.localdate() + timedelta(days=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(account=cast.witness3, role=second, since=later)
    RoleGrant.objects.filter(pk=grant.pk).update(until=later - timedelta(days=1))
    RoleGrant.objects.create(account=cast.witness3, role=second, since=later)  # one after the other
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(until=None)


def test_nothing_is_dated_back_and_a_role_ends_at_once(cast):
    yesterday = timezone.localdate() - timedelta(days=1)
    with refused_with("grant_backdated"):
        accounts.ask_grant(cast.witness1, "clerk", yesterday, by=cast.officer)
    with refused_with("grant_ends_before"):
        accounts.ask_grant(cast.witness1, "clerk", timezone.localdate(), yesterday, by=cast.officer)
    one = accounts.ask_grant(cast.witness1, "clerk", timezone.localdate(), by=cast.officer)
    # what lay about for weeks gives nothing for the days gone by
    Consent.objects.filter(pk=one.pk)
    confirming.confirm(one, by=cast.security)
    assert Account.objects.get(pk=cast.witness1.pk).has_perm("inspections.seal_draw")
    confirming.confirm(accounts.ask_end(cast.witness1, "witness", by=cast.officer), by=cast.security)
    assert not Account.objects.get(pk=cast.witness1.pk).roles() & {"witness"}
    with refused_with("role_not_held"):
        accounts.ask_end(cast.witness1, "witness", by=cast.officer)


def test_another_door_is_opened_by_two(cast):
    one = accounts.ask_identity(cast.head, "zhang@idp", by=cast.officer)
    assert Account.objects.get(pk=cast.head.pk).sso_name == ""
    consents.refuse(one, "不认识", by=cast.security)
    assert Account.objects.get(pk=cast.head.pk).sso_name == ""
    assert Message.objects.filter(account=cast.officer, kind="returned").exists()
    confirming.confirm(accounts.ask_identity(cast.head, "zhang@idp", by=cast.officer), by=cast.security)
    assert Account.objects.get(pk=cast.head.pk).sso_name == "zhang@idp"
    with refused_with("identity_taken"):
        accounts.ask_identity(cast.clerk, "zhang@idp", by=cast.officer)


RULES = {
    "kind": ("officer", "inspectionkind", lambda b: b.inspectionkind_set.first(), {"draw": "forbidden"}),
    "limit": ("officer", "legallimit", lambda b: LegalLimit.objects.filter(bureau=b).first(), {"length": 99}),
    "bureau": ("officer", "bureau", lambda b: b, {"returned_months": 0}),
    "lots": ("head", "lotrule", lambda b: LotRule.objects.filter(bureau=b).first(), {"lots": 9}),
    "cap": ("clerk", "category", lambda b: Category.objects.filter(bureau=b).first(), {"yearly_cap": 1}),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_changed_by_two_and_shown_as_it_was_and_will_be(client, cast, bureau, name):
    who, noun, find, change = RULES[name]
    row = find(bureau)
    ((field, value),) = change.items()
    old = getattr(row, field)
    client.force_login(getattr(cast, who))
    page = f"/admin/registries/{noun}/{row.pk}/change/"
    form = client.get(page).context["adminform"].form
    fields = {
        key: "" if text is None or text is False else text
        for key, text in form.initial.items()
        if key in form.fields
    }
    fields = {key: "on" if text is True else text for key, text in fields.items() if text != ""} | {
        field: value
    }
    inlines = {
        "rules-TOTAL_FORMS": 0,
        "rules-INITIAL_FORMS": 0,
        "caps-TOTAL_FORMS": 0,
        "caps-INITIAL_FORMS": 0,
    }
    answer = client.post(page, fields | inlines)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert getattr(row, field) == old
    one = Consent.objects.get()
    title = str(row._meta.get_field(field).verbose_name)
    assert any(what == title and will for what, was, will in one.shown), one.shown
    again = client.post(page, fields | inlines)  # it is asked for once
    assert Consent.objects.count() == 1 and again.status_code in (200, 302)
    shown = client.get(f"/admin/registries/consent/{one.pk}/change/").content.decode()
    assert title in shown
    confirming.confirm(one, by=cast.security)
    row.refresh_from_db()
    assert str(getattr(row, field)) == str(value)
    assert bureau.journalentry_set.filter(action=f"{noun}.changed").count() == 1


def test_a_row_that_moved_meanwhile_is_not_overwritten(cast, bureau):
    row = LotRule.objects.filter(bureau=bureau).first()
    new = LotRule.objects.get(pk=row.pk)
    new.lots = 5
    one = rules.ask(new, row, ["lots"], by=cast.head)
    LotRule.objects.filter(pk=row.pk).update(lots=7)
    with refused_with("rule_moved"):
        confirming.confirm(one, by=cast.security)
    with refused_with("same_person"):
        confirming.confirm(one, by=cast.head)


def test_a_cap_is_added_and_taken_away_by_two(client, cast, bureau):
    category = Category.objects.filter(bureau=bureau).first()
    client.force_login(cast.clerk)
    told = {"category": category.pk, "field": "risk", "value": "重大", "yearly": 4, "basis": ""}
    assert client.post("/admin/registries/caprule/add/", told).status_code == 302
    assert not CapRule.objects.exists()
    confirming.confirm(Consent.objects.get(), by=cast.head)
    cap = CapRule.objects.get()
    assert client.post(f"/admin/registries/caprule/{cap.pk}/act/remove/").status_code == 302
    assert CapRule.objects.exists()
    confirming.confirm(Consent.objects.first(), by=cast.security)
    assert not CapRule.objects.exists() and Bureau.objects.count() == 2


def test_who_confirmed_from_the_first_page_is_back_on_it(client, cast):
    one, _ = accounts.ask_reset(cast.witness1, by=cast.officer)
    client.force_login(cast.security)
    first = client.get("/admin/").content.decode()
    way = re.search(rf'"(/admin/registries/consent/{one.pk}/act/confirm/[^"]*)"', first)[1]
    page = client.post(html.unescape(way)).content.decode()
    assert "后一半" in page and '<a class="closelink" href="/admin/">已抄好</a>' in page
