"""红旗: what a supervisor should look at, each as one sentence with its rule. Reads only; forbids nothing."""

import json
from collections import Counter
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from registries import limits
from registries.models import ImportLine, JournalEntry, OtherVisit, Reason, Subject, SubjectChange
from registries.services import caps, jurisdiction
from registries.states import ImportState

from ..case import yearly
from ..case.models import Case, Scheme
from ..draw import pool
from ..draw.models import Change, Draw, LotteryEntry
from ..plan.models import Task
from ..states import (
    DEAD_DRAW,
    OPEN_CASE,
    CaseState,
    DrawState,
    RecusalState,
    ReportState,
    SchemeState,
    TaskState,
)
from ..visit.models import RecusalRequest, Report
from . import handflags, logflags, verification
from .flagging import Flag, of_case, of_draw, of_task
from .models import Disc

_KIND_ACTS = ("inspectionkind.added", "inspectionkind.changed")
_MANY = 3  # changes of one requester, one inspector in a year that deserve a look
_SOON = timedelta(days=7)
_BEFORE_SEALING = timedelta(days=30)
# What an entry in the register decides in the pool: the field, and the status of whoever was
# left out by it. A class is
# another stratum's, or nobody's: then the firm stands in no row of the draw.
_STEERS = {
    "production": "X:closed",
    "registration_status": "X:closed",
    "level": "X:level",
    "category": None,
    "risk": "X:stratum",
    "town": "X:stratum",
    "premises": "X:area",
    "address": "X:area",
    "authority": "X:area",
    "credit_code": "X:area",
    "area": "X:area",
}


def of(bureau, strangers=None):
    """[Flag] of a bureau as it stands now, the grave ones first. `strangers`: what jurisdiction.strangers
    gives, where it is known already."""
    now = timezone.now()
    found = [flag for look in _LOOKS for flag in look(bureau, now)]
    found += _area(bureau, now, jurisdiction.strangers(bureau) if strangers is None else strangers)
    return sorted(found, key=lambda flag: (not flag.grave, flag.kind))


def _series(bureau, now):
    for fault in verification.verify_series(bureau):
        yield Flag("编号", fault, grave=True)


def _draws(bureau, now):
    year = now - timedelta(days=366)
    voided = Draw.objects.filter(bureau=bureau, status=DrawState.VOIDED, voided_at__gte=year)
    for draw in voided:
        yield Flag("作废", f"{draw.number} 已作废：{draw.void_note or draw.void_reason}", where=of_draw(draw))
    waits = Q(status__in=[DrawState.SEALED, DrawState.SEEDING]) | ~Q(attempt_error="")
    waits |= Q(void_requested_by__isnull=False, void_approved_by=None)
    living = Draw.objects.filter(waits, bureau=bureau).exclude(status__in=DEAD_DRAW)
    for draw in living:
        if draw.void_requested_by_id and not draw.void_approved_by_id:
            yield Flag(
                "作废", f"{draw.number} 有作废申请待您处理：{draw.void_note}", True, where=of_draw(draw)
            )
        if draw.status in (DrawState.SEALED, DrawState.SEEDING) and now > draw.seed_at + timedelta(hours=24):
            said = f"{draw.number} 过了摇号时间 24 小时仍未完成，监督人可以补全"
            yield Flag("摇号", said, True, where=of_draw(draw))
        if draw.attempt_error:
            said = f"{draw.number} 执行 {draw.attempts} 次未成：{draw.attempt_error}"
            yield Flag("执行", said, True, where=of_draw(draw))


def _embargo(bureau, now):
    today = timezone.localdate(now)
    unreleased = Draw.objects.filter(bureau=bureau, status=DrawState.DRAWN, release=None)
    unvisited = Count("cases", filter=Q(cases__status__in=OPEN_CASE))
    for draw in unreleased.select_related("task").annotate(late=unvisited):
        late = draw.late
        if draw.release_by <= today:
            said = f"{draw.number} 已到最迟公开日期 {draw.release_by}，还没有公开"
            yield Flag("公开", said, True, where=of_draw(draw))
        elif late and draw.release_by - today <= _SOON:
            said = f"{draw.number} 还有 {late} 户没有查完；到 {draw.release_by} 无论查完与否都会公开"
            yield Flag("公开", said, where=of_draw(draw))
        elif late and draw.task.window_to < today:
            said = f"{draw.number} 检查期限 {draw.task.window_to} 已过，还有 {late} 户没有查完"
            yield Flag("逾期", said, where=of_draw(draw))


