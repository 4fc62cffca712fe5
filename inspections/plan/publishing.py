"""What the public log is told of a plan: its text and its table as they are read in public, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registries.services import leaves

if TYPE_CHECKING:
    from .models import Plan

_LINE = (
    "title",
    "content",
    "basis",
    "objects_text",
    "kind",
    "method",
    "months",
    "section",
    "partners",
    "note",
)
_NUMBERS = ("base", "rate_bp", "count", "times", "cap", "least")


def log(plan: Plan) -> None:
    """A plan that has just been published."""
    told = {
        "year": plan.year,
        "title": plan.title,
        "text": plan.text,
        "reason": plan.reason,
        "lines": [
            {name: getattr(each, name) for name in _LINE}
            | {name: getattr(each, name) for name in _NUMBERS if getattr(each, name) is not None}
            for each in plan.lines.order_by("number")
        ],
    }
    earlier = type(plan).objects.filter(bureau=plan.bureau, year=plan.year, published_at__isnull=False)
    version = f"{plan.year}-{earlier.filter(published_at__lte=plan.published_at).count()}"
    digest = leaves.publish(plan.bureau, told)
    leaves.write("plan", bureau=plan.bureau, about=f"plan-{version}.json", digest=digest, version=version)
