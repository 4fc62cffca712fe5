"""Legal limits: the table's number, counted on the working calendar."""

from datetime import timedelta

from ..models import LegalLimit
from . import calendar


def due(bureau, code, start):
    """When a limit that starts on `start` ends, by the version then in force. Returns a date."""
    limit = LegalLimit.objects.filter(bureau=bureau, code=code, since__lte=start).order_by("-since").first()
    if limit is None:
        raise LookupError(f"no legal limit {code} in force on {start}")
    if limit.unit == "workday":
        return calendar.add_workdays(start, limit.days)[0]
    return start + timedelta(days=limit.days)