def _changes(bureau, now):
    made = Change.objects.filter(
        draw__bureau=bureau, requested_at__gte=now - timedelta(days=366)
    ).select_related("requested_by")
    by_requester, by_person, by_reason = Counter(), Counter(), Counter()
    for change in made:
        by_requester[change.requested_by] += 1
        by_reason[(change.kind, change.reason)] += 1
        if change.kind == "inspector":
            by_person[change.out_ref] += 1
    titles = dict(
        Reason.objects.filter(bureau=bureau, kind__startswith="change_").values_list("code", "title")
    )
    for who, count in by_requester.items():
        if count >= _MANY:
            yield Flag("变更", f"{who} 一年内申请变更 {count} 次")
    for person, count in by_person.items():
        if count >= _MANY:
            yield Flag("变更", f"检查人员 {person} 一年内被换出 {count} 次")
    for (kind, reason), count in by_reason.items():
        if count >= _MANY:
            what = "更换企业" if kind == "subject" else "更换人员"
            yield Flag("变更", f"{what}以“{titles.get(reason, reason)}”为由的 {count} 次")


def _closures(bureau, now):
    """A favourite freed: left out of a pool as stopped, closed or another county's, and back again."""
    back, looked = pool.came_back(bureau), pool.returned(bureau)
    firms = {each.ref: each for each in Subject.objects.filter(bureau=bureau, ref__in=back)}
    for ref, (number, _) in back.items():
        firm = firms[ref]
        then = "下一次抽查必查" if ref in looked else "照常摇号；监督人看过以后，下一次抽查必查"
        yield Flag(
            "停产关闭",
            f"“{firm.name}”在 {number} 以停产、关闭或不在辖区为由未查，现在又可以查：{then}",
            grave=ref not in looked,
            where=("admin:registries_subject_change", firm.pk),
            about=firm.about,
        )


def _freed(bureau, now):
    """Left out of a sealed pool by what somebody entered in the month before: one by
    one, or many at a stroke."""
    since = now - timedelta(days=366) - _BEFORE_SEALING
    entered = list(
        SubjectChange.objects.filter(subject__bureau=bureau, field__in=_STEERS, at__gte=since).values_list(
            "subject__ref", "subject__name", "field", "by__username", "at", "old"
        )
    )
    decided = JournalEntry.objects.filter(bureau=bureau, action="subject.area_decided", at__gte=since)
    refs = dict(Subject.objects.filter(bureau=bureau).values_list("ref", "name")) if decided.exists() else {}
    for entry in decided:
        ref = json.loads(entry.facts)["ref"]
        entered.append((ref, refs.get(ref, ref), "area", entry.actor, entry.at, ""))
    sealings = Draw.objects.filter(bureau=bureau, sealed_at__gte=now - timedelta(days=366)).select_related(
        "task"
    )
    for draw in sealings if entered else ():
        near = [row for row in entered if timedelta(0) <= draw.sealed_at - row[4] <= _BEFORE_SEALING]
        if near:
            yield from _left_out(draw, near)


def _left_out(draw, near):
    status = {row[0]: row[3] for row in pool.of_commit(draw).rows}
    classes = {str(each) for each in draw.task.strata.values_list("category", flat=True)}
    freed = {}
    for ref, name, field, by, at, old in near:
        if status.get(ref) == _STEERS[field] and (field != "category" or old in classes):
            freed.setdefault((field, by), {})[ref] = (name, (draw.sealed_at - at).days)
    for (field, by), firms in sorted(freed.items()):
        title = Subject._meta.get_field(field).verbose_name
        some = "、".join(f"“{name}”（封存前 {days} 天）" for name, days in list(firms.values())[:_MANY])
        yield Flag(
            "封存前改动",
            f"{draw.number} 不抽的有 {len(firms)} 户由{by}在封存前 30 日内改过{title}："
            f"{some}{' 等' if len(firms) > _MANY else ''}",
            where=of_draw(draw),
        )


