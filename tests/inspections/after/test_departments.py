"""联合检查 with a department that has not our system: the shared list, its own draw by the engine's command
line, its people in the notice, its lines in the record, results both ways, what is handed over and answered;
and its other visits counted towards the cap, late ones as a flag."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from inspections.after import departments, transfers
from inspections.draw import partners
from inspections.engine.files import read_commitment
from inspections.models import DepartmentWord
from inspections.papers import issuing, notices
from inspections.visit import reports
from inspections.watch import redflags
from registries.models import CapRule, OtherVisit
from registries.services import deliveries

from ...registries.test_deliveries import bring, source, through
from ...staircase import inspect, publish, refused_with
from ..draw.test_partners import theirs

pytestmark = pytest.mark.django_db
FIRE = "县消防救援局"
TODAY = timezone.localdate()


@pytest.fixture
def together(drawn, cast, tmp_path):
    commitment, files, people = theirs(drawn, cast, tmp_path)
    items = ["消防通道", "灭火器材", ""]
    return partners.receive(drawn, FIRE, commitment, *files, people, items, by=cast.clerk)


def table(*rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


HEAD = ("企业编号", "企业名称", "检查日期", "检查事项", "检查结果", "处理", "移交应急管理部门的问题")


def test_two_departments_from_the_shared_list_to_both_publications(together, drawn, cast):
    first, second, *_ = drawn.cases.order_by("pk")
    notice = notices.issue(first, by=first.team()[0].inspector.account)
    ((department, people, items),) = notice.facts["joined"]
    assert (department, len(people), items) == (FIRE, 2, ["消防通道", "灭火器材"])
    report = reports.approve(inspect(first, fails=["A01.1"]), by=cast.head)
    facts = issuing.draft(first, "record", by=first.team()[0].inspector.account).facts
    assert facts["joined"][0][0] == FIRE and "消防通道" in facts["joined"][0][2]
    rows = [
        (
            first.subject.ref,
            first.subject.name,
            TODAY,
            "消防通道",
            "占用疏散通道",
            "责令改正",
            "配电箱无防爆",
        ),
        (second.subject.ref, second.subject.name, TODAY, "灭火器材", "合格", "", ""),
    ]
    assert departments.take(drawn, FIRE, table(HEAD, *rows), "消防.csv", by=cast.clerk) == (2, 0)
    assert departments.take(drawn, FIRE, table(HEAD, *rows), "消防.csv", by=cast.clerk) == (0, 2)
    word = first.department_words.get()
    departments.answer(word, "已列入责令整改，12月5日前改", by=cast.clerk)
    made = transfers.propose(first, "regulator", FIRE, "疏散指示灯损坏", by=first.team()[0].inspector.account)
    transfers.judge(made, True, by=cast.head)
    book = openpyxl.load_workbook(io.BytesIO(departments.give(drawn, FIRE, by=cast.clerk))).active
    head, *ours = book.values
    assert len(ours) == 1 and ours[0][0] == first.subject.ref
    assert "疏散指示灯损坏" in ours[0][6] and "12月5日前改" in ours[0][7]
    publish(report, cast)
    assert first.reports.get().disclosures.exists()


def test_what_does_not_fit_is_refused_whole_and_says_where(together, drawn, cast):
    case = drawn.cases.order_by("pk").first()
    good = (case.subject.ref, case.subject.name, TODAY, "", "合格", "", "")
    for bad, told in (
        (("NC-0", "别家", TODAY, "", "合格", "", ""), "不是这次任务的企业"),
        ((case.subject.ref, "写错的名字", TODAY, "", "合格", "", ""), "不是这次任务的企业"),
        ((case.subject.ref, case.subject.name, "昨天", "", "合格", "", ""), "检查日期"),
        ((case.subject.ref, case.subject.name, TODAY, "", "", "", ""), "没有检查结果"),
    ):
        with refused_with("partner_results") as refused:
            departments.take(drawn, FIRE, table(HEAD, good, bad), "x.csv", by=cast.clerk)
        assert told in str(refused.value)
    assert not DepartmentWord.objects.exists()
    with refused_with("partner_unknown"):
        departments.take(drawn, "县气象局", table(HEAD, good), "x.csv", by=cast.clerk)
    with refused_with("columns_missing"):
        departments.take(drawn, FIRE, table(("甲", "乙"), ("1", "2")), "x.csv", by=cast.clerk)


def capped(firm):
    """One visit a year."""
    type(firm).objects.filter(pk=firm.pk).update(risk="一般")
    CapRule.objects.update_or_create(
        category=firm.category, field="risk", value="一般", defaults={"yearly": 1}
    )


VISITS = ("企业名称", "统一社会信用代码", "检查日期", "检查部门", "检查事项", "检查编号")


def visited(cast, firm, day, number="1", source_=None):
    row = (firm.name, firm.credit_code, day, FIRE, "消防检查", number)
    return through(cast, bring(cast, source_ or source(cast, "visits"), VISITS, row))


def test_other_departments_visits_count_towards_the_cap(register, inspectors, make_task, seal, cast):
    firm = register.filter(category__name="工贸-机械").exclude(credit_code="").first()
    capped(firm)
    visited(cast, firm, TODAY - timedelta(days=1))

    def status():
        return read_commitment(seal(make_task()).commit_json.encode()).pool[firm.ref].status

    assert status() == "X:cap"
    cast.clerk.bureau.counts_others = False
    cast.clerk.bureau.save()
    assert status() == "E"


def test_a_late_word_is_a_flag_and_never_another_draw(drawn, cast):
    case = drawn.cases.order_by("pk").exclude(subject__credit_code="").first()
    capped(case.subject)
    digest = drawn.result_digest
    assert not [flag for flag in redflags.of(case.bureau) if flag.kind == "迟到的话"]
    made = visited(cast, case.subject, TODAY)
    flags = [flag for flag in redflags.of(case.bureau) if flag.kind == "迟到的话"]
    assert len(flags) == 1 and FIRE in flags[0].text and case.subject.name in flags[0].text and flags[0].rule
    drawn.refresh_from_db()
    assert drawn.result_digest == digest and drawn.cases.filter(pk=case.pk).exists()
    deliveries.undo(made, "对方发错", by=cast.head)
    assert OtherVisit.objects.get().withdrawn_on
    assert not [flag for flag in redflags.of(case.bureau) if flag.kind == "迟到的话"]


def test_two_rows_of_a_firm_are_said_and_a_word_that_was_replaced_waits_for_nobody(together, drawn, cast):
    case = drawn.cases.order_by("pk").first()

    def row(result, for_us):
        return (case.subject.ref, case.subject.name, TODAY, "", result, "", for_us)

    with refused_with("partner_results") as refused:
        twice = table(HEAD, row("合格", ""), row("不合格", "配电箱"))
        departments.take(drawn, FIRE, twice, "x.csv", by=cast.clerk)
    assert "是同一户" in str(refused.value) and not DepartmentWord.objects.exists()
    for said in ("配电箱无防爆", "配电箱和照明无防爆"):
        departments.take(drawn, FIRE, table(HEAD, row("不合格", said)), "x.csv", by=cast.clerk)
    last, first = case.department_words.all()
    assert (first.status, last.status) == ("replaced", "received")
    with pytest.raises(Exception, match="stale"):
        departments.answer(first, "答复", by=cast.clerk)
