"""沿用上级的清单: word for word, with our own beside it; the next version from above is told and offered."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from registries.models import CheckLine, Item, ItemList, LegalArticle, Message
from registries.services import accounts, bureaus, inheriting, items, placing
from registries.states import ItemListState

from ..staircase import refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(bureau):
    """The city above, its clerk and head."""
    made = bureaus.found("990100", "某市应急管理局", "市")
    placing.place(made, "市级", None)
    placing.place(bureau, "县级", made)
    bureau.refresh_from_db()
    return {
        role: accounts.open_account(made, f"city-{role}", role, [role], password="pw-for-tests")
        for role in ("clerk", "head")
    }


def listed(city, title="全市清单", day=0):
    """A list of the city, published."""
    since = timezone.localdate() + timedelta(days=day)
    made = items.draft(title, since, by=city["clerk"])
    for code in ("S01", "A01"):
        item = Item.objects.create(item_list=made, code=code, name=f"全市 {code}", basis="安全生产法第4条")
        item.categories.set(made.bureau.category_set.order_by("code")[:2])
        law = LegalArticle.objects.create(bureau=made.bureau, law=f"某市条例 {title}", article=f"第{code}条")
        item.articles.add(law)
        for number in (1, 2, 3):
            CheckLine.objects.create(
                item=item, number=number, requirement=f"{code} 要求 {number}", measure="改"
            )
    return items.publish(made, by=city["head"])


def test_a_county_follows_the_citys_list_and_keeps_its_own(city, cast, item_list, client):
    upper = listed(city)
    told = Message.objects.filter(account=cast.clerk, kind="watch").latest("pk")
    assert "某市应急管理局公布了" in told.said
    client.force_login(cast.clerk)
    page = client.get(reverse("lists")).content.decode()
    assert "全市清单" in page and "沿用，起草一版" in page
    answer = client.post(
        reverse("lists"), {"upper": upper.pk, "since": f"{timezone.localdate()}"}, follow=True
    )
    assert answer.status_code == 200
    ours = ItemList.objects.get(source=upper)
    assert ours.bureau == cast.clerk.bureau and ours.status == ItemListState.DRAFTED
    codes = {each.code: each for each in ours.items.all()}
    # of two that have a code, ours gets another
    assert set(codes) == {"S01", "A01", "A02", "J01"} and codes["A01"].name == "全市 A01"
    assert (
        codes["J01"].name == "事项 A01" and codes["J01"].follows is None and codes["A02"].lines.count() == 2
    )
    assert codes["S01"].lines.count() == 3 and codes["S01"].follows.item_list == upper
    assert {each.bureau for each in codes["S01"].categories.all()} == {ours.bureau}
    assert codes["S01"].categories.count() == 2 and codes["S01"].articles.get().bureau == ours.bureau
    assert upper.items.count() == 2 and CheckLine.objects.filter(item__item_list=upper).count() == 6
    items.publish(ours, by=cast.head)
    assert inheriting.offered(ours.bureau) == []
    newer = listed(city, "全市清单二", 1)
    assert inheriting.offered(ours.bureau) == [newer]
    again = inheriting.inherit(newer, timezone.localdate() + timedelta(days=1), by=cast.clerk)
    assert {each.code for each in again.items.all()} == {"S01", "A01", "A02", "J01"}
    client.post(reverse("lists"), {"upper": newer.pk})  # asked twice: there is one
    assert ItemList.objects.filter(source=newer).count() == 1


@pytest.mark.parametrize("how", ["line", "name", "gone", "more"])
def test_what_is_locally_otherwise_is_no_inheritance(city, cast, item_list, how):
    ours = inheriting.inherit(listed(city), timezone.localdate(), by=cast.clerk)
    item = ours.items.get(code="S01")
    if how == "line":
        line = item.lines.first()
        line.requirement += "，不含小微企业"
        line.save()
    elif how == "name":
        Item.objects.filter(pk=item.pk).update(name="全市 S01（选查）")
    elif how == "gone":
        items.remove(item, by=cast.clerk)
    else:
        CheckLine.objects.create(item=item, number=9, requirement="另加的", measure="改")
    with refused_with("list_unlike_above") as refused:
        items.publish(ours, by=cast.head)
    assert "全市 S01" in str(refused.value.facts)
    # nor does a new version of ours that goes on from it forget whom it follows
    with refused_with("list_unlike_above"):
        items.require_whole(items.draft("再一版", timezone.localdate(), by=cast.clerk, like=ours))


def test_only_a_published_list_from_above_is_followed(city, cast, item_list):
    drafted = items.draft("还没公布", timezone.localdate(), by=city["clerk"])
    beside = bureaus.found("990303", "邻县应急管理局", "邻")
    clerk = accounts.open_account(beside, "beside", "邻某", ["clerk", "head"], password="x")
    for upper, by in ((drafted, cast.clerk), (item_list, cast.clerk), (listed(city), clerk)):
        with refused_with("list_not_above"):
            inheriting.inherit(upper, timezone.localdate(), by=by)
    with refused_with("not_allowed"):
        inheriting.inherit(listed(city, "三"), timezone.localdate(), by=cast.head)
