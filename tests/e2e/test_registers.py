"""The registers through a year, in a browser: a file in, a firm found by initials, many corrected and put
back, a recusal declared on the phone and reviewed, a bureau's sheet read in, a person who leaves."""

import io

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from config.demo import invented
from registries.models import Account, Consent, Declaration, Item, Relation, Subject
from registries.services import items

from ..registries.test_checksheets import sheet
from .test_story import act

pytestmark = pytest.mark.django_db(transaction=True)


def told(page, words):
    page.wait_for_selector(f".messagelist >> text={words}")


def test_a_file_in_its_refused_rows_mended_and_brought_again(cast, open_page, tmp_path):
    bad = invented.credit_code(2)[:-1] + ("A" if invented.credit_code(2)[-1] != "A" else "B")
    path = tmp_path / "名录.csv"
    path.write_text(
        f"单位名称,信用代码,规模\n重庆机械厂,{invented.credit_code(1)},小型\n坏码厂,{bad},小型\n",
        encoding="gb18030",
    )
    clerk = open_page("clerk")
    clerk.goto("/admin/registries/subject/")
    clerk.click("text=上传名录")
    clerk.set_input_files("[name=file]", path)
    clerk.click("input[type=submit]")
    clerk.wait_for_selector("text=新增 1")
    clerk.wait_for_selector("text=校验位")
    assert not Subject.objects.exists()
    with clerk.expect_download() as rejected:
        clerk.click("text=下载没有导入的行")
        clerk.click("input[type=submit]")
    book = load_workbook(io.BytesIO(rejected.value.path().read_bytes()))
    book.active.cell(2, 2).value = invented.credit_code(2)
    book.save(tmp_path / "改好.xlsx")
    clerk.goto("/admin/registries/subject/act/upload/")
    clerk.set_input_files("[name=file]", tmp_path / "改好.xlsx")
    clerk.click("input[type=submit]")
    clerk.click("text=应用到名录")
    clerk.click("input[type=submit]")
    told(clerk, "正在写入名录")
    assert Subject.objects.get().name == "坏码厂"
    clerk.goto("/admin/registries/subject/")
    clerk.fill("#searchbar", "hmc")
    clerk.click("#toolbar >> text='查找'")
    expect(clerk.locator("#result_list tbody tr")).to_have_count(1)
    expect(clerk.locator("#result_list")).to_contain_text("坏码厂")


def test_many_corrected_at_once_and_put_back(cast, register, open_page):
    clerk = open_page("clerk")
    clerk.goto("/admin/registries/subject/?q=jxc")
    clerk.click("#action-toggle")
    clerk.select_option("[name=action]", "change_many")
    clerk.click("button[name=index]")
    clerk.select_option("[name=field]", "risk")
    clerk.click("input[type=submit]")
    clerk.select_option("[name=value]", "较大")
    clerk.fill("[name=reason]", "年度分级")
    clerk.click("input[type=submit]")
    told(clerk, "已更正 14 户")
    assert Subject.objects.filter(risk="较大").count() == 14
    clerk.fill(".saved-filters [name=title]", "机械厂")
    clerk.click(".saved-filters >> text='保存'")
    told(clerk, "已保存")
    clerk.goto("/admin/registries/subject/")
    clerk.click("text='机械厂'")
    expect(clerk.locator("#changelist")).to_contain_text("共 14 条")
    clerk.click("#result_list tbody tr:first-child th a")
    clerk.click("a.historylink")
    clerk.wait_for_selector("text=年度分级")
    clerk.goto("/admin/registries/batchchange/")
    clerk.click("#result_list tbody th a")
    clerk.click("text=撤销这批更正")
    clerk.click("input[type=submit]")
    told(clerk, "已撤销")
    assert not Subject.objects.filter(risk="较大").exists()


def test_a_recusal_from_the_phone_to_the_review(cast, register, inspectors, open_page):
    firm = register[0]
    phone = open_page("i1", size=(390, 844))
    phone.click("text=去申报")
    phone.select_option("[name=ground]", label="R07 本人或亲属在该企业任职")
    phone.fill("[name=target]", firm.name)
    phone.fill("[name=relative]", "卞某某，配偶")
    phone.check("form:has([value=one]) [name=promise]")
    phone.click("text='申报'")
    phone.wait_for_selector("text=即日起回避")
    expect(phone.locator("main")).to_contain_text(firm.name)
    assert "卞某某" not in phone.content()
    relation = Relation.objects.get()
    legal = open_page("legal")
    legal.goto("/admin/libraries/")
    legal.click("text=回避关系待审核")
    legal.click("#result_list tbody th a")
    expect(legal.locator("#content")).to_contain_text("卞某某，配偶")
    legal.click(".object-tools a:text-is('确认')")
    legal.click("input[type=submit]")
    told(legal, "已确认")
    relation.refresh_from_db()
    assert relation.status == "confirmed"
    other = open_page("i2", size=(390, 844))
    other.goto("/desk/recusals/")
    other.check("form:has([value=nothing]) [name=promise]")
    other.click("text=申报“无应申报事项”")
    other.wait_for_selector("text=已申报。")
    assert Declaration.objects.filter(says_none=True).count() == 1


def test_a_bureaus_sheet_becomes_an_item_of_the_next_list(cast, item_list, open_page, tmp_path):
    path = tmp_path / "加油站.xlsx"
    path.write_bytes(sheet())
    drafted = items.draft("下一版", item_list.effective_from, by=cast.clerk)
    clerk = open_page("clerk")
    act(clerk, f"registries/itemlist/{drafted.pk}/change", "读入检查表")
    clerk.set_input_files("[name=file]", path)
    clerk.click("input[type=submit]")
    told(clerk, "某县加油站检查表 7 条")
    item = Item.objects.get(item_list=drafted)
    clerk.goto(f"/admin/registries/item/{item.pk}/change/")
    assert "第 6 行：表内空行" in clerk.content() and "令第19号" in clerk.content()


def test_an_account_from_its_first_password_to_its_last_day(cast, open_page):
    officer = open_page("officer")
    act(officer, f"registries/account/{cast.auditor.pk}/change", "重置密码")
    officer.click("input[type=submit]")
    first = officer.inner_text(".first-password code")
    second_person = open_page("security")
    act(second_person, f"registries/consent/{Consent.objects.latest('pk').pk}/change", "确认")
    second_person.click("input[type=submit]")
    password = f"{first}-{second_person.inner_text('.first-password code')}"
    person = open_page()
    person.goto("/login/")
    person.fill("#id_username", "auditor")
    person.fill("#id_password", password)
    person.click("main button")
    person.wait_for_url("**/password/")
    for name, value in (
        ("old_password", password),
        ("new_password1", "shen-ji-5521"),
        ("new_password2", "shen-ji-5521"),
    ):
        person.fill(f"[name={name}]", value)
    person.click("main button")
    person.wait_for_url("**/admin/")
    act(officer, f"registries/account/{cast.auditor.pk}/change", "离任停用")
    officer.fill("[name=reason]", "调离")
    officer.click("input[type=submit]")
    told(officer, "已提出")
    act(second_person, f"registries/consent/{Consent.objects.latest('pk').pk}/change", "确认")
    second_person.click("input[type=submit]")
    told(second_person, "已确认")
    person.goto("/desk/")
    assert "/login/" in person.url and not Account.objects.get(username="auditor").is_active
