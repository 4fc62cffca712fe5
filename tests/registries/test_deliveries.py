"""来数: what other departments hand over counts once it is verified, each row once, whatever order it comes
in and however often."""

import random
from collections import Counter
from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from inspections.draw import edits
from inspections.engine.files import read_commitment
from registries.errors import DomainError
from registries.models import (
    Delivery,
    DeliveryRow,
    JournalEntry,
    Licence,
    OtherVisit,
    Source,
    Subject,
    SubjectEvent,
)
from registries.services import deliveries, deliveryrows, records
from registries.sheets.delivered import CONTENTS
from registries.states import DeliveryRowState, DeliveryState, EventState

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
A, B, C = (f"{TODAY - timedelta(days=days)}" for days in (60, 30, 5))


def source(cast, content, **more):
    facts = {"bureau": cast.clerk.bureau, "code": content, "name": "县市场监管局", "content": content}
    return Source.objects.create(**facts | more)


def csv_of(*rows):
    return "".join(",".join(map(str, row)) + "\r\n" for row in rows).encode()


def bring(cast, one, *rows, name="来.csv", data=None):
    made, _ = deliveries.receive(one, data or csv_of(*rows), name, by=cast.clerk)
    return deliveries.work(made.pk)


def through(cast, one):
    """Checked by the clerk, confirmed by the head where that is asked for, and written."""
    if one.status == DeliveryState.READ:
        deliveries.check(one, by=cast.clerk)
    if one.status == DeliveryState.CHECKED:
        deliveries.confirm(one, by=cast.head)
    return deliveries.work(one.pk)


def states(one):
    return {row.number: row.status for row in one.rows.all()}


def register_of(bureau):
    """All that a draw is made of, and what else deliveries may write."""
    names = [
        "ref",
        "name",
        "former_name",
        "credit",
        "grade",
        "risk",
        "standard",
        "registration_status",
        "address",
    ]
    events = SubjectEvent.objects.filter(subject__bureau=bureau, status=EventState.VERIFIED)
    return (
        list(Subject.objects.filter(bureau=bureau).order_by("ref").values_list(*names)),
        sorted(map(str, events.values_list("subject__ref", "code", "happened_on", "until", "source"))),
        sorted(map(str, OtherVisit.objects.filter(withdrawn_on=None).values_list("subject", "on"))),
        sorted(
            map(str, Licence.objects.values_list("subject__ref", "kind", "number", "expires_on", "ended_on"))
        ),
    )


ABNORMAL = ("企业名称", "统一社会信用代码", "列入日期", "移出日期", "列入决定书文号")


def test_a_row_counts_once_two_people_have_said_so(register, cast):
    firm = register.exclude(credit_code="").first()
    one = bring(cast, source(cast, "abnormal"), ABNORMAL, (firm.name, firm.credit_code, A, "", "异〔1〕"))
    assert one.status == DeliveryState.READ and states(one) == {2: DeliveryRowState.PLAIN}
    assert not firm.events.exists()
    deliveries.check(one, by=cast.clerk)
    assert one.status == DeliveryState.CHECKED and not firm.events.exists()
    with pytest.raises(DomainError, match="same_person"):
        deliveries.confirm(one, by=cast.clerk)
    deliveries.work(deliveries.confirm(one, by=cast.head).pk)
    event = firm.events.get()
    assert (event.code, str(event.happened_on), event.recorded_by, event.verified_by) == (
        "abnormal",
        A,
        cast.clerk,
        cast.head,
    )
    assert one.rows.get().status == DeliveryRowState.TAKEN
    assert JournalEntry.objects.filter(action="delivery.taken").count() == 1


