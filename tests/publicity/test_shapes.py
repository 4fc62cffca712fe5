"""报送格式: the columns that ship against the field lists that were published, and the checker by hand."""

import csv
from datetime import date

import pytest

from publicity.outgoing import facts, shapes
from registries.errors import DomainError


def _rows(path, table):
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["table"] == table]


@pytest.mark.parametrize("code", [*shapes.SHIPPED])
def test_a_shape_is_as_it_was_published(real_data, code):
    shape = shapes.SHIPPED[code]
    path = real_data / "published/exchange" / shape["published"]["file"]
    rows = _rows(path, shape["published"]["table"])
    assert rows, "the list that the shape names"
    if code in ("yuan-c6010", "yuan-c2010"):  # of these only some columns' codes are known
        told = " ".join(row["name"] for row in rows)
        assert all(each["name"] in told for each in shape["columns"])
        return
    listed = shapes.from_list(path.read_bytes(), shape["published"]["table"])
    kept = {each["name"]: each for each in shape["columns"]}
    left_out = {"zjhm"}  # somebody's identity number: this system has none
    assert {each["name"] for each in listed} - left_out == set(kept)
    for each in listed:
        ours = kept.get(each["name"])
        if ours is None:
            continue
        for name in ("title", "length", "exact", "decimals", "digits", "sure"):
            assert ours.get(name) == each.get(name), (code, each["name"], name)
        assert bool(ours.get("required")) == bool(each.get("required")), each["name"]
        assert ours.get("required_when") == each.get("required_when"), each["name"]
        assert ours["type"] == each["type"], each["name"]
    for row, each in zip(rows, listed, strict=True):
        if row["required"] == "必填" and each["name"] in kept:
            own = kept[each["name"]]
            assert own.get("from") or own.get("const"), f"必填而没有内容：{each['name']}"


def test_every_published_list_can_be_taken_as_it_is(real_data):
    """Whatever list a province gives: each table of each file becomes columns."""
    number = 0
    for path in sorted((real_data / "published/exchange").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            tables = dict.fromkeys(row["table"] for row in csv.DictReader(handle))
        for table in tables:
            columns = shapes.from_list(path.read_bytes(), table)
            assert columns and all(each["name"] and each["title"] for each in columns)
            number += len(columns)
    assert number > 800


def test_no_shape_pretends_to_be_sure():
    for shape in shapes.SHIPPED.values():
        assert shape["is_draft"] and shape["source"], shape["code"]
        assert shape["of"] in facts.KINDS
        for column in shape["columns"]:
            assert column["sure"] in shapes.SURE
            assert column.get("from", "id") in facts.TITLES, column


COLUMN = {"name": "a", "title": "甲", "type": "text"}


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ({"required": True}, "", "不能空"),
        ({"required": True}, "x", ""),
        ({"length": 3}, "四个字了", "最多 3 字"),
        ({"length": 3}, "三个字", ""),
        ({"length": 14, "exact": True, "type": "digits"}, "1234567890123", "应为 14 位"),
        ({"type": "digits"}, "12a", "只能是数字"),
        ({"type": "integer"}, "1.5", "整数"),
        ({"type": "day"}, "昨天", "应是日期"),
        ({"type": "day"}, "2026/03/01", ""),
        ({"type": "number", "digits": 18, "decimals": 6}, "abc", "应是数"),
        ({"type": "number", "digits": 4, "decimals": 2}, "123.00", "整数部分最多 2 位"),
        ({"codes": ["是", "否"]}, "也许", "只能是是、否"),
        ({"needs": "has_fine"}, "", "不能空"),
        ({"needs": "is_heard"}, "", ""),
    ],
)
def test_the_checker_by_hand(column, text, told):
    found = shapes.check(COLUMN | column, text, {"has_fine": True, "is_heard": False})
    assert bool(found) == bool(told) and told in "".join(found)


def test_a_penalty_in_the_columns_of_双公示():
    """By hand from the field list: money in 万元 with six decimals, days with strokes, no end is
    2099/12/31."""
    shape = shapes.SHIPPED["sgs-penalty"] | {"meanings": {}, "version": 0}
    told = {
        "subject": "青原县甲机械有限公司",
        "party_class": "法人及非法人组织",
        "is_unit": True,
        "code": "91150626MA0EXAMPLE",
        "legal_representative": "某甲",
        "decision_number": "（青）应急罚〔2026〕3号",
        "cause": "未对设备经常性维护",
        "facts": "……",
        "basis": "安全生产法第99条",
        "penalty_kinds": "罚款",
        "has_fine": True,
        "outcome": "罚款 25000 元",
        "fine_wan": 2.5,
        "decided_on": date(2026, 3, 1),
        "in_force_until": date(2099, 12, 31),
        "ends_on": date(2027, 3, 1),
        "bureau": "青原县应急管理局",
        "bureau_code": "11990101000000000X",
    }
    row, faults = shapes.fill(shape, told)
    assert not faults
    assert (row["CF_NR_FK"], row["CF_JDRQ"], row["CF_YXQ"]) == ("2.500000", "2026/03/01", "2099/12/31")
    row, faults = shapes.fill(shape, told | {"fine_wan": None, "bureau_code": ""})
    assert "罚款金额(万元)不能空" in faults and any(
        "处罚机关统一社会信用代码不能空" in each for each in faults
    )


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", "甲,乙\n1,2\n".encode(), b"", b"table,name\nA,x\nB,y\n"])
def test_a_list_that_cannot_be_taken_says_why(data):
    with pytest.raises(DomainError, match="shape_unfit"):
        shapes.from_list(data)


def test_codes_and_days_of_a_list_are_checked():
    """What a province writes beside a field: codes with their words, and how a day is written."""
    text = (
        "table,seq,name,type,length,required,codes,source\n"
        "甲,1,是否听证 sfttz,代码,1,必填,1是;0否(codes: one source),told\n"
        "甲,2,决定日期 jdrq,日期,8 yyyyMMdd,必填,,told\n"
        "甲,3,处理结果 cljg,代码,,,已处理;未处理,told\n"
    )
    heard, day, result = shapes.from_list(text.encode())
    assert heard["codes"] == ["1", "0"] and day["day"] == "%Y%m%d" and result["codes"] == ["已处理", "未处理"]
    heard["from"], day["from"] = "is_heard", "decided_on"
    shape = {"columns": [heard, day, result], "meanings": {}}
    row, faults = shapes.fill(shape, {"is_heard": "是", "decided_on": date(2026, 3, 1)})
    assert (row["sfttz"], row["jdrq"], faults) == ("1", "20260301", [])
    assert "只能是" in "".join(shapes.check(result, "在处理")) and shapes.check(day, "2026031") != []
