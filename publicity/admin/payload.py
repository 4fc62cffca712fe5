"""What the public will read, as the desk shows it: every field by its title, what
wants a second look marked."""

from django.utils.html import format_html, format_html_join

from ..redaction import marked

# What stands in a payload, in words; a field that is not here is shown by its own name.
FIELDS = {
    "subject": "名称",
    "code": "统一社会信用代码",
    "ref": "名录编号",
    "town": "乡镇（街道）",
    "industry": "行业",
    "category": "监管分类",
    "bureau": "机关",
    "task": "抽查任务",
    "task_number": "任务编号",
    "draw": "抽取编号",
    "kind": "抽查类型",
    "mode": "检查方式",
    "inspected_on": "检查日期",
    "items": "检查事项",
    "item_codes": "事项代码",
    "result_code": "结果代码",
    "result": "检查结果",
    "national_code": "国家标准结果代码",
    "handling": "处理",
    "checked": "查了什么",
    "found": "查出什么",
    "inspectors": "检查人员",
    "decision_number": "决定书文号",
    "cause": "违法行为",
    "outcome": "处罚内容",
    "decided_on": "决定日期",
    "class": "失信程度",
    "ends_on": "公示至",
    "news": "种类代码",
    "news_title": "种类",
    "text": "内容",
    "about": "针对的公示",
    "reason": "原因",
    "basis": "依据文书",
    "said": "保留敏感内容的理由",
    "third_party": "第三方意见",
}


# Codes that machines read; a person who judges reads their titles.
_QUIET = {"item_codes", "result_code", "national_code", "news", "yearly_cap", "ref", "about"}


_ANSWERS = {"pass": "符合", "fail": "不符合", "na": "不适用", "skip": "未检查"}


def plain(value):
    """A value of a payload as one line of text."""
    if isinstance(value, list):
        return "；".join(_row(each) for each in value) or "（无）"
    return "（无）" if value is None else str(value)


def _row(each):
    """One row of a list: a name, how the lines of an item came out, or a problem that was found."""
    if not isinstance(each, dict):
        return str(each)
    if "item" in each:
        return f"{each['item']}：" + "，".join(f"{told} {each[key]}" for key, told in _ANSWERS.items())
    major = "重大事故隐患；" if each["major"] else ""
    return f"{each['words']}（{major}{each['state']}）"


def table(payload, hits):
    """A payload and the hits of its free text in, its fields by title out (HTML);
    empty ones and codes left out."""
    rows = [
        (FIELDS.get(name, name), _shown(name, value, hits))
        for name, value in payload.items()
        if name not in _QUIET and value not in ("", [])
    ]
    return format_html('<dl class="preview">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def _shown(name, value, hits):
    if isinstance(value, list):
        return plain(value)
    own = [each for each in hits if each["field"] == name]
    pieces = marked(str(value), own)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<mark title="{}">{}</mark>', kind, piece) if kind else piece,)
            for piece, kind in pieces
        ),
    )