def test_who_may_be_drawn_and_with_how_many_lots_changes_only_after_that(
    register, inspectors, make_task, seal, cast
):
    """Asserted on the sealed commit.json."""
    firms = list(register.filter(category__name="工贸-机械").exclude(credit_code="").order_by("ref")[:3])
    shop = source(cast, "abnormal")
    gone = source(cast, "registry", code="r")
    listed = bring(
        cast,
        shop,
        ABNORMAL,
        *((each.name, each.credit_code, A, "", f"异〔{n}〕") for n, each in enumerate(firms[:2])),
    )
    closed = bring(
        cast,
        gone,
        ("企业名称", "统一社会信用代码", "登记状态", "变更日期"),
        (firms[2].name, firms[2].credit_code, "已注销", B),
    )

    signed = []

    def sealed():
        task = make_task([("工贸-机械", 50_00, 0)])
        if edits.unsigned(task):  # only what one person alone has done asks for a signature again
            signed.append(edits.sign(task, by=cast.supervisor))
        commit = read_commitment(seal(task).commit_json.encode())
        return [(commit.pool[each.ref].lots, commit.pool[each.ref].status) for each in firms]

    assert sealed() == [(1, "E"), (1, "E"), (1, "E")]
    for each in (listed, closed):
        deliveries.check(each, by=cast.clerk)
    assert sealed() == [(1, "E"), (1, "E"), (1, "E")]
    for each in (listed, closed):
        deliveries.work(deliveries.confirm(each, by=cast.head).pk)
    assert sealed() == [(2, "E"), (2, "E"), (1, "X:closed")] and not signed
    deliveries.undo(listed, "对方说发错了", by=cast.head)
    deliveries.undo(closed, "对方说发错了", by=cast.head)
    assert sealed() == [(1, "E"), (1, "E"), (1, "E")]


def test_each_row_that_is_not_plain_says_why(register, cast):
    first, second, *_ = register.exclude(credit_code="").order_by("ref")
    wrong = first.credit_code[:-1] + ("0" if first.credit_code[-1] != "0" else "1")
    one = bring(
        cast,
        source(cast, "abnormal"),
        ABNORMAL,
        (first.name, first.credit_code, A, "", "异〔1〕"),
        (first.name, first.credit_code, A, "", "异〔1〕"),  # twice in one file
        (first.name, wrong, A, "", "异〔2〕"),
        (second.name, first.credit_code, A, "", "异〔3〕"),
        ("从来没有的公司", "", A, "", "异〔4〕"),
        (second.name, second.credit_code, "前天", "", "异〔5〕"),
        (second.name, second.credit_code, "", "", "异〔6〕"),
        (second.name, second.credit_code, B, A, "异〔7〕"),
        (second.name, "", A, "", "异〔8〕"),
        (second.name, second.credit_code, TODAY + timedelta(days=3), "", "异〔9〕"),
    )
    S = DeliveryRowState
    assert list(states(one).values()) == [
        S.PLAIN,
        S.SAME,
        S.ODD,
        S.ODD,
        S.STRANGER,
        S.UNREADABLE,
        S.UNREADABLE,
        S.UNREADABLE,
        S.ODD,
        S.UNREADABLE,
    ]
    said = dict(one.rows.values_list("number", "said"))
    assert all(said[number] for number in said if number != 2)
    assert "校验位" in said[4] and first.name in said[5] and "“前天”不是日期" in said[7]
    assert "没有列入日期或移出日期" in said[8] and f"早于 {B}" in said[9] and "还没有到" in said[11]


@pytest.mark.parametrize("seed", range(6))
def test_a_record_stands_as_its_statements_say_in_whatever_order_they_come(register, cast, seed):
    """列入, 更正, 移出; each in a file of its own; shuffled, some of them twice."""
    firm = register.exclude(credit_code="").first()
    head = (*ABNORMAL, "记录编号", "更新时间")
    told = [
        (firm.name, firm.credit_code, A, "", "异〔1〕", "77", f"{A} 09:00:00"),
        (firm.name, firm.credit_code, B, "", "异〔1〕号", "77", f"{B} 09:00:00"),
        (firm.name, firm.credit_code, B, C, "异〔1〕号", "77", f"{C} 09:00:00"),
    ]
    chosen = random.Random(seed)
    order = [*told, *chosen.choices(told, k=2)]
    chosen.shuffle(order)
    one = source(cast, "abnormal")
    for n, row in enumerate(order):
        through(cast, bring(cast, one, head, row, name=f"{n}.csv", data=csv_of(head, row, *[()] * n)))
    event = firm.events.get(status=EventState.VERIFIED)
    assert (str(event.happened_on), str(event.until)) == (B, C)
    assert "异〔1〕号" in event.source
    open_ = {S.value for S in DeliveryRowState if S.waits}
    assert not DeliveryRow.objects.filter(status__in=open_).exists()


