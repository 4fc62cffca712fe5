"""来数, what an outside tester found: statements that said nothing new count when what they repeated goes;
one bad row keeps no other back; what a person changed stays; damaged numbers and odd encodings are said."""

import json

import pytest

from registries.models import DeliveryRow, Licence, Message, Subject
from registries.services import arrivals, deliveries, deliveryrows, moves
from registries.states import DeliveryRowState, DeliveryState, EventState

from .test_deliveries import A, B, C, bring, csv_of, source, through

pytestmark = pytest.mark.django_db
ABNORMAL = ("企业名称", "统一社会信用代码", "列入日期", "移出日期", "文号", "更新时间")
CREDIT = ("企业名称", "统一社会信用代码", "信用风险等级", "更新时间")


@pytest.fixture
def firms(register):
    return list(register.exclude(credit_code="").order_by("ref")[:4])


def row(firm, *cells):
    return (firm.name, firm.credit_code, *cells)


def standing(firm):
    return [f"{each.happened_on}" for each in firm.events.filter(status=EventState.VERIFIED)]


def test_undone_and_another_delivery_had_said_it_too(firms, cast):
    one = source(cast, "abnormal")
    first = through(cast, bring(cast, one, ABNORMAL, row(firms[0], A, "", "异1", "2026-10-01")))
    again = bring(
        cast, one, ABNORMAL, row(firms[0], A, "", "异1", "2026-10-01"), row(firms[1], A, "", "异2", "")
    )
    through(cast, again)
    assert again.rows.get(number=2).status == DeliveryRowState.SAME
    deliveries.undo(first, "发错了", by=cast.head)
    waits = again.rows.get(number=2)
    assert waits.status == DeliveryRowState.ODD and not standing(firms[0])  # a person looks, then it stands
    deliveryrows.match(waits, firms[0], by=cast.clerk)
    deliveryrows.confirm_row(waits, by=cast.head)
    assert standing(firms[0]) == [A] and standing(firms[1]) == [A]


@pytest.mark.parametrize("how", ["undone", "rejected"])
def test_an_older_one_is_looked_at_when_the_newer_goes(firms, cast, how):
    one = source(cast, "abnormal")
    newer = bring(cast, one, ABNORMAL, row(firms[0], B, "", "异1", "2026-10-09"))
    newer = newer if how == "rejected" else through(cast, newer)
    older = bring(cast, one, ABNORMAL, row(firms[0], A, "", "异1", "2026-10-01"))
    assert older.rows.get().status == DeliveryRowState.OLDER
    if how == "undone":
        deliveries.undo(newer, "发错了", by=cast.head)
    else:
        deliveryrows.reject(newer.rows.get(), "不对", by=cast.clerk)
    assert older.rows.get().status == DeliveryRowState.ODD
    again = bring(cast, one, ABNORMAL, row(firms[0], B, "", "异1", "2026-10-09"), ())
    told = {"undone": DeliveryRowState.PLAIN, "rejected": DeliveryRowState.REJECTED}[how]
    assert again.rows.get(number=2).status == told


def test_what_was_said_again_later_is_later(firms, cast):
    one = source(cast, "credit")
    for grade, day in (("A", "2026-10-01"), ("A", "2026-10-03"), ("D", "2026-10-02")):
        through(cast, bring(cast, one, CREDIT, row(firms[0], grade, day)))
    assert Subject.objects.get(pk=firms[0].pk).credit == "A"


def test_a_record_of_another_firm_keeps_no_other_row_back(firms, cast):
    one = source(cast, "penalty")
    head = ("企业名称", "统一社会信用代码", "处罚决定日期", "决定书文号", "记录编号")
    through(cast, bring(cast, one, head, row(firms[0], A, "罚1", "77")))
    next_ = bring(cast, one, head, row(firms[1], A, "罚1", "77"), row(firms[2], A, "罚2", "78"))
    assert next_.rows.get(number=2).status == DeliveryRowState.ODD
    assert through(cast, next_).status == DeliveryState.TAKEN and standing(firms[2]) == [A]
    three = bring(cast, one, head, *(row(each, A, f"罚{n}", "9") for n, each in enumerate(firms[:3])))
    through(cast, three)
    three.refresh_from_db()
    assert three.status == DeliveryState.TAKEN
    taken = [each.status for each in three.rows.order_by("number")]
    assert taken[0] == DeliveryRowState.TAKEN and set(taken[1:]) == {DeliveryRowState.ODD}


