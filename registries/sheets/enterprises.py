"""Which header means which field of the enterprise register, and the reading of a row.
Plain data, plain Python."""

import re
import unicodedata
from collections import Counter
from datetime import date, timedelta

from ..creditcode import fault, is_old_number, normalise, old_number_is_sound
from ..idnumbers import HIDDEN, MAYBE, hide, is_old_id, is_one, without
from .cells import LOST
from .headers import Headers, most_telling, plain_header

# field → headers as bureaus and registers write them (bracketed remarks are cut off before comparing)
SUBJECT_HEADERS = {
    "name": [
        "企业名称",
        "企业全称",
        "企业名",
        "公司名称",
        "单位全称",
        "单位名称",
        "名称",
        "检查对象",
        "被检查单位",
        "生产经营单位名称",
        "市场主体名称",
    ],
    "credit_code": [
        "统一社会信用代码",
        "社会统一信用代码",
        "统一信用代码",
        "信用代码证号",
        "统一社会信用代码(注册号)",
        "营业执照号",
        "营业执照注册号",
        "社会信用代码",
        "信用代码",
        "统一代码",
        "统一社会信用代码/注册号",
    ],
    "kind": ["企业类型", "主体类型", "主体类别", "市场主体类型", "类型"],
    "legal_representative": ["法定代表人", "法人代表", "负责人", "法定代表人(负责人)", "法人", "主要负责人"],
    "phone": ["联系电话", "电话", "手机", "法人电话"],
    "registered_on": ["注册日期", "成立日期", "成立时间", "注册时间"],
    "registration_status": ["登记状态", "经营状态", "企业状态"],
    "capital": ["注册资本", "注册资金"],
    "scope": ["经营范围", "许可经营项目", "经营范围及方式"],
    "industry": ["行业", "行业类别", "所属行业", "行业门类", "国民经济行业"],
    "address": ["住所", "注册地址", "登记住所", "企业住所", "地址", "企业地址", "单位地址"],
    "premises": [
        "生产经营地址",
        "经营场所",
        "实际经营地址",
        "经营地址",
        "生产经营场所",
        "生产地址",
        "实际地址",
        "经营场所地址",
        "生产经营场所地址",
    ],
    "registration_number": ["注册号", "工商注册号", "原注册号", "企业注册号"],
    "town": ["乡镇", "乡镇(街道)", "所属乡镇", "街道", "苏木镇"],
    "village": ["嘎查村", "嘎查村(社区)", "村", "村(社区)", "所属村", "社区"],
    "grid": ["片区", "网格", "片区网格", "所属网格", "管辖片区"],
    "park": ["园区", "所属园区", "工业园区"],
    "former_name": ["曾用名", "曾用名称", "原名称"],
    "authority": ["登记机关", "发照机关", "登记管理机关"],
    "industry_code": ["行业代码", "国民经济行业代码", "行业小类代码"],
    "group_name": ["所属集团", "集团", "集团公司", "上级公司", "母公司"],
    "shareholders": ["股东", "股东、高管", "股东高管", "投资人", "主要股东", "高管"],
    "safety_officer": ["安全负责人", "安全员", "安全管理人员", "分管安全负责人", "安全管理员"],
    "safety_phone": ["安全负责人电话", "安全员电话", "安全管理人员电话", "安全负责人联系电话"],
    "liaison": ["联络员", "联系人", "企业联系人"],
    "liaison_phone": ["联络员电话", "联系人电话", "联络员手机", "联系人手机"],
    "employees": ["从业人员数", "从业人数", "从业人员", "职工人数", "员工人数", "人数", "职工总数"],
    "size": ["规模", "企业规模"],
    "risk": ["安全风险等级", "风险等级", "风险级别", "安全风险级别"],
    "grade": ["安全管理分级", "分级", "ABCD分级", "分类分级", "企业分级"],
    "credit": [
        "信用风险等级",
        "企业信用风险等级",
        "信用风险分类",
        "企业信用风险分类",
        "信用等级",
        "信用评级",
    ],
    "standard": [
        "安全生产标准化",
        "标准化等级",
        "标准化",
        "安全生产标准化等级",
        "安全标准化等级",
        "标准化级别",
    ],
    "production": ["生产状态", "生产经营状态", "生产经营状况", "生产情况"],
    "level": ["执法层级", "监管层级", "执法级别", "监管级别"],
    "is_key": ["重点单位", "是否重点", "是否重点单位", "重点企业", "是否重点企业", "重点监管对象"],
    "category": ["监管分类", "安全监管分类", "行业监管分类", "监管类别", "监管行业"],
    "section": ["责任股室", "监管股室", "主管股室", "责任科室", "监管科室", "包联股室"],
    "note": ["备注"],
}
# field → {as the register holds it: [as files write it]}; a cell that is none of these keeps its row out
CHOICES = {
    "size": {
        "大型": ["大", "大型企业", "大型"],
        "中型": ["中", "中型企业"],
        "小型": ["小", "小型企业"],
        "微型": ["微", "微型企业", "小微"],
    },
    "risk": {
        "重大": ["红", "红色", "重大风险", "一级", "重大(红)"],
        "较大": ["橙", "橙色", "较大风险", "二级", "较大(橙)"],
        "一般": ["黄", "黄色", "一般风险", "三级", "一般(黄)"],
        "低": ["蓝", "蓝色", "低风险", "四级", "低(蓝)"],
    },
    "grade": {each: [f"{each}级", f"{each}类", each.lower(), f"{each.lower()}级"] for each in "ABCD"},
    "credit": {
        each: [f"{each}级", f"{each}类", each.lower(), f"{each.lower()}级", f"{each.lower()}类"]
        for each in "ABCD"
    },
    "standard": {
        "一级": ["1级", "一级达标", "标准化一级"],
        "二级": ["2级", "二级达标", "标准化二级"],
        "三级": ["3级", "三级达标", "标准化三级"],
        "未达标": ["未", "未评", "未创建", "无等级", "未评定"],
    },
    "production": {
        "normal": ["正常", "正常生产", "生产", "在产", "营业", "正常经营"],
        "half_stopped": ["半停产", "部分停产"],
        "seasonal": ["季节性生产", "季节性"],
        "building": ["在建", "建设", "筹建"],
        "stopped": ["停产", "停业", "停工", "临时停产"],
        "long_stopped": ["长期停产", "长期停业"],
        "closed": ["关闭", "已关闭", "关停"],
    },
    "level": {
        "省级": ["省", "自治区", "自治区级"],
        "市级": ["市", "盟市", "盟市级"],
        "县级": ["县", "旗县", "旗县级", "区级", "旗级"],
        "乡级": ["乡", "乡镇", "镇级", "乡镇级"],
    },
    "is_key": {
        True: ["是", "重点", "√", "1", "Y", "TRUE", "True"],
        False: ["否", "一般", "×", "0", "N", "FALSE", "False"],
    },
}
REQUIRED = ("name",)
_NO_CODE = {"暂无", "未办理", "未办", "没有", "0", "待办", "办理中", "无代码", "未取得", "空"}
COLUMNS = Headers(SUBJECT_HEADERS)
NOTHING = {"", "N/A", "n/a", "无", "-", "—", "/", "null", "NULL", "None"}
_LIMITS = {
    "name": 200,
    "kind": 40,
    "legal_representative": 60,
    "registration_status": 20,
    "capital": 60,
    "industry": 100,
    "address": 300,
    "town": 50,
    "village": 50,
    "grid": 50,
    "park": 60,
    "former_name": 200,
    "authority": 60,
    "industry_code": 5,
    "group_name": 100,
    "shareholders": 300,
    "safety_officer": 60,
    "liaison": 60,
    "category": 30,
    "section": 50,
    "note": 300,
}
_HALF_WIDTH = ("phone", "capital", "safety_phone", "liaison_phone", "industry_code")
_READ_AS = {
    field: {written: held for held, others in table.items() for written in [held, *others]}
    for field, table in CHOICES.items()
}
_INDUSTRY = re.compile(r"[A-T]?\d{2,4}")
_COUNT = re.compile(r"(?:约|共)?(\d[\d,]{0,8})\s*(?:人|名)?")


