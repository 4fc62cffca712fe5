"""执法码: asked for at the platform once a visit may be told of and its scheme is approved; the same
question under the same key until it is answered. Without a code the visit goes on, and its clock runs
(visits.start)."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries import wire
from registries.onebyone import one_by_one
from registries.services import messages

from ..case.models import Case
from ..states import DONE_CASE, CaseState, SchemeState
from . import visits
from .models import CodeAsk, CodePlatform

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)
WAIT = 10
_AT_ONCE = 100
_LONGEST = timedelta(hours=1)


def sweep() -> int:
    """Ask for what is not answered yet. Returns how many codes came."""
    came = 0
    for platform in CodePlatform.objects.filter(is_open=True).select_related("bureau"):
        for each in due(platform)[:_AT_ONCE]:
            CodeAsk.objects.get_or_create(case=each, defaults={"bureau": platform.bureau})
        asked = CodeAsk.objects.filter(bureau=platform.bureau, done_at=None, case__entry_code="")
        asked = asked.exclude(case__status__in=DONE_CASE).exclude(case__events__code="entry.filed")
        ripe = asked.filter(Q(next_at=None) | Q(next_at__lte=timezone.now())).order_by("pk")
        keys = list(ripe.values_list("pk", flat=True)[:_AT_ONCE])
        came += sum(map(bool, one_by_one(keys, lambda key, where=platform: ask(where, key), log)))
    return came


def due(platform: CodePlatform) -> QuerySet[Case]:
    """On-site inspections that are not begun, may be told of, have their scheme, and no code."""
    now = timezone.now()
    told = Q(draw=None) | Q(draw__tell_at=None) | Q(draw__tell_at__lte=now)
    ready = Q(task__schemes__status=SchemeState.APPROVED)
    rows = Case.objects.filter(told, ready, bureau=platform.bureau, status=CaseState.OPENED, entry_code="")
    return rows.filter(mode__startswith="on", code_ask=None).distinct().order_by("pk")


def ask(platform: CodePlatform, key: int) -> bool:
    """One question. Whether the code came. What fails is asked again later, under the same key."""
    one = CodeAsk.objects.select_related("case__subject", "case__task", "case__draw").get(pk=key)
    code, trouble = "", ""
    try:
        told = _posted(platform, _question(one))
        code = str(told.get("code", "")).strip()[:60]
        trouble = "" if code else str(told.get("reason", "") or "平台没有给码")
    except (wire.NoAnswer, ValueError) as wrong:
        trouble = str(wrong)
    CodePlatform.objects.filter(pk=platform.pk).update(trouble=trouble[:200], asked_at=timezone.now())
    return _written(one, code, trouble)


def _question(one):
    case = one.case
    people = [seat.inspector for seat in case.team()]
    return {
        "mark": str(one.mark),
        "bureau": case.bureau.name,
        "bureau_code": case.bureau.credit_code,
        "subject": case.subject.name,
        "code": case.subject.credit_code,
        "address": case.subject.site,
        "task": case.task.title,
        "task_number": case.task.number,
        "from": case.task.window_from.isoformat(),
        "to": case.task.window_to.isoformat(),
        "items": [each["name"] for each in case.checklist],
        "officers": [
            {"name": each.name, "certificates": [str(own) for own in each.certificates.all()]}
            for each in people
        ],
    }


def _posted(platform, said):
    body = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": said["mark"]}
    headers |= wire.signed(platform.secret, body)
    answer = wire.talk(platform.address, body, headers, wait=WAIT)
    try:
        told: Any = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or answer.code >= 400:
        raise ValueError(f"平台答 {answer.code}" + ("" if answer.code >= 400 else "，不是一个 JSON 对象"))
    return told


@transaction.atomic
def _written(one, code, trouble):
    if not code:
        rest = min(timedelta(minutes=2 ** min(one.tries, 6)), _LONGEST)
        told = {"tries": one.tries + 1, "said": trouble[:200], "next_at": timezone.now() + rest}
        CodeAsk.objects.filter(pk=one.pk).update(**told)
        return False
    CodeAsk.objects.filter(pk=one.pk, done_at=None).update(
        done_at=timezone.now(), tries=one.tries + 1, said=code
    )
    case = Case.objects.select_for_update(no_key=True).get(pk=one.case_id)
    if case.entry_code:  # somebody has typed one meanwhile: that stays
        return False
    visits.take_code(case, code, by=None)
    people = [seat.inspector.account for seat in case.team()]
    messages.tell(people, "answered", case, f"“{case.subject.name}”的执法码：{code}")
    return True