def test_an_ending_that_comes_before_its_beginning_waits_for_it(register, cast):
    firm = register.exclude(credit_code="").first()
    one = source(cast, "abnormal")
    head = (*ABNORMAL, "记录编号")
    through(cast, bring(cast, one, head, (firm.name, firm.credit_code, "", C, "", "9")))
    assert not firm.events.exists()
    through(cast, bring(cast, one, head, (firm.name, firm.credit_code, A, "", "异〔3〕", "9")))
    event = firm.events.get()
    assert (str(event.happened_on), str(event.until)) == (A, C)
    assert not firm.events.counted(TODAY).exists()


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_a_denial_holds_against_what_was_said_before_it_in_whatever_order_they_come(register, cast, order):
    """不属实 of the 1st, 属实 of the 2nd, 不属实 of the 3rd: nothing stands; without the 3rd the 2nd does."""
    firm, one = register.exclude(credit_code="").first(), source(cast, "complaint")
    said = [(f"2026-10-0{n} 09:00", word) for n, word in enumerate(("不属实", "属实", "不属实"), 1)]
    for number, days in (("工单1", (0, 1, 2)), ("工单2", (0, 1)), ("工单3", (1, 2))):
        for n in order:
            if n in days:
                moment, word = said[n]
                row = (firm.name, firm.credit_code, A, number, word, moment)
                through(cast, bring(cast, one, _HEADS["complaint"], row))
    assert ["工单2" in each.source for each in firm.events.filter(status=EventState.VERIFIED)] == [True]
    assert not DeliveryRow.objects.filter(status=DeliveryRowState.UNREADABLE).exists()


def a_month(register, seed=1):
    """[(content, header, rows)] of every content: new, again, corrected, of strangers, misread."""
    chosen = random.Random(seed)
    firms = list(register.exclude(credit_code="").order_by("ref")[:40])
    found = []
    for day in range(12):
        on = TODAY - timedelta(days=40 - day)
        for content in CONTENTS:
            picked = chosen.sample(firms, 4)
            rows = [_row(content, each, on, chosen) for each in picked]
            rows.append(rows[0])
            rows.append(["查无此户有限公司", "", *rows[1][2:]])
            broken = list(rows[2])
            broken[1] = broken[1][:-1] + ("0" if broken[1][-1] != "0" else "1")
            rows.append(broken)
            found.append((content, _HEADS[content], rows))
    return found


_HEADS = {
    "abnormal": ("企业名称", "统一社会信用代码", "列入日期", "移出日期", "文号", "更新时间"),
    "dishonest": ("企业名称", "统一社会信用代码", "列入日期", "有效期至", "文号", "更新时间"),
    "penalty": ("企业名称", "统一社会信用代码", "处罚决定日期", "决定书文号", "当前状态", "更新时间"),
    "complaint": ("被反映对象", "统一社会信用代码", "受理日期", "工单编号", "是否属实", "更新时间"),
    "credit": ("企业名称", "统一社会信用代码", "信用风险等级", "评价日期"),
    "grading": ("企业名称", "统一社会信用代码", "风险等级", "分级分类结果", "评定日期"),
    "licence": ("企业名称", "统一社会信用代码", "许可证名称", "许可证编号", "有效期至", "更新时间"),
    "registry": ("企业名称", "统一社会信用代码", "登记状态", "变更日期"),
    "visits": ("企业名称", "统一社会信用代码", "检查日期", "检查部门", "检查编号"),
}


def _row(content, firm, on, chosen):
    number = chosen.randint(1, 9)
    more = {
        "abnormal": (on, chosen.choice(["", TODAY]), f"异{number}", f"{on} 10:00"),
        "dishonest": (on, TODAY + timedelta(days=900), f"失{number}", f"{on} 10:00"),
        "penalty": (on, f"罚{number}", chosen.choice(["正常", "撤销"]), f"{on} 10:00"),
        "complaint": (on, f"工单{number}", chosen.choice(["属实", "不属实"]), f"{on} 10:00"),
        "credit": (chosen.choice("ABCD"), on),
        "grading": (chosen.choice(["红色", "一般"]), chosen.choice("ABCD"), on),
        "licence": (
            "烟花爆竹经营（零售）许可证",
            f"YH{firm.ref[-4:]}{number}",
            TODAY + timedelta(days=99),
            f"{on} 10:00",
        ),
        "registry": (chosen.choice(["存续", "注销", "在营"]), on),
        "visits": (on, "县消防救援局", f"消{number}"),
    }
    return [firm.name, firm.credit_code, *more[content]]


