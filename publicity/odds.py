"""一家企业在抽签里: in which released draws an enterprise stood, with what odds, and where its ticket came.
From released files and public facts alone: of a draw that is not released nothing is said."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from inspections import engine
from inspections.models import Draw
from registries.models import Reason

from .models import Disclosure, Release, Ticket
from .reading import drawn_in, lately

if TYPE_CHECKING:
    from typing import Any

_MOST = 50


def of(bureau: int, refs: list[str]) -> list[dict[str, Any]]:
    """Of each released draw that lists one of these numbers, the newest first: {ticket, draw, chance, place,
    k, mine, line, reason}. `chance` is what was published at the sealing, None where no lot decided."""
    rows = Ticket.objects.filter(ref__in=refs, release__bureau=bureau, release__result__isnull=False)
    return [_told(each) for each in rows.select_related("release__draw__task").order_by("-release")[:_MOST]]


def of_one(found: Disclosure) -> dict[str, Any] | None:
    """Why the enterprise of a result (as reading.one has it) was inspected: {drawn_at, rows, k, chance,
    place, pairs, is_released}. Before the release the group is not told: only that lots decided. None for
    no draw."""
    bureau, number, ref = found.bureau_id, found.payload.get("draw"), found.payload.get("ref", "")
    told = lately(f"why-{number}", lambda: _of_draw(bureau, number), bureau=bureau) if number else None
    if not told or not told["release"]:
        return told and told | {"is_released": False}
    if not found.its_stratum or not ref:  # it came in by a change; or it is kept from the public
        return told | {"is_released": True, "is_change": bool(ref)}
    group = next((each for each in told["strata"] if each["name"] == found.its_stratum), {})
    _, strata = drawn_in(told["result"])
    drawn = strata.get(found.its_stratum, [])
    chances = {tier["lots"]: float(tier["chance"]) for tier in group.get("tiers", ())}
    return told | {
        "is_released": True,
        "is_must": found.its_status == "M",
        "rows": group.get("counts", {}).get("E"),
        "k": len(drawn),
        "chance": chances.get(found.its_lots) if found.its_status == "E" else None,
        "lots": found.its_lots,
        "place": drawn.index(ref) + 1 if ref in drawn else None,
    }


def _of_draw(bureau, number):
    draw = Draw.objects.filter(bureau=bureau, number=number).select_related("release").first()
    if draw is None:
        return None
    release = getattr(draw, "release", None)
    is_open = release is not None and release.result_id is not None
    return {
        "drawn_at": draw.drawn_at,
        "strata": draw.public_facts["strata"],
        "pairs": draw.public_facts["recused_pairs"],
        "release": release.pk if is_open else None,
        "result": release.result_id if is_open else None,
    }


def said(stood: list[dict[str, Any]]) -> dict[str, Any]:
    """What they come to: how often it stood in a draw, how often it was drawn, and how many of a hundred like
    it would never have been drawn in as many."""
    lots = [each for each in stood if each["chance"] is not None]
    never = prod(1 - each["chance"] for each in lots)
    return {
        "times": len(lots),
        "drawn": sum(each["place"] is not None for each in lots),
        "never": round(100 * never),
        "product": " × ".join(f"{1 - each['chance']:.2f}" for each in lots[:8])
        + (" × …" if lots[8:] else ""),
    }


def registers(bureau: int) -> tuple[list[dict[str, Any]], int]:
    """The registers that may be read, [{draw, rows}], and how many draws have not opened theirs yet."""
    released = Release.objects.filter(bureau=bureau, result__isnull=False).select_related("draw__task")
    found = [
        {"draw": each.draw, "rows": sum(one["rows"] for one in each.draw.public_facts["strata"])}
        for each in released.order_by("-pk")[:_MOST]
    ]
    return found, Draw.objects.filter(bureau=bureau, release=None, voided_at=None).count()


def _told(ticket):
    """Its ticket, the line of its stratum, in what order it was drawn."""
    draw = ticket.release.draw
    seed, strata = drawn_in(ticket.release.result_id)
    drawn = strata.get(ticket.stratum, [])
    line = ""
    if drawn:
        last = Ticket.objects.filter(release=ticket.release, ref=drawn[-1]).values_list("lots", flat=True)
        line = _best(seed, drawn[-1], last.first() or 1)
    # A row that is not drawn says why only by its code: the reasons of an exclusion are the bureau's table.
    reason = ticket.status.removeprefix("X:") if ticket.status.startswith("X:") else ""
    titles = Reason.objects.filter(bureau=ticket.release.bureau_id, code=reason).values_list(
        "title", flat=True
    )
    return {
        "ticket": ticket,
        "draw": draw,
        "chance": _chance(draw, ticket) if ticket.status == "E" else None,
        "mine": _best(seed, ticket.ref, ticket.lots),
        "line": line,
        "place": next((n for n, each in enumerate(drawn, 1) if each == ticket.ref), None),
        "k": len(drawn),
        "reason": (titles.first() if reason else "") or reason,
    }


def _chance(draw, ticket):
    """As it was published when the draw was sealed, for its group and its lots."""
    group = next((each for each in draw.public_facts["strata"] if each["name"] == ticket.stratum), {})
    tiers = {each["lots"]: float(each["chance"]) for each in group.get("tiers", ())}
    return tiers.get(ticket.lots)


def _best(seed, ref, lots):
    return engine.tickets.Tickets(seed).best_lot("OBJ", ref, lots=lots)
