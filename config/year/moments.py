"""沿革: everything that is known of one enterprise, from all rooms, also of what was merged into it; each
account reads of it what it may look at."""

from dataclasses import dataclass, replace
from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone

from inspections.case import events
from inspections.models import CaseEvent, Paper, Penalty
from publicity import odds
from publicity.models import Disclosure, Ending, Letter
from registries.models import EncryptedTextField, ImportLine, JournalEntry, Reason, Subject
from registries.services import corrections

from . import sight


@dataclass
class Moment:
    """One thing that happened: when, what kind, in words, by whom, and where to read on."""

    at: datetime
    kind: str
    said: str
    by: str = ""
    link: str = ""


def of(subject, account):
    """[Moment] of an enterprise and of what was merged into it, the newest first; what the account may
    read."""
    found = [*_draws(subject, account)]
    for each in [subject, *subject.merged.all()]:
        own = [
            *_register(each, account),
            *_cases(each, account),
            *_after(each, account),
            *_public(each, account),
        ]
        if not sight.is_town(account):
            own += [*_files(each), *_corrections(each), *_events(each), *_letters(each, account)]
        if each != subject:
            for moment in own:
                moment.said = f"［{each.name}］{moment.said}"
        found += own
    if sight.is_town(account):  # what happened, not who of the bureau did it
        found = [replace(each, by="") if each.kind != "抽取" else each for each in found]
    return sorted(found, key=lambda moment: moment.at, reverse=True)


def stood(subject):
    """The released draws that it stood in (publicity/odds.py), under any number it has had."""
    return odds.of(subject.bureau_id, [subject.ref, *(each.ref for each in subject.merged.all())])


def said_of(one):
    """What one released draw came to for the enterprise, in words."""
    ticket = one["ticket"]
    lots = f"{ticket.lots} 签，" if one["chance"] is not None else ""
    odd = f"机会 {100 * one['chance']:.1f}%" if one["chance"] is not None else ""
    if ticket.status == "M":
        return "必查，不用抽签"
    if one["chance"] is None:
        return f"不参加：{one['reason'] or ticket.status}"
    return ("抽中" if ticket.is_drawn else "没有抽中") + f"（{lots}{odd}）"


def _day(day):
    return timezone.make_aware(datetime.combine(day, time()))


def _draws(subject, account):
    for one in stood(subject):
        draw = one["draw"]
        link = reverse("round", args=[draw.task_id]) if account.has_perm("inspections.view_task") else ""
        group = f"{one['ticket'].stratum}，抽 {one['k']} 户"
        yield Moment(draw.drawn_at, "抽取", f"参加抽取 {draw.number}，{said_of(one)}", group, link)


def _register(subject, account):
    if subject.entered_by_run_id is None:
        yield Moment(_day(subject.entered_on), "入库", f"进入名录，编号 {subject.ref}")
    for code in subject.codes.all():
        said = f"信用代码 {code.code}" + (f"，至 {code.until}" if code.until else "")
        yield Moment(_day(code.since), "代码", said)
    for licence in subject.licences.exclude(issued_on=None):
        until = f"，有效期至 {licence.expires_on}" if licence.expires_on else "，长期有效"
        yield Moment(_day(licence.issued_on), "许可", f"{licence.kind} {licence.number}{until}")
    told = {
        "subject.left": "出库",
        "subject.returned": "恢复入库",
        "subject.merged": "并入另一户",
        "subject.entered": "由经办人录入",
    }
    entries = JournalEntry.objects.filter(bureau=subject.bureau, about=subject.about, action__in=told)
    for entry in entries:
        said = told[entry.action]
        if entry.action in ("subject.left", "subject.merged") and subject.left_reason:
            said = f"{said}：{subject.left_reason}"
        yield Moment(entry.at, "名录", said, entry.actor)


def _files(subject):
    lines = ImportLine.objects.filter(
        ref=subject.ref, run__bureau=subject.bureau, outcome__in=["new", "changed"]
    )
    for line in lines.exclude(run__applied_at=None).select_related("run__started_by"):
        run, link = line.run, reverse("admin:registries_importrun_change", args=[line.run_id])
        if line.outcome == "new":
            said = f"由文件“{run.file_name}”第 {line.row} 行入库，编号 {subject.ref}"
        else:
            said = f"文件“{run.file_name}”第 {line.row} 行：" + "；".join(
                changed(name, *values) for name, values in line.values.items()
            )
        yield Moment(run.applied_at, "导入", said, str(run.started_by), link)
        if run.undone_at:
            yield Moment(run.undone_at, "导入", f"撤销导入“{run.file_name}”，恢复原值", "", link)


def _corrections(subject):
    for change in subject.changes.select_related("by"):
        if change.field == "verified_on" and change.new:
            yield Moment(change.at, "核实", "核实登记内容", str(change.by))
            continue
        said = changed(change.field, change.old, change.new)
        yield Moment(
            change.at, "更正", said + (f"（{change.reason}）" if change.reason else ""), str(change.by)
        )


def _events(subject):
    titles = dict(Reason.objects.filter(bureau=subject.bureau, kind="event").values_list("code", "title"))
    for event in subject.events.select_related("recorded_by", "verified_by"):
        title = titles.get(event.code, event.code)
        period = f"，期限至 {event.until}" if event.until else ""
        yield Moment(
            _day(event.happened_on),
            "事由",
            f"{title}（{event.source}）{period}：{event.get_status_display()}",
            str(event.recorded_by or ""),
        )


def address(case, account, tab=""):
    """Where the account reads an inspection; "" where it may not."""
    if not account.has_perm("inspections.view_case"):
        return ""
    return reverse("case", args=[case.token]) + (f"?tab={tab}" if tab else "")


