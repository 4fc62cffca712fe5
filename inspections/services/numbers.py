"""Gap-free numbers, taken in the transaction of the act that needs them: rolled back with it, used with it."""

from django.db.models import F

from ..models import NumberSeries


def take(bureau, kind, year):
    """The next number of (kind, year), from 1. Writers of one series wait for each other."""
    NumberSeries.objects.get_or_create(bureau=bureau, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update(no_key=True).get(bureau=bureau, kind=kind, year=year)
    NumberSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    series.refresh_from_db()
    return series.last
