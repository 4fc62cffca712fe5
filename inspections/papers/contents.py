"""What each paper says: facts of a case in, plain data out. At signing they are frozen with the paper."""

import base64

from django.utils import timezone

from registries.errors import DomainError
from registries.models import Reason, StoredFile
from registries.services import caps

from ..case.models import Case
from ..draw import partners
from ..plan import kinds
from . import copies


def of(paper):
    """The facts of a Paper by its code. Raises paper_not_yet where the case has not come so far."""
    case, form = paper.case, paper.form
    said = _BY_CODE[paper.code](paper)
    team = list(case.team())
    common = {
        "title": form.title,
        "bureau": case.bureau.name,
        "subject": case.subject.name,
        "address": case.subject.address or "",
        "code": case.subject.credit_code or "",
        "legal": case.subject.legal_representative or "",
        "phone": case.subject.phone or "",
        "industry": case.subject.industry or "",
        "task": case.task.title,
        "source": case.source(),
        "mode": case.get_mode_display(),
        "kind": kinds.title_of(case.bureau, case.task.kind),
        "category": str(case.subject.category or ""),
        "officers": [officer(seat, timezone.localdate()) for seat in team],
    }
    words = (
        common
        | {
            "officers": "、".join(each["name"] for each in common["officers"]),
            "certificates": "、".join(each["certificate"] or "—" for each in common["officers"]),
            "government": case.bureau.government or "本级人民政府",
            "court": case.bureau.court or "有管辖权的人民法院",
            "day": "",
            "basis": "",
            "facts": "",
            "count": "",
            "order": "",
            "number": "",
        }
        | said.pop("words", {})
    )
    template = dict(form.texts) | ({"opening": said.pop("opening")} if "opening" in said else {})
    texts = {name: text.format_map(words) for name, text in template.items()}
    if case.bureau.remedy and "remedy" in texts:
        texts["remedy"] = case.bureau.remedy
    return common | said | {"texts": texts}


def day_of(moment):
    """2026年3月1日, Asia/Shanghai."""
    day = timezone.localtime(moment) if hasattr(moment, "hour") else moment
    return f"{day.year}年{day.month}月{day.day}日"


def moment_of(moment):
    """2026年3月1日9时05分, Asia/Shanghai."""
    local = timezone.localtime(moment)
    return f"{day_of(moment)}{local.hour}时{local.minute:02d}分"


def image(digest):
    """A kept picture as a data address, for a page that may fetch nothing."""
    file = StoredFile.objects.get(pk=digest)
    return inline(file.read(), file.media_type)


