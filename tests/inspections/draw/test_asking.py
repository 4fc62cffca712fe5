"""先问后改: at the desk, while a task is on its way, what shapes its pool is asked for; nothing has changed
until another has allowed it, and then the list says so and the draw can be sealed."""

import json

import pytest

from inspections.draw import edits
from registries.models import BatchChange, Category, Consent, JournalEntry, Message, Subject, SubjectMove
from registries.services import confirming, consents, corrections

from ...staircase import refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(register, inspectors, make_task):
    return make_task()


@pytest.fixture
def firm(task, register):
    return register.filter(category__name="工贸-机械").order_by("ref").first()


def _page(firm, tail="change/"):
    return f"/admin/registries/subject/{firm.pk}/{tail}"


def _form(client, firm, **changed):
    """The desk's own form of a firm, sent back with something changed."""
    shown = client.get(_page(firm)).context
    forms = [
        shown["adminform"].form,
        *(each.formset.management_form for each in shown["inline_admin_formsets"]),
    ]
    told = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            told[bound.html_name] = "" if value is None or value is False else value
    told |= {"reason": "核对后更正"} | changed
    return client.post(_page(firm), told, follow=True)


def _amend(client, cast, firm):
    client.force_login(cast.clerk)
    return _form(client, firm, production="closed", scope="新的经营范围")


def _reclass(client, cast, firm):
    client.force_login(cast.clerk)
    other = Category.objects.get(bureau=firm.bureau, name="非煤矿山")
    return _form(client, firm, category=other.pk)


def _secret(client, cast, firm):
    client.force_login(cast.clerk)
    return _form(client, firm, is_secret="on")


def _level(client, cast, firm):
    client.force_login(cast.clerk)
    return _form(client, firm, level="市级")


def _gone(client, cast, firm):
    client.force_login(cast.clerk)
    return _form(client, firm, registration_status="注销")


def _batch(client, cast, firm):
    client.force_login(cast.clerk)
    told = {"action": "change_many", "_selected_action": [firm.pk], "settled": "1"}
    told |= {"field": "risk", "value": "重大", "reason": "成批核对"}
    return client.post("/admin/registries/subject/", told, follow=True)


def _take_out(client, cast, firm):
    client.force_login(cast.head)
    return client.post(_page(firm, "act/take_out/"), {"reason": "关闭"}, follow=True)


def _take_out_many(client, cast, firm):
    client.force_login(cast.head)
    told = {"action": "take_out_many", "_selected_action": [firm.pk], "settled": "1", "reason": "关闭"}
    return client.post("/admin/registries/subject/", told, follow=True)


def _merge(client, cast, firm):
    client.force_login(cast.head)
    other = Subject.objects.filter(category=firm.category).exclude(pk=firm.pk).last()
    return client.post(_page(firm, "act/merge/"), {"into": other.ref, "reason": "同一家"}, follow=True)


def _area(client, cast, firm):
    client.force_login(cast.head)
    return client.post(_page(firm, "act/area/"), {"is_ours": "no", "reason": "实地核查"}, follow=True)