def play(cast, month, bend=lambda data: data):
    for n, (content, head, rows) in enumerate(month):
        one, _ = Source.objects.get_or_create(
            bureau=cast.clerk.bureau, code=content, defaults={"name": "某部门", "content": content}
        )
        made, _ = deliveries.receive(one, bend(csv_of(head, *rows)), f"{n}.csv", by=cast.clerk)
        through(cast, deliveries.work(made.pk))


def test_the_same_month_twice_gives_the_same_register(register, cast):
    month = a_month(register)
    play(cast, month)
    once, rows = register_of(cast.clerk.bureau), DeliveryRow.objects.count()
    assert rows == sum(len(rows) for *_, rows in month) and len(once[1]) > 20 and once[2] and once[3]
    play(cast, month)  # the same files
    assert register_of(cast.clerk.bureau) == once and DeliveryRow.objects.count() == rows
    play(cast, month, lambda data: data + b"\r\n")  # the same rows in other files
    assert register_of(cast.clerk.bureau) == once
    fresh = DeliveryRow.objects.order_by("pk")[rows:]
    waits = Counter(row.status for row in fresh) - Counter({"stranger": 10**6, "same": 10**6, "older": 10**6})
    assert not set(waits) - {DeliveryRowState.ODD, DeliveryRowState.REJECTED, DeliveryRowState.TAKEN}


@pytest.mark.trial
def test_a_month_that_is_undone_leaves_the_register_as_it_was(register, cast):
    before = register_of(cast.clerk.bureau)
    play(cast, a_month(register, 3))
    assert register_of(cast.clerk.bureau) != before
    taken = list(Delivery.objects.filter(status=DeliveryState.TAKEN).order_by("pk"))
    random.Random(5).shuffle(taken)
    for each in taken:
        deliveries.undo(each, "整月重来", by=cast.head)
    after = register_of(cast.clerk.bureau)
    assert after[:3] == before[:3]
    assert not Licence.objects.filter(ended_on=None).exists()


def test_what_somebody_changed_since_stays_when_it_is_undone(register, cast):
    firm = register.exclude(credit_code="").first()
    one = through(
        cast,
        bring(
            cast,
            source(cast, "credit"),
            ("企业名称", "统一社会信用代码", "信用等级"),
            (firm.name, firm.credit_code, "D"),
        ),
    )
    firm.refresh_from_db()
    assert firm.credit == "D"
    Subject.objects.filter(pk=firm.pk).update(credit="B")
    undone = deliveries.undo(one, "发错了", by=cast.head)
    firm.refresh_from_db()
    assert firm.credit == "B" and any("后来改过" in each for each in undone.told)


def test_an_odd_row_is_matched_by_one_and_confirmed_by_another(register, cast):
    firm = register.exclude(credit_code="").first()
    one = bring(cast, source(cast, "abnormal"), ABNORMAL, (firm.name[:4] + "分厂", "", A, "", "异〔1〕"))
    row = one.rows.get()
    assert row.status == DeliveryRowState.STRANGER
    deliveryrows.match(row, firm, by=cast.clerk)
    assert row.status == DeliveryRowState.MATCHED and not firm.events.exists()
    with pytest.raises(DomainError, match="same_person"):
        deliveryrows.confirm_row(row, by=cast.clerk)
    deliveryrows.return_row(row, "不是这家", by=cast.head)
    assert row.status == DeliveryRowState.ODD
    deliveryrows.match(row, firm, by=cast.clerk)
    deliveryrows.confirm_row(row, by=cast.head)
    assert firm.events.get().status == EventState.VERIFIED


