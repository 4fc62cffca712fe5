"""向下派任务: drafted by one, handed down by another, taken and reported below; above one sees who, and
sums."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.models import Assigned, Directive
from inspections.plan import directives
from registries.models import JournalEntry, Message
from registries.services import accounts, bureaus, journal, placing

from ...staircase import inspect, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(bureau):
    """A city above the suite's county and one beside it; its clerk and head."""
    made = bureaus.found("990100", "某市应急管理局", "市")
    beside = bureaus.found("990188", "白塔县应急管理局", "白塔")
    placing.place(made, "市级", None)
    for each in (bureau, beside):
        placing.place(each, "县级", made)
    return {
        role: accounts.open_account(made, f"city-{role}", f"市局{role}", [role], password="pw-for-tests")
        for role in ("clerk", "head")
    }


def drafted(city, *to, **more):
    today = timezone.localdate()
    told = {"window_from": today, "window_to": today + timedelta(days=20)}
    made = Directive.objects.create(
        bureau=city["clerk"].bureau,
        title="烟花爆竹经营专项检查",
        text="查安全距离、存量。",
        amount="不少于 20 户",
        drafted_by=city["clerk"],
        **told | {"report_by": today + timedelta(days=25)} | more,
    )
    made.to.set(to)
    return made


def test_a_task_goes_down_is_taken_done_and_reported(city, cast, drawn, client):
    county = cast.clerk.bureau
    one = directives.issue(drafted(city, *city["clerk"].bureau.lowers.all()), by=city["head"])
    assert one.shares.count() == 2
    share = one.shares.get(bureau=county)
    assert share.title == one.title and share.upper == "某市应急管理局"
    assert Message.objects.filter(account=cast.clerk, thing=share.about, kind="waits").exists()
    client.force_login(cast.clerk)
    assert "烟花爆竹经营专项检查" in client.get(reverse("admin:index")).content.decode()
    page = reverse("admin:inspections_assigned_change", args=[share.pk])
    assert "签收" in client.get(page).content.decode()
    client.post(reverse("admin:inspections_assigned_act", args=[share.pk, "take"]))
    share.refresh_from_db()
    assert share.status == "taken" and share.taken_by == cast.clerk
    inspect(drawn.cases.order_by("pk").first(), ["A01.1"])
    act = reverse("admin:inspections_assigned_act", args=[share.pk, "report"])
    client.post(act, {"task": drawn.task_id, "said": "已查，问题都在改。"})
    share.refresh_from_db()
    assert share.status == "reported" and share.task == drawn.task
    assert share.numbers == {"cases": drawn.cases.count(), "done": 1, "problems": 1}
    told = Message.objects.filter(account=city["clerk"], kind="answered").values_list("said", flat=True)
    assert {each.partition("“")[0] for each in told} == {f"{county.name}已签收", f"{county.name}已上报"}
    client.force_login(city["head"])
    said = client.get(reverse("admin:inspections_directive_change", args=[one.pk])).content.decode()
    assert "查完 1 户" in said and "已查，问题都在改。" in said and drawn.number not in said
    names = [case.subject.name for case in drawn.cases.select_related("subject")]
    assert not any(name in said for name in names)
    for bureau in (county, one.bureau):
        assert journal.verify(bureau)[1] == []
    actors = JournalEntry.objects.filter(bureau=county, action="assigned.sent").values_list(
        "actor", flat=True
    )
    assert set(actors) == {"system"}  # it is no act of anybody of theirs


def test_a_clerk_of_the_city_writes_it_at_the_desk(city, cast, client):
    client.force_login(city["clerk"])
    page = client.get(reverse("admin:inspections_directive_add")).content.decode()
    assert "青原县应急管理局" in page and "白塔县应急管理局" in page
    today = timezone.localdate()
    asked = {
        "title": "夏季高温检查",
        "text": "查通风。",
        "window_from": today,
        "window_to": today + timedelta(days=9),
        "report_by": today + timedelta(days=12),
        "to": [cast.clerk.bureau_id],
    }
    answer = client.post(reverse("admin:inspections_directive_add"), asked)
    assert answer.status_code == 302, answer.content.decode()
    one = Directive.objects.get()
    assert one.drafted_by == city["clerk"] and list(one.to.all()) == [cast.clerk.bureau]
    client.force_login(city["head"])
    assert "夏季高温检查" in client.get(reverse("admin:index")).content.decode()
    client.post(reverse("admin:inspections_directive_act", args=[one.pk, "issue"]))
    assert Assigned.objects.get().bureau == cast.clerk.bureau
    client.force_login(city["clerk"])
    client.post(reverse("admin:inspections_directive_change", args=[one.pk]), asked | {"title": "改了"})
    one.refresh_from_db()
    assert one.title == "夏季高温检查" and one.status == "issued"


def test_who_writes_does_not_hand_down_and_only_downwards(city, cast):
    other = bureaus.found("990303", "邻县应急管理局", "邻")
    with refused_with("not_allowed"):
        directives.issue(drafted(city, cast.clerk.bureau), by=city["clerk"])
    with refused_with("directive_to_nobody"):
        directives.issue(drafted(city), by=city["head"])
    with refused_with("directive_not_below"):
        directives.issue(drafted(city, cast.clerk.bureau, other), by=city["head"])
    early = {"report_by": timezone.localdate()}
    with refused_with("directive_ends_before"):
        directives.issue(drafted(city, cast.clerk.bureau, **early), by=city["head"])
    own = drafted(city, cast.clerk.bureau)
    Directive.objects.filter(pk=own.pk).update(drafted_by=city["head"])
    own.refresh_from_db()
    with refused_with("same_person"):
        directives.issue(own, by=city["head"])
    with refused_with("other_bureau"):
        directives.issue(own, by=cast.head)
    assert not Assigned.objects.exists()


def test_what_was_handed_down_is_taken_back_with_a_reason(city, cast):
    one = directives.issue(drafted(city, *city["clerk"].bureau.lowers.all()), by=city["head"])
    share = one.shares.get(bureau=cast.clerk.bureau)
    directives.take(share, by=cast.clerk)
    directives.report(share, None, "本县没有烟花爆竹经营。", by=cast.clerk)
    directives.withdraw(one, "与省厅部署重复", by=city["head"])
    assert sorted(one.shares.values_list("status", flat=True)) == ["reported", "withdrawn"]
    gone = one.shares.get(status="withdrawn")
    late = accounts.open_account(gone.bureau, "bt", "白塔某", ["clerk"], password="x")
    with refused_with("stale"):
        directives.take(gone, by=late)
    with refused_with("not_allowed"):
        directives.take(share, by=cast.head)