WAYS = {
    "another state of production": (_amend, "production"),
    "another class": (_reclass, "category"),
    "kept secret": (_secret, "is_secret"),
    "another level": (_level, "level"),
    "struck off": (_gone, "registration_status"),
    "a batch": (_batch, "risk"),
    "out of the register": (_take_out, "left_on"),
    "many out of the register": (_take_out_many, "left_on"),
    "into another": (_merge, "left_on"),
    "not ours": (_area, "area"),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_asked_for_and_done_when_another_has_allowed_it(way, task, firm, cast, client, seal):
    act, field = WAYS[way]
    before = corrections.raw(firm, field)
    page = act(client, cast, firm)
    assert "已提出，还没有改" in page.content.decode()
    firm.refresh_from_db()
    assert corrections.raw(firm, field) == before and edits.unsigned(task) == 0
    one = Consent.objects.get(kind="edit")
    assert one.status == "asked" and firm.name in str(one.shown) and task.title in str(one.shown)
    # who asked may not allow it himself; who allows finds it on the first page, with before and after
    with refused_with("not_allowed" if one.asked_by == cast.clerk else "same_person"):
        confirming.confirm(one, by=one.asked_by)
    other = cast.head if one.asked_by == cast.clerk else cast.supervisor
    client.force_login(other)
    first = client.get("/admin/").content.decode()
    assert one.title in first and f"/admin/registries/consent/{one.pk}/act/allow/" in first
    client.force_login(cast.security)
    assert one.title not in client.get("/admin/").content.decode()  # not the security officer's
    client.force_login(other)
    assert firm.name in client.get(f"/admin/registries/consent/{one.pk}/act/allow/").content.decode()
    client.post(f"/admin/registries/consent/{one.pk}/act/allow/", follow=True)
    firm.refresh_from_db()
    assert corrections.raw(firm, field) != before
    move = SubjectMove.objects.exclude(old="", field="category").get(subject=firm, field=field)
    assert move.by == one.asked_by and f"准许 {one.pk}" in move.how
    assert edits.unsigned(task) == 0 and any(f"准许 {one.pk}" in each.how for each in edits.of(task))
    assert Message.objects.filter(account=one.asked_by, kind="judged").exists()
    sealed = {row[0]: row[3] for row in json.loads(seal(task).commit_json)["pool"]}
    assert sealed.get(firm.ref) != "E" or field == "risk"


def test_what_says_nothing_of_a_pool_is_written_at_once(task, firm, cast, client):
    _amend(client, cast, firm)
    firm.refresh_from_db()
    assert firm.scope == "新的经营范围" and firm.production != "closed"


def test_where_no_task_is_on_its_way_it_is_done_at_once_and_listed_later(register, cast, client, make_task):
    firm = register.filter(category__name="工贸-机械").order_by("ref").first()
    page = _amend(client, cast, firm)
    firm.refresh_from_db()
    assert firm.production == "closed" and "已提出" not in page.content.decode()
    assert not Consent.objects.exists()
    task = make_task(approved=False)
    assert [each.rows[0][0] for each in edits.of(task)] == [firm.name]


def test_a_draft_already_holds_its_pool(register, inspectors, make_task, cast, client):
    task = make_task(approved=False)
    firm = register.filter(category__name="工贸-机械").order_by("ref").first()
    _level(client, cast, firm)
    assert Consent.objects.get(kind="edit").status == "asked" and task.title in str(
        Consent.objects.get().shown
    )
    outside = register.exclude(category__in=task.strata.values("category")).exclude(category=None).first()
    _level(client, cast, outside)
    outside.refresh_from_db()
    assert outside.level == "市级" and Consent.objects.count() == 1


def test_the_same_waits_once_and_may_be_withdrawn_or_refused(task, firm, cast, client):
    _level(client, cast, firm)
    assert "已经提出过" in _level(client, cast, firm).content.decode()
    one = Consent.objects.get()
    consents.withdraw(one, by=cast.clerk)
    _level(client, cast, firm)
    consents.refuse(Consent.objects.get(status="asked"), "不是这样", by=cast.head)
    firm.refresh_from_db()
    assert firm.level != "市级" and not SubjectMove.objects.filter(subject=firm, field="level").exists()


def test_what_has_moved_meanwhile_is_not_done(task, firm, cast, client):
    _level(client, cast, firm)
    kept = Subject.objects.get(pk=firm.pk)
    kept.level = "省级"
    corrections.amend(kept, {"level": firm.level}, by=cast.clerk, reason="另一次")
    with refused_with("edit_moved"):
        confirming.confirm(Consent.objects.get(), by=cast.head)
    assert Subject.objects.get(pk=firm.pk).level == "省级" and Consent.objects.get().status == "asked"


def test_a_batch_is_undone_only_when_another_allows_it(task, firm, cast, client):
    batch = corrections.change_many(Subject.objects.filter(pk=firm.pk), "risk", "重大", "x", by=cast.clerk)
    client.force_login(cast.clerk)
    page = client.post(f"/admin/registries/batchchange/{batch.pk}/act/undo/", follow=True).content.decode()
    assert "已提出，还没有改" in page and BatchChange.objects.get().undone_at is None
    confirming.confirm(Consent.objects.get(), by=cast.supervisor)
    assert BatchChange.objects.get().undone_at


def test_what_was_only_asked_for_is_not_on_record_as_changed(task, firm, cast, client):
    written = JournalEntry.objects.filter(action="subject.changed")
    _level(client, cast, firm)
    assert Consent.objects.get(kind="edit").status == "asked" and not written.exists()