def recognise(headers, kept=None):
    """A header row in, {field: column index} out. `kept`: {header as compared:
    field} that a clerk once chose."""
    found = {}
    for column, header in enumerate(headers):
        field = (kept or {}).get(plain_header(header))
        if field in SUBJECT_HEADERS and field not in found:
            found[field] = column
    taken = set(found.values())
    told = COLUMNS.columns(["" if column in taken else header for column, header in enumerate(headers)])
    found = {field: min(places)[1] for field, places in told.items()} | found
    further = [column for _, column in told.get("address", []) if column != found["address"]]
    if "premises" not in found and further:
        found["premises"] = min(further)  # two columns of addresses: the second is where it works
    if "premises" in found and "address" not in found:  # the only address there is
        found["address"] = found.pop("premises")
    return {field: found[field] for field in SUBJECT_HEADERS if field in found}


def _names_one(row, kept=None):
    mapping = recognise(row, kept)
    return mapping if "name" in mapping else {}


def header_says(rows):
    """How much leading rows [cells] say as the header of an enterprise table: the columns that are known,
    none without a name. It chooses among sheets, and what stands between the columns of a text."""
    return max((len(_names_one(row)) for row in rows[:20]), default=0)


def find_header(rows, kept=None):
    """[(number, cells)] of the leading rows in; the place of the one that names an
    enterprise column, or None."""
    return most_telling([row for _, row in rows], lambda row: _names_one(row, kept))


