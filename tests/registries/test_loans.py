"""借调: asked for in one bureau, decided in another; who is lent is drawn there for those days only, and not
at home."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.draw import pool
from inspections.models import Task
from registries import presence
from registries.models import Inspector, JournalEntry, Lending, LoanRequest, Message, Skill
from registries.services import accounts, bureaus, journal, ledger, loans, placing

from ..staircase import add_inspector, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def beside(bureau):
    """The county beside the suite's, under one city: its clerk, head and three inspectors."""
    city = bureaus.found("990100", "某市应急管理局", "市")
    made = bureaus.found("990188", "白塔县应急管理局", "白塔")
    placing.place(city, "市级", None)
    for each in (bureau, made):
        placing.place(each, "县级", city)
    for n in (1, 2, 3):
        add_inspector(made, n, ["工贸", "非煤矿山"])
    return {
        role: accounts.open_account(made, f"bt-{role}", f"白塔{role}", [role], password="pw-for-tests")
        for role in ("clerk", "head")
    } | {"bureau": made}


def days(first, last):
    today = timezone.localdate()
    return today + timedelta(days=first), today + timedelta(days=last)


def test_two_are_lent_drawn_here_and_not_at_home(beside, cast, register, inspectors, make_task, client):
    county, (since, until) = cast.clerk.bureau, days(0, 40)
    ledger.keep(county)
    asked = loans.ask(beside["bureau"], 2, since, until, "回避后只剩一人", by=cast.clerk, skill="非煤矿山")
    there = Lending.objects.get(request=asked)
    assert there.bureau == beside["bureau"]
    assert Message.objects.filter(account=beside["head"], thing=there.about, kind="waits").exists()
    client.force_login(beside["head"])
    act = reverse("admin:registries_lending_act", args=[there.pk, "grant"])
    assert "回避后只剩一人" in client.get(reverse("admin:index")).content.decode()
    people = list(Inspector.objects.filter(bureau=beside["bureau"]).order_by("ref")[:2])
    client.post(act, {"people": [each.pk for each in people]})
    asked.refresh_from_db()
    there.refresh_from_db()
    assert asked.status == there.status == "granted" and asked.answer == "、".join(
        each.name for each in people
    )
    lent = list(Inspector.objects.filter(bureau=county, lent_until=until).order_by("ref"))
    assert [each.name for each in lent] == [each.name for each in people]
    assert [each.lent_by for each in lent] == ["白塔县应急管理局"] * 2
    assert (
        {each.name for each in lent[0].skills.all()}
        == {"工贸", "非煤矿山"}
        <= set(Skill.objects.filter(bureau=county).values_list("name", flat=True))
    )
    task = Task.objects.get(pk=make_task((("工贸-机械", 2000, 2),)).pk)
    stands = {each["id"]: each["status"] for each in pool.build(task).inspectors}
    assert [stands[each.ref] for each in lent] == ["E", "E"]
    late = until + timedelta(days=1)
    assert presence.of(lent[0], since, late) == presence.of(lent[0], late, late) == "X:left"
    assert [presence.of(each, since, until) for each in people] == ["X:leave"] * 2
    assert Message.objects.filter(account=cast.officer, kind="answered").exists()
    for each in (county, beside["bureau"]):
        assert journal.verify(each)[1] == [] and ledger.faults(each) == []
    ledger.keep(county)
    assert ledger.faults(county) == []


def test_no_and_withdrawn_are_said_to_both(beside, cast):
    told = (beside["bureau"], 1, *days(1, 3), "缺专业")
    one = loans.ask(*told, by=cast.clerk)
    loans.refuse(one.lending, "本县人手也紧", by=beside["head"])
    one.refresh_from_db()
    assert one.status == "refused" and one.answer == "本县人手也紧"
    assert Message.objects.filter(account=cast.clerk, kind="answered", said__contains="人手也紧").exists()
    other = loans.ask(*told, by=cast.clerk)
    loans.withdraw(other, "够了", by=cast.clerk)
    assert Lending.objects.get(request=other).status == "withdrawn"
    with refused_with("stale"):
        loans.grant(
            Lending.objects.get(request=other),
            Inspector.objects.filter(bureau=beside["bureau"]),
            by=beside["head"],
        )
    assert not Inspector.objects.exclude(lent_until=None).exists()


def test_who_may_ask_whom_for_what(beside, cast, inspectors):
    away = bureaus.found("880101", "远县应急管理局", "远")
    with refused_with("loan_not_kin"):
        loans.ask(away, 1, *days(1, 2), "x", by=cast.clerk)
    with refused_with("loan_backwards"):
        loans.ask(beside["bureau"], 1, *days(3, 2), "x", by=cast.clerk)
    with refused_with("not_allowed"):
        loans.ask(beside["bureau"], 1, *days(1, 2), "x", by=cast.head)
    there = loans.ask(beside["bureau"], 1, *days(1, 2), "x", by=cast.clerk).lending
    with refused_with("other_bureau"):
        loans.grant(there, Inspector.objects.filter(bureau=beside["bureau"]), by=cast.head)
    with refused_with("not_allowed"):
        loans.grant(there, Inspector.objects.filter(bureau=beside["bureau"]), by=beside["clerk"])
    with refused_with("loan_nobody"):
        loans.grant(there, Inspector.objects.filter(bureau=cast.clerk.bureau)[:1], by=beside["head"])
    own = list(Inspector.objects.filter(bureau=beside["bureau"]))
    loans.grant(there, own[:1], by=beside["head"])
    again = loans.ask(beside["bureau"], 1, *days(2, 2), "x", by=cast.clerk).lending
    with refused_with("loan_not_fit"):
        loans.grant(again, own[:1], by=beside["head"])
    assert LoanRequest.objects.filter(status="granted").count() == 1
    assert set(JournalEntry.objects.filter(action="inspector.lent").values_list("actor", flat=True)) == {
        "system"
    }