def _cases(subject, account):
    cases = sight.cases(account).filter(subject=subject)
    cases = cases.select_related("draw", "task").prefetch_related(
        "reports", "visits", "assignments__inspector"
    )
    is_town = sight.is_town(account)
    results = dict(Reason.objects.filter(bureau=subject.bureau, kind="result").values_list("code", "title"))
    for case in cases.defer("checklist"):
        link = address(case, account)
        how = f"抽取 {case.draw.number}" if case.draw else "立项"
        seats = sorted(
            (each for each in case.assignments.all() if each.until is None), key=lambda each: each.seat
        )
        team = "、".join(each.inspector.name for each in seats)
        yield Moment(
            case.opened_at,
            "检查",
            f"{how}{'' if is_town else f'，检查组：{team}'}（{case.get_status_display()}）",
            "",
            link,
        )
        for visit in case.visits.all():
            said = f"没查成：{visit.get_undone_display()}" if visit.undone else "现场检查"
            yield Moment(visit.started_at, "检查", said, team, link)
        for report in case.reports.all():
            if report.submitted_at:
                result = results.get(report.result_code, "")
                yield Moment(
                    report.submitted_at,
                    "检查",
                    f"检查报告第 {report.revision} 稿：{result or report.evaluation[:80]}（"
                    f"{report.get_status_display()}）",
                    str(report.author),
                    address(case, account, "report"),
                )


# What a case's events tell that no row of their own does; the rest stands with its paper, report or
# publication.
_AFTER = {
    "rectify.": "整改",
    "penalty.": "处罚",
    "hearing.": "处罚",
    "statement.": "处罚",
    "review.": "处罚",
    "court.": "处罚",
    "remedy.": "处罚",
    "seizure.": "强制措施",
    "coercion.": "强制措施",
    "evidence.": "强制措施",
    "power.": "强制措施",
    "major.": "重大隐患",
    "crime.": "移送",
    "case.closed": "检查",
}


def _after(subject, account):
    """What followed its inspections: problems put right or not, papers, penalties, measures, transfers."""
    cases = sight.cases(account).filter(subject=subject)
    happened = CaseEvent.objects.filter(case__in=cases, at__lte=timezone.now()).select_related("case", "by")
    for each in happened.defer("case__checklist"):
        kind = next((kind for start, kind in _AFTER.items() if each.code.startswith(start)), "")
        if each.code == "penalty.decided" and account.has_perm("inspections.view_penalty"):
            continue  # said below with its number and its fine
        if kind and (kind in ("整改", "重大隐患", "检查") or account.has_perm("inspections.view_penalty")):
            said = events.TITLES.get(each.code, each.code) + (f"：{each.note}" if each.note else "")
            tab = "findings" if kind in ("整改", "重大隐患") else "penalty"
            yield Moment(each.at, kind, said, str(each.by or ""), address(each.case, account, tab))
    if account.has_perm("inspections.view_paper"):
        papers = Paper.objects.filter(case__in=cases).exclude(signed_at=None)
        for each in papers.select_related("form", "case", "signed_by").defer("case__checklist"):
            said = f"签发{each.form.title} {each.number}"
            yield Moment(
                each.signed_at, "文书", said, str(each.signed_by or ""), address(each.case, account, "papers")
            )
    if account.has_perm("inspections.view_penalty"):
        decided = Penalty.objects.filter(case__in=cases).in_force().exclude(judged_at=None)
        for each in decided.select_related("case").defer("case__checklist"):
            fine = f"，罚款 {each.fine:,.0f} 元" if each.fine else ""
            day = each.case.events.filter(code="penalty.decided", thread=each.thread).order_by("at").first()
            yield Moment(
                day.at if day else each.judged_at,
                "处罚",
                f"处罚决定 {each.decision_number}{fine}",
                "",
                address(each.case, account, "penalty"),
            )


def _public(subject, account):
    shown = Disclosure.objects.filter(report__case__in=sight.cases(account).filter(subject=subject))
    for each in shown.select_related("report__case").defer("report__case__checklist"):
        said = f"{each.get_kind_display()}已公示" + ("（新版）" if each.supersedes_id else "")
        yield Moment(each.published_at, "公示", said, "", reverse("public:result", args=[each.token]))
    for each in Ending.objects.filter(disclosure__in=shown).select_related("disclosure"):
        yield Moment(each.at, "公示", f"公示{each.get_kind_display()}：{each.reason}")


def _letters(subject, account):
    """That there was a letter, and what it came to; who wrote it and what is read in the letter itself."""
    if not account.has_perm("publicity.view_letter"):
        return
    for each in Letter.objects.waiting_for(account).filter(subject=subject):
        link = reverse("admin:publicity_letter_change", args=[each.pk])
        yield Moment(
            each.received_at,
            "来信",
            f"来信：{each.get_kind_display()}（{each.get_status_display()}）",
            "",
            link,
        )
        if each.answered_at:
            true = {True: "属实", False: "不属实", None: ""}[each.is_true]
            yield Moment(each.answered_at, "来信", f"已答复{'：' + true if true else ''}", "", link)


def changed(name, old, new):
    """One field's change, in words; what is encrypted stays unsaid."""
    old, new = ("" if each is None else str(each) for each in (old, new))
    title = Subject._meta.get_field(name).verbose_name
    if isinstance(Subject._meta.get_field(name), EncryptedTextField):
        return f"{title}：（加密，已改动）"
    if Subject._meta.get_field(name).is_relation and not old.isdecimal() and not new.isdecimal():
        return f"{title}：{old or '空'} → {new or '空'}"  # a file names its class, the desk keeps its key
    return f"{title}：{corrections.say_value(name, old)} → {corrections.say_value(name, new)}"
