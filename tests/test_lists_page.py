"""清单: versions as cards, lines mended in place, one basis for many, what two versions differ in, which
lines a repealed law touches; after an import the classes, towns and sections."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from registries.models import CheckLine, ItemList, JournalEntry, LegalArticle, Section, Subject
from registries.services import items, listedits, sorting

from .registries.test_checksheets import sheet
from .staircase import refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(item_list, cast):
    """The next version, begun from the one in force."""
    day = timezone.localdate() + timedelta(days=1)
    return items.draft("随机抽查事项清单", day, by=cast.clerk, like=item_list)


def test_the_cards_say_where_each_version_stands(client, cast, item_list, drafted, drawn):
    drafted.items.update(basis="")
    client.force_login(cast.clerk)
    page = client.get("/admin/items/")
    cards = {each["list"].version: each for each in page.context["cards"]}
    assert cards[1]["mark"] == ("ok", "施行中") and cards[1]["used"] == 1
    assert cards[2]["mark"] == ("wait", "草稿") and cards[2]["bare"] == 4
    assert "4 条没有写依据" in page.content.decode() and "补 4 条依据" in page.content.decode()


def test_lines_are_mended_in_place_and_one_basis_serves_many(client, cast, item_list, drafted):
    drafted.items.update(basis="")
    lines = list(listedits.lines_of(drafted))
    client.force_login(cast.clerk)
    way = f"/admin/items/{drafted.pk}/"
    assert client.get(way).context["tab"] == "bare"
    client.post(way, {f"requirement-{lines[0].pk}": "改写的要求", f"basis-{lines[0].pk}": "《甲法》第一条"})
    client.post(way, {"give": "1", "line": [lines[1].pk], "one_basis": "《乙法》第二条"})
    client.post(way, {"give": "1", "all_bare": "1", "one_basis": "《丙法》第三条"})
    assert list(listedits.lines_of(drafted).values_list("basis", flat=True)) == [
        "《甲法》第一条",
        "《乙法》第二条",
        "《丙法》第三条",
        "《丙法》第三条",
    ]
    differs = listedits.difference(item_list, drafted)
    assert ("A01.1", "检查内容", "A01 要求 1", "改写的要求") in differs.changed
    assert not differs.added and not differs.removed
    shown = client.get(f"{way}?tab=changed").content.decode()
    assert "<del>A01 要求 1</del>" in shown and "<ins>改写的要求</ins>" in shown
    with refused_with("line_empty"):
        listedits.edit(drafted, {lines[0].pk: {"requirement": " "}}, by=cast.clerk)
    with refused_with("list_not_draft"):
        listedits.edit(
            item_list, {item_list.items.first().lines.first().pk: {"basis": "别的"}}, by=cast.clerk
        )
    with refused_with("not_allowed"):
        listedits.give_basis(drafted, [lines[0].pk], "别的", by=cast.legal)
    assert JournalEntry.objects.filter(action="itemlist.lines_edited").count() == 1
    client.force_login(cast.legal)
    assert 'name="basis-' not in client.get(f"{way}?tab=all").content.decode()


def test_a_batch_loses_nothing_that_was_typed_beside_it(client, cast, drafted):
    lines = list(listedits.lines_of(drafted))
    client.force_login(cast.clerk)
    way = f"/admin/items/{drafted.pk}/?tab=all"
    typed = {f"requirement-{lines[0].pk}": "改写的要求", f"basis-{lines[1].pk}": lines[1].basis}
    page = client.post(
        way, typed | {"give": "1", "line": [lines[1].pk], "one_basis": "《乙法》第二条"}, follow=True
    )
    after = list(listedits.lines_of(drafted))
    assert after[0].requirement == "改写的要求" and after[1].basis == "《乙法》第二条"
    assert "页上另外改的 1 条已保存" in page.content.decode()
    page = client.post(way, {f"requirement-{lines[0].pk}": "又改", "give": "1"}, follow=True)
    assert "请打勾" in page.content.decode() and "页上另外改的 1 条已保存" in page.content.decode()
    assert listedits.lines_of(drafted)[0].requirement == "又改"


def test_what_came_and_went_between_two_versions(cast, item_list, drafted):
    gone = drafted.items.get(code="A02")
    items.remove(gone, by=cast.clerk)
    kept = drafted.items.get(code="A01")
    kept.lines.get(number=1).delete()
    CheckLine.objects.create(item=kept, number=9, requirement="新加的一条")
    differs = listedits.difference(item_list, drafted)
    assert [where for where, _ in differs.removed] == ["A02", "A01.1"] or [
        where for where, _ in differs.removed
    ] == ["A01.1", "A02"]
    assert differs.added == [("A01.9", "新加的一条")]
    assert not [each for each in differs.changed if each.where == "A01.2"]  # another place, the same line


def test_a_repealed_law_names_the_lines_that_cite_it(client, cast, bureau, item_list):
    LegalArticle.objects.create(
        bureau=bureau,
        law="某旧条例",
        since=date(2000, 1, 1),
        repealed_on=date(2020, 1, 1),
        replaced_by="《某新条例》",
    )
    fresh = items.draft("清单", timezone.localdate(), by=cast.clerk, like=item_list)
    line = fresh.items.get(code="A01").lines.get(number=2)
    listedits.edit(fresh, {line.pk: {"basis": "《某旧条例》第九条"}}, by=cast.clerk)
    client.force_login(cast.legal)
    page = client.get("/admin/items/")
    (touched,) = [lines for law, _, lines in page.context["laws"] if law.law == "某旧条例"]
    assert [(version.version, where) for version, where, _ in touched] == [(2, "A01.2")]
    assert "《某新条例》" in page.content.decode() and "A01.2" in page.content.decode()
    assert (
        "1 条引用《某旧条例》" not in client.get("/admin/").content.decode()
    )  # of a draft: not yet in force
    items.publish(fresh, by=cast.head)
    assert "1 条引用《某旧条例》" in client.get("/admin/").content.decode()


def test_several_sheets_begin_a_list_and_a_bad_one_leaves_none(client, cast):
    client.force_login(cast.clerk)
    told = {"title": "清单", "effective_from": timezone.localdate()}
    files = [SimpleUploadedFile(f"检查表{n}.xlsx", sheet()) for n in range(2)]
    client.post("/admin/registries/itemlist/act/draft/", told | {"sheets": files})
    assert ItemList.objects.get().items.count() == 2
    files = [SimpleUploadedFile("好.xlsx", sheet()), SimpleUploadedFile("坏.xlsx", b"not a sheet")]
    page = client.post("/admin/registries/itemlist/act/draft/", told | {"sheets": files})
    assert page.status_code == 200 and ItemList.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("内蒙古自治区鄂尔多斯市乌审旗嘎鲁图镇锡尼路", "嘎鲁图镇"),
        ("青原县白塔乡三组", "白塔乡"),
        ("青原县城关街道办事处 5 号", "城关街道"),
        ("乌审旗苏力德苏木", "苏力德苏木"),
        ("208国道1142公里", ""),
        ("", ""),
    ],
)
def test_a_town_is_read_from_an_address(address, town):
    assert sorting.town_in(address, set()) == town


def test_a_town_that_the_register_knows_is_read_wherever_it_stands():
    assert sorting.town_in("工业园区（马家堡乡北）", {"马家堡乡"}) == "马家堡乡"


def test_after_an_import_classes_towns_and_sections_for_many(client, cast, register, bureau):
    Subject.objects.update(category=None, town="", section=None)
    section = Section.objects.create(bureau=bureau, code="01", name="危化股")
    client.force_login(cast.clerk)
    way = "/admin/firms/sorting/"
    assert not client.get(way).context["groups"]
    client.post(way, {"step": "propose"})
    groups = client.get(way).context["groups"]
    some = groups[0]
    client.post(way, {"step": "classes", "proposed": [some.value.pk]})
    assert Subject.objects.filter(category=some.value).count() == some.number
    towns = client.get(way).context["towns"]
    client.post(way, {"step": "towns", "town": [towns[0].value], "rest": ""})
    assert Subject.objects.filter(town=towns[0].value).count() == towns[0].number
    client.post(way, {"step": "sections", f"section-{some.value.pk}": section.pk})
    assert Subject.objects.filter(section=section).count() == some.number
    client.force_login(cast.head)
    assert client.get(way).status_code == 403