def test_a_file_that_is_cut_takes_nothing_of_its_last_row(register, cast):
    firm = register.exclude(credit_code="").first()
    whole = csv_of(
        ABNORMAL,
        (firm.name, firm.credit_code, A, "", "异〔1〕"),
        (firm.name, firm.credit_code, B, "", "异〔22〕"),
    )
    for n, cut in enumerate((whole[:-3], whole[: whole.rindex(b",")])):
        one = bring(cast, source(cast, "abnormal", code=f"c{n}"), data=cut)
        assert list(states(one).values()) == [DeliveryRowState.PLAIN, DeliveryRowState.UNREADABLE]
        assert "没有传完" in one.rows.get(number=3).said


@pytest.mark.parametrize("data", [b"PK\x03\x04 half a book", b'[{"\xe4\xbc\x81": 1', b"\x00\x01\x02", b""])
def test_what_cannot_be_read_says_so_and_changes_nothing(register, cast, data):
    before = register_of(cast.clerk.bureau)
    made, _ = deliveries.receive(
        source(cast, "credit"), data, "坏.xlsx" if data[:2] == b"PK" else "坏.csv", by=cast.clerk
    )
    one = deliveries.work(made.pk)
    assert one.status == DeliveryState.FAILED and one.error
    assert register_of(cast.clerk.bureau) == before


def test_killed_in_the_middle_it_is_as_if_it_had_not_begun(register, cast, monkeypatch):
    firms = list(register.exclude(credit_code="")[:3])
    rows = [(each.name, each.credit_code, A, "", f"异〔{n}〕") for n, each in enumerate(firms)]
    one = bring(cast, source(cast, "abnormal"), ABNORMAL, *rows)
    deliveries.confirm(deliveries.check(one, by=cast.clerk), by=cast.head)
    real, calls = records.settle, []

    def dies(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(records, "settle", dies)
    with pytest.raises(KeyboardInterrupt):
        deliveries.work(one.pk)
    assert not SubjectEvent.objects.exists() and one.rows.filter(status=DeliveryRowState.PLAIN).count() == 3
    monkeypatch.undo()
    assert deliveries.waiting() == [one.pk]
    deliveries.work(one.pk)
    deliveries.work(one.pk)
    assert SubjectEvent.objects.count() == 3


def test_columns_are_said_once_for_a_source(register, cast):
    firm = register.exclude(credit_code="").first()
    one = source(cast, "credit")
    head = ("户名", "税号", "档次")
    made = bring(cast, one, head, (firm.name, firm.credit_code, "C"))
    assert made.status == DeliveryState.UNMAPPED
    deliveries.remap(made, {"name": "户名", "credit_code": "税号", "credit": "档次"}, by=cast.clerk)
    assert states(deliveries.work(made.pk)) == {2: DeliveryRowState.PLAIN}
    again = bring(cast, one, head, (firm.name, firm.credit_code, "丁"))
    assert "不认得" in again.rows.get().said
    deliveries.say_meaning(one, "credit", "丁", "D", by=cast.clerk)
    third = bring(cast, one, head, (firm.name, firm.credit_code, "丁"), (firm.name, firm.credit_code, "丁"))
    assert DeliveryRowState.PLAIN in states(third).values()
    with pytest.raises(DomainError, match="meaning_unknown"):
        deliveries.say_meaning(one, "credit", "戊", "E", by=cast.clerk)


def test_nobody_reaches_another_bureaus_deliveries(register, cast):
    firm = register.exclude(credit_code="").first()
    one = bring(cast, source(cast, "abnormal"), ABNORMAL, (firm.name, firm.credit_code, A, "", "异〔1〕"))
    for act in (deliveries.check, deliveries.original):
        with pytest.raises(DomainError, match="other_bureau"):
            act(one, by=cast.stranger)
    with pytest.raises(DomainError, match="other_bureau"):
        deliveries.receive(one.source, b"x", "x", by=cast.stranger)


def test_a_firm_keeps_its_place_through_a_change_of_name(register, cast):
    firm = register.exclude(credit_code="").first()
    old = firm.name
    head = ("企业名称", "统一社会信用代码", "变更后名称", "变更日期")
    one = through(
        cast, bring(cast, source(cast, "registry"), head, (old, firm.credit_code, "改名后有限公司", B))
    )
    firm.refresh_from_db()
    assert (firm.name, firm.former_name) == ("改名后有限公司", old)
    deliveries.undo(one, "对方更正", by=cast.clerk if not one.confirmed_by else cast.head)
    firm.refresh_from_db()
    assert firm.name == old
