"""Founding a bureau: its default tables, from registries/data/*.json."""

import json
from datetime import date
from pathlib import Path

from django.db import transaction

from ..models import (
    Bureau,
    Category,
    CategoryRule,
    Discretion,
    InspectionKind,
    LegalArticle,
    LegalLimit,
    LotRule,
    Reason,
    RecusalGround,
    Skill,
)
from . import calendar, covers

_DATA = Path(__file__).parent.parent / "data"


@transaction.atomic
def found(code, name, short_name):
    """Division code, full name and the word of its document numbers in; Bureau with default tables out.

    Running it again for the same code changes nothing.
    """
    bureau, is_new = Bureau.objects.get_or_create(
        code=code, defaults={"name": name, "short_name": short_name}
    )
    if is_new:
        _install(bureau)
        covers.touch(bureau, [bureau], by=None)
    return bureau


def _install(bureau):
    for row in _read("categories.json"):
        skill, _ = Skill.objects.get_or_create(bureau=bureau, name=row["skill"])
        category = Category.objects.create(bureau=bureau, code=row["code"], name=row["name"], skill=skill)
        if row["words"]:
            CategoryRule.objects.create(
                category=category, order=row["order"], words=row["words"], unless=row.get("unless", "")
            )
    for row in _read("grounds.json"):
        RecusalGround.objects.create(bureau=bureau, **row)
    for order, row in enumerate(_read("reasons.json")):
        Reason.objects.create(bureau=bureau, order=order, **row)
    install_limits(LegalLimit, bureau)
    install_laws(LegalArticle, bureau)
    install_discretion(Discretion, bureau)
    install_kinds(InspectionKind, bureau)
    install_lots(LotRule, bureau)
    for year in range(2024, date.today().year + 2):
        calendar.load_year(year, "国务院办公厅关于部分节假日安排的通知", bureau)


def install_laws(model, bureau):
    """The laws that bureaus' own sheets still cite although they are gone, or a
    newer one stands beside them."""
    for row in _read("laws.json"):
        days = {name: row[name] and date.fromisoformat(row[name]) for name in ("since", "repealed_on")}
        model.objects.get_or_create(bureau=bureau, law=row["law"], article="", defaults=row | days)


def install_discretion(model, bureau):
    """The tiers of the law itself; the province's own table is entered beside them."""
    for row in _read("discretion.json"):
        since = date.fromisoformat(row["since"])
        model.objects.get_or_create(
            bureau=bureau, code=row["code"], since=since, defaults=row | {"since": since}
        )


def install_kinds(model, bureau):
    """The kinds of inspection a bureau begins with; each may be edited."""
    for order, row in enumerate(_read("kinds.json")):
        model.objects.get_or_create(bureau=bureau, code=row["code"], defaults=row | {"order": order})


def install_lots(model, bureau):
    """The lot table a bureau begins with; each row may be edited."""
    for row in _read("lots.json"):
        model.objects.get_or_create(bureau=bureau, source=row["source"], value=row["value"], defaults=row)


def install_limits(model, bureau):
    """The legal limits; a number that a bureau has set for itself stays, when it begins and
    ends comes with the rules."""
    for row in _read("limits.json"):
        rule = {name: row.get(name, default) for name, default in _RULE.items()}
        kept, is_new = model.objects.get_or_create(
            bureau=bureau,
            code=row["code"],
            since=date.fromisoformat(row["since"]),
            defaults=row | rule | {"since": date.fromisoformat(row["since"])},
        )
        if not is_new:
            model.objects.filter(pk=kept.pk).update(**rule)


_RULE = {"begins": "", "ends": "", "is_backward": False, "rolls": False, "who": "team"}


def _read(name):
    return json.loads((_DATA / name).read_text(encoding="utf-8"))
