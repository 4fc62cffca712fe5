"""摇号会的投影屏: what everybody in the room sees, read from committed rows, so that
any second screen agrees."""

import hashlib
import json

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries import qrcode

from ..states import CaseState, ChangeState, DrawState
from . import ceremony, drawing
from .models import Draw

STEPS = [
    (DrawState.SEALED, "封存"),
    (DrawState.SEEDING, "摇号"),
    (DrawState.SEEDED, "执行抽取"),
    (DrawState.DRAWN, "抽取完成"),
]


@never_cache
def page(request, number):
    """The projector: opened once, it follows the draw by itself."""
    found = _draw(request, number)
    facts = {
        "draw": found,
        "facts": found.public_facts,
        "words": ceremony.words(found.commitment).split(" "),
        "qr": qrcode.of(found.commitment),
        "state": _state(found),
        "steps": STEPS,
    }
    return render(request, "desk/stage.html", facts)


@never_cache
def state(request, number):
    """Where the draw stands, for the screens that follow it."""
    return JsonResponse(_state(_draw(request, number)), json_dumps_params={"ensure_ascii": False})


def _draw(request, number):
    found = get_object_or_404(
        Draw.objects.select_related("task", "bureau"), number=number, bureau=request.user.bureau_id
    )
    # Witnesses see what they throw for, not who is drawn: names are for the bureau and its supervisor.
    if not (request.user.has_perm("inspections.view_draw") or _is_source(found, request.user)):
        raise Http404
    found.shows_names = request.user.has_perm("inspections.view_draw")
    return found


def _is_source(draw, account):
    return draw.sources.filter(account=account).exists() or draw.sources.filter(second=account).exists()


_MESSAGES = {
    DrawState.SEALED: "等待见证人掷骰录入。数值先以指纹示人，最后一位提交后同时公开。",
    DrawState.SEEDING: "已有见证人提交。从现在起，本次抽取只能完成，不能中止。",
    DrawState.SEEDED: "数值已齐，正在计算……",
    DrawState.INFEASIBLE: "排不出检查组。",
    DrawState.VOIDED: "本次抽取已作废，编号保留。",
}


def _message(draw):
    """What the people in the room are told now."""
    if draw.status == DrawState.DRAWN:
        return f"抽取完成于 {timezone.localtime(draw.drawn_at):%H:%M:%S}。"
    if draw.status == DrawState.SEEDED and draw.attempt_error:
        return f"已执行 {draw.attempts} 次未成，系统会再试；数值和名录都已固定，结果不会因此改变。"
    why = drawing.explain_infeasible(draw) if draw.status == DrawState.INFEASIBLE and draw.shows_names else ""
    return _MESSAGES[draw.status] + why


def _place(draw):
    """How many of STEPS are behind it; one that was voided or found no team is at its end."""
    steps = [state for state, _ in STEPS]
    return steps.index(draw.status) if draw.status in steps else len(steps) - 1


def _state(draw):
    """Everything that changes on the screen, and a digest of it that two screens can compare."""
    sources = [
        {
            "name": each.name,
            "who": "、".join(str(one) for one in (each.account, each.second) if one),
            "digest": each.lodged_digest,
            "value": each.value,
            "typed": [entry.value for entry in each.entries.all()] if not each.lodged_at else [],
        }
        for each in draw.sources.select_related("account", "second")
        .prefetch_related("entries")
        .order_by("position")
    ]
    rows = _rows(draw) if draw.shows_names and draw.result_digest else []
    made = draw.changes.filter(status=ChangeState.COMPLETED).count()
    told = {
        "status": draw.status,
        "title": draw.get_status_display(),
        "sources": sources,
        "result": draw.result_digest,
        "rows": rows,
        "count": len(rows),
        "place": _place(draw),
        "message": _message(draw),
    }
    # Names are not on every screen; what is must agree on all of them, and the result's
    # hash stands for the names.
    common = [told["status"], sources, told["result"], made]
    told["check"] = hashlib.sha256(
        json.dumps(common, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()[:8]
    told["version"] = hashlib.sha256(
        json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()[:8]
    return told


def _rows(draw):
    found = draw.cases.exclude(status=CaseState.NOT_DONE).select_related("subject__category").order_by("pk")
    return [
        [
            case.subject.name,
            str(case.subject.category or ""),
            "、".join(f"{seat.inspector.name}{'（组长）' if seat.leads else ''}" for seat in _seats(case)),
        ]
        for case in found.prefetch_related("assignments__inspector")
    ]


def _seats(case):
    return sorted((each for each in case.assignments.all() if each.until is None), key=lambda each: each.seat)