def _set(firm, grade):
    Subject.objects.filter(pk=firm.pk).update(credit=grade)


def _grade(firm):
    return Subject.objects.get(pk=firm.pk).credit


def test_what_a_person_has_changed_stays(firms, cast):
    one, firm = source(cast, "credit"), firms[0]
    _set(firm, "A")
    first = through(cast, bring(cast, one, CREDIT, row(firm, "C", "2026-10-01")))
    second = through(cast, bring(cast, one, CREDIT, row(firm, "D", "2026-10-02")))
    _set(firm, "B")
    deliveries.undo(second, "错", by=cast.head)
    deliveries.undo(first, "错", by=cast.head)
    assert _grade(firm) == "B"
    first = through(cast, bring(cast, one, CREDIT, row(firm, "C", "2026-10-03")))
    _set(firm, "A")
    second = through(cast, bring(cast, one, CREDIT, row(firm, "D", "2026-10-04")))
    for each in (second, first):
        deliveries.undo(each, "错", by=cast.head)
    assert _grade(firm) == "A"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_sources_of_one_field_undone_in_any_order(firms, cast, order):
    firm = firms[0]
    _set(firm, "A")
    sources = [source(cast, "credit", code=code) for code in ("s1", "s2")]
    made = [
        through(cast, bring(cast, each, CREDIT, row(firm, grade, "2026-10-01")))
        for each, grade in zip(sources, "CD", strict=True)
    ]
    for n in order:
        deliveries.undo(made[n], "错", by=cast.head)
    assert _grade(firm) == "A"


LICENCE = ("企业名称", "统一社会信用代码", "许可证名称", "许可证编号", "有效期至", "更新时间")


def test_a_licence_that_was_here_is_as_it_was_and_one_that_a_person_ended_stays_ended(firms, cast):
    kind = "烟花爆竹经营（零售）许可证"
    own = Licence.objects.create(subject=firms[0], kind=kind, number="Y1", expires_on="2027-01-01")
    one = source(cast, "licence")
    for _ in range(2):
        made = through(cast, bring(cast, one, LICENCE, row(firms[0], kind, "Y1", "2028-01-01", "2026-10-01")))
        own.refresh_from_db()
        assert f"{own.expires_on}" == "2028-01-01"
        deliveries.undo(made, "错", by=cast.head)
        own.refresh_from_db()
        assert (f"{own.expires_on}", own.ended_on) == ("2027-01-01", None)
    Licence.objects.filter(pk=own.pk).update(ended_on=A)
    through(cast, bring(cast, one, LICENCE, row(firms[0], kind, "Y1", "2029-01-01", "2026-10-02")))
    own.refresh_from_db()
    assert f"{own.ended_on}" == A


def test_a_licence_of_two_sources_ends_with_the_second(firms, cast):
    kind = "烟花爆竹经营（零售）许可证"
    made = [
        through(
            cast,
            bring(
                cast, source(cast, "licence", code=code), LICENCE, row(firms[0], kind, "Y2", C, "2026-10-01")
            ),
        )
        for code in ("l1", "l2")
    ]
    deliveries.undo(made[0], "错", by=cast.head)
    assert Licence.objects.get(number="Y2").ended_on is None
    deliveries.undo(made[1], "错", by=cast.head)
    assert Licence.objects.get(number="Y2").ended_on is not None


def test_numbers_that_a_table_program_spoiled_and_times_to_come_are_said(firms, cast):
    one = source(cast, "abnormal")
    made = bring(
        cast,
        one,
        ABNORMAL,
        row(firms[0], A, "", "2.0261E+17", ""),
        row(firms[1], A, "", "异〔2026〕1号", "2062-01-01"),
        row(firms[2], A, "", "异〔2026〕1号", ""),
        row(firms[2], A, "", "异〔２０２６〕1 号", ""),
    )
    told = {each.number: each for each in made.rows.all()}
    assert told[2].status == told[3].status == DeliveryRowState.UNREADABLE
    assert "科学记数" in told[2].said and "还没有到" in told[3].said
    assert told[4].key == told[5].key


def as_json(firm):
    return [dict(zip(ABNORMAL, row(firm, A, "", "异1", ""), strict=True))]


