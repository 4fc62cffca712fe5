"""One row of what is public, and the forms that it is handed out in: the pages, CSV, JSON, JSON-LD
and the feed say the same.

CSV: RFC 4180 with CSVW beside it; JSON-LD: schema.org; national names:
国家企业信用信息公示系统 (双随机抽查结果信息).
"""

import json
from itertools import chain
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from registries.exports import XLSX, csv_lines, workbook

# name of a field, its title, how CSVW types it, what it is: the dictionary of the data
COLUMNS = [
    ("id", "公示编号", "string", "永久编号，网址 /results/编号/"),
    ("url", "网址", "anyURI", "永久网址"),
    ("subject", "企业名称", "string", "公示时的名称"),
    ("code", "统一社会信用代码", "string", "没有代码的为空"),
    ("ref", "名录编号", "string", "企业更名、重新导入后不变"),
    ("town", "乡镇（街道）", "string", ""),
    ("industry", "行业", "string", ""),
    ("category", "监管分类", "string", ""),
    ("bureau", "抽查机关", "string", ""),
    ("task", "抽查任务", "string", ""),
    ("task_number", "任务编号", "string", ""),
    ("draw", "抽取编号", "string", "非随机抽取的检查为空"),
    ("kind", "抽查类型", "string", ""),
    ("mode", "检查方式", "string", ""),
    ("inspected_on", "检查日期", "date", ""),
    ("items", "检查事项", "string", "以中文分号隔开"),
    ("result_code", "结果代码", "string", "本机关代码"),
    ("result", "检查结果", "string", ""),
    ("national_code", "国家标准结果代码", "string", ""),
    ("handling", "处理", "string", "以中文分号隔开"),
    ("published_at", "公示时间", "dateTime", "东八区"),
    ("corrects", "更正的公示", "string", "被本条更正的公示编号"),
    ("reason", "更正原因", "string", ""),
    ("digest", "公示内容的指纹", "string", "SHA-256"),
]
NAMES = [name for name, *_ in COLUMNS]
TITLES = {name: title for name, title, *_ in COLUMNS}
# 国家企业信用信息公示系统's own names
NATIONAL = {
    "insAuth": "bureau",
    "insDate": "inspected_on",
    "raninsPlanId": "draw",
    "raninsPlaneName": "task",
    "raninsTaskId": "task_number",
    "raninsTaskName": "task",
    "raninsTypeName": "kind",
    "raninsItemName": "items",
    "raninsCheckResName": "national_result",
}
NATIONAL_RESULTS = {
    "1": "未发现问题",
    "2": "违反市场监管规定",
    "A": "发现问题待后续处理",
    "B": "未按规定公示应当公示的信息",
    "C": "公示信息隐瞒真实情况、弄虚作假",
    "6": "通过登记的住所（经营场所）无法联系",
    "E": "发现问题已责令改正",
    "F": "未发现开展本次抽查涉及的经营活动",
    "7": "已关闭停业或正在组织清算",
    "8": "不配合检查情节严重",
    "9": "注销",
    "10": "被吊销",
    "11": "被撤销",
    "12": "迁出",
}


def row(listing, base=""):
    """A Listing with its Disclosure and where the window stands in, {field: text} out:
    every form is made from this."""
    said, disclosure = listing.disclosure.payload, listing.disclosure
    told = {name: said.get(name, "") for name in NAMES}
    return told | {
        "id": listing.token,
        "url": f"{base}/results/{listing.token}/",
        "items": "；".join(said.get("items", [])),
        "handling": "；".join(said.get("handling", [])),
        "published_at": timezone.localtime(disclosure.published_at).isoformat(timespec="seconds"),
        "corrects": disclosure.supersedes.token if disclosure.supersedes_id else "",
        "reason": disclosure.reason,
        "digest": disclosure.digest,
    }


def national_row(listing):
    """The same under the national system's names."""
    told = row(listing)
    told["national_result"] = NATIONAL_RESULTS.get(told["national_code"], told["result"])
    return {theirs: told[ours] for theirs, ours in NATIONAL.items()} | {
        "uniscId": told["code"],
        "entName": told["subject"],
    }


def csv_of(rows, fields):
    """Dictionaries and {name: title} (or names that are titles) in, pieces of a CSV out; the
    first line is the titles."""
    titles = list(fields.values()) if isinstance(fields, dict) else fields
    return csv_lines(chain([titles], ([each[name] for name in fields] for each in rows)))


