"""省、市、县: bureaus from a table, their places, one enterprise one level, caps over all of them."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inspections.case import opening, yearly
from inspections.draw import pool
from inspections.models import Case, Task
from registries import tree
from registries.errors import DomainError
from registries.models import Account, Bureau, Category, JournalEntry, Subject
from registries.services import bureaus, foundings, journal, overview, placing

from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db
HEAD = "行政区划代码,机关名称,文号简称,层级,上级代码,系统管理员,安全管理员\n"
ROWS = """990101,青原县应急管理局,青原,县级,990100,qy-guan,qy-an
990000,某省应急管理厅,某,省级,,s-guan,s-an
990100,某市应急管理局,市,市级,990000,c-guan,c-an
990102,白塔县应急管理局,白塔,县级,990100,bt-guan,bt-an
"""


def table(rows, head=HEAD):
    return (head + rows).encode()


def test_a_table_founds_a_province_its_city_and_its_counties(tmp_path):
    file, passwords = tmp_path / "机关.csv", tmp_path / "口令.csv"
    file.write_bytes(table(ROWS))
    call_command("found_bureaus", str(file), passwords=str(passwords))
    province, city = Bureau.objects.get(code="990000"), Bureau.objects.get(code="990100")
    assert [each.code for each in tree.lowers(province)] == ["990100", "990101", "990102"]
    assert [each.code for each in tree.uppers(Bureau.objects.get(code="990101"))] == ["990100", "990000"]
    assert city.level == "市级" and tree.below(city, "990102") and tree.below(city, "990000") is None
    opened = list(csv.DictReader(io.StringIO(passwords.read_text(encoding="utf-8-sig"))))
    assert len(opened) == 8 and passwords.stat().st_mode & 0o077 == 0
    for each in opened:
        account = Account.objects.get(username=each["用户名"])
        assert account.check_password(each["一次性密码"]) and account.must_change_password
    for each in Bureau.objects.all():  # told in its own chain, and the chain is whole
        assert JournalEntry.objects.filter(bureau=each, action="bureau.placed").exists()
        assert journal.verify(each)[1] == []
    again = tmp_path / "又一次.csv"
    call_command("found_bureaus", str(file), passwords=str(again))  # the same table again changes nothing
    assert Bureau.objects.count() == 4 and Account.objects.count() == 8
    assert len(again.read_text(encoding="utf-8-sig").splitlines()) == 1
    with pytest.raises(CommandError, match="已经存在"):
        call_command("found_bureaus", str(file), passwords=str(again))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("990103,丙县局,丙,县级,990999,a,b", "既不在这张表里"),
        ("990103,丙县局,丙,乡级,990100,a,b", "只能是省级、市级、县级"),
        ("990103,丙县局,丙,县级,990101,a,b", "不比县级高"),
        ("990103,丙县局,丙,县级,990100,qy-guan,b", "用户名 qy-guan 已被使用"),
        ("990103,丙县局,丙,县级,990100,a,", "两个用户名"),
        ("990101,丙县局,丙,县级,990100,a,b", "代码 990101 重复"),
        ("九九,丙县局,丙,县级,990100,a,b", "应当是行政区划代码"),
        ("990103,,丙,县级,990100,a,b", "都要写"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_nothing_is_founded(tmp_path, row, said):
    file = tmp_path / "机关.csv"
    file.write_bytes(table(ROWS + row + "\n"))
    with pytest.raises(CommandError, match=said) as refused:
        call_command("found_bureaus", str(file), passwords=str(tmp_path / "p"))
    assert "第 6 行" in str(refused.value) and not Bureau.objects.exists()
    assert not (tmp_path / "p").exists()


def test_no_circle_and_no_lower_above_its_upper(kin):
    province, city, county, _ = kin
    with pytest.raises(DomainError) as refused:
        placing.place(city, "市级", county)
    assert refused.value.code == "upper_not_above"
    with pytest.raises(DomainError) as refused:
        placing.place(city, "县级", province)
    assert refused.value.code == "lower_not_below"
    with pytest.raises(DomainError) as refused:
        placing.place(province, "省级", city)
    assert refused.value.code == "upper_not_above"


@pytest.fixture
def kin(bureau):
    """A province, a city, the suite's own county and one beside it."""
    made = [bureaus.found(code, name, "某") for code, name in (("99", "某省厅"), ("9901", "某市局"))]
    beside = bureaus.found("990188", "白塔县应急管理局", "白塔")
    placing.place(made[0], "省级", None)
    placing.place(made[1], "市级", made[0])
    for each in (bureau, beside):
        placing.place(each, "县级", made[1])
    return [Bureau.objects.get(pk=each.pk) for each in (*made, bureau, beside)]


