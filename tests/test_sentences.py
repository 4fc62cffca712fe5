"""Sentences of the two plans that no other test asserts: one test a sentence, named in docs/seeds.md."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.utils import timezone

from config.roles import ROLES
from inspections.after import transfers
from inspections.draw import drawing, sealing
from inspections.engine.files import read_commitment
from inspections.models import Case, Plan, Task
from inspections.plan import plans
from inspections.visit import reports
from inspections.watch import progress
from registries.models import Account, Category, Item, JournalEntry, LeadingGroup, LegalArticle, LegalLimit
from registries.services import accounts, groups, items, overview, subjects

from .staircase import CAST, inspect, publish, refused_with, throw

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_enterprises_and_people_are_drawn_and_the_result_is_public(client, released):
    """乌审旗 4: 随机抽取被检查对象，随机选派执法检查人员，及时公开检查结果."""
    draw = released.draw
    result = json.loads(draw.result_json)
    drawn = {ref for each in result["objects"] for ref in each["drawn"]}
    assert drawn and set(result["teams"]) == drawn
    assert {case.subject.ref for case in draw.cases.all()} == drawn
    shown = read(client, "/results/")
    for case in draw.cases.select_related("subject"):
        assert case.subject.name in shown
        assert {seat.inspector.ref for seat in case.team()} == set(result["teams"][case.subject.ref])


def test_law_and_limits_are_data_with_their_source(bureau):
    """乌审旗 8, 汶上 8: 严格执行《安全生产法》《职业病防治法》及相关法律: versions of laws
    and limits stand in tables."""
    assert LegalLimit.objects.filter(bureau=bureau).exists()
    assert not LegalLimit.objects.filter(bureau=bureau, basis="").exists()
    assert {each.who for each in LegalLimit.objects.filter(bureau=bureau)} <= dict(LegalLimit.WHO).keys()
    names = set(
        LegalArticle.objects.filter(bureau=bureau, article="", repealed_on=None).values_list("law", flat=True)
    )
    for law in ("安全生产法", "行政处罚法", "行政执法监督条例", "危险化学品安全法", "信用修复管理办法"):
        assert any(name.startswith(law) for name in names), law
    # A law has its days: an item that cites one which is no longer law says so.
    gone = LegalArticle.objects.filter(bureau=bureau, article="", repealed_on__lte=timezone.localdate())
    assert gone.exists() and not LegalArticle.objects.filter(bureau=bureau, since=None).exists()
    law = gone.first()
    assert (
        law.is_cited_in(f"依据《{law.marks.split()[0] if law.marks else law.law}》第三条")
        and "已于" in law.warning()
    )
    # Nowhere in the acts does a number of days stand that a limit of the table says.
    for room in ("case", "draw", "papers", "visit", "after"):
        for path in (ROOT / "inspections" / room).glob("*.py"):
            said = re.sub(r'""".*?"""|#.*', "", path.read_text(encoding="utf-8"), flags=re.S)
            assert not re.search(r"timedelta\((?:working)?days=(?:5|15|20|60|90)\)", said), path


def test_items_procedure_and_results_are_public(client, released, item_list):
    """乌审旗 10, 汶上 10: 事项公开、程序公开、结果公开."""
    for each in item_list.items.all():
        assert each.name in read(client, "/items/")
    page = read(client, f"/draws/{released.draw.number}/")
    assert released.draw.commitment in page and released.draw.result_digest in page
    for source in released.draw.sources.all():
        assert source.name in page and source.value in page
    assert released.draw.cases.first().subject.name in read(client, "/results/")


def test_every_member_of_the_leading_group_is_public_under_its_head(client, bureau, cast):
    """乌审旗 17–25、63, 汶上 29: 成立由局长任组长的领导小组；组长、副组长、成员."""
    group = LeadingGroup.objects.create(bureau=bureau, since=timezone.localdate(), office="综合股")
    told = [("head", "钱某", "局长"), ("deputy", "孙某", "副局长"), ("member", "李某", "综合股股长")]
    for order, (role, name, post) in enumerate(told):
        group.members.create(role=role, name=name, post=post, order=order)
    groups.publish(group, by=cast.head)
    page = read(client, "/group/")
    assert [page.index(name) for _, name, _ in told] == sorted(page.index(name) for _, name, _ in told)
    titles = dict(group.members.model._meta.get_field("role").choices)
    for role, name, post in told:
        assert name in page and post in page and titles[role] in page
    assert "综合股" in page


def test_an_item_says_basis_body_content_way_and_frequency(client, cast):
    """乌审旗 27: 逐项明确依据、抽查主体、抽查内容、抽查方式和抽查频次."""
    drafted = items.draft("随机抽查事项清单", timezone.localdate(), by=cast.clerk)
    told = {
        "basis": "安全生产法第六十五条",
        "authority": "综合执法大队",
        "objects_text": "非煤矿山企业",
        "content": "通风与提升",
        "method": "现场检查和网络监测",
        "frequency": "每年二次，百分之十",
        "rules": "先查证照，再下井。",
        "duty_code": "150626-QZ-017",
    }
    item = Item.objects.create(item_list=drafted, code="K01", name="非煤矿山检查", **told)
    item.lines.create(number=1, requirement="主扇运转正常", basis="规程第二条")
    items.publish(drafted, by=cast.head)
    page = read(client, "/items/K01/")
    for text in (*told.values(), "执法主体", "权责清单编码"):
        assert text in page, text


def test_the_rules_of_an_item_are_public_and_stand_with_their_version(client, cast):
    """乌审旗 38: 制定随机抽查事项监管细则."""
    drafted = items.draft("清单", timezone.localdate(), by=cast.clerk)
    item = Item.objects.create(
        item_list=drafted, code="K02", name="检查", basis="安全生产法第65条", rules="两人到场，逐项查验。"
    )
    item.lines.create(number=1, requirement="要求")
    items.publish(drafted, by=cast.head)
    assert "两人到场，逐项查验。" in read(client, "/items/K02/")
    client.force_login(cast.clerk)
    client.post(f"/admin/registries/item/{item.pk}/change/", {"name": "检查", "rules": "改过"})
    item.refresh_from_db()
    assert item.rules == "两人到场，逐项查验。"


def test_the_two_libraries_answer_each_other(register, inspectors, client, cast, bureau):
    """乌审旗 31、36: 对照建立的检查对象名录库，相应建立执法检查人员名录库."""
    wanted = {
        each.skill for each in Category.objects.filter(pk__in=register.values("category")).exclude(skill=None)
    }
    held = {skill for person in inspectors for skill in person.skills.all()}
    assert len(wanted) > 2 and len(wanted & held) > 2
    client.force_login(cast.clerk)
    page = read(client, "/admin/libraries/")
    for row in overview.subjects(bureau):
        assert row["category"] in page
    for person, *_ in overview.inspectors(bureau):
        assert person.name in page
    assert sum(row["rows"] for row in overview.subjects(bureau)) == register.filter(left_on=None).count() > 0
    assert len(overview.inspectors(bureau)) == len(inspectors) > 1


def test_an_inspector_has_a_name_and_a_certificate_with_its_days(client, cast, inspectors):
    """乌审旗 32: 明确执法人员的姓名、执法证号."""
    client.force_login(cast.clerk)
    for person in inspectors[:2]:
        page = read(client, f"/admin/registries/inspector/{person.pk}/change/")
        certificate = person.certificates.get()
        assert person.name in page and certificate.number in page
        for day in (certificate.issued_on, certificate.expires_on):
            assert f"{day.year}年{day.month}月{day.day}日" in page


def test_the_library_has_the_classes_of_the_plan_and_the_blacklisted_draw_more_lots(
    register, cast, make_task
):
    """乌审旗 35: 综合监管、非煤矿山、危险化学品、烟花爆竹、金属冶炼，以及列入“黑名单”的单位."""
    names = set(Category.objects.filter(bureau=cast.clerk.bureau).values_list("name", flat=True))
    assert {"综合监管", "非煤矿山", "危险化学品", "烟花爆竹", "金属冶炼"} <= names
    black, plain = register.filter(category__name="工贸-机械", production="normal").order_by("ref")[:2]
    event = black.events.create(
        code="dishonest", happened_on=timezone.localdate(), source="名单", recorded_by=cast.clerk
    )
    subjects.judge_event(event, True, by=cast.head)
    task = make_task()  # by the table that a bureau begins with
    commitment, _ = sealing.commitment_of(task, sealing.preflight(task)[0])
    assert [commitment.pool[each.ref].lots for each in (black, plain)] == [3, 1]


@pytest.mark.parametrize("code", ["complaint", "abnormal", "penalty", "superior"])
def test_each_of_the_four_exemptions_puts_a_drawn_enterprise_back(drawn, cast, make_task, seal, code):
    """乌审旗 44: 投诉举报、经营异常、受到行政处罚、上级部门有具体规定的不受此限制."""
    hit, other = drawn.cases.filter(subject__category__name="工贸-机械").order_by("pk")[:2]
    event = hit.subject.events.create(
        code=code, happened_on=timezone.localdate(), source="文书", recorded_by=cast.clerk
    )
    subjects.judge_event(event, True, by=cast.head)
    sealed = read_commitment(seal(make_task((("工贸-机械", 5000, 1),))).commit_json.encode())
    assert (sealed.pool[hit.subject.ref].status, sealed.pool[other.subject.ref].status) == ("E", "X:drawn")


def test_people_are_drawn_after_the_enterprises_from_the_library(drawn, inspectors):
    """乌审旗 46: 检查对象确定后，在行政检查人员名录库中随机抽取行政检查人员."""
    commitment, result = json.loads(drawn.commit_json), json.loads(drawn.result_json)
    library = {each["id"] for each in commitment["inspectors"] if each["status"] == "E"}
    assert library == {each.ref for each in inspectors}
    assert [*result["order"]] and set(result["teams"]) == set(result["order"])
    for team in result["teams"].values():
        assert set(team) <= library and len(set(team)) == len(team) == commitment["rules"]["team"]


def test_every_role_has_its_written_rights_and_no_other(bureau, cast):
    """乌审旗 64: 建立健全相应工作机制: who may do what is one table."""
    every = {right for role in ROLES.values() for right in role["acts"]}
    for name, role in CAST.items():
        account = Account.objects.get(username=name)
        assert {each for each in every if account.has_perm(each)} == set(ROLES[role]["acts"]), name
    known = {
        f"{each.content_type.app_label}.{each.codename}"
        for each in Permission.objects.select_related("content_type")
    }
    assert {each for each in every if each.split(".")[1].split("_")[0] in ("view", "add", "change")} <= known
    with refused_with("not_allowed"):
        accounts.ask_account(bureau, "selfmade", "自己某", ["head"], by=cast.clerk)


def test_a_new_version_of_the_list_is_public_and_the_old_one_stays(client, cast, item_list):
    """汶上 15: 根据修订情况进行动态调整，及时向社会公布."""
    again = items.draft(
        "随机抽查事项清单", timezone.localdate() + timedelta(days=1), by=cast.clerk, like=item_list
    )
    item = again.items.get(code="A01")
    item.name = "事项 A01（修订）"
    item.save()
    items.publish(again, by=cast.head)
    standing = read(client, "/items/A01/")
    assert "事项 A01" in standing and "（修订）" not in standing and f"第 {again.version} 版" in standing
    assert "事项 A01（修订）" in read(client, f"/items/A01/?version={again.pk}")


@pytest.mark.parametrize("team", [0, 1])
def test_fewer_than_two_go_nowhere(drawn, make_task, team):
    """汶上 19: 检查人员不得少于两人."""
    task = make_task(approved=False)
    task.team = team
    with pytest.raises(ValidationError, match="2"):
        task.clean_fields()
    for case in drawn.cases.all():
        assert case.team().count() >= 2


def test_several_items_for_one_enterprise_are_one_case(drawn, item_list):
    """汶上 30: 对同一企业的多个检查事项，一次性完成."""
    cases = list(Case.objects.filter(draw=drawn))
    assert len({each.subject_id for each in cases}) == len(cases)
    for case in cases:
        assert [each["code"] for each in case.checklist] == [
            each.code for each in item_list.items.order_by("code")
        ]
        assert len(case.checklist) > 1


def test_what_was_found_wrong_is_public_with_the_name(client, drawn, cast):
    """汶上 34: 强化随机抽查的严肃性和威慑力: a problem found is to be read by everybody."""
    case = drawn.cases.order_by("pk").first()
    told = publish(reports.approve(inspect(case, fails=["A01.1"]), by=cast.head), cast)
    page = read(client, f"/results/{told.token}/")
    assert case.subject.name in page and "责令限期整改" in page


def test_random_draws_are_thirty_in_a_hundred(drawn, plan):
    """汶上 25: “双随机”抽查的比例在30%以上并逐步提高."""
    assert Plan._meta.get_field("random_share").default == 30 == plan.random_share
    found = progress.of(plan)
    assert found.share.by_visits == 100 and not [each for each in found.warnings if "低于" in each]
    Task.objects.filter(pk=drawn.task_id).update(kind="complaint")
    fallen = progress.of(plan)
    assert fallen.share.by_visits == 0 and any("低于计划的 30%" in each for each in fallen.warnings)


def test_what_is_another_departments_goes_to_it_with_a_letter(drawn, cast):
    """乌审旗 59: 对不属于本部门职责范围的违法违规行为，移送相应监管部门处理."""
    case = drawn.cases.order_by("pk").first()
    inspect(case)
    by = case.team()[0].inspector.account
    made = transfers.propose(case, "regulator", "消防救援大队", "疏散通道堆物", by=by)
    assert made.papers.get().status == "drafted"
    transfers.judge(made, True, by=cast.head)
    letter = made.papers.get()
    assert (
        letter.status == "signed"
        and letter.number
        and "消防救援大队" in json.dumps(letter.facts, ensure_ascii=False)
    )
    transfers.send(made, by=by)
    transfers.receive(made, "收文 12 号", "", by=by)
    transfers.answer(made, "已责令清理", by=by)
    made.refresh_from_db()
    assert (made.status, made.answer) == ("answered", "已责令清理")


@pytest.mark.parametrize("kind", ["random", "special", "undercover"])
def test_random_selection_is_the_way_of_plan_campaign_and_undercover_visits(
    kind, make_task, cast, seal, register, inspectors
):
    """汶上 12: 成为实施年度监督检查计划、专项治理、暗访暗查的主要方式: each is drawn
    where nobody writes why not."""
    task = make_task(
        (("工贸-轻工", 2000, 2),),
        approved=False,
        kind=kind,
        approval_number="批 1 号",
        filing_number="备 1 号",
    )
    draw = drawing.run(throw(seal(plans.approve_task(task, by=cast.head))).pk)
    assert draw.status == "drawn" and draw.cases.exists() and task.plan.status == "published"


def test_nothing_outside_the_list_is_inspected(make_task, cast, item_list):
    """汶上 16: 未列入清单的内容不得进行检查."""
    task = make_task(approved=False)
    task.items.clear()
    with refused_with("task_without_items"):
        plans.approve_task(task, by=cast.head)
    later = items.draft(
        "随机抽查事项清单", timezone.localdate() + timedelta(days=400), by=cast.clerk, like=item_list
    )
    task.items.set(later.items.all())
    with refused_with("items_of_other_list"):
        plans.approve_task(task, by=cast.head)
    Task.objects.filter(pk=task.pk).update(item_list=later)
    with refused_with("items_not_effective"):
        plans.approve_task(Task.objects.get(pk=task.pk), by=cast.head)


def test_every_step_of_a_case_leaves_who_did_it(released, cast):
    """汶上 22: 全程留痕，责任可追溯."""
    draw = released.draw
    case = draw.cases.filter(status="closed").first()
    about = [f"draw {draw.number}", f"case {case.pk}", draw.task.about]
    entries = JournalEntry.objects.filter(bureau=draw.bureau, about__in=about)
    done = set(entries.values_list("action", flat=True))
    assert done >= {
        "task.approved",
        "draw.sealed",
        "value.lodged",
        "draw.drawn",
        "case.started",
        "case.answered",
        "case.ended",
        "record.confirmed",
        "report.submitted",
        "report.approved",
        "draw.released",
    }
    team = {seat.inspector.account.username for seat in case.team()}
    by_hand = entries.filter(
        about=f"case {case.pk}", action__in=["case.started", "case.ended", "report.submitted"]
    )
    assert by_hand.count() >= 3 and {each.actor for each in by_hand} <= team
    assert entries.get(about=f"case {case.pk}", action="report.approved").actor == cast.head.username


def test_no_law_is_offered_after_its_end(client, cast, item_list):
    drafted = items.draft("下一版", item_list.effective_from, by=cast.clerk)
    item = Item.objects.create(item_list=drafted, code="L01", name="检查", basis="安全生产法第65条")
    client.force_login(cast.clerk)
    offered = (
        client.get(f"/admin/registries/item/{item.pk}/change/")
        .context["adminform"]
        .form.fields["articles"]
        .queryset
    )
    today = timezone.localdate()
    gone = LegalArticle.objects.filter(bureau=cast.clerk.bureau, repealed_on__lte=today)
    assert (
        gone.exists()
        and not offered.filter(pk__in=gone).exists()
        and offered.filter(law__startswith="安全生产法").exists()
    )
