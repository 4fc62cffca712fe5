"""行的指纹的登记: what every covered row was when an act last touched it."""

from django.db import models

from .bureau import BureauOwned


class RowMark(BureauOwned):
    """The digest of a covered row as its last act left it. The journal has the same, in the entry of that
    act: this table is only found faster."""

    row = models.CharField("哪一行", max_length=60)
    digest = models.CharField("指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "行的指纹"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "row"], name="row_mark_once")]

    def __str__(self):
        return self.row
