"""What each paper says: facts of a case in, plain data out. At signing they are frozen with the paper."""

import base64
from datetime import date

from django.conf import settings
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Reason, StoredFile
from registries.services import caps

from ..case.models import Case
from ..draw import partners
from ..plan import kinds
from ..states import FOLLOWED_CASE, CaseState, PaperState, ReportState, SchemeState
from . import copies, decisions, service
from .days import began, day_of, moment_of, visit_day


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
    texts = {name: _carried(text).format_map(words) for name, text in template.items()}
    if case.bureau.remedy and "remedy" in texts:
        texts["remedy"] = case.bureau.remedy
    return common | said | {"texts": texts}


def _carried(text):
    """A sentence of a form; where no paper carries a code, it speaks of none."""
    return text if settings.PUBLIC_URL else text.replace("（口头、书面，或扫描二维码）", "（口头或者书面）")


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
    found = case.task.schemes.filter(status=SchemeState.APPROVED, draw=case.draw_id).first()
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
    found = case.task.schemes.filter(status=SchemeState.APPROVED, draw=case.draw_id).first()
    return (
        _counted(case)
        | _joined(case)
        | {
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
    )


def _joined(case):
    """Who else comes, and what they look at; nothing where nobody does."""
    lines = partners.lines_of(case)
    return {"joined": lines} if lines else {}


def _counted(case):
    counted = kinds.counted(case.bureau)
    year = Case.objects.filter(
        subject=case.subject, opened_at__year=timezone.localtime(case.opened_at).year
    ).exclude(status=CaseState.NOT_DONE)
    cap = caps.cap_of(case.subject, caps.rules_of(case.bureau))
    return {"times": year.filter(task__kind__in=counted).count(), "cap": cap}


def _record(paper):
    case = paper.case
    if case.status not in FOLLOWED_CASE:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="结束检查")
    visit = case.last_visit()
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
    return _joined(case) | {
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
        "findings": decisions.findings(case.findings.all()),
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
        "photos": case.exhibits.standing().filter(kind="photo").count(),
        "statement": visit.statement if visit else "",
        "undone": visit.undone if visit else "",
        "clock_note": visit.clock_note if visit else "",
        "left": moment_of(visit.left_at) if visit and visit.left_at else "",
        "fingerprint": _fingerprint(case),
    }


def _signatures(case):
    """The newest signature of each signer; what came with a submission that was not
    carried out is not the record's."""
    found = case.exhibits.of_record().order_by("pk")
    newest = {each.signer: each for each in found.select_related("original", "file")}.values()
    shown = [(_signer(each), copies.to_show(each.original, each.file)) for each in newest]
    return [{"who": who, "file": kept.pk} for who, kept in shown if kept]


def _fingerprint(case):
    """Of the text that was signed on a phone; empty where the record was signed on paper or at the desk."""
    signed = case.sheets.filter(kind__in=["visit", "undone"]).order_by("pk").first()
    return signed.fingerprint if signed else ""


def _signer(exhibit):
    name = f"（{exhibit.signer_name}）" if exhibit.signer_name else ""
    return exhibit.get_signer_display() + name


def _unsigned(case, visit):
    """Who has still to sign by hand: [[as what, name]]."""
    have = set(case.exhibits.of_record().values_list("signer", flat=True))
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


def _report(paper):
    case = paper.case
    report = case.reports.filter(status=ReportState.APPROVED).order_by("-revision").first()
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
        "findings": decisions.findings(made.findings.order_by("number")),
        "name": f"{paper.case.subject.name}{made.cause}案",
        "judge_note": made.judge_note,
        "judged": f"{made.judged_by}　{day_of(made.judged_at)}" if made.judged_at else "",
        "visit_day": visit_day(paper.case),
    }


def _transfer(paper):
    made = paper.transfer
    opening = paper.form.texts.get(f"opening_{made.kind}") or paper.form.texts.get("opening", "")
    return {
        "opening": opening,
        "receiver": made.receiver,
        "attachments": made.attachments,
        "transfer_kind": made.get_kind_display(),
        "findings": decisions.findings(made.findings.order_by("number")),
        "proposed": f"{made.proposed_by}　{day_of(made.proposed_at)}",
        "words": {"day": visit_day(paper.case), "facts": made.facts, "basis": made.basis or "有关法律法规"},
    }


def served_on(paper):
    """The day on which a 送达回证 says that its papers were received; None where it is written in by hand."""
    try:
        return date.fromisoformat(paper.given.get("on", ""))
    except ValueError:
        return None


def _delivery(paper):
    papers = (
        paper.case.papers.filter(status=PaperState.SIGNED)
        .exclude(code__in=["delivery", "opening", "scheme", "transfer", "report"])
        .select_related("form")
        .order_by("pk")
    )
    others = paper.case.papers.filter(code="delivery", status=PaperState.SIGNED).exclude(pk=paper.pk)
    listed = {number for each in others for _, number in each.facts["papers"]}
    papers = [each for each in papers if each.number not in listed]
    if not papers:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有已签发、还没有送达的文书")
    on = served_on(paper)
    given = [
        f"{title}：{paper.given[name]}"
        for name, title in service.ASKED.items()
        if name not in ("receiver", "remark") and paper.given.get(name)
    ]
    return {
        "papers": [[each.form.title, each.number] for each in papers],
        "receiver": paper.given.get("receiver", ""),
        "place": paper.given.get("place", ""),
        "delivered_way": paper.given.get("way", "直接送达"),
        "delivered_on": day_of(on) if on else paper.given.get("on", ""),
        "remark": "；".join([*given, *filter(None, [paper.given.get("remark", "")])]),
    }


# In the order of the file: what sent the team, what it found, what followed.
_BY_CODE = {
    "scheme": _scheme,
    "notice": _notice,
    "record": _record,
    "measure": decisions.measure,
    "order": decisions.order,
    "review": decisions.review,
    "report": _report,
    "opening": _opening,
    "transfer": _transfer,
    "delivery": _delivery,
}
ORDER = tuple(_BY_CODE)
OFFERED = ("record", "measure", "order", "report", "delivery", "scheme")  # the team draws these up by itself
