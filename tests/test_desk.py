"""The desk's forms: an error where the law or the register says so, never a fault page;
every change in the journal."""

import html
import re
from datetime import timedelta
from gettext import GNUTranslations

import pytest
from django.contrib import admin
from django.utils import timezone
from django.utils.html import strip_tags

from config.demo import invented
from inspections.models import Plan
from inspections.sentences import say
from registries.errors import DomainError
from registries.models import Consent, ItemList, RoleGrant, Section, Subject, SubjectEvent
from registries.services import items

from .test_architecture import ROOT

pytestmark = pytest.mark.django_db


def post_change(client, url, **changed):
    """Send a change form as the page shows it, with some fields changed."""
    page = client.get(url)
    form = page.context["adminform"].form
    data = {name: "" if (value := form[name].value()) is None else value for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        for each in [formset.formset.management_form, *formset.formset.forms]:
            data |= {each[name].html_name: each[name].value() for name in each.fields}
    return client.post(
        url,
        {key: value for key, value in (data | changed).items() if value is not None and value is not False},
    )


def test_a_duplicate_is_a_sentence_and_not_a_fault(client, cast):
    client.force_login(cast.clerk)
    for _ in range(2):
        answer = client.post("/admin/registries/section/add/", {"code": "01", "name": "矿山股"})
    assert answer.status_code == 200 and "已经存在" in answer.content.decode()
    assert Section.objects.filter(bureau=cast.clerk.bureau).count() == 1
    client.force_login(cast.stranger)
    client.post("/admin/registries/section/add/", {"code": "01", "name": "矿山股"})
    assert Section.objects.count() == 2


def test_a_credit_code_is_checked_and_kept_in_its_history(client, cast, register):
    client.force_login(cast.clerk)
    firm, other = register[0], register[1]
    url = f"/admin/registries/subject/{firm.pk}/change/"
    for code, told in (("BADCODE", "18 位"), (other.credit_code, "已在名录中")):
        answer = post_change(client, url, credit_code=code)
        assert answer.status_code == 200 and told in answer.content.decode()
    fresh = invented.credit_code(7777)
    assert post_change(client, url, credit_code=fresh.lower()).status_code == 302
    firm.refresh_from_db()
    assert firm.credit_code == fresh and firm.ref != fresh
    assert [code.until is None for code in firm.codes.order_by("pk")] == [False, True]


def test_one_enterprise_is_typed_in(client, cast, register):
    client.force_login(cast.clerk)
    page = "/admin/registries/subject/add/"
    inlines = {
        f"{name}-{kind}": "0"
        for name in ("places", "licences", "events", "codes")
        for kind in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    plain = {"registration_status": "存续", "production": "normal", "level": "县级"} | inlines
    taken = client.post(page, plain | {"name": "新厂", "credit_code": register[0].credit_code})
    assert taken.status_code == 200 and "已在名录中，属于" in taken.content.decode()
    fresh = invented.credit_code(8001)
    assert client.post(page, plain | {"name": "新厂", "credit_code": fresh.lower()}).status_code == 302
    assert client.post(page, plain | {"name": "无照新厂", "credit_code": ""}).status_code == 302
    one, two = Subject.objects.order_by("-pk")[1], Subject.objects.order_by("-pk")[0]
    assert (one.ref, one.codes.get().code, one.source, one.search.endswith("xc")) == (
        fresh,
        fresh,
        "经办人录入",
        True,
    )
    assert two.ref == f"NC-{cast.clerk.bureau.code}-{register.count():06d}"
    client.force_login(cast.head)
    assert client.get(page).status_code == 403


def test_a_field_changed_is_journaled_by_name_without_its_value(client, cast, register):
    client.force_login(cast.clerk)
    assert (
        post_change(
            client, f"/admin/registries/subject/{register[0].pk}/change/", address="新址九号"
        ).status_code
        == 302
    )
    entry = cast.clerk.bureau.journalentry_set.filter(action="subject.changed").last()
    assert "address" in entry.facts and "新址" not in entry.facts


def test_an_event_is_chosen_and_bears_its_verifier(client, cast, register):
    client.force_login(cast.clerk)
    url = f"/admin/registries/subject/{register[0].pk}/change/"
    row = {"events-TOTAL_FORMS": "1", "events-0-happened_on": "2026-01-05", "events-0-source": "核查"}
    row["events-0-subject"] = str(register[0].pk)
    assert post_change(client, url, **row, **{"events-0-code": "胡写"}).status_code == 200
    assert post_change(client, url, **row, **{"events-0-code": "complaint"}).status_code == 302
    event = SubjectEvent.objects.get()
    assert (event.status, event.recorded_by, event.verified_by) == ("recorded", cast.clerk, None)
    page = f"/admin/registries/subjectevent/{event.pk}/act/verify/"
    assert "同一人" in client.post(page).content.decode()
    client.force_login(cast.head)
    assert client.post(page).status_code == 302
    event.refresh_from_db()
    assert (event.status, event.verified_by) == ("verified", cast.head)


def test_a_role_is_granted_by_two_and_not_to_oneself(client, cast):
    client.force_login(cast.officer)
    url = f"/admin/registries/account/{cast.witness1.pk}/act/grant/"
    role = {"role": "legal", "since": timezone.localdate().isoformat()}
    assert client.post(url, role).status_code == 302 and not cast.witness1.has_perm(
        "inspections.approve_report"
    )
    assert "不能倒签" in client.post(url, role | {"since": "2026-01-01"}).content.decode()
    one = Consent.objects.get()
    client.force_login(cast.security)
    assert client.post(f"/admin/registries/consent/{one.pk}/act/confirm/").status_code == 302
    assert RoleGrant.objects.filter(account=cast.witness1, role="legal", since=timezone.localdate()).exists()
    entry = cast.officer.bureau.journalentry_set.filter(action="account.granted").last()
    assert '"role":"legal"' in entry.facts
    client.force_login(cast.officer)
    own = f"/admin/registries/account/{cast.officer.pk}/act/grant/"
    assert "同一人" in client.post(own, role).content.decode() and Consent.objects.count() == 1


def test_an_inspectors_number_is_permanent(client, cast, inspectors):
    client.force_login(cast.clerk)
    page = client.get(f"/admin/registries/inspector/{inspectors[0].pk}/change/")
    assert "ref" not in page.context["adminform"].form.fields


def test_an_act_whose_time_has_passed_is_refused_by_the_server(client, cast, drawn):
    client.force_login(cast.clerk)
    page = f"/admin/inspections/task/{drawn.task.pk}/act/seal/"
    assert client.get(page).status_code == 302
    assert client.post(page, {}).status_code == 302
    assert client.get("/admin/inspections/draw/abc/act/void/").status_code == 404


def test_a_list_is_not_published_into_the_past(cast, item_list):
    drafted = items.draft("旧日期", timezone.localdate() - timedelta(days=1), by=cast.clerk, like=item_list)
    with pytest.raises(DomainError, match="list_in_the_past"):
        items.publish(drafted, by=cast.head)
    assert ItemList.objects.effective(timezone.localdate()).get() == item_list


def test_a_copied_list_starts_where_the_old_one_ends(cast, item_list):
    start = timezone.localdate() + timedelta(days=10)
    fresh = items.publish(items.draft("新一版", start, by=cast.clerk, like=item_list), by=cast.head)
    item_list.refresh_from_db()
    assert item_list.effective_to == start - timedelta(days=1)
    assert [item.lines.count() for item in fresh.items.all()] == [2, 2]
    assert ItemList.objects.effective(timezone.localdate()).get() == item_list


def test_a_blank_question_is_none(client, released):
    for word in ("\x00", "　", " "):
        assert re.search(r"/results/[\w-]+/", client.get("/search/", {"q": word}).content.decode())


@pytest.mark.parametrize("word", ["_", "%", "'", "“"])
def test_odd_words_find_nothing(client, released, word):
    page = client.get("/search/", {"q": word}).content.decode()
    assert "/results/" in page and not re.search(r"/results/[\w-]+/", page)


def test_odd_pages_are_answered(client, released):
    for path in (
        "/results/?page=abc",
        "/results/?page=-1",
        "/draws/?page=99999",
        "/search/?q=" + "长" * 3000,
    ):
        assert client.get(path).status_code == 200
    assert client.get("/draws/x/").status_code == client.get("/results/x/").status_code == 404


@pytest.mark.parametrize(
    "page",
    ["inspections/draw/", "inspections/case/", "inspections/task/", "inspections/report/", ""],
)
def test_no_list_of_the_desk_decrypts_a_draws_files(client, cast, drawn, query_budget, page):
    """A commitment may have a hundred thousand rows; a list of cases once decrypted one a row."""
    client.force_login(cast.head)
    client.get("/admin/")
    with query_budget(60) as asked:
        assert client.get(f"/admin/{page}").status_code == 200
    assert asked and not [each for each in asked if "inspections_drawfile" in each]


def test_djangos_own_sentences_are_the_desks(client, cast):
    client.force_login(cast.clerk)
    done = client.post("/admin/registries/section/add/", {"code": "01", "name": "矿山股"}, follow=True)
    assert [strip_tags(each) for each in done.context["messages"]] == ["已新增股室“矿山股”。"]
    section = Section.objects.get()
    page = f"/admin/registries/section/{section.pk}/change/"
    done = client.post(page, {"code": "01", "name": "矿山一股", "_continue": "1"}, follow=True)
    assert [strip_tags(each) for each in done.context["messages"]] == ["已保存股室“矿山一股”，可以接着修改。"]


def test_what_is_written_over_djangos_words_is_what_is_compiled():
    folder = ROOT / "config/locale/zh_Hans/LC_MESSAGES"
    source = (folder / "django.po").read_text(encoding="utf-8")
    written = re.findall(r'^msgstr(?:\[0\])? "(.+)"$', source, re.M)
    compiled = GNUTranslations((folder / "django.mo").open("rb"))._catalog
    assert len(written) > 15 and set(written) == {each for key, each in compiled.items() if key}
    assert not any("你" in each for each in written)


def test_a_form_that_only_a_script_answers_cannot_be_sent_before_it_is_there():
    """Its button would load the page anew, and what was typed would be gone."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for opening, inside in re.findall(
            r"(<form\b[^>]*>)(.*?)</form>", path.read_text(encoding="utf-8"), re.S
        ):
            if "method=" not in opening and " name=" not in inside:
                found.append(path.name)
                assert " hidden" in opening or "<button disabled>" in inside, path
    assert {"codes.html", "draw.html"} <= set(found)


def test_who_writes_a_draft_learns_what_approving_would_refuse(client, cast, make_task):
    """Handing in says it, not the head days later: a list without items, a task without classes, a plan
    without a line."""
    today = timezone.localdate()
    listed = items.draft("空清单", today, by=cast.clerk)
    plan = Plan.objects.create(
        bureau=cast.clerk.bureau, year=today.year + 1, title="空计划", drafted_by=cast.clerk
    )
    task = make_task(approved=False)
    task.strata.all().delete()
    client.force_login(cast.clerk)
    drafts = {"list_empty": listed, "task_without_strata": task, "plan_empty": plan}
    for code, draft in drafts.items():
        said = say(DomainError(code, title=draft.title))
        noun = f"{draft._meta.app_label}/{draft._meta.model_name}"
        page = client.post(f"/admin/{noun}/{draft.pk}/act/hand_in/").content.decode()
        assert said in html.unescape(page), (noun, said)
        draft.refresh_from_db()
        assert draft.handed_in_at is None


def test_no_column_of_a_table_hides_what_a_page_says_under_the_same_name():
    """Django takes the column first: a page's own words would be gone without a sound."""
    hidden = []
    for model, desk in admin.site._registry.items():
        columns = {each.name for each in (*model._meta.concrete_fields, *model._meta.many_to_many)}
        said = {*desk.readonly_fields, *map(str, desk.list_display or ())}
        hidden += [(model.__name__, name) for name in said & columns if callable(getattr(desk, name, None))]
    assert hidden == []
