"""一次抽取里的几双手: nobody acts as two of clerk, head, supervisor, witness, inspector on one draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registries.errors import DomainError
from registries.models import Account, Inspector
from registries.services import journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..plan.models import Task
    from .models import Draw
    from .pool import Pool

TITLES = {
    "clerk": "经办人",
    "head": "负责人",
    "supervisor": "监督人",
    "witness": "见证人",
    "inspector": "检查人员",
}
# What makes somebody else of an account, or opens a second way into it.
_TOUCHED = (
    "account.opened",
    "account.password_reset",
    "account.granted",
    "account.identity_changed",
    "factor.taken_away",
)


def of_sealing(
    task: Task, found: Pool, sealer: Account, sources: Sequence[tuple[str, str, Account]]
) -> dict[int, set[str]]:
    """{account: what it is} of a draw that is about to be sealed. `sources`: as sealing.seal has them."""
    roles = {sealer.pk: {"clerk"}, task.drafted_by_id: {"clerk"}}
    chain = task.code_chains.order_by("-pk").first()
    told = [(task.approved_by_id, "head"), (chain and chain.lodged_by_id, "supervisor")]
    told += [(each.pk, "witness") for _, kind, each in sources if kind == "dice"]
    refs = [each["id"] for each in found.inspectors if each["status"] == "E"]
    told += [(key, "inspector") for key in _accounts(task, refs)]
    return _gathered(roles, told)


def of(draw: Draw) -> dict[int, set[str]]:
    """{account: what it has been} on a sealed draw, as far as it has gone."""
    task, roles = draw.task, {draw.sealed_by_id: {"clerk"}, draw.task.drafted_by_id: {"clerk"}}
    told = [(task.approved_by_id, "head"), (draw.void_approved_by_id, "supervisor")]
    told += [(each.lodged_by_id, "supervisor") for each in task.code_chains.all()]
    told += [(each.account_id, "witness") for each in draw.sources.filter(kind="dice")]
    for each in draw.changes.all():
        told += [(each.approved_by_id, "head"), (each.opened_by_id, "supervisor")]
    people = json.loads(draw.commit_json)["inspectors"]
    told += [
        (key, "inspector")
        for key in _accounts(task, [each["id"] for each in people if each["status"] == "E"])
    ]
    return _gathered(roles, told)


def require_apart(roles: dict[int, set[str]]) -> None:
    """Raises two_roles where an account is two of them."""
    for key, held in roles.items():
        if len(held) > 1:
            name = Account.objects.get(pk=key)
            raise DomainError(
                "two_roles", name=str(name), roles="、".join(TITLES[each] for each in TITLES if each in held)
            )


def require_one(draw: Draw, role: str, *, by: Account) -> None:
    """Whoever acts now as `role` has been nothing else on this draw. Raises two_roles."""
    require_apart({by.pk: of(draw).get(by.pk, set()) | {role}})


def touched_since(account: Account, moment: datetime) -> bool:
    """Whether somebody has reset, opened or enlarged an account since."""
    return journal.has_happened(account.bureau_id, account.about, _TOUCHED, moment)


def _accounts(task, refs):
    own = Inspector.objects.filter(bureau=task.bureau_id, ref__in=refs).exclude(account=None)
    return own.values_list("account", flat=True)


def _gathered(roles, told):
    for key, role in told:
        if key:
            roles.setdefault(key, set()).add(role)
    return roles
