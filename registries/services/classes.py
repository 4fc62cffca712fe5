"""监管分类: rules propose by words, a clerk confirms. Real registers have no class column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import CategoryRule, Subject
from . import journal, moves
from .access import require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ..models import Account, Bureau, Category


@transaction.atomic
def propose(bureau: Bureau, *, by: Account) -> dict[str, int]:
    """Run the bureau's rules over every listed enterprise without a class. Returns
    {category name: proposals}.

    The first rule in order whose word stands in name, industry or scope wins. Proposals of an earlier run are
    replaced; what a clerk confirmed is not touched.
    """
    require(by, "registries.classify_subject", bureau)
    rules = list(
        CategoryRule.objects.filter(category__bureau=bureau)
        .select_related("category")
        .order_by("order", "pk")
    )
    counts, changed = {}, []
    for subject in Subject.objects.filter(bureau=bureau, category=None).listed():
        category, word = _match(subject, rules)
        counts[category.name if category else ""] = counts.get(category.name if category else "", 0) + 1
        if (subject.proposed_category, subject.proposed_for) != (category, word):
            subject.proposed_category, subject.proposed_for = category, word
            changed.append(subject)
    Subject.objects.bulk_update(changed, ["proposed_category", "proposed_for"], batch_size=500)
    journal.write("classes.proposed", by=by, about="subjects", bureau=bureau, facts=counts)
    return counts


@transaction.atomic
def confirm(subjects: QuerySet, *, by: Account, category: Category | None = None) -> int:
    """Put enterprises into a class: the given one, or each into the one proposed
    for it. Returns the number."""
    require(by, "registries.classify_subject")
    done: dict[str, int] = {}
    with moves.signed(by.bureau, f"确认分类 {timezone.localtime():%m-%d %H:%M:%S}", by=by):
        for subject in subjects.select_for_update(no_key=True):
            chosen = category or subject.proposed_category
            if chosen is None:
                raise DomainError("category_missing")
            subject.category, subject.proposed_category, subject.proposed_for = chosen, None, ""
            subject.save(update_fields=["category", "proposed_category", "proposed_for"])
            done[chosen.name] = done.get(chosen.name, 0) + 1
    journal.write("classes.confirmed", by=by, about="subjects", facts=done)
    return sum(done.values())


def _match(subject, rules):
    text = f"{subject.name} {subject.industry} {subject.scope}"
    for rule in rules:
        word = next((word for word in rule.words.split() if word in text), None)
        if word and not any(each in text for each in rule.unless.split()):
            return rule.category, word
    return None, ""
