"""Whose row is it? Codes held once, codes held by mistake, firms merged, firms taken out, names
shared: never the wrong one."""

import pytest

from config.demo import invented
from registries.errors import DomainError
from registries.models import Category, Subject, SubjectCode
from registries.services import duplicates, imports, subjects

pytestmark = pytest.mark.django_db
X, Y, Z = (invented.credit_code(n) for n in (701, 702, 703))


def preview(cast, *rows, head="名称,信用代码,住所"):
    return imports.preview("\n".join([head, *rows]).encode(), "a.csv", by=cast.clerk)


def brought(cast, *rows, **more):
    return imports.apply(preview(cast, *rows, **more), by=cast.clerk)


def firm(name):
    return Subject.objects.get(name=name)


def test_after_an_undo_the_mended_file_comes_in_again(cast):
    run = brought(cast, f"甲厂,{X},一号", "乙厂,,二号")
    imports.undo(run, by=cast.clerk)
    assert not Subject.objects.listed().exists()
    again = preview(cast, f"甲厂,{X},一号", "乙厂,,三号")
    assert again.counts["changed"] == 2 and "重新入库" in again.lines.get(row=2).reason
    imports.apply(again, by=cast.clerk)
    assert Subject.objects.listed().count() == 2 and firm("乙厂").address == "三号"
    imports.undo(again, by=cast.clerk)
    assert not Subject.objects.listed().exists()


def test_who_was_taken_out_by_the_head_does_not_come_back_by_file(cast):
    brought(cast, f"甲厂,{X},一号")
    subjects.take_out(firm("甲厂"), "关闭", by=cast.head)
    line = preview(cast, f"甲厂,{X},一号").lines.get()
    assert line.outcome == "unchanged" and "导入不会恢复入库" in line.reason


def test_a_code_given_by_a_mistaken_import_does_not_follow_its_victim(cast):
    brought(cast, "无码厂,,一号")
    wrong = brought(cast, f"无码厂,{X},一号")
    imports.undo(wrong, by=cast.clerk)
    assert SubjectCode.objects.filter(code=X).count() == 1  # on record, for nobody
    brought(cast, f"别家厂,{X},二号")
    assert (firm("别家厂").credit_code, firm("无码厂").credit_code) == (X, "")


def test_a_code_corrected_at_the_desk_does_not_pull_the_rightful_owner(cast):
    brought(cast, f"错码厂,{X},一号")
    wrong = firm("错码厂")
    wrong.credit_code = Y
    wrong.save()
    subjects.keep_code(wrong)
    run = preview(cast, f"对的厂,{X},二号", f"错码厂,{Y},一号")
    assert run.lines.get(row=2).outcome == "quarantined" and "曾属于" in run.lines.get(row=2).reason
    assert run.lines.get(row=3).outcome == "unchanged"
    fresh = subjects.enter(Subject(name="对的厂", credit_code=X), by=cast.clerk)
    assert fresh.ref.startswith("NC-") and fresh.credit_code == X
    assert preview(cast, f"对的厂,{X},二号").lines.get(name="对的厂").ref == fresh.ref


def test_an_old_file_does_not_put_the_old_code_back(cast):
    brought(cast, f"甲厂,{X},一号")
    one = firm("甲厂")
    one.credit_code = Y
    one.save()
    subjects.keep_code(one)
    run = brought(cast, f"甲厂,{X},新址")
    line = run.lines.get(row=2)
    assert line.values == {"address": ["一号", "新址"]} and "不改回" in line.reason
    one.refresh_from_db()
    assert (one.credit_code, one.address) == (Y, "新址")


@pytest.mark.parametrize("known", [[], ["一厂,,"], ["一厂,,", "二厂,,"]])
def test_one_code_in_two_rows_comes_in_once(cast, known):
    if known:
        brought(cast, *known)
    run = preview(cast, f"一厂,{X},一号", f"二厂,{X},二号")
    assert run.lines.filter(outcome="refused").get().reason == "与第 2 行重复"
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.get(credit_code=X).name == "一厂"


def test_two_previews_that_bring_one_code_are_not_both_written(cast):
    brought(cast, "一厂,,", "二厂,,")
    first, second = preview(cast, f"一厂,{X},"), preview(cast, f"二厂,{X},")
    imports.apply(first, by=cast.clerk)
    with pytest.raises(DomainError, match="import_stale"):
        imports.apply(second, by=cast.clerk)
    assert firm("二厂").credit_code == ""


def test_a_merged_firm_is_neither_renamed_into_nor_undone_under(cast):
    first = brought(cast, f"甲一厂,{X},一号")
    brought(cast, f"甲二厂,{Y},一号", f"甲一厂,{X},一号")
    duplicates.merge(firm("甲二厂"), firm("甲一厂"), "同一执照", by=cast.head)
    run = preview(cast, f"甲一厂,{X},一号", f"甲二厂,{Y},九号")
    assert run.counts["unchanged"] == 2 and "并入另一户" in run.lines.get(row=3).reason
    with pytest.raises(DomainError, match="import_grown"):
        imports.undo(first, by=cast.clerk)
    assert Subject.objects.listed().get().name == "甲一厂"


def test_a_name_without_a_code_must_be_one_firms(cast):
    brought(cast, f"同名厂,{X},一号", f"同名厂,{Y},二号")
    line = preview(cast, "同名厂,,三号").lines.get(row=2)
    assert line.outcome == "quarantined" and "2 户叫这个名称" in line.reason
    subjects.take_out(Subject.objects.get(credit_code=X), "关闭", by=cast.head)
    line = preview(cast, "同名厂,,三号").lines.get(row=2)
    assert (line.outcome, line.ref) == ("changed", Y)  # the one that is listed


def test_an_empty_former_name_column_does_not_lose_the_former_name(cast):
    brought(cast, f"旧名厂,{X},")
    brought(cast, f"新名厂,{X},", head="名称,信用代码,曾用名")
    assert firm("新名厂").former_name == "旧名厂"


def test_zero_people_is_a_number(cast):
    head = "名称,信用代码,从业人数"
    brought(cast, f"甲厂,{X},5", head=head)
    run = brought(cast, f"甲厂,{X},0", head=head)
    assert firm("甲厂").employees == 0
    assert preview(cast, f"甲厂,{X},0", head=head).counts["unchanged"] == 1
    imports.undo(run, by=cast.clerk)
    assert firm("甲厂").employees == 5


def test_undone_one_after_the_other_the_newest_first(cast):
    first = brought(cast, f"甲厂,{X},一号")
    second = brought(cast, f"甲厂,{X},二号")
    with pytest.raises(DomainError, match="import_grown"):
        imports.undo(first, by=cast.clerk)
    imports.undo(second, by=cast.clerk)
    imports.undo(first, by=cast.clerk)
    assert not Subject.objects.listed().exists()


def test_a_class_renamed_meanwhile_is_said(cast, bureau):
    head = "名称,信用代码,监管分类"
    brought(cast, f"甲厂,{X},煤矿", head=head)
    run = brought(cast, f"甲厂,{X},综合监管", head=head)
    Category.objects.filter(bureau=bureau, name="煤矿").update(name="煤炭")
    with pytest.raises(DomainError, match="name_gone"):
        imports.undo(run, by=cast.clerk)
    assert firm("甲厂").category.name == "综合监管"


def test_repeated_headers_and_totals_are_no_firms(cast):
    run = preview(cast, f"甲厂,{X},", "名称,信用代码,住所", "合计,2家,", "合 计,,")
    assert run.counts["new"] == 1 and run.counts["refused"] == 3