def _area(bureau, now, strangers):
    """Whose a firm is must not stay open: what nobody has decided is drawn by nobody."""
    month_ago = now - timedelta(days=30)
    lines = ImportLine.objects.filter(
        run__bureau=bureau,
        run__status__in=[ImportState.PREVIEWED, ImportState.APPLIED],
        run__compared_at__lt=month_ago,
        outcome="undecided",
    )
    # One that has come in by another file meanwhile is looked at below.
    lines = lines.exclude(Exists(Subject.objects.listed().filter(bureau=bureau, name=OuterRef("name"))))
    for run, count in Counter(lines.values_list("run", flat=True)).items():
        said = f"第 {run} 次名录导入有 {count} 户辖区未定已过 30 日，既没有入库，也没有认定在辖区外"
        yield Flag("辖区", said, where=("admin:registries_importrun_change", run))
    for subject, verdict, told in strangers:
        if verdict == "undecided" and subject.entered_on <= timezone.localdate(month_ago):
            said = f"“{subject.name}”辖区未定（{told}），在名录中已过 30 日，不能抽到"
            yield Flag("辖区", said, True, where=("admin:registries_subject_change", subject.pk))


def _above_cap(bureau, now):
    tasks = Task.objects.filter(
        bureau=bureau, status=TaskState.APPROVED, approved_at__gte=now - timedelta(days=366)
    )
    for task in tasks.exclude(cap_reason=""):
        yield Flag(
            "上限",
            f"任务“{task.title}”（{task.number}）经{task.approved_by}批准可超过年度检查上限："
            f"{task.cap_reason}",
            where=of_task(task),
        )


def _late_words(bureau, now):
    """Another department's visit that we were told of after the sealing, and that would have kept a firm out:
    the draw stands, and somebody looks at it."""
    since, of_years, rules = now - timedelta(days=366), {}, caps.rules_of(bureau)
    words = OtherVisit.objects.filter(
        bureau=bureau,
        withdrawn_on=None,
        subject=OuterRef("subject"),
        recorded_at__gt=OuterRef("draw__sealed_at"),
        on__lte=OuterRef("draw__sealed_at__date"),
        on__year=OuterRef("draw__sealed_at__year"),
    )
    cases = Case.objects.filter(bureau=bureau, draw__sealed_at__gte=since, status__in=OPEN_CASE)
    cases = cases.exclude(draw__status__in=DEAD_DRAW).annotate(word=words.order_by("-pk").values("pk")[:1])
    hit = cases.exclude(word=None).select_related("draw", "subject__category").order_by("draw", "pk")
    told = OtherVisit.objects.in_bulk([each.word for each in hit])
    for case in hit:
        year, word = timezone.localdate(case.draw.sealed_at).year, told[case.word]
        if year not in of_years:  # a whole year is read where somebody is hit
            of_years[year] = Counter(each.subject for each in yearly.of(bureau, year) if each.counts)
            of_years[year] += yearly.others(bureau, year)
        cap = caps.cap_of(case.subject, rules)
        if cap is not None and of_years[year][case.subject_id] > cap:
            said = (
                f"{case.draw.number} 抽中的“{case.subject.name}”，{word.department}在 {word.on} 已经查过，"
                f"封存以后才告诉我们"
            )
            yield Flag("迟到的话", said, where=of_case(case))


def _typing(bureau, now):
    values = {}
    for entry in LotteryEntry.objects.filter(source__draw__bureau=bureau, at__gte=now - timedelta(days=366)):
        draw = entry.source.draw
        values.setdefault((draw.number, draw.pk, entry.source.name), set()).add(entry.value)
    for (number, key, name), typed in values.items():
        if len(typed) > 1:
            yield Flag(
                "摇号",
                f"{number} {name} 曾录入不同的号码：{'、'.join(sorted(typed))}；请与公布的开奖号码对照",
                where=("admin:inspections_draw_change", key),
            )