def firm(bureau, like, **more):
    return Subject.objects.create(
        bureau=bureau,
        ref=like.ref,
        name=like.name,
        credit_code=like.credit_code,
        entered_on=like.entered_on,
        **more,
    )


@pytest.fixture
def task(register, inspectors, make_task):
    return Task.objects.get(pk=make_task((("工贸-机械", 2000, 2),)).pk)


def test_what_the_city_inspects_itself_the_county_does_not_draw(kin, task, cast, client):
    page = "/admin/registries/subject/act/twice/"
    client.force_login(cast.clerk)
    assert "没有：上级没有把" in client.get(page).content.decode()
    _, city, county, beside = kin
    stands = {row[0]: row[3] for row in pool.build(task).rows}
    drawable = [ref for ref in stands if stands[ref] == "E"]
    one = Subject.objects.exclude(credit_code="").filter(ref__in=drawable)[0]
    theirs = firm(city, one, level="县级")  # the city lists it, and leaves it to the county
    assert {row[0]: row[3] for row in pool.build(task).rows} == stands
    firm(beside, one, level="县级")  # a county beside says nothing about it either
    assert {row[0]: row[3] for row in pool.build(task).rows} == stands
    theirs.level = "市级"
    theirs.save()
    after = {row[0]: row[3] for row in pool.build(task).rows}
    assert after == stands | {one.ref: "X:level"}
    shown = client.get(page).content.decode()
    assert one.name in shown and "某市局" in shown and "共 1 户" in shown
    assert [(each.pk, whose) for each, whose in tree.twice(county)] == [(one.pk, "某市局")]
    assert [whose for _, whose in tree.twice(beside)] == ["某市局"] and tree.twice(city) == []
    with pytest.raises(DomainError) as urgent:
        opening._require_open(task, one)
    assert urgent.value.code == "named_other_level" and urgent.value.facts["upper"] == "某市局"
    Subject.objects.filter(pk=theirs.pk).update(left_on=timezone.localdate())
    assert tree.twice(county) == []
    assert {row[0]: row[3] for row in pool.build(task).rows} == stands


def test_a_city_draws_its_own_level(kin, register):
    _, city, *_ = kin
    category = Category.objects.filter(bureau=city).first()
    for level, like in zip(("市级", "县级"), register.exclude(credit_code="")[:2], strict=True):
        firm(city, like, level=level, category=category)
    told = next(each for each in overview.subjects(city) if each["rows"])
    assert dict(told["statuses"]) == {"E": 1, "X:level": 1}


def test_a_visit_of_the_city_or_of_a_county_beside_counts_towards_the_cap(kin, drawn):
    _, city, county, beside = kin
    case = drawn.cases.select_related("subject").exclude(subject__credit_code="").first()
    subject, now = case.subject, timezone.now()
    for n, other in enumerate((city, beside), 1):
        theirs = Case(bureau=other, subject=firm(other, subject), item_list=case.item_list, checklist=[])
        theirs.save()
        assert yearly.others(county, now.year)[subject.pk] == n - 1  # opened, and nobody knows
        with behind_the_walls():
            Case.objects.filter(pk=theirs.pk).update(status="ended", ended_at=now - timedelta(days=n))
        assert yearly.others(county, now.year)[subject.pk] == n
    with behind_the_walls():  # on a day on which we were there too it is one visit together
        Case.objects.filter(pk=case.pk).update(status="ended", ended_at=now - timedelta(days=1))
    assert yearly.others(county, now.year)[subject.pk] == 1
    Bureau.objects.filter(pk=beside.pk).update(upper=None)  # no kin of ours any more
    assert subject.pk not in yearly.others(county, now.year)


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(DomainError) as refused:
        foundings.read(table("990000,某省应急管理厅\n", "代码,机关名称\n"), "a.csv")
    assert refused.value.code == "columns_missing" and "层级" in refused.value.facts["columns"]
