"""行的指纹的登记: what every covered row was when an act last touched it, or when somebody last looked."""

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


class LedgerMark(BureauOwned):
    """底册的一行: the digest of a row of the register, the people, the lists or the calendar when it was last
    looked at and explained. The journal has one digest over all of them (services/ledger.py)."""

    noun = models.CharField("名录", max_length=20)
    key = models.BigIntegerField("行")
    digest = models.CharField("指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "底册"
        ordering = ["noun", "key"]
        constraints = [models.UniqueConstraint(fields=["bureau", "noun", "key"], name="ledger_mark_once")]

    def __str__(self):
        return f"{self.noun} {self.key}"
