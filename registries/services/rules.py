"""规则的改动: a row of the tables that steer a draw or a clock (kinds, limits, caps, lots, the bureau's own
settings) is changed, added or taken away by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from .. import rowmarks
from ..errors import DomainError
from ..models import Consent
from ..states import ConsentState
from . import consents, covers, journal
from .access import require

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import Model

    from ..models import Account, Bureau


@transaction.atomic
def ask(new: Model, old: Model | None, fields: list[str], *, by: Account, reason: str = "") -> Consent:
    """A row as it should be (`new`), as it is (`old`, None for one that is added), and the fields that
    differ; all are put down with what they are and will be. Raises rule_waiting where a change of this row
    is asked for already."""
    noun = type(new)._meta
    require(by, f"registries.{'change' if old else 'add'}_{noun.model_name}", by.bureau)
    key = old.pk if old else None
    if key and _waiting(noun.label_lower, key, by.bureau):
        raise DomainError("rule_waiting", what=str(old))
    columns = [noun.get_field(name) for name in fields]
    facts = {"model": noun.label_lower, "pk": key, "values": {each.name: _raw(new, each) for each in columns}}
    facts["was"] = {each.name: _raw(old, each) for each in columns} if old else {}
    shown = [[str(each.verbose_name), _said(old, each) if old else "", _said(new, each)] for each in columns]
    title = f"{'改' if old else '新增'}{noun.verbose_name}“{old or new}”"
    return consents.ask("row", by.bureau, title, shown, facts, by=by, reason=reason)


@transaction.atomic
def ask_removal(row: Model, *, by: Account, reason: str = "") -> Consent:
    """A row that should go. Raises rule_waiting."""
    noun = type(row)._meta
    require(by, f"registries.delete_{noun.model_name}", by.bureau)
    if _waiting(noun.label_lower, row.pk, by.bureau):
        raise DomainError("rule_waiting", what=str(row))
    was = {each.name: _raw(row, each) for each in noun.concrete_fields if not each.primary_key}
    facts = {"model": noun.label_lower, "pk": row.pk, "values": None, "was": was}
    shown = [[str(noun.verbose_name), str(row), "删去"]]
    return consents.ask(
        "row", by.bureau, f"删去{noun.verbose_name}“{row}”", shown, facts, by=by, reason=reason
    )


@transaction.atomic
def carry_out(facts: dict[str, Any], *, bureau: Bureau, by: Account) -> None:
    """What was confirmed, as it was asked. Raises rule_moved where the row is not what it was then, and
    rule_unfit where it fits no more."""
    model = apps.get_model(facts["model"])
    noun = model._meta
    row = model._default_manager.filter(pk=facts["pk"]).first() if facts["pk"] else model()
    if row is None or any(_raw(row, noun.get_field(name)) != was for name, was in facts["was"].items()):
        raise DomainError("rule_moved")
    if facts["values"] is None:
        about, gone = journal.key_of(row), rowmarks.key_of(row)
        row.delete()
        covers.touch(bureau, [gone], by=by)
        journal.write(f"{noun.model_name}.removed", by=by, about=about, facts={"was": sorted(facts["was"])})
        return
    for name, text in facts["values"].items():
        field = noun.get_field(name)
        typed = field.target_field if field.is_relation else field
        setattr(row, field.attname, None if text is None else typed.to_python(text))
    if hasattr(row, "bureau_id") and row.bureau_id is None:
        row.bureau = bureau
    try:
        row.full_clean()
    except ValidationError as wrong:
        raise DomainError("rule_unfit", detail="；".join(wrong.messages)) from None
    row.save()
    covers.touch(bureau, [row], by=by)
    verb = "changed" if facts["pk"] else "added"
    journal.write(
        f"{noun.model_name}.{verb}",
        by=by,
        about=journal.key_of(row),
        facts={"fields": sorted(facts["values"])},
    )


def _waiting(label, key, bureau):
    rows = Consent.objects.filter(bureau=bureau, kind="row", status=ConsentState.ASKED)
    return rows.filter(facts__model=label, facts__pk=key).exists()


def _raw(row, field):
    value = getattr(row, field.attname)
    return None if value is None else str(value)


def _said(row, field):
    """A field's value as people read it."""
    value = getattr(row, field.attname)
    if value is None or value == "":
        return "空"
    if field.is_relation:
        return str(getattr(row, field.name))
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(dict(field.flatchoices).get(value, value))
