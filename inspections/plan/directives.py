"""向下派任务: a bureau above hands a task down, those below take it, do it and report. Above one sees who
has taken it, who has reported, and sums: never whom a draw below has drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import tree
from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..states import FOLLOWED_CASE, AssignedState, DirectiveState
from .directivemodels import SAID, Assigned, Directive

if TYPE_CHECKING:
    from registries.models import Account

    from .models import Task


@transaction.atomic
def issue(directive: Directive, *, by: Account) -> Directive:
    """Hand it down to every bureau it names. By another than who drafted it. Raises directive_to_nobody,
    directive_not_below, directive_ends_before."""
    require(by, "inspections.issue_directive", directive.bureau)
    require_other(by, directive.drafted_by)
    below = {each.pk for each in tree.lowers(directive.bureau)}
    lowers = list(directive.to.order_by("code"))
    if not lowers:
        raise DomainError("directive_to_nobody", title=directive.title)
    if strange := [each.name for each in lowers if each.pk not in below]:
        raise DomainError("directive_not_below", names="、".join(strange))
    if not directive.window_from <= directive.window_to <= directive.report_by:
        raise DomainError("directive_ends_before", title=directive.title)
    move(directive, DirectiveState.ISSUED, issued_by=by, issued_at=timezone.now())
    said = {name: getattr(directive, name) for name in SAID}
    for lower in lowers:
        share = Assigned.objects.create(
            bureau=lower, directive=directive, upper=directive.bureau.name, **said
        )
        # in the other's chain it is nobody's act of theirs
        facts = {"from": directive.bureau.code, "directive": directive.pk}
        journal.write("assigned.sent", by=None, bureau=lower, about=share.about, facts=facts)
        messages.hand_on(share, by=by)
    messages.judged(directive, directive.drafted_by, True, by=by)
    facts = {"to": [each.code for each in lowers]}
    journal.write("directive.issued", by=by, about=directive.about, facts=facts)
    return directive


@transaction.atomic
def withdraw(directive: Directive, reason: str, *, by: Account) -> Directive:
    """Take it back from all who have not reported yet, and tell them why."""
    require(by, "inspections.issue_directive", directive.bureau)
    move(directive, DirectiveState.WITHDRAWN, reason=reason)
    open_ = [AssignedState.SENT, AssignedState.TAKEN]
    for share in directive.shares.filter(status__in=open_).select_related("bureau", "taken_by"):
        move(share, AssignedState.WITHDRAWN)
        facts = {"from": directive.bureau.code, "directive": directive.pk, "reason": reason}
        journal.write("assigned.withdrawn", by=None, bureau=share.bureau, about=share.about, facts=facts)
        messages.settle(share)
        whom = messages.holders(share.bureau_id, "inspections.take_assigned")
        messages.tell(whom, "watch", share, f"{share.upper}撤回了“{share}”：{reason}", by=by)
    messages.tell([directive.drafted_by], "watch", directive, f"“{directive}”已撤回：{reason}", by=by)
    journal.write("directive.withdrawn", by=by, about=directive.about, facts={"reason": reason})
    return directive


@transaction.atomic
def take(share: Assigned, *, by: Account) -> Assigned:
    """The bureau has read it and will do it; whoever handed it down hears so."""
    require(by, "inspections.take_assigned", share.bureau)
    move(share, AssignedState.TAKEN, taken_by=by, taken_at=timezone.now())
    messages.hand_on(share, by=by)
    journal.write("assigned.taken", by=by, about=share.about)
    _tell_above(share, "已签收", by)
    return share


@transaction.atomic
def report(share: Assigned, task: Task | None, said: str, *, by: Account) -> Assigned:
    """What came of it, with the sums of the task by which it was done, if there is one."""
    require(by, "inspections.take_assigned", share.bureau)
    if task is not None and task.bureau_id != share.bureau_id:
        raise DomainError("other_bureau")
    numbers = sums(task) if task else {}
    stamps = {"task": task, "said": said.strip(), "numbers": numbers}
    move(share, AssignedState.REPORTED, reported_by=by, reported_at=timezone.now(), **stamps)
    messages.settle(share)
    journal.write("assigned.reported", by=by, about=share.about, facts=numbers)
    _tell_above(share, "已上报", by)
    return share


def sums(task: Task) -> dict[str, int]:
    """Of a task: how many enterprises it went to, how many are done, how many of these had problems."""
    done = task.cases.filter(status__in=FOLLOWED_CASE)
    troubled = done.filter(findings__isnull=False).distinct()
    return {"cases": task.cases.count(), "done": done.count(), "problems": troubled.count()}


def _tell_above(share, how, by):
    if share.directive is None:  # the bureau has moved here, and whoever asked is elsewhere
        return
    told = f"{share.bureau.name}{how}“{share}”"
    above = share.directive
    messages.tell([above.drafted_by, above.issued_by], "answered", above, told, by=by)
    facts = {"of": share.bureau.code, "how": share.status}
    journal.write("directive.answered", by=None, bureau=above.bureau, about=above.about, facts=facts)
