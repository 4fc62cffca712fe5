"""Gap-free numbers, taken in the transaction of the act that needs them: rolled
back with it, used with it."""

from django.db import models
from django.db.models import F

from registries.models import BureauOwned


class NumberSeries(BureauOwned):
    """A gap-free series: one per (kind, year)."""

    kind = models.CharField("种类", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号"
        constraints = [models.UniqueConstraint(fields=["bureau", "kind", "year"], name="series_once")]

    def __str__(self):
        return f"{self.kind} {self.year}"


def take(bureau, kind, year):
    """The next number of (kind, year), from 1. Writers of one series wait for each other."""
    NumberSeries.objects.get_or_create(bureau=bureau, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update(no_key=True).get(bureau=bureau, kind=kind, year=year)
    NumberSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    series.refresh_from_db()
    return series.last
