"""A round's page on each of its nine steps, for each role; the ledger of cases; one case; the search."""

import io

import pytest
from openpyxl import load_workbook

from config.office import lines, rounds, stages
from inspections.case import schemes
from inspections.draw import codes, drawing, voiding
from inspections.models import Case, Draw, Task
from inspections.plan import plans
from inspections.visit import reports, visits
from publicity.services import publications, releases
from registries.models import InspectionKind, JournalEntry
from registries.services import handing

from .staircase import approve_scheme, hold, inspect, make_task_with, throw

pytestmark = pytest.mark.django_db
ROLES = ("clerk", "head", "supervisor", "legal", "auditor")


def opened(client, cast, task):
    """The round's page as each role sees it; a stranger sees none. Returns the Round."""
    for name in ROLES:
        client.force_login(getattr(cast, name))
        answer = client.get(f"/admin/rounds/{task.pk}/")
        assert answer.status_code == 200, (name, answer.status_code)
        assert answer.context["one"].title in answer.content.decode()
        # the badge, kept since the journal's last entry, is what would be counted now
        fresh, to_prepare = lines._count(getattr(cast, name))
        assert answer.context["waits_number"] == sum(fresh.values()) + sum(to_prepare), (name, task.status)
    client.force_login(cast.stranger)
    assert client.get(f"/admin/rounds/{task.pk}/").status_code == 404
    return rounds.of(Task.objects.get(pk=task.pk))


@pytest.mark.slow
def test_the_page_on_each_step(client, register, inspectors, item_list, plan, cast):
    task = make_task_with(cast, approved=False)
    assert opened(client, cast, task).now == "draft"
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    assert opened(client, cast, task).now == "approve"
    plans.approve_task(task, by=cast.head)
    assert opened(client, cast, task).now == "seal"
    codes.hand_over(task, "ab" * 32, 12, by=cast.supervisor)
    client.force_login(cast.clerk)
    form = client.get(f"/admin/rounds/{task.pk}/").context["seal_form"]
    assert form.initial["redraw_tip"] == "ab" * 32 and form.initial["redraw_max"] == 12


@pytest.mark.slow
def test_the_page_from_the_throw_to_the_release(client, sealed, cast):
    task = sealed.task
    one = opened(client, cast, task)
    assert one.now == "throw" and one.lodged == 0 and one.sources == 4 and not one.is_overdue
    draw = drawing.run(throw(sealed).pk)
    assert opened(client, cast, task).told == "等拟检查方案"
    scheme = schemes.draft(task, by=cast.clerk)
    assert opened(client, cast, task).told == "方案等批准"
    schemes.approve(scheme, by=cast.head)
    one = opened(client, cast, task)
    assert one.now == "visit" and one.total == draw.cases.count() and one.visited == 0
    cases = list(draw.cases.order_by("pk"))
    found = [inspect(case) for case in cases]
    assert opened(client, cast, task).now == "report"
    for each in found:
        reports.approve(each, by=cast.head)
    assert opened(client, cast, task).now == "publish"
    for each in found:
        publications.judge(publications.prepare_result(each, by=cast.clerk), True, by=cast.head)
    assert opened(client, cast, task).now == "release"
    releases.release(draw, by=cast.clerk)
    one = opened(client, cast, task)
    assert one.now == "" and one.published == len(cases)


def test_a_void_draw_is_said_and_sealed_anew(client, sealed, cast):
    voiding.request_void(sealed, "error", "名录导错了", by=cast.clerk)
    voiding.approve_void(Draw.objects.get(), by=cast.supervisor)
    drawing.run(throw(sealed).pk)  # its time had come: it is completed first (SJS1 §8)
    one = opened(client, cast, sealed.task)
    assert one.now == "seal" and one.failed == 1
    client.force_login(cast.clerk)
    assert "名录导错了" in client.get(f"/admin/rounds/{sealed.task_id}/").content.decode()
    assert "作废过 1 次" in client.get("/admin/rounds/").content.decode()


def test_what_is_named_and_not_drawn_has_seven_steps(client, drawn, cast):
    kind = InspectionKind.objects.get(bureau=cast.clerk.bureau, code="complaint")
    assert kind.draw == "forbidden"
    task = make_task_with(cast, approved=False, kind="complaint")
    assert len(rounds.of(task).names) == 7 and opened(client, cast, task).now == "draft"


