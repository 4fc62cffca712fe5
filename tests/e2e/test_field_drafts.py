"""What is being written on the phone: one page writes it, and two writings at once are both kept."""

from .test_field import BROWSERS, case, phone  # noqa: F401


def test_a_second_tab_does_not_write_the_same_draft(case, phone):  # noqa: F811
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.begin(case)
    phone.answer(case, only=["A01.3"])
    first, phone.page = phone.page, phone.context.new_page()
    phone.page.goto(phone.base + "/desk/field/")
    phone.tap("button", "继续填写")
    phone.find("p.warn", "另一个页面填写")
    first.close()
    phone.page.goto(phone.base + "/desk/field/")
    phone.tap("button", "继续填写")
    phone.find("[data-line='A01.3'] [aria-pressed=true]")


def test_two_taps_at_once_are_both_kept_and_nobody_is_told_otherwise(case, phone):  # noqa: F811
    """The second writing found the first one's row under its own number, and said that it was not kept."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.begin(case)
    kept = phone.page.evaluate(
        """async () => {
            const draft = (await FieldDrafts.mine("drafts"))[0], turns = [];
            for (let n = 0; n < 5; n += 1) { draft.tried = n; turns.push(FieldDrafts.keep(draft)); }
            await Promise.all(turns);
            const there = (await FieldDrafts.mine("drafts"))[0];
            return [there.tried, there.rev - draft.rev, document.body.innerText.includes("没有存下")];
        }"""
    )
    assert kept == [4, 0, False]
