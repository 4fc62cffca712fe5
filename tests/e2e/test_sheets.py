"""What is typed at the desk stays where somebody types: a sheet that is not saved, a page that lives."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inspections.plan import sheet
from registries.models import JournalEntry

pytestmark = pytest.mark.django_db(transaction=True)
PAUSE = 21_000  # a little more than a living page waits


def test_a_sheet_that_is_not_saved_is_asked_about(plan, cast, open_page):
    """The step stands beside the sheet: one finger must not throw an hour's typing away."""
    next_year = sheet.draft(timezone.localdate().year + 1, by=cast.clerk)
    page, asked = open_page("clerk"), []
    page.goto(f"/admin/plans/{next_year.pk}/?tab=sheet")
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#sheet input[name=title-0]").press_sequentially("高处作业")
    page.click(".words a:has-text('首页')")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.input_value("#sheet input[name=title-0]").endswith("高处作业")
    page.click("#sheet button.b-go")
    page.wait_for_selector(".told >> text=没有写哪个月")
    assert page.input_value("#sheet input[name=title-0]") == "高处作业"  # refused, and nothing lost
    page.locator("#sheet [name=month-0]").first.select_option("6")
    page.locator("#sheet [name=number-0]").first.fill("12")
    page.click("#sheet button.b-go")
    page.wait_for_selector(".told >> text=已保存")
    page.click(".words a:has-text('首页')")
    page.wait_for_url("**/admin/")
    assert asked == ["beforeunload"]


def test_the_watch_lives_and_waits_while_somebody_writes(drawn, make_task, open_page):
    page = open_page("supervisor")
    page.clock.install()
    page.goto("/admin/oversight/")
    entries = page.locator(".kpis > div:has-text('办理日志') b")
    expect(entries).to_contain_text(f"{JournalEntry.objects.latest('seq').seq}条")

    make_task()
    page.clock.run_for(PAUSE)
    expect(entries).to_contain_text(f"{JournalEntry.objects.latest('seq').seq}条")

    before = entries.inner_text()
    page.evaluate(
        "document.querySelector('#live').insertAdjacentHTML('beforeend', '<input type=text id=probe>')"
    )
    page.fill("#probe", "正在写的处理意见")
    make_task()
    page.clock.run_for(PAUSE)
    page.wait_for_timeout(300)
    assert entries.inner_text() == before and page.input_value("#probe") == "正在写的处理意见"

    page.fill("#probe", "")
    page.locator("#probe").blur()
    page.clock.run_for(PAUSE)
    expect(entries).to_contain_text(f"{JournalEntry.objects.latest('seq').seq}条")
    expect(page.locator("#probe")).to_have_count(0)

    page.goto("/admin/oversight/?kind=光盘")  # one kind of flags stays the one that is looked at
    page.evaluate("document.querySelector('#flags').id = 'old'")
    page.clock.run_for(PAUSE)
    expect(page.locator("#flags")).to_contain_text("红旗：光盘")


def test_every_number_of_the_sheet_can_be_read(register, cast, open_page):
    """Its boxes lie side by side, none under another, and the sheet fits a desk of 1366."""
    next_year = sheet.draft(timezone.localdate().year + 1, by=cast.clerk)
    page = open_page("clerk")
    page.goto(f"/admin/plans/{next_year.pk}/?tab=sheet")
    over = page.evaluate(
        """() => {
          const wide = document.querySelector('.wide');
          const boxes = [...document.querySelectorAll('.sheet tbody tr')].flatMap((row) => {
            const all = [...row.querySelectorAll('.cell select, .cell input')];
            const at = all.map((each) => each.getBoundingClientRect());
            return at.slice(1).filter((b, n) => b.left < at[n].right - 1 && b.top < at[n].bottom - 1);
          });
          return [boxes.length, wide.scrollWidth - wide.clientWidth];
        }"""
    )
    assert over == [0, 0]
