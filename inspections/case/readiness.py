"""May a visit begin, go on, end? Asked for every case that is visited together, before any of them moves."""

from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.services import relations
from registries.services.access import require

from ..states import CaseState, ChangeState, JointState, RecusalState
from . import schemes
from .models import Case

_PEOPLE = 2  # on site there are two at least (行政处罚法第42条; 汶上方案二（二）)


def joined(case):
    """The cases that are visited with this one, itself first."""
    if case.joint_id is None or case.joint.status != JointState.AGREED:
        return [case]
    return [case, *case.joint.cases.exclude(pk=case.pk).exclude(status=CaseState.NOT_DONE).order_by("pk")]


def lead_of(case):
    """The case whose team writes the record: the one that was chosen, or the first that is left."""
    together = joined(case)
    chosen = [each for each in together if case.joint_id and each.pk == case.joint.lead_id]
    return (chosen or sorted(together, key=lambda each: each.pk))[0]


def require_lead(case):
    """Raises unless this case's team writes the record."""
    lead = lead_of(case)
    if lead.pk != case.pk:
        raise DomainError("joint_lead_ends", lead=lead.source())


def able(case):
    """The seats of those who may act: whom an upheld recusal names is listed and counted,
    and does not inspect (§7)."""
    recused = case.recusals.filter(status=RecusalState.UPHELD).values("inspector")
    return case.assignments.filter(until=None).exclude(inspector__in=recused)


def unfit(case, moment=None):
    """{Inspector: why} of those who are on a case and may not act on the day of a moment: recused, without a
    certificate that holds, on leave. Asked on the very day of an act, not only at the sealing."""
    moment = moment or timezone.now()
    day = timezone.localdate(moment)
    upheld = set(case.recusals.filter(status=RecusalState.UPHELD).values_list("inspector", flat=True))
    barred = {person for _, person in relations.pairs(case.bureau, day, subject=case.subject)}
    return {person: why for person in on(case) if (why := _why_unfit(person, moment, upheld, barred))}


def hold(case):
    """Holds a case until the transaction ends, before the journal is held: acts on one case wait for each
    other here."""
    Case.objects.select_for_update(no_key=True, of=["self"]).only("pk").get(pk=case.pk)


def require_since_visit(case, moment, title):
    """Raises event_before_cause where something is dated before the visit began."""
    began = case.events.filter(code="visit.started").order_by("pk").first()
    if began and began.at.replace(second=0, microsecond=0) > moment:
        day = timezone.localtime(began.at).strftime("%Y-%m-%d %H:%M")
        raise DomainError("event_before_cause", title=title, cause="开始检查", day=day, basis="")


def on(case):
    """The people of a case: its team, and whom the head has named."""
    seats = case.assignments.filter(until=None).select_related("inspector")
    named = case.delegates.select_related("inspector")
    return list(dict.fromkeys([*(each.inspector for each in seats), *(each.inspector for each in named)]))


def was_on(case, account):
    """Whether an account has ever had a seat of a case, or was named for it: it judges nothing there."""
    seats = case.assignments.filter(inspector__account=account).exists()
    return seats or case.delegates.filter(inspector__account=account).exists()


def _why_unfit(person, moment, upheld, barred):
    day = timezone.localdate(moment)
    if person.pk in upheld or person.ref in barred:
        return "须回避"
    if person.certificate_on(day) is None:
        return "没有有效的执法证"
    away = person.leaves.filter(since__lte=day).exclude(until__lt=day)
    # Who falls ill during the day was there before: a leave that is noted later does not undo it.
    if away.exclude(since=day, noted_at__gt=moment).exists():
        return "请假外出"
    return ""


def fit(case, moment=None):
    """The people of a case who may act on the day of a moment."""
    out = unfit(case, moment)
    return [each for each in on(case) if each not in out]


def require_able(case, seat):
    """Raises when the seat is of somebody who has to keep away from this case."""
    if case.recusals.filter(status=RecusalState.UPHELD, inspector=seat.inspector_id).exists():
        raise DomainError("recused_acts")


def require_hand(case, by):
    """Raises unless this hand may act on the case's papers and what follows: the team's, who need not
    keep away, and the desk's."""
    seat = seat_of(case, by)
    if seat:
        require_able(case, seat)
    require(by, "inspections.work_case" if seat else "inspections.issue_document", case.bureau)


def seat_of(case, account):
    """The seat by which an account works on a case: of the team, or named by the head. None without."""
    seat = case.assignments.filter(inspector__account=account, until=None).select_related("inspector").first()
    return seat or case.delegates.filter(inspector__account=account).select_related("inspector").first()


def require_may_start(case, at=None):
    """Raises what stands in the way of a visit at a moment; returns the cases that begin with it. Holds their
    draws until the transaction ends, so that no change and no void comes between."""
    if case.joint_id and case.joint.status == JointState.PROPOSED:
        raise DomainError("joint_undecided", subject=case.subject.name)
    together = _held(case)
    for each in together:
        _require_told(each)
        _require_no_change(each)
        schemes.require_approved(each)
        if each.bureau.recusal_suspends and each.recusals.filter(status=RecusalState.ASKED).exists():
            raise DomainError("recusal_pending", subject=each.subject.name)
        _require_people(each, at)
    return together


def require_may_end(case, at=None):
    """As require_may_start, for the end of the visit. Who was there when it began that day was there."""
    require_lead(case)
    together = _held(case)
    for each in together:
        began = each.visits.filter(ended_at=None).values_list("started_at", flat=True).first()
        same_day = began and timezone.localdate(began) == timezone.localdate(at or timezone.now())
        _require_no_change(each)
        _require_people(each, began if same_day else at)
    return together


def _held(case):
    together = joined(case)
    drawn = Case.objects.filter(pk__in=[each.pk for each in together], draw__number__gt="").order_by(
        "draw_id"
    )
    list(drawn.select_related("draw").only("draw__number").select_for_update(of=["draw"], no_key=True))
    return together


def _require_told(case):
    if case.draw_id and case.draw.tell_at and case.draw.tell_at > timezone.now():
        at = timezone.localtime(case.draw.tell_at).strftime("%Y-%m-%d %H:%M")
        raise DomainError("not_told", at=at)


def _require_no_change(case):
    """A change that is approved, or that an upheld recusal asks for, comes first;
    unless its codes are lost."""
    if case.draw_id is None:
        return
    own = Q(task_ref=case.subject.ref) | Q(kind="subject", out_ref=case.subject.ref)
    open_ = Q(status=ChangeState.APPROVED) | Q(
        status=ChangeState.REQUESTED, recusalrequest__status=RecusalState.UPHELD
    )
    if case.draw.changes.filter(own & open_).exists() and case.draw.codes_lost_at is None:
        raise DomainError("change_awaits_code", subject=case.subject.name)


def _require_people(case, at=None):
    left = len(fit(case, at))
    if left < _PEOPLE:
        why = "、".join(f"{person.name}{reason}" for person, reason in unfit(case, at).items())
        raise DomainError("team_short", left=left, why=f"（{why}）" if why else "")