@pytest.mark.parametrize(
    "packed",
    [
        lambda firm: b" \n" + json.dumps(as_json(firm)).encode(),
        lambda firm: b"\xef\xbb\xbf" + json.dumps(as_json(firm), ensure_ascii=False).encode(),
        lambda firm: json.dumps(as_json(firm), ensure_ascii=False).encode("gb18030"),
        lambda firm: b"\xff\xfe" + csv_of(ABNORMAL, row(firm, A, "", "异1", "")).decode().encode("utf-16-le"),
    ],
)
def test_encodings_of_offices(firms, cast, packed):
    made = bring(cast, source(cast, "abnormal"), data=packed(firms[0]))
    assert [each.status for each in made.rows.all()] == [DeliveryRowState.PLAIN], made.error


@pytest.mark.parametrize("data", [b"[" * 200_000, b'[{"\xe4\xbc\x81": "\\ud800"}]', b"[1, 2"])
def test_json_that_is_none_fails_and_says_so(firms, cast, data):
    made = bring(cast, source(cast, "abnormal"), data=data)
    assert made.status in (DeliveryState.FAILED, DeliveryState.UNMAPPED)
    if made.status == DeliveryState.UNMAPPED:  # a page of theirs: it can be put away
        assert deliveries.undo(made, "不是数据", by=cast.clerk).status == DeliveryState.UNDONE


@pytest.mark.parametrize(("at", "given"), [("1", "é"), ("9" * 5000, "a"), ("²", "a"), ("-1", "a")])
def test_odd_signatures_are_none(at, given):
    assert not arrivals.is_signed("secret", at, b"", given)


def test_a_row_that_waits_to_be_written_is_not_rejected(firms, cast):
    made = bring(cast, source(cast, "abnormal"), ABNORMAL, row(firms[0], A, "", "异1", ""))
    deliveries.check(made, by=cast.clerk)
    deliveries.confirm(made, by=cast.head)
    with pytest.raises(Exception, match="stale"):
        deliveryrows.reject(DeliveryRow.objects.get(), "不对", by=cast.clerk)


def test_a_name_in_brackets_of_either_width_and_an_old_number_find_the_firm(firms, cast):
    Subject.objects.filter(pk=firms[0].pk).update(
        name="甲（集团）有限公司", registration_number="150626000012345"
    )
    made = bring(
        cast,
        source(cast, "abnormal"),
        ABNORMAL,
        ("甲(集团)有限公司", firms[0].credit_code, A, "", "异1", ""),
        ("甲(集团)有限公司", "", A, "", "异2", ""),
        ("改了名的公司", "150626000012345", A, "", "异3", ""),
    )
    told = [(each.status, each.subject_id) for each in made.rows.order_by("number")]
    assert {firm for _, firm in told} == {firms[0].pk}
    assert [state for state, _ in told] == [
        DeliveryRowState.PLAIN,
        DeliveryRowState.ODD,
        DeliveryRowState.ODD,
    ]
    Subject.objects.filter(pk=firms[1].pk).update(left_on=A, left_reason="x")
    with pytest.raises(Exception, match="subject_left"):
        deliveryrows.match(made.rows.get(number=3), Subject.objects.get(pk=firms[1].pk), by=cast.clerk)


def test_a_licence_that_is_undone_and_comes_again_in_two_steps_stands(firms, cast):
    kind, one = "烟花爆竹经营（零售）许可证", source(cast, "licence")
    said = [("2028-01-01", "2026-10-01"), ("2029-01-01", "2026-10-02")]
    for _ in range(2):
        made = [through(cast, bring(cast, one, LICENCE, row(firms[0], kind, "Y3", *each))) for each in said]
        held = Licence.objects.get(number="Y3")
        assert (f"{held.expires_on}", held.ended_on) == ("2029-01-01", None)
        for each in made:
            each.refresh_from_db()
            deliveries.undo(each, "错", by=cast.head)
        assert Licence.objects.get(number="Y3").ended_on is not None


def test_what_two_have_decided_one_does_not_undo(firms, cast):
    """A row that was matched and confirmed weighs, though the delivery as a whole was not looked at yet."""
    one = source(cast, "abnormal")
    made = bring(cast, one, ABNORMAL, (firms[0].name, "", A, "", "异1", ""), row(firms[1], A, "", "异2", ""))
    odd = made.rows.get(status=DeliveryRowState.ODD)
    deliveryrows.match(odd, firms[0], by=cast.clerk)
    deliveryrows.confirm_row(odd, by=cast.head)
    assert standing(firms[0]) == [A]
    with pytest.raises(Exception, match="not_allowed|same_person"):
        deliveries.undo(made, "不要了", by=cast.clerk)
    deliveries.undo(made, "不要了", by=cast.head)
    assert standing(firms[0]) == []