def test_the_ledger_counts_what_it_shows(client, drawn, cast):
    first, second, third, *_ = drawn.cases.order_by("pk")
    reports.approve(inspect(first, fails=["A01.1"]), by=cast.head)
    hold(second)
    approve_scheme(drawn.task)
    visits.start(third, by=third.team()[0].inspector.account)
    marked = stages.marked(Case.objects.all())
    counts = stages.counts(marked)
    assert counts["rectify"] == counts["report"] == counts["going"] == 1
    assert sum(counts.values()) == Case.objects.count()
    client.force_login(cast.clerk)
    for stage in (*stages.TITLES, "late", ""):
        page = client.get(f"/admin/cases/?stage={stage}")
        shown = page.context["rows"].paginator.count
        told = {code: n for code, _, n, _ in page.context["tabs"]}
        assert shown == told[stage], stage
    for case in marked:
        assert stages.within(marked, stages.of(case)).filter(pk=case.pk).exists()
    client.force_login(cast.stranger)
    assert client.get("/admin/cases/").context["rows"].paginator.count == 0


def test_the_workbook_is_what_is_shown_and_is_on_record(client, drawn, cast):
    client.force_login(cast.clerk)
    name = drawn.cases.first().subject.name
    answer = client.get(f"/admin/cases/?q={name}&as=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [row[0].value for row in sheet.iter_rows()] == ["企业", name]
    assert JournalEntry.objects.filter(action="case.exported", actor="clerk").exists()


@pytest.mark.slow
def test_one_case_on_all_its_tabs(client, drawn, cast):
    case = drawn.cases.order_by("pk").first()
    report = inspect(case, fails=["A01.1"])
    for name in ROLES:
        client.force_login(getattr(cast, name))
        for tab in ("report", "checklist", "findings", "papers", "exhibits", "penalty", "public", "nonsense"):
            status = client.get(f"/admin/cases/{case.token}/?tab={tab}").status_code
            assert status == (403 if name == "auditor" else 200), (name, tab)
    client.force_login(cast.head)
    page = client.get(f"/admin/cases/{case.token}/").content.decode()
    assert "审核通过" in page and report.evaluation[:10] in page
    moments = client.get(f"/admin/cases/{case.token}/").context["moments"]
    assert moments == sorted(moments, key=lambda each: each.at, reverse=True) and len(moments) > 4
    client.force_login(cast.stranger)
    assert client.get(f"/admin/cases/{case.token}/").status_code == 404


def test_one_box_finds_by_name_number_and_initials(client, drawn, cast):
    client.force_login(cast.clerk)
    firm = drawn.cases.first().subject
    for asked in (firm.name, firm.ref, firm.credit_code, drawn.number, drawn.task.number):
        answer = client.get("/admin/search/", {"q": asked})
        page = answer.content.decode()
        assert answer.status_code == 302 or firm.name in page or drawn.task.title in page, asked
    assert client.get("/admin/search/", {"q": drawn.number}).url == f"/admin/rounds/{drawn.task_id}/"
    assert "没有找到" in client.get("/admin/search/", {"q": "没有这样的东西"}).content.decode()
    client.force_login(cast.stranger)
    assert "没有找到" in client.get("/admin/search/", {"q": firm.name}).content.decode()
    client.force_login(cast.officer)  # who may see no register finds none
    assert "没有找到" in client.get("/admin/search/", {"q": firm.name}).content.decode()


def test_the_five_questions_make_a_draft_and_say_what_is_wrong(
    client, register, inspectors, item_list, plan, cast
):
    client.force_login(cast.clerk)
    form = client.get("/admin/rounds/new/").context["form"]
    kept = {name: value for name, value in form.initial.items() if value is not None}
    data = {
        "title": kept["title"],
        "item_list": kept["item_list"].pk,
        "plan": kept["plan"].pk,
        "window_from": kept["window_from"].isoformat(),
        "window_to": kept["window_to"].isoformat(),
    }
    told = client.post("/admin/rounds/new/", data).content.decode()
    assert "请至少在一个分类后面填上抽多少" in told and not Task.objects.exists()
    category, count = form.classes[0]
    told = client.post("/admin/rounds/new/", data | {f"n{category.pk}": count + 1}).content.decode()
    assert f"在库只有 {count} 户" in told and kept["title"] in told
    wrong = data | {f"n{category.pk}": 2, "window_to": "2020-01-01"}
    assert "不能早于" in client.post("/admin/rounds/new/", wrong).content.decode()
    done = client.post("/admin/rounds/new/", data | {f"n{category.pk}": 2})
    task = Task.objects.get()
    assert done.url == f"/admin/rounds/{task.pk}/" and task.drafted_by == cast.clerk
    stratum = task.strata.get()
    assert (stratum.category, stratum.rate_bp, stratum.minimum) == (category, 0, 2)
    again = data | {f"n{category.pk}": 10, f"u{category.pk}": "%", "title": "改了名"}
    client.post(f"/admin/rounds/{task.pk}/write/", again)
    task.refresh_from_db()
    assert task.title == "改了名" and task.strata.get().rate_bp == 1000
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    client.post(f"/admin/rounds/{task.pk}/write/", again | {"title": "又改"})
    task.refresh_from_db()
    assert task.title == "改了名"
    client.force_login(cast.head)
    assert client.get("/admin/rounds/new/").status_code == 403
