"""What may be told of a statement to another system, named: what was published of it, and what the receivers
of the state's own platforms ask beside. Nothing of what was not published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from inspections.after.gates import KINDS as PENALTY_KINDS
from inspections.models import Assignment

from ..exports import NATIONAL_RESULTS

if TYPE_CHECKING:
    from typing import Any

    from ..models import Disclosure, Release

KINDS = {
    "result": "抽查结果",
    "penalty": "行政处罚",
    "task": "抽查任务",
    "listing": "严重失信主体",
    "repair": "信用修复",
}
TITLES = {
    "id": "公示编号",
    "subject": "企业名称",
    "code": "统一社会信用代码",
    "registration_number": "注册号",
    "party_class": "行政相对人类别",
    "party_nature": "行政相对人性质",
    "id_kind": "证件类型",
    "legal_representative": "法定代表人",
    "address": "住所",
    "premises": "生产经营地址",
    "bureau": "机关名称",
    "bureau_code": "机关统一社会信用代码",
    "area": "行政区划代码",
    "year": "年份",
    "handed_on": "报送日期",
    "handed_by": "报送人员",
    "batch": "批次号",
    "kind": "抽查类型",
    "mode": "检查方式",
    "draw": "抽取编号",
    "task": "抽查任务",
    "task_number": "任务编号",
    "items": "检查事项",
    "item_code": "事项代码",
    "inspected_on": "检查日期",
    "result_code": "结果代码",
    "result": "检查结果",
    "national_result": "国家标准结果",
    "check_name": "检查行为名称",
    "check_number": "检查行为编号",
    "check_form": "检查形式",
    "inspectors": "检查人员",
    "certificates": "执法证号",
    "scope": "抽查对象范围",
    "window_from": "检查日期自",
    "window_to": "检查日期至",
    "drawn_count": "抽中户数",
    "drawn_names": "抽查名单",
    "decision_number": "决定书文号",
    "case_number": "立案文号",
    "cause": "违法行为类型",
    "facts": "违法事实",
    "basis": "依据",
    "penalty_kinds": "处罚类别",
    "penalty_way": "处罚程序",
    "outcome": "处罚内容",
    "fine": "罚款（元）",
    "fine_wan": "罚款（万元）",
    "confiscated_wan": "没收金额（万元）",
    "licence": "证照名称及编号",
    "decided_on": "决定日期",
    "in_force_until": "有效期",
    "ends_on": "公示截止期",
    "opened_on": "立案日期",
    "closed_on": "结案日期",
    "is_heard": "是否听证",
    "is_crime": "是否涉刑",
    "is_grave": "是否重大案件",
    "is_reviewed": "是否法制审核",
    "reviewed_on": "法制审核日期",
    "is_discussed": "是否集体讨论",
    "discussed_on": "集体讨论日期",
    "is_reconsidered": "行政复议",
    "is_litigated": "行政诉讼",
    "is_spared": "是否不予处罚",
    "ground": "列入情形",
    "left_on": "移出日期",
    "left_why": "移出原因",
    "repair_of": "信用修复的信息种类",
    "repaired_on": "信用修复日期",
    "repair_reason": "信用修复理由",
    "repair_basis": "信用修复决定文号",
    "repaired_by": "信用修复审核人",
}
_FOREVER = date(2099, 12, 31)  # 双公示's way of saying that there is no end


def of(disclosure: Disclosure) -> dict[str, Any]:
    """A standing statement of a result or penalty in, {name: value} out."""
    matter = disclosure.matter
    told = _party(matter.case.subject, disclosure.bureau) | {"id": disclosure.token}
    told |= _check(matter.case)
    return told | _OF[disclosure.kind](disclosure)


def of_repair(disclosure: Disclosure) -> dict[str, Any]:
    """A statement that 信用修复 ended early in, {name: value} out."""
    ending = disclosure.ending
    return of(disclosure) | {
        "repair_of": KINDS[disclosure.kind],
        "repaired_on": timezone.localdate(ending.at),
        "repair_reason": ending.reason,
        "repair_basis": ending.basis,
        "repaired_by": ending.by.display_name if ending.by_id else "",
    }


def _party(subject, bureau):
    is_trader = subject.credit_code.startswith("92")
    return {
        "subject": subject.name,
        "code": subject.credit_code,
        "registration_number": subject.registration_number,
        "party_class": "个体工商户" if is_trader else "法人及非法人组织",
        "is_unit": True,
        "party_nature": "3" if is_trader else "2",
        "id_kind": "001",
        "legal_representative": subject.legal_representative,
        "address": subject.address,
        "premises": subject.site,
        "bureau": bureau.name,
        "bureau_code": bureau.credit_code,
        "area": bureau.code[:6],
        "handed_on": timezone.localdate(),
        "batch": f"{timezone.localdate():%Y%m%d}",
    }


def _check(case):
    seats = Assignment.objects.filter(case=case, until=None).order_by("seat")
    people = [
        each.inspector
        for each in seats.select_related("inspector").prefetch_related("inspector__certificates")
    ]
    items = case.checklist
    return {
        "kind": "双随机抽查" if case.draw_id else "其他检查",
        "mode": case.get_mode_display(),
        "draw": case.draw.number if case.draw_id else "",
        "task": case.task.title if case.task_id else "",
        "task_number": case.task.number if case.task_id else "",
        "items": "；".join(each["name"] for each in items),
        "item_code": items[0]["code"] if items else "",
        "inspected_on": timezone.localdate(case.ended_at) if case.ended_at else None,
        "check_name": f"对{case.subject.name}的{'双随机抽查' if case.draw_id else '检查'}",
        "check_number": case.file_number or case.token,
        "check_form": "01",
        "inspectors": ",".join(each.name for each in people),
        "certificates": ",".join(
            str(max(own, key=lambda each: each.expires_on).number)
            for each in people
            if (own := list(each.certificates.all()))
        ),
    }


def _result(disclosure):
    said = disclosure.payload
    return {
        "result_code": said.get("result_code", ""),
        "result": said.get("result", ""),
        "national_result": NATIONAL_RESULTS.get(said.get("national_code", ""), said.get("result", "")),
    }


def _penalty(disclosure):
    said, penalty = disclosure.payload, disclosure.penalty
    steps = {each.code: each for each in penalty.case.events.filter(thread=penalty.thread).order_by("pk")}
    day = {code: timezone.localdate(each.at) for code, each in steps.items()}
    fine = penalty.fine or Decimal()
    return {
        "decision_number": said["decision_number"],
        "cause": said["cause"],
        "facts": penalty.facts,
        "basis": penalty.tier.basis if penalty.tier_id else _bases(penalty),
        "is_person": penalty.party == "person",
        "penalty_kinds": "、".join(PENALTY_KINDS.get(each, each) for each in penalty.kinds),
        "penalty_way": penalty.get_way_display(),
        "outcome": said["outcome"],
        "fine": fine if fine else None,
        "fine_wan": fine / 10_000 if fine else None,
        "has_fine": "fine" in penalty.kinds,
        "has_confiscation": "confiscate" in penalty.kinds,
        "has_licence_act": bool({"suspend", "revoke"} & set(penalty.kinds)),
        "decided_on": date.fromisoformat(said["decided_on"]),
        "in_force_until": _FOREVER,
        "ends_on": date.fromisoformat(said["ends_on"]) if said.get("ends_on") else _FOREVER,
        "opened_on": day.get("penalty.opened"),
        "case_number": _number(penalty, "opening"),
        "closed_on": day.get("penalty.closed"),
        "year": said["decided_on"][:4],
        "is_heard": "hearing.held" in steps,
        "is_crime": penalty.case.transfers.filter(kind="police").exists(),
        "is_grave": penalty.is_grave,
        "is_reviewed": "penalty.reviewed" in steps,
        "reviewed_on": day.get("penalty.reviewed"),
        "is_discussed": "penalty.discussed" in steps,
        "discussed_on": day.get("penalty.discussed"),
        "is_reconsidered": "review.asked" in steps,
        "is_litigated": "court.asked" in steps,
        "is_spared": False,
    }


def _number(penalty, code):
    paper = penalty.papers.filter(code=code).exclude(number="").first()
    return paper.number if paper else ""


def _bases(penalty):
    told = (each.penalty_basis for each in penalty.findings.all())
    return "；".join(dict.fromkeys(filter(None, told)))


def _listing(disclosure):
    said, one = disclosure.payload, disclosure.discredit
    return {
        "decision_number": said["decision_number"],
        "ground": said["ground"],
        "facts": one.facts,
        "basis": "安全生产严重失信主体名单管理办法",
        "decided_on": date.fromisoformat(said["decided_on"]),
        "ends_on": date.fromisoformat(said["ends_on"]),
        "left_on": one.left_on,
        "left_why": one.left_why if one.left_on else "",
    }


_OF = {"result": _result, "penalty": _penalty, "listing": _listing}


def of_release(release: Release) -> dict[str, Any]:
    """A draw that was released in, the facts of its task out."""
    draw, task, bureau = release.draw, release.draw.task, release.bureau
    drawn = release.tickets.filter(is_drawn=True).order_by("ref").values_list("ref", flat=True)
    names = [release.names.get(ref, "依法不公开名称的单位") for ref in drawn]
    return {
        "id": draw.number,
        "subject": task.title,
        "bureau": bureau.name,
        "bureau_code": bureau.credit_code,
        "area": bureau.code[:6],
        "handed_on": timezone.localdate(),
        "batch": f"{timezone.localdate():%Y%m%d}",
        "kind": "双随机抽查",
        "draw": draw.number,
        "task": task.title,
        "task_number": task.number,
        "items": "；".join(dict.fromkeys(task.items.values_list("name", flat=True))),
        "scope": "；".join(dict.fromkeys(row["name"] for row in draw.public_facts.get("strata", []))),
        "window_from": task.window_from,
        "window_to": task.window_to,
        "drawn_count": len(names),
        "drawn_names": "、".join(names),
        "year": str(task.window_from.year),
    }