def test_a_row_that_is_looked_at_again_is_on_its_page(firms, cast, client):
    one = source(cast, "abnormal")
    first = through(cast, bring(cast, one, ABNORMAL, row(firms[0], A, "", "异1", "")))
    again = bring(cast, one, ABNORMAL, row(firms[0], A, "", "异1", ""), ())
    deliveries.undo(first, "发错了", by=cast.head)
    client.force_login(cast.clerk)
    page = client.get(f"/admin/exchange/deliveries/{again.pk}/?tab=odd").content.decode()
    assert "待逐条核对" in page and "指明企业" in page


def test_what_breaks_in_the_middle_is_said_and_can_be_done_again(firms, cast, monkeypatch):
    one = source(cast, "abnormal")
    made = bring(cast, one, ABNORMAL, row(firms[0], A, "", "异1", ""))
    deliveries.check(made, by=cast.clerk)
    deliveries.confirm(made, by=cast.head)
    with monkeypatch.context() as patch:
        patch.setattr(deliveries.records, "take", lambda *args: 1 / 0)
        made = deliveries.work(made.pk)
    assert made.status == DeliveryState.READ and "没有写成" in made.sent_back and made.checked_by is None
    assert Message.objects.filter(account=cast.clerk, thing=made.about, kind="returned").exists()
    assert through(cast, made).status == DeliveryState.TAKEN and standing(firms[0]) == [A]
    fresh, _ = deliveries.receive(
        one, csv_of(ABNORMAL, row(firms[1], A, "", "异9", "")), "x.csv", by=cast.clerk
    )
    monkeypatch.setattr(deliveries.incoming, "opened", lambda *args: 1 / 0)
    assert deliveries.work(fresh.pk).status == DeliveryState.FAILED


def test_columns_that_were_said_wrongly_are_said_anew(firms, cast):
    one = source(cast, "credit")
    head = ("单位", "代码号", "等", "时间一", "时间二")
    line = (firms[0].name, firms[0].credit_code, "C", "2026-10-01", "2026-10-02")
    made = bring(cast, one, head, line)
    said = {"name": "单位", "credit_code": "代码号", "credit": "等", "day": "时间一", "as_of": "时间二"}
    deliveries.remap(made, said, by=cast.clerk)
    one.refresh_from_db()
    assert one.mapping["as_of"] == "时间二"
    deliveries.forget_columns(one, by=cast.clerk)
    made = bring(cast, one, head, line, ())
    assert made.status == DeliveryState.UNMAPPED
    deliveries.remap(made, said | {"as_of": ""}, by=cast.clerk)
    one.refresh_from_db()
    assert "as_of" not in one.mapping and one.mapping["day"] == "时间一"


def test_a_source_that_is_renamed_keeps_its_two_hands(firms, cast):
    one = source(cast, "registry")
    head = ("企业名称", "统一社会信用代码", "登记状态", "变更日期")
    made = through(cast, bring(cast, one, head, row(firms[0], "注销", "2026-10-01")))
    how = firms[0].moves.order_by("-pk").first().how
    type(one).objects.update(name="新的名字")
    assert moves.delivery_in(how) == made.pk and made.pk in moves.deliveries_by_two(cast.clerk.bureau)
    assert moves.delivery_in(f"撤销{how}") is None


def test_one_file_that_cannot_be_taken_keeps_no_other_back(firms, cast, settings, tmp_path, monkeypatch):
    settings.EXCHANGE_DIR = tmp_path
    monkeypatch.setattr(arrivals, "_QUIET", -1)
    monkeypatch.setattr(arrivals.bounds, "MAX_BYTES", 500)
    one = source(cast, "abnormal", way="folder")
    folder = arrivals.folder_of(one)
    folder.mkdir(parents=True)
    (folder / "一.csv").write_bytes(b"x" * 2_000)
    (folder / "二.csv").write_bytes(csv_of(ABNORMAL, row(firms[0], A, "", "异1", "")))
    arrivals.sweep()
    one.refresh_from_db()
    assert one.deliveries.get().name == "二.csv" and "一.csv" in one.trouble and "过大" in one.trouble
    (folder / "一.csv").unlink()
    arrivals.sweep()
    one.refresh_from_db()
    assert one.trouble == ""