def inline(data, media_type):
    """Bytes as a data address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def officer(seat, day):
    """A seat of the team as a paper names it, with the certificate that holds on a day."""
    certificate = seat.inspector.certificate_on(day)
    return {
        "name": seat.inspector.name,
        "leads": seat.leads,
        "ref": seat.inspector.ref,
        "certificate": certificate.number if certificate else "",
    }


def _scheme(paper):
    case = paper.case
    found = case.task.schemes.filter(status="approved", draw=case.draw_id).first()
    if found is None:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="负责人批准检查方案")
    return _counted(case) | {
        "window": f"{day_of(case.task.window_from)}至{day_of(case.task.window_to)}",
        "scheme": found.number,
        "items": [
            {
                "name": each["name"],
                "basis": each["basis"],
                "lines": [line["requirement"] for line in each["lines"]],
            }
            for each in case.checklist
        ],
        "drafted": f"{found.drafted_by}　{day_of(found.drafted_at)}",
        "discipline": found.discipline,
        "judged": f"{found.judged_by}　{day_of(found.judged_at)}",
        "judge_note": found.judge_note or "同意",
    }


def _notice(paper):
    case = paper.case
    found = case.task.schemes.filter(status="approved", draw=case.draw_id).first()
    return _counted(case) | {
        "team": [[seat.inspector.ref, seat.leads] for seat in case.team()],
        "others": [[department, list(people)] for department, people in partners.team_of(case)],
        "window": f"{day_of(case.task.window_from)}至{day_of(case.task.window_to)}",
        "task_number": case.task.number,
        "items": [f"{each['code']} {each['name']}" for each in case.checklist],
        "bases": list(dict.fromkeys(each["basis"] for each in case.checklist if each["basis"])),
        "site": (case.subject.site if case.is_onsite else "") or "",
        "scheme": found.number if found else "",
        "entry_code": case.entry_code,
        "judged": f"{found.judged_by}　{day_of(found.judged_at)}" if found else "情况紧急，事后补办",
    }


def _counted(case):
    counted = kinds.counted(case.bureau)
    year = Case.objects.filter(subject=case.subject, opened_at__year=case.opened_at.year).exclude(
        status="not_done"
    )
    cap = caps.cap_of(case.subject, caps.rules_of(case.bureau))
    return {"times": year.filter(task__kind__in=counted).count(), "cap": cap}


def _record(paper):
    case = paper.case
    if case.status not in ("ended", "closed"):
        raise DomainError("paper_not_yet", title=paper.form.title, needs="结束检查")
    visit = case.visits.order_by("-started_at").first()
    given = {each.line: each for each in case.answers.all()}
    rows = [
        {
            "item": item["name"],
            "requirement": line["requirement"],
            "value": given[line["key"]].get_value_display(),
            "is_fail": given[line["key"]].value == "fail",
            "note": given[line["key"]].note,
        }
        for item in case.checklist
        for line in item["lines"]
        if line["key"] in given
    ]
    return {
        "began": moment_of(began(case)),
        "ended": moment_of(case.ended_at),
        "site": (visit and visit.site) or (case.subject.site if case.is_onsite else "") or "",
        "is_onsite": case.is_onsite,
        "met": visit.met if visit else "",
        "met_title": visit.met_title if visit else "",
        "met_phone": visit.met_phone if visit else "",
        "experts": visit.experts if visit else "",
        "record": visit.record if visit else case.written_record,
        "rows": rows,
        "findings": _findings(case.findings.all()),
        "signed": visit.get_signed_display() if visit else "",
        "is_signed": not visit or visit.signed == "signed",
        "unsigned_reason": visit.unsigned_reason if visit else "",
        "witness": visit.witness if visit else "",
        "recorder": visit.recorder_number if visit else "",
        "video": visit.video_name if visit else "",
        "late_reason": visit.late_reason if visit else "",
        "way": visit.get_way_display() if visit else "",
        "signatures": _signatures(case),
        "unsigned": _unsigned(case, visit),
        "photos": case.exhibits.filter(kind="photo").count(),
    }


def _signatures(case):
    """The newest signature of each signer; what came with a submission that was not
    carried out is not the record's."""
    found = (
        case.exhibits.filter(kind="signature").exclude(filing__status__in=["held", "received"]).order_by("pk")
    )
    newest = {each.signer: each for each in found.select_related("original", "file")}.values()
    shown = [(each.get_signer_display(), copies.to_show(each.original, each.file)) for each in newest]
    return [{"who": who, "file": kept.pk} for who, kept in shown if kept]


def _unsigned(case, visit):
    """Who has still to sign by hand: [[as what, name]]."""
    have = set(
        case.exhibits.filter(kind="signature")
        .exclude(filing__status__in=["held", "received"])
        .values_list("signer", flat=True)
    )
    names = [seat.inspector.name for seat in case.team()]
    wanted = [
        ("officer", "检查人员", names[0] if names else ""),
        ("second", "检查人员", "、".join(names[1:])),
    ]
    if visit and visit.signed == "signed":
        wanted.append(("met", "被检查单位现场负责人", visit.met))
    if visit and visit.witness:
        wanted.append(("witness", "见证人", visit.witness))
    return [[title, name] for signer, title, name in wanted if signer not in have]


def _findings(found):
    return [
        {
            "number": each.number,
            "wording": each.wording,
            "facts": each.facts,
            "basis": each.basis,
            "measure": each.measure,
            "disposal": each.get_disposal_display(),
            "is_major": each.is_major,
            "major_reason": each.major_reason,
            "due": day_of(each.until()) if each.until() and each.disposal != "fixed" else "",
        }
        for each in found
    ]


def began(case):
    """When the visit, or the inspection without one, began."""
    began = case.events.filter(code="visit.started").order_by("pk").first()
    visit = case.visits.order_by("-started_at").first()
    return visit.started_at if visit else began.at if began else case.opened_at


def _visit_day(case):
    return day_of(began(case))


def _measure(paper):
    case = paper.case
    found = list(case.findings.filter(disposal="measure"))
    if not found:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有采取现场处理措施的问题")
    said = [
        line.strip().rstrip("；;。")
        for line in paper.given.get("decisions", "").splitlines()
        if line.strip("；;。 ")
    ]
    decisions = (
        said
        or list(dict.fromkeys(each.measure for each in found if each.measure))
        or ["责令立即排除事故隐患"]
    )
    basis = paper.given.get("basis") or paper.form.texts.get("basis", "")
    return {
        "findings": _findings(found),
        "decisions": decisions,
        "words": {"day": _visit_day(case), "basis": basis},
    }


