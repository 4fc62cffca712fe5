"""Facts → what the public may read, by whitelist: every field is named here,
nothing is taken away elsewhere."""

from collections import Counter

from django.utils import timezone

from inspections import engine
from inspections.models import Assignment, Finding, Outcome
from inspections.states import GONE_TRANSFER, FindingState
from registries.models import Reason

HIDDEN = "依法不公开名称的单位"
# Kinds of news; what may be published under each stands in the glossary.
NEWS = {
    "publicity": "宣传",
    "notice": "通知公告",
    "rules": "监管细则",
    "problems": "普遍性问题通报",
    "summary": "工作总结",
}
CLASSES = {"minor": "轻微", "general": "一般", "serious": "严重"}


def whom(subject):
    """How the public knows an enterprise. One that is kept from the public has neither name nor number."""
    if subject.is_secret:
        return {"ref": "", "subject": HIDDEN, "code": "", "town": "", "industry": "", "category": ""}
    return {
        "ref": subject.ref,
        "subject": subject.name,
        "code": subject.credit_code,
        "town": subject.town,
        "industry": subject.industry,
        "category": subject.category.name if subject.category_id else "",
    }


def result_payload(report, cap=0):
    """An approved Report and the yearly cap of its enterprise (0: no cap) in, the public
    dictionary of its result out.

    Quotes no record: enterprise, task, items, dates, outcome, how it was dealt with (政府信息公开条例
    15、16；PIPL 25). Names a person only where the bureau publishes its inspectors.
    """
    case = report.case
    standing = Outcome.standing(case)
    code = standing.code if standing else report.result_code
    reason = Reason.objects.filter(bureau=case.bureau, kind="result", code=code).first()
    seats = Assignment.objects.filter(case=case, until=None).order_by("seat").select_related("inspector")
    return whom(case.subject) | {
        "bureau": case.bureau.name,
        "task": case.task.title if case.task else "",
        "task_number": case.task.number if case.task else "",
        "draw": case.draw.number if case.draw else "",
        "kind": "双随机抽查" if case.draw else "其他检查",
        "mode": case.get_mode_display(),
        "inspected_on": timezone.localdate(case.ended_at).isoformat(),
        "items": [item["name"] for item in case.checklist],
        "item_codes": [item["code"] for item in case.checklist],
        "result_code": code,
        "result": reason.title if reason else code,
        "national_code": reason.national_code if reason else "",
        "yearly_cap": cap,
        "handling": _handling(case),
        "checked": _checked(case),
        "found": _found(case) if case.bureau.publishes_findings else [],
        "inspectors": [each.inspector.name for each in seats] if case.bureau.publishes_inspectors else [],
    }


def penalty_payload(penalty, weight, ends_on):
    """A decided Penalty, its class and the day its publication ends in; the 摘要
    that the public may read out."""
    case = penalty.case
    decided = case.events.filter(code="penalty.decided", thread=penalty.thread).order_by("-pk").first()
    return whom(case.subject) | {
        "bureau": case.bureau.name,
        "decision_number": penalty.decision_number,
        "cause": penalty.cause,
        "outcome": penalty.outcome,
        "decided_on": timezone.localdate(decided.at).isoformat(),
        "class": CLASSES[weight],
        "ends_on": ends_on.isoformat() if ends_on else "",
    }


def listing_payload(discredit):
    """A listed Discredit in: who, on what ground, by which decision, until when (令第11号: 公示)."""
    case = discredit.case
    return whom(case.subject) | {
        "bureau": case.bureau.name,
        "decision_number": discredit.decision_number,
        "ground": discredit.get_ground_display(),
        "outcome": "列入安全生产严重失信主体名单",
        "decided_on": discredit.decided_on.isoformat(),
        "ends_on": discredit.ends_on.isoformat(),
    }


def news_payload(bureau, kind, title, text):
    """An announcement: its kind, title and text, as typed."""
    return {"bureau": bureau.name, "news": kind, "news_title": NEWS[kind], "subject": title, "text": text}


def statement_payload(about, text):
    """The enterprise's own word on what was published of it; not verified by the bureau, and says so."""
    return {
        "bureau": about.bureau.name,
        "about": about.token,
        "subject": about.subject_name,
        "code": about.subject_code,
        "text": text,
    }


def _checked(case):
    """[{item, pass, fail, na, skip}]: how many lines of each item came out how."""
    given = dict(case.answers.values_list("line", "value"))
    rows = []
    for item in case.checklist:
        counts = Counter(given[line["key"]] for line in item["lines"] if line["key"] in given)
        if counts:
            rows.append(
                {"item": item["name"]} | {value: counts[value] for value in ("pass", "fail", "na", "skip")}
            )
    return rows


def _found(case):
    """[{line, words, major, state}]: what was found, in the words of the published checklist and no others;
    what is outside the list is only counted. No record, no photo, no name."""
    lines = [line for item in case.checklist for line in item["lines"]]
    known = {line["key"]: (n, line) for n, line in enumerate(lines, 1)}
    rows = []
    for each in case.findings.exclude(status=FindingState.NOTED).order_by("number"):
        n, line = known.get(each.line, (0, None))
        words = line["violation"] or f"不符合：{line['requirement']}" if line else "检查表以外的问题"
        rows.append({"line": n, "words": words, "major": int(each.is_major), "state": _state(each)})
    return rows


def _state(finding):
    """What has become of a problem, in the words of the window."""
    if finding.status == FindingState.CLOSED:
        return "当场改正" if finding.disposal == "fixed" else "已整改"
    until = finding.until()
    if until and until < timezone.localdate():
        return "逾期未改"
    return f"整改中，{until.year}年{until.month}月{until.day}日前" if until else "整改中"


def _handling(case):
    titles = dict(Finding._meta.get_field("disposal").choices)
    counted = Counter(case.findings.exclude(status=FindingState.NOTED).values_list("disposal", flat=True))
    found = [f"{titles[code]} {counted[code]} 项" for code in titles if counted[code]]
    # A transfer is a note beside the result; one to the police is not for the public.
    gone = case.transfers.filter(kind__in=["regulator", "case_office"], status__in=GONE_TRANSFER).count()
    return [*found, f"移送有关部门 {gone} 件"] if gone else found


def statement_facts(disclosure):
    """What the journal keeps of a statement: all that the public relies on."""
    return {
        "digest": disclosure.digest,
        "kind": disclosure.kind,
        "reason": disclosure.reason,
        "by": disclosure.published_by_id,
        "ends_on": disclosure.ends_on.isoformat() if disclosure.ends_on else "",
        "supersedes": disclosure.supersedes.token if disclosure.supersedes_id else "",
        "answers": disclosure.answers.token if disclosure.answers_id else "",
    }


def release_facts(released):
    """What the journal keeps of a release: the digest of every part."""
    return {
        "commit": released.commit_id,
        "result": released.result_id or "",
        "changes": released.changes_id or "",
        "openings": released.openings_id or "",
        "names": engine.digest(engine.dump(released.names)),
    }


def spread_facts(released):
    """What the journal keeps beside it of how the draw lies over the towns: no part of the public digest,
    which is of what anybody can read."""
    return {"spread": engine.digest(engine.dump(released.spread))} if released.spread else {}
