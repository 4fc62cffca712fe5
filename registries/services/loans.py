"""借调: one bureau asks another of the tree for inspectors, whose head decides and says who. They stand in
the borrower's register for those days only, with their certificates, and are away from their own."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from .. import presence, tree
from ..errors import DomainError
from ..models import Bureau, Certificate, Inspector, Leave, Lending, LoanRequest, Section, Skill
from ..states import LendingState, LoanState
from ..transitions import move
from . import journal, messages
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ..models import Account

_ASK, _GRANT = "registries.ask_loan", "registries.grant_loan"


@transaction.atomic
def ask(
    lender: Bureau, number: int, since: date, until: date, reason: str, *, by: Account, skill: str = ""
) -> LoanRequest:
    """Ask another bureau of the tree for inspectors. Raises loan_not_kin, loan_backwards."""
    require(by, _ASK)
    if lender.pk not in tree.others(by.bureau):
        raise DomainError("loan_not_kin", name=lender.name)
    if not since <= until or until < timezone.localdate():
        raise DomainError("loan_backwards")
    words = {"skill": skill, "number": number, "since": since, "until": until, "reason": reason}
    made = LoanRequest.objects.create(
        bureau=by.bureau, lender_code=lender.code, lender=lender.name, asked_by=by, **words
    )
    there = Lending.objects.create(bureau=lender, request=made, borrower=by.bureau.name, **words)
    facts = {"number": number, "days": [since.isoformat(), until.isoformat()]}
    journal.write("loan.asked", by=by, about=made.about, facts=facts | {"of": lender.code})
    journal.write(
        "lending.asked", by=None, bureau=lender, about=there.about, facts=facts | {"by": by.bureau.code}
    )
    messages.hand_on(there, by=by)
    return made


@transaction.atomic
def withdraw(made: LoanRequest, reason: str, *, by: Account) -> LoanRequest:
    """Not needed any more, while nobody has decided."""
    require(by, _ASK, made.bureau)
    move(made, LoanState.WITHDRAWN, answer=reason)
    journal.write("loan.withdrawn", by=by, about=made.about, facts={"reason": reason})
    there = Lending.objects.filter(request=made).select_related("bureau").first()
    if there is not None:
        move(there, LendingState.WITHDRAWN, answer=reason)
        journal.write("lending.withdrawn", by=None, bureau=there.bureau, about=there.about)
        messages.settle(there)
    return made


@transaction.atomic
def grant(there: Lending, people: Iterable[Inspector], *, by: Account) -> Lending:
    """The head of the lender says who goes. Raises loan_nobody, loan_not_fit (who may not be sent
    himself)."""
    require(by, _GRANT, there.bureau)
    people = list(people)
    if not people or any(each.bureau_id != there.bureau_id for each in people):
        raise DomainError("loan_nobody")
    unfit = [each.name for each in people if presence.of(each, there.since, there.until) != "E"]
    if unfit:
        raise DomainError("loan_not_fit", names="、".join(unfit))
    move(there, LendingState.GRANTED, judged_by=by, judged_at=timezone.now())
    there.people.set(people)
    said = f"借调到{there.borrower}"[:60]
    for each in people:
        leave = Leave.objects.create(inspector=each, since=there.since, until=there.until, reason=said)
        journal.write("leave.added", by=by, about=journal.key_of(leave), facts={"of": each.about})
    facts = {"people": [each.ref for each in people]}
    journal.write("lending.granted", by=by, about=there.about, facts=facts)
    messages.settle(there)
    if there.request is not None:
        _received(there, people, by)
    return there


def _received(there, people, by):
    """They stand in the borrower's register. Who signs in for them there is that bureau's own affair."""
    made = there.request
    bureau = made.bureau
    move(made, LoanState.GRANTED, answer="、".join(each.name for each in people)[:200])
    section = Section.objects.get_or_create(bureau=bureau, code="借调", defaults={"name": "借调"})[0]
    taken = set(Inspector.objects.filter(bureau=bureau).values_list("ref", flat=True))
    free = (code for n in count(1) if (code := f"J{n:03d}") not in taken)
    names = {each.name: each for each in Skill.objects.filter(bureau=bureau)}
    fresh = []
    for each in people:
        here = Inspector.objects.create(
            bureau=bureau,
            ref=next(free),
            name=each.name,
            section=section,
            unit=there.bureau.name[:60],
            may_lead=each.may_lead,
            max_tasks=each.max_tasks,
            entered_on=timezone.localdate(),
            lent_by=there.bureau.name,
            lent_since=there.since,
            lent_until=there.until,
        )
        here.skills.set(names[skill.name] for skill in each.skills.all() if skill.name in names)
        Certificate.objects.bulk_create(
            Certificate(
                inspector=here,
                number=held.number,
                issuer=held.issuer,
                issued_on=held.issued_on,
                expires_on=held.expires_on,
            )
            for held in each.certificates.all()
        )
        journal.write(
            "inspector.lent", by=None, bureau=bureau, about=here.about, facts={"of": there.bureau.code}
        )
        fresh.append(here.ref)
    journal.write("loan.granted", by=None, bureau=bureau, about=made.about, facts={"people": fresh})
    told = (
        f"{made.lender}借给 {len(people)} 人：{made.answer}。"
        f"请系统管理员给他们开账户，本人在账户里作回避申报。"
    )
    whom = [made.asked_by, *messages.holders(bureau.pk, "registries.add_account")]
    messages.tell(whom, "answered", made, told, by=by)


@transaction.atomic
def refuse(there: Lending, reason: str, *, by: Account) -> Lending:
    """The head of the lender says no, and why."""
    require(by, _GRANT, there.bureau)
    move(there, LendingState.REFUSED, judged_by=by, judged_at=timezone.now(), answer=reason)
    journal.write("lending.refused", by=by, about=there.about, facts={"reason": reason})
    messages.settle(there)
    if (made := there.request) is not None:
        move(made, LoanState.REFUSED, answer=reason)
        journal.write("loan.refused", by=None, bureau=made.bureau, about=made.about)
        messages.tell([made.asked_by], "answered", made, f"{made.lender}没有借给：{reason}", by=by)
    return there
