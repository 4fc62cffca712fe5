"""文书式样: the forms that a bureau begins with, and the one in force."""

import json
from datetime import date
from pathlib import Path

from django.utils import timezone

from registries.errors import DomainError

from .models import PaperForm

_FORMS = Path(__file__).parent.parent / "data/papers.json"


def install_forms(bureau, model=PaperForm):
    """The forms that a bureau begins with; what it has edited stays."""
    for order, row in enumerate(json.loads(_FORMS.read_text(encoding="utf-8"))):
        day = date.fromisoformat(row["since"])
        model.objects.get_or_create(
            bureau=bureau,
            code=row["code"],
            family=row["family"],
            since=day,
            defaults=row | {"since": day, "order": order},
        )


def form_of(bureau, code):
    """The form in force today, of the bureau's family; of the emergency set where that family has none."""

    def newest(family):
        today = timezone.localdate()
        return (
            PaperForm.objects.filter(bureau=bureau, code=code, family=family, since__lte=today)
            .order_by("-since")
            .first()
        )

    found = newest(bureau.paper_family) or newest("emergency")
    if found is None and not PaperForm.objects.filter(bureau=bureau).exists():
        install_forms(bureau)
        found = newest(bureau.paper_family) or newest("emergency")
    if found is None:
        raise DomainError("paper_no_form", code=code)
    return found
