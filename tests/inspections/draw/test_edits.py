"""名录变动: no way of taking a firm out of a coming pool, into another, or of changing its lots is silent.
Each is on the head's preview, before and after, and must have been seen by a second person; the sealed
facts count who vanished."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.office import lines
from inspections.draw import edits
from inspections.models import Draw, Task
from inspections.plan import plans
from inspections.watch import verification
from registries.models import Account, Category, Section, Subject, SubjectMove
from registries.services import classes, corrections, duplicates, imports, jurisdiction, subjects

from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(register, inspectors, make_task):
    return make_task()


@pytest.fixture
def firm(task, register):
    return register.filter(category__name="工贸-机械").order_by("ref").first()


def _form(firm, cast, field, value):
    kept = Subject.objects.get(pk=firm.pk)
    before = {field: corrections.raw(kept, field)}
    setattr(kept, field, value)
    corrections.amend(kept, before, by=cast.clerk, reason="核对后更正")


def _batch(firm, cast, field, value):
    corrections.change_many(Subject.objects.filter(pk=firm.pk), field, value, "成批核对", by=cast.clerk)


def _import(firm, cast):
    table = f"单位名称,统一社会信用代码,生产状态\n{firm.name},{firm.credit_code},停产\n"
    imports.apply(imports.preview(table.encode(), "新名录.csv", by=cast.clerk), by=cast.clerk)


def _undo(firm, cast):
    batch = corrections.change_many(
        Subject.objects.filter(pk=firm.pk), "production", "stopped", "x", by=cast.clerk
    )
    corrections.undo(batch, by=cast.clerk)


def _merge(firm, cast):
    other = Subject.objects.filter(bureau=firm.bureau, category=firm.category).exclude(pk=firm.pk).first()
    duplicates.merge(firm, other, "同一家", by=cast.head)


def _reclass(firm, cast):
    Subject.objects.filter(pk=firm.pk).update(proposed_category=firm.category)
    other = Category.objects.filter(bureau=firm.bureau).exclude(pk=firm.category_id).first()
    classes.confirm(Subject.objects.filter(pk=firm.pk), by=cast.clerk, category=other)


# Each way, the field that moves, and whether it is the clerk's or the head's.
WAYS = {
    "kept secret": (lambda firm, cast: _form(firm, cast, "is_secret", True), "is_secret", "clerk"),
    "another class": (
        lambda firm, cast: _form(
            firm, cast, "category", Category.objects.get(bureau=firm.bureau, name="非煤矿山")
        ),
        "category",
        "clerk",
    ),
    "another level": (lambda firm, cast: _form(firm, cast, "level", "市级"), "level", "clerk"),
    "another state": (
        lambda firm, cast: _form(firm, cast, "registration_status", "注销"),
        "registration_status",
        "clerk",
    ),
    "stopped by a batch": (
        lambda firm, cast: _batch(firm, cast, "production", "stopped"),
        "production",
        "clerk",
    ),
    "stopped by an import": (_import, "production", "clerk"),
    "and back by undoing": (_undo, "production", "clerk"),
    "another section": (
        lambda firm, cast: _form(
            firm, cast, "section", Section.objects.create(bureau=firm.bureau, code="9", name="九股")
        ),
        "section",
        "clerk",
    ),
    "a graver risk": (lambda firm, cast: _form(firm, cast, "risk", "重大"), "risk", "clerk"),
    "a better credit": (lambda firm, cast: _form(firm, cast, "credit", "A"), "credit", "clerk"),
    "a class by the rules": (_reclass, "category", "clerk"),
    "taken out": (lambda firm, cast: subjects.take_out(firm, "关闭", by=cast.head), "left_on", "head"),
    "merged": (_merge, "merged_into", "head"),
    "another county's": (
        lambda firm, cast: jurisdiction.decide(firm, False, "在邻县", by=cast.head),
        "area",
        "head",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_shaping_a_pool_is_silent(task, firm, cast, seal, way):
    act, name, who = WAYS[way]
    act(firm, cast)
    move = SubjectMove.objects.filter(subject=firm, field=name).last()
    assert move.by == getattr(cast, who) and move.how, way
    seen = edits.of(task)
    rows = [row for edit in seen for row in edit.rows if row[1] == firm.ref]
    title = str(Subject._meta.get_field(name).verbose_name)
    assert any(row[2] == title and row[3] != row[4] for row in rows), way
    assert edits.unsigned(task) >= 1
    with refused_with("edits_unsigned"):
        seal(task)
    if who == "head":  # he has approved the task: of his own doing another says that he has seen it
        with refused_with("edits_own"):
            edits.sign(task, by=cast.head)
    with refused_with("not_allowed"):
        edits.sign(task, by=cast.clerk)
    edits.sign(task, by=cast.head if who == "clerk" else cast.supervisor)
    assert edits.unsigned(task) == 0
    draw = seal(task)
    assert verification.verify(draw.pk) == []


def test_what_the_head_sees_when_he_approves_is_signed_by_approving(firm, cast, seal, make_task, client):
    task = make_task(approved=False)
    _batch(firm, cast, "production", "stopped")
    plans.approve_task(task, by=cast.head)
    seal(task)
    _batch(firm, cast, "production", "normal")  # after the sealing: the next draw's matter
    again = make_task()
    client.force_login(cast.head)
    page = client.get(f"/admin/inspections/task/{again.pk}/act/preview/").content.decode()
    assert "批量更正" in page and firm.name in page and "名录变动" in page


def test_it_is_asked_for_and_signed_at_the_desk(task, firm, cast, client):
    _batch(firm, cast, "production", "stopped")
    client.force_login(cast.clerk)
    page = client.get(f"/admin/rounds/{task.pk}/").content.decode()
    assert "请负责人在这一页点" in page and firm.name in page
    client.force_login(cast.head)
    assert "看过名录变动" in client.get(f"/admin/rounds/{task.pk}/").content.decode()
    act = f"/admin/inspections/task/{task.pk}/act/edits/"
    asked = client.get(act).content.decode()
    assert firm.name in asked and "批量更正" in asked
    assert client.post(act).status_code == 302 and edits.unsigned(task) == 0


def test_it_stands_on_the_first_page_of_whom_it_waits_for(task, firm, cast, client):
    """The clerk's move waits for the head, the head's own for the supervisor; a hand in the database leaves
    no entry in the journal and stands there all the same."""

    def waits(who):
        client.force_login(who)
        page = client.get("/admin/").content.decode()
        return f"/admin/inspections/task/{task.pk}/act/edits/" in page

    assert not waits(cast.head) and not waits(cast.supervisor)
    with behind_the_walls():
        Subject.objects.filter(pk=firm.pk).update(level="市级")
    if SubjectMove.objects.filter(subject=firm, field="level").exists():
        assert waits(cast.head) and lines.number(Account.objects.get(pk=cast.head.pk)) == 1
        edits.sign(task, by=cast.head)
    _batch(firm, cast, "production", "stopped")
    assert waits(cast.head) and not waits(cast.supervisor) and not waits(cast.clerk)
    edits.sign(task, by=cast.head)
    assert not waits(cast.head)
    duplicates.merge(firm, Subject.objects.filter(category=firm.category).last(), "同一家", by=cast.head)
    assert not waits(cast.head) and waits(cast.supervisor)
    edits.sign(task, by=cast.supervisor)
    assert not waits(cast.supervisor)


def test_what_is_done_behind_the_application_has_no_name_and_is_seen(task, firm, cast, seal):
    with behind_the_walls():
        Subject.objects.filter(pk=firm.pk).update(level="市级")
    if not SubjectMove.objects.filter(subject=firm, field="level").exists():
        pytest.skip("触发器睡着时什么也不记：由核验对照锚点发现")
    assert edits.of(task)[0].by == "没有记录是谁"
    with refused_with("edits_unsigned"):
        seal(task)


def test_a_move_is_written_once_and_never_away(firm, cast):
    _form(firm, cast, "level", "市级")
    move = SubjectMove.objects.filter(subject=firm, field="level").get()
    for change in ({"old": "x"}, {"by": cast.head}, {"how": "别的"}, {"at": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            SubjectMove.objects.filter(pk=move.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registries_subjectmove")


def test_who_vanished_is_counted_at_the_sealing_by_reason(
    register, inspectors, make_task, cast, seal, client
):
    first = seal(make_task())
    assert first.public_facts["gone"] == {}
    firms = list(register.filter(category__name="工贸-机械").order_by("ref")[:4])
    subjects.take_out(firms[0], "关闭", by=cast.head)
    duplicates.merge(firms[1], firms[3], "同一家", by=cast.head)
    _form(firms[2], cast, "is_secret", True)
    _batch(
        register.filter(category__name="烟花爆竹").first(),
        cast,
        "category",
        Category.objects.get(bureau=cast.clerk.bureau, name="非煤矿山"),
    )
    task = make_task()
    edits.sign(task, by=cast.supervisor)
    draw = seal(task)
    assert draw.public_facts["gone"] == {"class": 1, "left": 1, "merged": 1, "secret": 1}
    page = client.get(f"/draws/{draw.number}/").content.decode()
    assert "离开名录" in page and "出库 1 户" in page and firms[0].name not in page
    assert verification.verify(draw.pk) == []
    with behind_the_walls():
        Draw.objects.filter(pk=draw.pk).update(public_facts=draw.public_facts | {"gone": {}})
    assert "离开名录" in " ".join(verification.verify(draw.pk))
    assert Task.objects.count() == 2
