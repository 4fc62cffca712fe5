"""沿革: everything that is known of one enterprise, in the order of time, from all rooms."""

from dataclasses import dataclass
from datetime import datetime, time

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.case.models import Case
from publicity.models import Disclosure
from registries.models import EncryptedTextField, ImportLine, JournalEntry, Reason, Subject
from registries.services import corrections


@dataclass
class Moment:
    """One thing that happened: when, what kind, in words, by whom, and where to read on."""

    at: datetime
    kind: str
    said: str
    by: str = ""
    link: str = ""


@never_cache
def page(request, pk):
    """The time line of an enterprise and of what was merged into it; the newest first."""
    if not request.user.has_perm("registries.view_subject"):
        raise PermissionDenied
    subject = get_object_or_404(
        Subject.objects.select_related("category"), pk=pk, bureau=request.user.bureau_id
    )
    moments = []
    for each in [subject, *subject.merged.all()]:
        found = [*_register(each), *_files(each), *_corrections(each), *_events(each)]
        if request.user.has_perm("inspections.view_case"):
            found += [*_cases(each), *_disclosures(each)]
        if each != subject:
            for moment in found:
                moment.said = f"［{each.name}］{moment.said}"
        moments += found
    moments.sort(key=lambda moment: moment.at, reverse=True)
    facts = admin.site.each_context(request) | {
        "title": "沿革",
        "subject": subject,
        "moments": moments,
        "opts": Subject._meta,
    }
    return TemplateResponse(request, "admin/timeline.html", facts)


def _day(day):
    return timezone.make_aware(datetime.combine(day, time()))


def _register(subject):
    run = subject.entered_by_run
    if run is None:
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
                _changed(name, *values) for name, values in line.values.items()
            )
        yield Moment(run.applied_at, "导入", said, str(run.started_by), link)
        if run.undone_at:
            yield Moment(run.undone_at, "导入", f"撤销导入“{run.file_name}”，恢复原值", "", link)


def _corrections(subject):
    for change in subject.changes.select_related("by"):
        if change.field == "verified_on" and change.new:
            yield Moment(change.at, "核实", "核实登记内容", str(change.by))
            continue
        said = _changed(change.field, change.old, change.new)
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


def _cases(subject):
    cases = (
        Case.objects.filter(subject=subject)
        .select_related("draw", "task")
        .prefetch_related("reports", "visits")
    )
    for case in cases:
        link = reverse("admin:inspections_case_change", args=[case.pk])
        how = f"抽取 {case.draw.number}" if case.draw else "立项"
        team = "、".join(seat.inspector.name for seat in case.team())
        yield Moment(
            case.opened_at, "检查", f"{how}，检查组：{team or '—'}（{case.get_status_display()}）", "", link
        )
        for visit in case.visits.all():
            yield Moment(visit.started_at, "检查", "现场检查", "", link)
        for report in case.reports.all():
            if report.submitted_at:
                yield Moment(
                    report.submitted_at,
                    "检查",
                    f"检查报告第 {report.revision} 稿：{report.evaluation[:80]}（"
                    f"{report.get_status_display()}）",
                    str(report.author),
                    link,
                )


def _disclosures(subject):
    for shown in Disclosure.objects.filter(report__case__subject=subject):
        yield Moment(shown.published_at, "公示", "检查结果已公示")


def _changed(name, old, new):
    old, new = ("" if each is None else str(each) for each in (old, new))
    title = Subject._meta.get_field(name).verbose_name
    if isinstance(Subject._meta.get_field(name), EncryptedTextField):
        return f"{title}：（加密，已改动）"
    if Subject._meta.get_field(name).is_relation and not old.isdecimal() and not new.isdecimal():
        return f"{title}：{old or '空'} → {new or '空'}"  # a file names its class, the desk keeps its key
    return f"{title}：{corrections.say_value(name, old)} → {corrections.say_value(name, new)}"