def code_column(rows, taken):
    """[cells] of some rows in; the column that holds credit codes although its header
    does not say so, or None."""
    hits = Counter(
        column
        for row in rows
        for column, text in enumerate(row)
        if len(text) >= 18 and fault(normalise(text)) is None
    )
    free = [(count, -column) for column, count in hits.items() if column not in taken]
    return -max(free)[1] if free else None


class RowReader:
    """Reads rows under one mapping {field: column index}."""

    def __init__(self, mapping):
        self.dated = mapping.get("registered_on")
        self.coded = mapping.get("credit_code")
        self.texts = [
            (field, column, _LIMITS.get(field, 10_000), field in _HALF_WIDTH)
            for field, column in mapping.items()
            if field not in ("registered_on", "credit_code", "employees") and field not in CHOICES
        ]
        self.chosen = [
            (field, column, _READ_AS[field]) for field, column in mapping.items() if field in CHOICES
        ]
        self.counted = mapping.get("employees")
        self.titles = {column: SUBJECT_HEADERS[field][0] for field, column in mapping.items()}
        self.named = mapping.get("name")
        self.is_wide = bool(self.chosen) or self.counted is not None or "industry_code" in mapping

    def read(self, cells):
        """Cells in; ({field: value}, [faults], [notes]) out, in Chinese. Only mapped fields are returned.

        A fault keeps the row out; a note tells what was written in another way than the file has it.
        """
        values, faults, notes = {}, [], []
        coded, cells = cells, [without(cell) for cell in cells]
        width = len(cells)
        if LOST.search("".join(cells)):
            self._lost(cells, faults, notes)
        for field, column, limit, is_half in self.texts:
            text = cells[column] if column < width else ""
            if text in NOTHING:
                values[field] = ""
                continue
            if is_half and not text.isascii():
                text = _half_width(text, field, notes)
            if len(text) > limit:
                faults.append(f"{SUBJECT_HEADERS[field][0]}超过 {limit} 字")
                text = text[:limit]
            values[field] = text
        if self.dated is not None:
            self._date(cells[self.dated] if self.dated < width else "", values, faults, notes)
        if self.coded is not None:
            self._code(coded[self.coded] if self.coded < width else "", values, faults, notes)
        if self.is_wide:
            self._wide(cells, values, faults, notes)
        return values, faults, notes

    def _lost(self, cells, faults, notes):
        """Letters that cannot be told: the cell is named; only a name is not believed with one of them."""
        for column, text in enumerate(cells):
            if found := LOST.search(text):
                title = self.titles.get(column) or f"第 {column + 1} 栏"
                letter = "坏字节" if found[0] == "\ufffd" else f"自造字 U+{ord(found[0]):04X}"
                told = (
                    f"{title}有无法识别的字（{letter}）：{text[max(found.start() - 4, 0) : found.end() + 4]}"
                )
                (faults if column == self.named else notes).append(
                    f"{told}，请{'改正后再导入' if column == self.named else '核对'}"
                )

    def _wide(self, cells, values, faults, notes):
        """Choices and numbers: what is not one of them keeps the row out, with what may stand there."""
        for field, column, table in self.chosen:
            text = cells[column] if column < len(cells) else ""
            if text in NOTHING and field not in ("is_key", "standard"):
                values[field] = ""
                continue
            plain = unicodedata.normalize("NFKC", text).replace(" ", "")
            values[field] = table.get(plain, "") if plain else ""
            if plain and plain not in table and plain not in NOTHING:
                known = "、".join(
                    others[0] if isinstance(held, bool) or held.isascii() else held
                    for held, others in CHOICES[field].items()
                )
                faults.append(f"{SUBJECT_HEADERS[field][0]}“{text[:20]}”不认得，可写：{known}")
        if self.counted is not None:
            text = cells[self.counted] if self.counted < len(cells) else ""
            found = _COUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
            values["employees"] = int(found[1].replace(",", "")) if found else ""
            if not found and text not in NOTHING:
                faults.append(f"从业人员数“{text[:20]}”不是人数")
        code = values.get("industry_code")
        if code and not _INDUSTRY.fullmatch(code):
            faults.append(f"行业代码“{code}”不是 GB/T 4754 的代码")

    def _date(self, text, values, faults, notes):
        values["registered_on"] = None
        if text in NOTHING:
            return
        day = read_date(text)
        if day is None:
            faults.append(f"日期“{text[:20]}”读不懂")
            return
        values["registered_on"] = day.isoformat()
        if text != values["registered_on"] and not text.startswith(values["registered_on"]):
            notes.append(f"日期 {text[:20]} → {values['registered_on']}")

    def _code(self, text, values, faults, notes):
        code = "" if text in NOTHING or text in _NO_CODE else normalise(text)
        if text in _NO_CODE:
            notes.append(f"代码“{text[:10]}”按没有代码读入")
        if HIDDEN in text or is_one(code) and fault(code):  # a second wall: whatever stood between the digits
            code = ""
            faults.append("信用代码一栏是身份证号码，没有导入，也没有保存")
        if is_old_number(code) and is_old_id(code) and not old_number_is_sound(code):
            code = ""
            faults.append("信用代码一栏像是 15 位的旧身份证号码，没有导入，也没有保存")
        elif is_old_number(code):
            sound = "" if old_number_is_sound(code) else "，末位校验不符，请核对"
            notes.append(f"{code} 是旧注册号，不是信用代码，存入“注册号”{sound}")
            code, values["registration_number"] = "", code
        values["credit_code"] = code
        if code != text and code:
            notes.append(f"代码 {text[:30]} → {code}")