def _overdue(bureau, now):
    today = timezone.localdate(now)
    for scheme in Scheme.objects.filter(bureau=bureau, status=SchemeState.DRAFTED, due_on__lt=today):
        yield Flag("逾期", f"{scheme} 应在 {scheme.due_on} 前补办审批", True, where=of_task(scheme.task))
    for task in _urgent_without_scheme(bureau):
        yield Flag("逾期", f"“{task}”先检查后补批准，还没有拟检查方案", True, where=of_task(task))
    for request in RecusalRequest.objects.filter(bureau=bureau, status=RecusalState.ASKED, due_on__lt=today):
        said = f"{request} 的回避申请应在 {request.due_on} 前决定"
        yield Flag("逾期", said, True, where=of_case(request.case))
    late = Case.objects.filter(bureau=bureau, status=CaseState.ENDED, report_due_on__lt=today)
    late = late.select_related("subject", "draw", "task")
    for case in late.exclude(pk__in=Report.objects.filter(status=ReportState.SUBMITTED).values("case")):
        yield Flag("逾期", f"“{case}”的检查报告应在 {case.report_due_on} 前提交", where=of_case(case))


def _urgent_without_scheme(bureau):
    started = Case.objects.filter(bureau=bureau, task__is_urgent=True).exclude(status=CaseState.NOT_DONE)
    return {
        case.task
        for case in started.select_related("task")
        if not case.task.schemes.exclude(status=SchemeState.RETURNED).exists()
    }


def _discs(bureau, now):
    for draw in Draw.objects.filter(bureau=bureau, status=DrawState.DRAWN, drawn_at__lt=now - _SOON):
        if not draw.discs.filter(moment="drawn").exists():
            yield Flag("光盘", f"{draw.number} 抽取已过七天，台账中没有抽取后的光盘", where=of_draw(draw))
    for disc in Disc.objects.filter(bureau=bureau).select_related("draw").prefetch_related("checks"):
        last = next(iter(disc.checks.all()), None)
        if last and not last.is_same:
            yield Flag("光盘", f"光盘 {disc.number} 回读与台账不符", True, where=of_draw(disc.draw))
        seen = last.at if last else disc.entered_at
        if limits.due(bureau, "disc_check", timezone.localdate(seen)) < timezone.localdate(now):
            yield Flag("光盘", f"光盘 {disc.number} 一年没有回读检查", where=of_draw(disc.draw))


def _given_up(bureau, now):
    said = JournalEntry.objects.filter(
        bureau=bureau, action="case.given_up", at__gte=now - timedelta(days=366)
    )
    for entry in said:
        case = Case.objects.filter(pk=Case.key_in(entry.about)).first()
        said = f"“{case}”登记未实施：{json.loads(entry.facts).get('reason', '')}"
        yield Flag("未实施", said, True, where=of_case(case))
    for request in RecusalRequest.objects.filter(
        bureau=bureau, status=RecusalState.UPHELD, case__status__in=OPEN_CASE
    ):
        if request.case.assignments.filter(inspector=request.inspector, until=None).exists():
            said = f"{request} 已同意回避，还没有换人；该人员不能办理这件检查"
            yield Flag("回避", said, where=of_case(request.case))


def _lost(bureau, now):
    for entry in JournalEntry.objects.filter(
        bureau=bureau, action="draw.lost", at__gte=now - timedelta(days=366)
    ):
        facts = json.loads(entry.facts)
        what = "一次性码" if facts.get("what") == "codes" else "封存件"
        yield Flag("遗失", f"{Draw.key_in(entry.about)} 的{what}遗失：{facts.get('note', '')}", grave=True)


def _settings(bureau, now):
    """A kind that needs no draw any more is the quietest way round it."""
    since = now - timedelta(days=366)
    for entry in JournalEntry.objects.filter(bureau=bureau, action__in=_KIND_ACTS, at__gte=since):
        yield Flag(
            "设置",
            f"检查类型在 {timezone.localtime(entry.at):%Y-%m-%d} 由 {entry.actor} 修改（日志第 "
            f"{entry.seq} 条）",
        )


_LOOKS = [
    _series,
    _draws,
    _embargo,
    _changes,
    _closures,
    _freed,
    _above_cap,
    _late_words,
    _typing,
    _overdue,
    _discs,
    _given_up,
    _lost,
    _settings,
    *logflags.LOOKS,
    *handflags.LOOKS,
]