def _order(paper):
    found = list(paper.case.findings.exclude(disposal="fixed").exclude(status="closed"))
    if paper.case.status not in ("ended", "closed"):
        raise DomainError("paper_not_yet", title=paper.form.title, needs="结束检查")
    if not found:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有需要限期整改的问题")
    return {"findings": _findings(found), "words": {"count": _ordinals(found)}}


def _ordinals(found):
    return "第" + "、".join(str(each.number) for each in found)


def _review(paper):
    again, case = paper.reinspection, paper.case
    order = case.papers.filter(code__in=["order", "measure"], status="signed").order_by("pk").first()
    verdicts = [
        {
            "number": each.finding.number,
            "wording": each.finding.wording,
            "is_right": each.is_right,
            "note": each.note,
        }
        for each in again.verdicts.select_related("finding").order_by("finding__number")
    ]
    officers = [
        {"name": each.name, "certificate": certificate.number if certificate else ""}
        for each in (again.officer, again.second)
        for certificate in [each.certificate_on(timezone.localdate(again.at))]
    ]
    return {
        "verdicts": verdicts,
        "record": again.record,
        "met": again.met,
        "again_at": moment_of(again.at),
        "reviewers": officers,
        "words": {
            "day": day_of(order.signed_at) if order else _visit_day(case),
            "order": order.form.title.removesuffix("决定书").removesuffix("指令书")
            if order
            else "责令限期整改",
            "number": order.number if order else "文号另见",
        },
    }


def _report(paper):
    case = paper.case
    report = case.reports.filter(status="approved").order_by("-revision").first()
    if report is None:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="检查报告审核通过")
    result = Reason.objects.filter(bureau=case.bureau, kind="result", code=report.result_code).first()
    parts = [[report._meta.get_field(name).verbose_name, getattr(report, name)] for name in report.PARTS]
    return {
        "parts": parts,
        "result": result.title if result else report.result_code,
        "author": str(report.author),
        "submitted": day_of(report.submitted_at),
        "reviewer": str(report.reviewed_by or ""),
        "review_note": report.review_note or "同意",
        "reviewed": day_of(report.reviewed_at),
    }


def _opening(paper):
    made = paper.penalty
    return {
        "cause": made.cause,
        "case_facts": made.facts,
        "opinion": made.opinion,
        "proposed": f"{made.proposed_by}　{day_of(made.proposed_at)}",
        "findings": _findings(made.findings.order_by("number")),
        "name": f"{paper.case.subject.name}{made.cause}案",
        "judge_note": made.judge_note,
        "judged": f"{made.judged_by}　{day_of(made.judged_at)}" if made.judged_at else "",
        "visit_day": _visit_day(paper.case),
    }


def _transfer(paper):
    made = paper.transfer
    opening = paper.form.texts.get(f"opening_{made.kind}") or paper.form.texts.get("opening", "")
    return {
        "opening": opening,
        "receiver": made.receiver,
        "attachments": made.attachments,
        "transfer_kind": made.get_kind_display(),
        "findings": _findings(made.findings.order_by("number")),
        "proposed": f"{made.proposed_by}　{day_of(made.proposed_at)}",
        "words": {"day": _visit_day(paper.case), "facts": made.facts, "basis": made.basis or "有关法律法规"},
    }


def _delivery(paper):
    papers = (
        paper.case.papers.filter(status="signed")
        .exclude(code__in=["delivery", "opening", "scheme", "transfer", "report"])
        .order_by("pk")
    )
    if not papers:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有已签发的文书")
    return {
        "papers": [[each.form.title, each.number] for each in papers],
        "receiver": paper.given.get("receiver", ""),
        "place": paper.given.get("place", ""),
        "delivered_way": paper.given.get("way", "直接送达"),
        "delivered_on": paper.given.get("on", ""),
        "remark": paper.given.get("remark", ""),
    }


_BY_CODE = {
    "scheme": _scheme,
    "notice": _notice,
    "record": _record,
    "measure": _measure,
    "order": _order,
    "review": _review,
    "report": _report,
    "opening": _opening,
    "transfer": _transfer,
    "delivery": _delivery,
}
