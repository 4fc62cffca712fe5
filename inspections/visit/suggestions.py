"""清单修订建议: said by an inspector, or counted from a year's findings; judged by who keeps the list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from registries.models import CheckLine
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..case.staffing import require_member
from ..states import DONE_CASE, ProposalState
from .models import Answer, Proposal

if TYPE_CHECKING:
    from registries.models import Account, Bureau

    from ..case.models import Case

ENOUGH = 5  # answers before a line's share says anything


@transaction.atomic
def suggest(case: Case, text: str, *, by: Account) -> Proposal:
    """A member of the team says what the list lacks. Returns the Proposal."""
    require_member(case, by)
    made = Proposal.objects.create(
        bureau=case.bureau,
        item_list=case.item_list,
        source="inspector",
        text=text.strip(),
        case=case,
        made_by=by,
    )
    messages.hand_on(made, by=by)
    journal.write("proposal.made", by=by, about=made.about, facts={"case": case.pk})
    return made


@transaction.atomic
def collect(bureau: Bureau, *, by: Account) -> list[Proposal]:
    """Count this year's answers line by line; what most firms fail, or what does not
    apply to most, is proposed.

    A line with an open proposal of this kind is not proposed twice. Returns the new Proposals.
    """
    require(by, "registries.change_item", bureau)
    year = timezone.localdate().year
    answers = Answer.objects.filter(
        case__bureau=bureau, case__status__in=DONE_CASE, case__ended_at__year=year
    )
    counted = {}
    rows = answers.values_list("case__item_list_id", "line", "value").annotate(times=Count("pk"))
    for item_list, line, value, times in rows:
        counted.setdefault((item_list, line), Counter())[value] += times
    texts = _texts({item_list for item_list, _ in counted})
    standing = set(
        Proposal.objects.filter(bureau=bureau, source="findings", status=ProposalState.MADE).values_list(
            "item_list_id", "line"
        )
    )
    made = [
        Proposal.objects.create(
            bureau=bureau, item_list_id=item_list, line=line, source="findings", text=said, made_by=by
        )
        for (item_list, line), values in sorted(counted.items())
        if (item_list, line) not in standing
        and (said := _remark(line, texts.get((item_list, line), ""), values))
    ]
    journal.write("proposal.collected", by=by, about="proposals", bureau=bureau, facts={"made": len(made)})
    return made


@transaction.atomic
def judge(proposal: Proposal, is_adopted: bool, note: str = "", *, by: Account) -> Proposal:
    """Say whether the next version takes it up."""
    require(by, "registries.change_item", proposal.bureau)
    move(
        proposal,
        ProposalState.ADOPTED if is_adopted else ProposalState.DISMISSED,
        judged_by=by,
        judged_at=timezone.now(),
        note=note,
    )
    messages.judged(proposal, proposal.made_by, is_adopted, note, by=by)
    journal.write(f"proposal.{proposal.status}", by=by, about=proposal.about)
    return proposal


def _remark(line, text, values):
    total = sum(values.values())
    if total < ENOUGH:
        return ""
    told = f"{line} “{text[:60]}”：本年度检查 {total} 次，"
    if values["fail"] * 2 >= total:
        return told + f"不符合 {values['fail']} 次，属普遍性问题，建议列为必查，并核对要求是否明确。"
    unused = values["na"] + values["skip"]
    if unused * 5 >= total * 4:
        return told + f"不适用或未检查 {unused} 次，建议缩小适用分类或删去。"
    return ""


def _texts(lists):
    rows = CheckLine.objects.filter(item__item_list__in=lists)
    return {
        (item_list, f"{code}.{number}"): text
        for item_list, code, number, text in rows.values_list(
            "item__item_list_id", "item__code", "number", "requirement"
        )
    }