def without_id_numbers(cells):
    """Cells in; (the same without anybody's ID number, the columns from 0 that held one) out."""
    if not MAYBE.search("\n".join(cells)):
        return cells, []
    hidden = [hide(cell) for cell in cells]
    return hidden, [column for column, (old, new) in enumerate(zip(cells, hidden, strict=True)) if old != new]


def misplaced_code(cells, coded):
    """The column number (from 1) in which a valid credit code stands that is not the code column, or None."""
    for column, text in enumerate(cells):
        if column != coded and len(text) >= 18 and fault(normalise(text)) is None:
            return column + 1
    return None


def read_date(text):
    """2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305, or a sheet's day number →
    date; anything else None."""
    text = unicodedata.normalize("NFKC", text)
    match = re.fullmatch(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})\D?(?:\s.*|T.*)?", text) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", text
    )
    try:
        if match:
            return date(*map(int, match.groups()))
        # Spreadsheets count days from 1899-12-30; five digits are 1954 to 2173. 20229 may
        # as well be September 2022.
        if re.fullmatch(r"20[0-3]\d[1-9]|19[5-9]\d[1-9]", text):
            return None
        return date(1899, 12, 30) + timedelta(int(text)) if re.fullmatch(r"[2-9]\d{4}", text) else None
    except ValueError:
        return None


def _half_width(text, field, notes):
    folded = unicodedata.normalize("NFKC", text)
    if folded != text:
        notes.append(f"{SUBJECT_HEADERS[field][0]} {text[:30]} → {folded[:30]}")
    return folded