def json_of(rows):
    """Dictionaries in, pieces of a JSON array out, one object a line."""
    yield b"["
    before = b"\n"
    for each in rows:
        yield before + json.dumps(each, ensure_ascii=False).encode()
        before = b",\n"
    yield b"\n]\n"


MEDIA = {"xml": "application/xml", "csv": "text/csv; charset=utf-8", "json": "application/json", "xlsx": XLSX}
_FILES = {"result": ("results", "抽查结果"), "penalty": ("penalties", "行政处罚")}


def pieces(listings, form, kind, base):
    """Listings of a kind (with their disclosures) as pieces of a file of a form;
    `base`: where the window stands."""
    made, fields = (row, TITLES) if kind == "result" else (penalty_listed, ["公示编号", "网址", *PENALTY])
    rows = (made(each, base) for each in listings.iterator(chunk_size=500))
    if form == "xlsx":  # for people: codes stay text, whatever a spreadsheet would make of eighteen digits
        titles = fields if isinstance(fields, dict) else {name: name for name in fields}
        return iter(
            [workbook(chain([list(titles.values())], ([each[name] for name in titles] for each in rows)))]
        )
    return csv_of(rows, fields) if form == "csv" else json_of(rows)


def answer(listings, form, kind, base):
    """The same as an answer, piece by piece."""
    response = StreamingHttpResponse(pieces(listings, form, kind, base), content_type=MEDIA[form])
    plain, title = (f"{each}.{form}" for each in _FILES[kind])
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(title)}"
    return response


def json_answer(facts, status=200, media_type="application/json"):
    return HttpResponse(
        json.dumps(facts, ensure_ascii=False, indent=1) + "\n", status=status, content_type=media_type
    )


def csvw(url):
    """CSVW metadata of results.csv (W3C Tabular Data Vocabulary)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
        "url": url,
        "dc:title": "双随机抽查结果",
        "dialect": {"header": True, "encoding": "utf-8"},
        "tableSchema": {
            "primaryKey": "id",
            "columns": [
                {"name": name, "titles": title, "datatype": kind, "dc:description": about or title}
                for name, title, kind, about in COLUMNS
            ],
        },
    }


def linked(disclosure, base, later=None):
    """A statement in schema.org's words; what there is nothing to say of is left out.
    `later`: what corrects it."""
    said, here = disclosure.payload, f"{base}/results/{disclosure.token}/"
    made = {
        "@context": "https://schema.org",
        "@id": here,
        "url": here,
        "datePublished": timezone.localtime(disclosure.published_at).isoformat(timespec="seconds"),
    }
    bureau = {"@type": "GovernmentOrganization", "name": said["bureau"]}
    if disclosure.kind in ("news", "statement"):
        about = (
            {"about": {"@type": "Organization", "name": said["subject"]}}
            if disclosure.kind == "statement"
            else {}
        )
        made |= about | {
            "@type": "NewsArticle" if disclosure.kind == "news" else "Comment",
            "name": said["subject"],
            "text": said.get("text", ""),
            "publisher": bureau,
        }
    else:
        told = said.get("result") or said.get("outcome", "")
        firm = {"@type": "Organization", "name": said["subject"], "taxID": said.get("code", "")}
        made |= {
            "@type": "CheckAction" if disclosure.kind == "result" else "Action",
            "name": f"{said['subject']}：{told}",
            "agent": bureau,
            "object": {name: text for name, text in firm.items() if text},
            "result": told,
            "endTime": said.get("inspected_on") or said.get("decided_on", ""),
        }
    if later:
        made["isReplacedBy"] = f"{base}/results/{later.token}/"
    return {name: value for name, value in made.items() if value}


# 双公示: 行政处罚信息, by the names of the national credit platform's table
PENALTY = {
    "行政相对人名称": "subject",
    "统一社会信用代码": "code",
    "行政处罚决定文书号": "decision_number",
    "违法行为类型": "cause",
    "处罚内容": "outcome",
    "处罚决定日期": "decided_on",
    "公示截止期": "ends_on",
    "失信严重程度": "class",
    "处罚机关": "bureau",
}


def penalty_listed(listing, base=""):
    """A penalty's Listing with its Disclosure in, the same with its number and address out."""
    url = f"{base}/results/{listing.token}/"
    return {"公示编号": listing.token, "网址": url} | penalty_row(listing.disclosure)


def penalty_row(disclosure):
    """A penalty's Disclosure in, {title of the national table: text} out."""
    return {title: disclosure.payload.get(field, "") for title, field in PENALTY.items()}
