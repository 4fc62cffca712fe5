"""抽取公告: the unbroken series of sealings, one draw, its files once released."""

import json

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from inspections import engine
from inspections.draw import lineage
from inspections.models import Draw
from inspections.states import DEAD_DRAW, ChangeState, DrawState
from registries.models import Bureau, Reason

from .. import daily
from ..drawleaves import leaves_of
from ..models import Disclosure, Release
from ..reading import drawn_in, lately, record_of
from ..window import public, show

FILES = {
    "commit.json": "commit",
    "result.json": "result",
    "changes.json": "changes",
    "openings.json": "openings",
}
_TITLES = {
    "commit.json": "封存文件",
    "result.json": "结果",
    "changes.json": "变更",
    "openings.json": "回避的打开值",
}


def _draws(bureau):
    return Draw.objects.filter(bureau=bureau).select_related("task", "bureau", "release").order_by("-pk")


@public(seconds=10, asks=["page"])
def draws(request):
    """The unbroken series of sealings."""
    bureau = request.whose.pk
    told = lately(
        f"daily-{daily.latest()}",
        lambda: [(each.name, daily.shown(each)) for each in Bureau.objects.filter(pk=bureau)],
        bureau=bureau,
    )
    page = Paginator(_draws(bureau), 20).get_page(request.GET.get("page"))
    return show(request, "draws", {"page": page, "daily": told, "lost": _lost(bureau)}, column="draws")


def _lost(bureau):
    """Sealings that only the public log knows: their numbers are not missing without a word."""
    return lately("lost", lambda: lineage.lost(bureau), bureau=bureau) if bureau else []


@public(seconds=10, is_data=True)
def series(request):
    """series.json: what is published of every sealing, the first one first, for whoever follows the chain."""
    bureau = request.whose.pk
    rows = lineage.links(bureau, list(_draws(bureau).order_by("pk")))
    told = [_of(each) if isinstance(each, Draw) else _of_lost(each) for each in rows]
    return HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=1) + "\n", content_type="application/json"
    )


def _of(draw):
    return {
        "number": draw.number,
        "task": draw.task.number,
        "commitment": draw.commitment,
        "prev": draw.prev,
        "after": draw.after,
        "status": draw.status,
        "is_void": draw.status == DrawState.VOIDED,
        "is_dead": draw.status in DEAD_DRAW,
        "result_hash": draw.result_digest,
        "files": _released(draw),
    }


def _of_lost(sealing):
    """A sealing that only the public log knows; `leaf` is where it stands there."""
    told = {name: getattr(sealing, name) for name in ("number", "task", "commitment", "prev", "after")}
    ends = {"is_void": sealing.over == "void", "is_dead": bool(sealing.over)}
    return told | {"status": "lost"} | ends | {"result_hash": "", "files": [], "leaf": sealing.n}


def _released(draw):
    found = getattr(draw, "release", None)
    return [name for name, field in FILES.items() if found and getattr(found, f"{field}_id")]


@public(seconds=10, stays=True, is_data=True)
def anchor(request):
    """anchor.json: each bureau's public digest of yesterday, commitments and result
    hashes, for anybody to keep."""
    told = daily.anchor(bureau=request.whose.pk or None)
    response = HttpResponse(engine.dump(told), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="anchor.json"'
    return response


# Rows whose verification a phone has the memory for (docs/trials.md, million: about 190 MB for 100,000).
IN_A_PHONE = 300_000


@public(seconds=10)
def draw(request, number):
    """One draw: what was said at sealing, the seed's values, the changes; its files once released."""
    found = _draws(request.whose.pk).filter(number=number).first()
    if found is None:
        sealing = next((each for each in _lost(request.whose.pk) if each.number == number), None)
        if sealing is None:
            raise Http404
        return show(request, "draw_lost", {"sealing": sealing}, column="draws")
    released = Release.objects.filter(draw=found).select_related("result").first()
    reasons = Reason.objects.filter(bureau=found.bureau)
    rows = sum(each["rows"] for each in found.public_facts["strata"])
    facts = {
        "draw": found,
        "facts": found.public_facts,
        "sources": found.sources.order_by("position"),
        "changes": found.changes.filter(status__in=[ChangeState.APPROVED, ChangeState.COMPLETED]).order_by(
            "n"
        ),
        "requests": [
            each.request_digest for each in found.changes.filter(status=ChangeState.COMPLETED).order_by("n")
        ],
        "reasons": {each.code: each.title for each in reasons},
        "exclusions": {
            f"X:{each.code}": each.title for each in reasons if each.kind in ("exclusion", "absence")
        },
        "released": released,
        "large": rows if rows > IN_A_PHONE else 0,
        "megabytes": rows // 500,
        "files": {
            name: _TITLES[name]
            for name, field in FILES.items()
            if released and getattr(released, f"{field}_id")
        },
    }
    facts["logged"] = leaves_of(found, facts["sources"])
    if released:
        first, renewed = record_of(released)
        facts["record"] = "record.pdf" if first else "record-renewed.pdf" if renewed else ""
    if released and released.result_id:
        said = Disclosure.objects.filter(kind="result", report__case__draw=found).order_by("pk")
        told = {
            ref: rest
            for ref, *rest in said.values_list("report__case__subject__ref", "token", "ending__kind")
        }
        facts["names"] = [(ref, name, *told.get(ref, ("", None))) for ref, name in released.names.items()]
        facts["seed"], _ = drawn_in(released.result_id)
    return show(request, "draw", facts, column="draws")


@public(seconds=3600, is_data=True)
def draw_file(request, number, name):
    """A file of a released draw, byte for byte as it was kept. Anything else is not there."""
    released = get_object_or_404(Release, draw__number=number, bureau=request.whose.pk)
    if name in ("record.pdf", "record-renewed.pdf"):
        first, renewed = record_of(released)
        if name == "record.pdf" and first is None and released.record_id:
            text = (
                "这份抽取记录印有办理日志末条的指纹，能用来猜出未公开的办理情况，不再提供；更正的见 "
                "record-renewed.pdf。\n"
            )
            return HttpResponse(text, status=410, content_type="text/plain; charset=utf-8")
        stored, media_type = first if name == "record.pdf" else renewed, "application/pdf"
    elif name == "names.json":
        return HttpResponse(engine.dump(released.names), content_type="application/json")
    elif name in FILES:
        stored, media_type = getattr(released, FILES[name]), "application/json"
    else:
        raise Http404
    if stored is None:
        raise Http404
    response = HttpResponse(stored.read(), content_type=media_type)
    response["Content-Disposition"] = (
        f'{"inline" if name.startswith("record") else "attachment"}; filename="{name}"'
    )
    return response
