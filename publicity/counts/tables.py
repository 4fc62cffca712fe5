"""报表: a layout (data, which a bureau may alter) in, its lines with their values out: this span, the same a
year before, by industry; and of each line the rows that it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Count, F
from django.db.models.functions import Coalesce

from ..models import ReturnLayout
from . import numbers, sets

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet

    from registries.models import Bureau

    from .span import Span

_DATA = json.loads((Path(__file__).parent.parent / "data/returns.json").read_text(encoding="utf-8"))
INDUSTRIES = [each["name"] for each in _DATA["industries"]]
_OF_CODE = {code: each["name"] for each in _DATA["industries"] for code in each["codes"]}
KEPT = 20_000  # keys that a fixed line keeps of what it counts


def layouts(bureau: Bureau) -> dict[str, dict[str, Any]]:
    """{code: layout} as a bureau uses them: its own latest version, else the one that comes with the
    system."""
    found = {each["code"]: each | {"version": 0} for each in _DATA["layouts"]}
    for own in ReturnLayout.objects.filter(bureau=bureau).order_by("version"):
        found[own.code] = found[own.code] | {
            "title": own.title,
            "source": own.source,
            "parts": own.parts,
            "version": own.version,
        }
    return found


def table(
    layout: dict[str, Any], bureau: Bureau, span: Span, is_internal: bool = True, keeps: bool = False
) -> list[dict[str, Any]]:
    """[{"title", "lines": [{"number", "label", "unit", "definition", "source", "told", "value", "before",
    "split"}]}]. `keeps`: each line also has the keys of what it counts."""
    cases = sets.all_of(bureau) if is_internal else sets.told(bureau)
    asked = numbers.Asked(bureau, span, cases)
    before = numbers.Asked(bureau, span.before, cases)
    return [
        {
            "title": part["title"],
            "lines": [_line(each, asked, before, layout["by_industry"], keeps) for each in part["lines"]],
        }
        for part in layout["parts"]
    ]


def _line(said, asked, before, by_industry, keeps):
    number = numbers.BY_CODE.get(said.get("number", ""))
    if number is None:
        return {
            "number": "",
            "label": said.get("label", ""),
            "unit": said.get("unit", ""),
            "definition": said.get("told", ""),
            "source": said.get("source", ""),
            "value": None,
            "before": None,
            "split": {},
        }
    rows = number.rows(asked)
    line = {
        "number": number.code,
        "label": said.get("label") or number.title,
        "unit": number.unit,
        "definition": number.definition,
        "source": said.get("source", ""),
        "value": number.value(asked, rows),
        "before": number.value(before),
        "split": split(number, asked, rows) if by_industry and not number.over and not number.inside else {},
    }
    if keeps:
        line["keys"] = list(rows.order_by("pk").values_list("pk", flat=True).distinct()[:KEPT])
    return line


def split(number: numbers.Number, asked: numbers.Asked, rows: QuerySet) -> dict[str, float]:
    """{industry: the number there}; the industries add up to the number. A firm that was merged is of the
    class of the one that stands."""
    if number.firm == "self":
        of_class = F("category__code")
    else:
        way = f"{number.firm}__"
        of_class = Coalesce(f"{way}merged_into__category__code", f"{way}category__code")
    found = dict.fromkeys(INDUSTRIES, 0)
    grouped = rows.order_by().annotate(of_class=of_class).values_list("of_class")
    for code, value in grouped.annotate(n=number.counted()):
        found[_OF_CODE.get(code, INDUSTRIES[-1])] += value or 0
    return {name: numbers.plain(value) for name, value in found.items()}


def listed(code: str, bureau: Bureau, span: Span, is_internal: bool = True) -> QuerySet:
    """The keys of the rows that a number counts, each once, the newest first: a page of a list is cut from
    them before anything of a row is read. The order is none that an index has: or the database looks for them
    backwards through the newer rows of all other bureaus, instead of through the span."""
    keys = rows(code, bureau, span, is_internal).order_by().values_list("pk", flat=True)
    return keys.distinct().order_by(-F("pk"))


def rows(code: str, bureau: Bureau, span: Span, is_internal: bool = True) -> QuerySet:
    """The rows that a number counts, as it counts them; a row may come twice."""
    return numbers.BY_CODE[code].rows(_asked(bureau, span, is_internal))


def value(code: str, bureau: Bureau, span: Span, is_internal: bool = True) -> float | None:
    """One number of a span."""
    return numbers.BY_CODE[code].value(_asked(bureau, span, is_internal))


def _asked(bureau, span, is_internal):
    return numbers.Asked(bureau, span, sets.all_of(bureau) if is_internal else sets.told(bureau))


def firms_of(number: numbers.Number, rows: QuerySet) -> int:
    """How many enterprises stand behind the rows: what a list says on top."""
    if not number.firm or number.firm == "self":
        return rows.count()
    return rows.aggregate(n=Count(number.firm, distinct=True))["n"]
