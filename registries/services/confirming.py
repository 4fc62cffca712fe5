"""确认: the second person says yes, and what was asked for is carried out in the same transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Account, Consent, Inspector, RoleGrant, Section
from ..passwords import half_on_paper
from ..states import ConsentState
from ..transitions import move
from . import accounts, asking, consents, covers, journal, messages, rules, secondfactors

if TYPE_CHECKING:
    from typing import Any


@transaction.atomic
def confirm(one: Consent, *, by: Account) -> str:
    """Carry out what was asked. Returns the second half of a one-time password, "" where there is none: it is
    kept nowhere. Raises same_person, stale, and whatever stands in its way by now."""
    consents.require_second(one, by=by)
    one = Consent.objects.select_for_update(no_key=True, of=("self",)).get(pk=one.pk)
    if one.status != ConsentState.ASKED:
        raise DomainError("stale", what=str(one), status=one.get_status_display())
    half, second = one.half, half_on_paper() if one.half else ""
    done = _DOERS[one.kind](one, f"{half}-{second}" if half else "", by)
    touched = one.account or (done if isinstance(done, Account) else None)
    move(one, ConsentState.CONFIRMED, judged_by=by, judged_at=timezone.now(), half="")
    journal.write("consent.confirmed", by=by, about=one.about, facts=consents.told_of(one))
    messages.settle(one)
    said = f"{one.title}：{one.asked_by}提出、{by}确认，已经生效。"
    messages.tell([one.asked_by], "judged", one, said, by=by)
    messages.tell([touched], "touched", one, f"{said}不是您要办的，请马上告诉监督人。", by=by)
    return second


def _open(one, password, by):
    said = one.facts
    made = accounts.open_account(
        one.bureau,
        said["username"],
        said["display_name"],
        said["roles"],
        password=password,
        section=Section.objects.filter(bureau=one.bureau, pk=said["section"]).first()
        if said["section"]
        else None,
        email=said["email"],
        until=date.fromisoformat(said["until"]) if said["until"] else None,
        is_once=True,
        town=said.get("town", ""),
        by=by,
    )
    if said.get("inspector"):
        person = Inspector.objects.filter(bureau=one.bureau, pk=said["inspector"], account=None)
        if person.update(account=made):
            about = Inspector.about_of(said["inspector"])
            journal.write("inspector.changed", by=by, about=about, facts={"fields": ["account"]})
    return made


def _reset(one, password, by):
    account = one.account
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    journal.write("account.password_reset", by=by, about=account.about)
    covers.touch(one.bureau, [account], by=by)


def _factor(one, password, by):
    secondfactors.take_away(one.account, by=by)


def _grant(one, password, by):
    said, today = one.facts, timezone.localdate()
    since = max(
        date.fromisoformat(said["since"]), today
    )  # a day that has gone by meanwhile is not given back
    until = date.fromisoformat(said["until"]) if said["until"] else None
    if until and until < since:
        raise DomainError("grant_ends_before", day=since)
    held = one.account.role_grants.exclude(until__lt=since)
    if said.get("town"):
        one.account.town = said["town"]
        one.account.save(update_fields=["town"])
    accounts.require_apart([said["role"], *held.values_list("role", flat=True)])
    made = RoleGrant.objects.create(account=one.account, role=said["role"], since=since, until=until)
    facts = {"role": said["role"], "since": since.isoformat(), "until": said["until"]}
    journal.write("account.granted", by=by, about=one.account.about, facts=facts)
    covers.touch(one.bureau, [made, one.account], by=by)


def _end(one, password, by):
    """It ends with yesterday where it began before: from now on nothing is done by it."""
    today, role = timezone.localdate(), one.facts["role"]
    held = one.account.role_grants.filter(role=role, since__lte=today).exclude(until__lt=today)
    if not held:
        raise DomainError("role_not_held", role=role)
    ended = list(held)
    accounts.end_grants(held)
    journal.write("account.role_ended", by=by, about=one.account.about, facts={"role": role})
    covers.touch(one.bureau, ended, by=by)


def _identity(one, password, by):
    name = one.facts["sso_name"]
    if name and Account.objects.exclude(pk=one.account_id).filter(sso_name=name).exists():
        raise DomainError("identity_taken")
    Account.objects.filter(pk=one.account_id).update(sso_name=name)
    journal.write("account.identity_changed", by=by, about=one.account.about)
    covers.touch(one.bureau, [one.account], by=by)


def _leave(one, password, by):
    accounts.end_all(one.account, one.reason, by=by)


def _edit(one, password, by):
    asking.carry_out(one)


def _row(one, password, by):
    rules.carry_out(one.facts, bureau=one.bureau, by=by)


_DOERS: dict[str, Any] = {
    "open": _open,
    "reset": _reset,
    "factor": _factor,
    "grant": _grant,
    "end": _end,
    "identity": _identity,
    "leave": _leave,
    "row": _row,
    "edit": _edit,
}
