"""谁的手: red flags on who did what: the supervisor's own acts, firms put back after a sealing, moves
without a name, visits without a beginning, one person's fifth correction, results that are late."""

from collections import Counter
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from registries import limits
from registries.models import SubjectMove
from registries.services import corrections, covers, ledger

from ..draw.models import Change, Draw, SeedSource
from ..plan.models import ListSignature
from ..states import ChangeState, DrawState, ReportState
from ..visit.models import Report, Visit
from .flagging import Flag, of_case, of_draw, of_task

_YEAR = timedelta(days=366)
_BEFORE = timedelta(days=60)  # in which a firm that is moved and put back round a sealing is seen
_OFTEN = 5


def completed(bureau, now):
    """A witness's throw that somebody else has typed: allowed after a day, and always to be seen."""
    rows = SeedSource.objects.filter(draw__bureau=bureau, kind="dice", lodged_at__gte=now - _YEAR)
    rows = rows.exclude(entered_by=None)  # read back from the public log: a flag of its own
    for each in rows.exclude(entered_by=F("account")).select_related("draw", "account", "entered_by"):
        said = f"{each.draw.number} 的“{each.name}”由{each.entered_by}补全，没有由{each.account}本人录入"
        yield Flag("代录", said, True, each.entered_by_id, of_draw(each.draw))


def supervisors(bureau, now):
    """What the supervisor has done herself is for others to look at."""
    opened = Change.objects.filter(
        draw__bureau=bureau, status=ChangeState.COMPLETED, completed_at__gte=now - _YEAR
    )
    for each in opened.select_related("draw", "opened_by"):
        said = f"{each.draw.number} 第 {each.n} 次变更由{each.opened_by}开码"
        yield Flag("监督人办理", said, False, each.opened_by_id, of_draw(each.draw))
    voided = Draw.objects.filter(bureau=bureau, status=DrawState.VOIDED, voided_at__gte=now - _YEAR)
    for each in voided.exclude(void_approved_by=None).select_related("void_approved_by"):
        said = f"{each.number} 由{each.void_approved_by}批准作废：{each.void_note or each.void_reason}"
        yield Flag("监督人办理", said, False, each.void_approved_by_id, of_draw(each))
    signed = ListSignature.objects.filter(task__bureau=bureau, at__gte=now - _YEAR).exclude(
        by=F("task__approved_by")
    )
    for each in signed.select_related("task", "by"):
        said = f"“{each.task}”批准以后的名录变动由{each.by}看过"
        yield Flag("名录变动", said, False, each.by_id, of_task(each.task))


def put_back(bureau, now):
    """Moved before a sealing and back after it: the favourite that is not there on the day."""
    sealed = list(
        Draw.objects.filter(bureau=bureau, sealed_at__gte=now - _YEAR).values_list("number", "sealed_at")
    )
    if not sealed:
        return
    first = min(at for _, at in sealed) - _BEFORE
    rows = SubjectMove.objects.filter(subject__bureau=bureau, at__gte=first).exclude(old="", field="category")
    away: dict = {}
    for each in rows.select_related("subject", "by").order_by("pk"):
        before = away.get((each.subject_id, each.field))
        if before is None or each.new != before.old:
            away.setdefault((each.subject_id, each.field), each)
            continue
        del away[each.subject_id, each.field]
        for number, at in sealed:
            if before.at <= at <= each.at and at - before.at <= _BEFORE:
                yield Flag(
                    "又改回来", _there_and_back(number, before, each), True, each.by_id, _subject(each)
                )


def _there_and_back(number, before, after):
    title = before.subject._meta.get_field(before.field).verbose_name
    was, then = (corrections.say_value(before.field, text) for text in (before.old, before.new))
    return (
        f"“{before.subject.name}”的{title}在 {number} 封存前由{before.by or '没有记录的人'}从“{was}”"
        f"改成“{then}”"
        f"（{timezone.localtime(before.at):%m-%d}），封存后又由{after.by or '没有记录的人'}改回"
        f"（{timezone.localtime(after.at):%m-%d}）"
    )


def nameless(bureau, now):
    """Moves that no act has signed: made behind the application."""
    rows = SubjectMove.objects.filter(subject__bureau=bureau, by=None, at__gte=now - _YEAR)
    for each in rows.select_related("subject").order_by("pk")[:200]:
        title = each.subject._meta.get_field(each.field).verbose_name
        was, will = (corrections.say_value(each.field, text) for text in (each.old, each.new))
        day = timezone.localtime(each.at)
        said = (
            f"“{each.subject.name}”的{title}在 {day:%Y-%m-%d %H:%M} 由“{was}”变成“{will}”，没有任何办理记录"
        )
        yield Flag("没有署名的改动", said, True, None, _subject(each))


def unexplained(bureau, now):
    """Rows of who may do what, and by which rules, that no act explains."""
    for fault in [*covers.faults(bureau), *ledger.recorded(bureau)][:50]:
        yield Flag("没有署名的改动", fault, True)
    for seq, rows in covers.strange(bureau):
        yield Flag("没有署名的改动", f"升级时有 {len(rows)} 行与原来登记的不同（日志第 {seq} 条）", True)


def unbegun(bureau, now):
    """A visit that has an end and, as far as anybody knows, no beginning."""
    rows = Visit.objects.filter(bureau=bureau, ended_at__gte=now - _YEAR)
    for each in rows.filter(Q(started_at=None) | Q(started_at__gte=F("ended_at"))).prefetch_related("cases"):
        case = each.cases.first()
        yield Flag("到场", f"“{case}”的现场检查没有开始就结束了", True, None, of_case(case))


def often_corrected(bureau, now):
    """One person's fifth correction of firms in a year, and every one after."""
    rows = SubjectMove.objects.filter(subject__bureau=bureau, how="逐户更正", at__gte=now - _YEAR)
    counts = Counter(rows.exclude(by=None).values_list("by", "by__display_name"))
    for (key, name), count in counts.items():
        if count >= _OFTEN:
            yield Flag("多次更正", f"{name} 一年内逐户更正抽取资格或者签数 {count} 次", False, key)


def unpublished(bureau, now):
    """Results whose day of publication has passed: the first to be late by name, the others as a number."""
    today = timezone.localdate(now)
    rows = Report.objects.filter(case__bureau=bureau, status=ReportState.APPROVED, disclosures=None)
    late = [
        (due, each)
        for each in rows.select_related("case__subject", "case__draw").order_by("reviewed_at")[:500]
        if (due := limits.due(bureau, "publish_result", timezone.localdate(each.reviewed_at))) and due < today
    ]
    for due, each in late[:10]:
        yield Flag(
            "公示", f"“{each.case}”的检查结果应在 {due} 前公示，还没有公示", False, None, of_case(each.case)
        )
    if late[10:]:
        yield Flag("公示", f"还有 {len(late) - 10} 件检查结果过了公示期限")


def _subject(move):
    return ("admin:registries_subject_change", move.subject_id)


LOOKS = [completed, supervisors, put_back, nameless, unexplained, unbegun, often_corrected, unpublished]
