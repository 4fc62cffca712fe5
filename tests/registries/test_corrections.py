"""更正: what was before is kept, many at once with a reason, undone as a whole;
duplicates merged and taken apart."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.demo import invented
from inspections.draw import pool
from registries import alike
from registries.errors import DomainError
from registries.models import BatchChange, Category, Section, Subject, SubjectChange, SubjectEvent
from registries.services import corrections, duplicates, imports, relations, subjects

from ..staircase import recuse
from ..test_desk import post_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def machines(register):
    return register.filter(category__name="工贸-机械").order_by("ref")


def test_what_the_desk_changes_is_kept_with_what_it_was(client, cast, register):
    client.force_login(cast.clerk)
    firm = register[0]
    url = f"/admin/registries/subject/{firm.pk}/change/"
    changed = {"name": "改名采石场", "phone": "13900000000", "employees": "12", "reason": "来函"}
    assert post_change(client, url, **changed).status_code == 302
    rows = {
        each.field: (each.old, each.new, each.reason) for each in SubjectChange.objects.filter(subject=firm)
    }
    assert rows["name"] == (firm.name, "改名采石场", "来函") and rows["employees"] == ("", "12", "来函")
    assert rows["phone"][:2] == ("（加密）", "（加密）")
    kept = Subject.objects.get(pk=firm.pk)
    assert (kept.ref, kept.former_name) == (firm.ref, firm.name) and rows["former_name"][:2] == (
        "",
        firm.name,
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        SubjectChange.objects.update(old="x")


def test_a_batch_gives_one_value_to_many_and_is_undone_as_a_whole(cast, bureau, machines):
    section = Section.objects.create(bureau=bureau, code="03", name="工贸股")
    batch = corrections.change_many(machines, "section", section, "分工调整", by=cast.clerk)
    assert batch.count == machines.count() == machines.filter(section=section).count()
    assert corrections.change_many(machines, "section", section, "再来", by=cast.clerk).count == 0
    corrections.undo(batch, by=cast.clerk)
    assert machines.filter(section=None).count() == batch.count
    with pytest.raises(DomainError, match="batch_undone"):
        corrections.undo(batch, by=cast.clerk)
    with pytest.raises(DomainError, match="field_not_for_many"):
        corrections.change_many(machines, "ref", "x", "不行", by=cast.clerk)
    with pytest.raises(DomainError, match="not_allowed"):
        corrections.change_many(machines, "town", "x", "不行", by=cast.auditor)


@pytest.mark.parametrize(
    ("field", "value"), [("is_key", True), ("town", "新镇"), ("risk", ""), ("production", "stopped")]
)
def test_every_kind_of_value_goes_and_comes_back(cast, machines, field, value):
    before = dict(machines.values_list("pk", field))
    batch = corrections.change_many(machines, field, value, "核查", by=cast.clerk)
    assert set(machines.values_list(field, flat=True)) == {value}
    corrections.undo(batch, by=cast.clerk)
    assert dict(machines.values_list("pk", field)) == before


def test_a_batch_touched_since_is_not_undone_and_says_whose(cast, machines):
    batch = corrections.change_many(machines, "town", "甲镇", "一", by=cast.clerk)
    firm = machines.first()
    corrections.change_many(machines.filter(pk=firm.pk), "town", "乙镇", "二", by=cast.clerk)
    with pytest.raises(DomainError, match="batch_grown") as refused:
        corrections.undo(batch, by=cast.clerk)
    assert refused.value.facts == {"count": 1, "names": firm.name}


def test_another_bureaus_rows_are_not_reached(cast, machines):
    batch = corrections.change_many(Subject.objects.all(), "town", "外镇", "越权", by=cast.stranger)
    assert batch.count == 0 and not machines.filter(town="外镇").exists()


def test_the_list_asks_field_then_value_and_reason(client, cast, bureau, machines):
    client.force_login(cast.clerk)
    url, keys = "/admin/registries/subject/", list(machines.values_list("pk", flat=True)[:3])
    sent = {"action": "change_many", "_selected_action": keys, "select_across": "0"}
    assert "更正哪一栏" in client.post(url, sent).content.decode()
    second = client.post(url, sent | {"settled": "1", "field": "category"}).content.decode()
    assert "批量更正：监管分类" in second and "白河" not in second
    missing = client.post(url, sent | {"settled": "1", "field": "category", "value": "", "reason": ""})
    assert missing.status_code == 200 and not BatchChange.objects.exists()
    chosen = Category.objects.get(bureau=bureau, name="综合监管")
    done = {"settled": "1", "field": "category", "value": chosen.pk, "reason": "复核"}
    assert client.post(url, sent | done).status_code == 302
    assert Subject.objects.filter(pk__in=keys, category=chosen).count() == 3
    client.post(f"{url}?category__id__exact={chosen.pk}", sent | {"action": "verify_many", "settled": "1"})
    assert Subject.objects.filter(verified_by=cast.clerk).count() == 3
    client.force_login(cast.auditor)
    assert client.post(url, sent | done).status_code == 403


def test_the_keys_of_doubles_follow_every_way_a_row_is_written(cast, bureau, register):
    def follow():
        for each in Subject.objects.all():
            told = alike.keys_of(each.name, each.legal_representative, each.address)
            assert (each.alike_name, each.alike_place) == tuple(told.values()), each.name

    follow()
    first, second = register.exclude(credit_code="").order_by("ref")[:2]
    text = "名称,信用代码,法定代表人,住所\n"
    text += f"{first.name},{first.credit_code},新的负责人,青原县某路九号院\n"
    text += f"改了名的{second.name},{second.credit_code},新的负责人,青原县某路九号院\n"
    run = imports.apply(imports.preview(text.encode(), "x.csv", by=cast.clerk), by=cast.clerk)
    follow()
    assert [why for why, _ in duplicates.find(bureau)] == ["负责人和地址相同"]
    imports.undo(run, by=cast.clerk)
    follow()
    first.refresh_from_db()
    first.name = "又改了名的有限公司"
    first.save(update_fields=["name"])
    follow()


def test_the_same_firm_twice_is_found_merged_and_taken_apart(client, cast, bureau, register):
    text = "名称,信用代码,法定代表人,住所\n"
    rows = [("城关(甲)机械有限公司", 501), ("城关（甲）机械有限责任公司", 502)]
    text += "".join(f"{name},{invented.credit_code(n)},某人,青原县某路九号\n" for name, n in rows)
    imports.apply(imports.preview(text.encode(), "x.csv", by=cast.clerk), by=cast.clerk)
    stays, gone = Subject.objects.filter(address="青原县某路九号").order_by("ref")
    found = [{each.pk for each in group} for _, group in duplicates.find(bureau)]
    assert {stays.pk, gone.pk} in found
    client.force_login(cast.clerk)
    assert client.get(f"/admin/registries/subject/{gone.pk}/act/merge/").status_code == 403
    client.force_login(cast.head)
    assert "并入 " in client.get("/admin/registries/subject/act/duplicates/").content.decode()
    page = f"/admin/registries/subject/{gone.pk}/act/merge/"
    assert "不能把企业并入它自己" in client.post(page, {"into": gone.ref, "reason": "同"}).content.decode()
    assert client.post(page, {"into": stays.ref, "reason": "同一执照"}).status_code == 302
    gone.refresh_from_db()
    assert (gone.merged_into, gone.left_by) == (stays, cast.head) and "同一执照" in gone.left_reason
    # a file that still writes both changes neither, says why, and can be applied
    again = imports.preview(text.encode(), "y.csv", by=cast.clerk)
    assert again.counts["unchanged"] == 2 and "并入另一户" in again.lines.get(ref=gone.ref).reason
    imports.apply(again, by=cast.clerk)
    subjects.bring_back(gone, by=cast.head)
    gone.refresh_from_db()
    assert (gone.merged_into, gone.left_on) == (None, None)


def test_what_happened_to_the_merged_one_counts_for_the_other(
    cast, bureau, drawn, machines, make_task, inspectors
):
    """Drawn this year, complaints and recusals go with it."""
    case = drawn.cases.filter(subject__category__name="工贸-机械").first()
    gone = case.subject
    stays = machines.exclude(pk__in=drawn.cases.values("subject")).first()
    SubjectEvent.objects.create(
        subject=gone,
        code="penalty",
        happened_on=timezone.localdate() - timedelta(days=9),
        source="x",
        status="verified",
    )
    recuse(cast, inspectors[0], gone)
    duplicates.merge(gone, stays, "同一执照", by=cast.head)
    rows = {row[0]: row for row in pool.build(make_task()).rows}
    assert gone.ref not in rows and rows[stays.ref][3] == "X:drawn" and rows[stays.ref][2] == 2
    assert (stays.ref, inspectors[0].ref) in set(relations.pairs(bureau, timezone.localdate()))


def test_a_firm_taken_out_is_said_when_a_file_names_it(cast, register):
    firm = register[0]
    subjects.take_out(firm, "注销", by=cast.head)
    line = imports.preview(invented.register_csv(), "again.csv", by=cast.clerk).lines.get(ref=firm.ref)
    assert line.outcome == "unchanged" and "出库，导入不会恢复入库" in line.reason
