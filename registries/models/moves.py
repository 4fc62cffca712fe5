"""名录变动: every change of what decides a place in a pool, written down by the database itself."""

from django.conf import settings
from django.db import models

from .subject import Subject


class SubjectMove(models.Model):
    """One column of one enterprise, before and after. The row is made by a trigger of the register
    (migration 0036), whoever changes it and by whichever way; `by`, `how` and `reason` are signed once, by
    the act that did it. One that nobody has signed was made behind the application's back."""

    # The columns the trigger watches; a digest of them tells whether a row is as its moves left it.
    FIELDS = (
        "category",
        "section",
        "level",
        "production",
        "registration_status",
        "is_secret",
        "is_key",
        "area",
        "premises",
        "address",
        "authority",
        "credit_code",
        "left_on",
        "merged_into",
        "town",
        "risk",
        "grade",
        "standard",
        "credit",
    )

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="moves", verbose_name="检查对象"
    )
    field = models.CharField("栏目", max_length=20)
    old = models.CharField("原来", max_length=300, blank=True)
    new = models.CharField("改后", max_length=300, blank=True)
    at = models.DateTimeField("时间", db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="办理人",
        null=True,
    )
    how = models.CharField("怎样改的", max_length=80, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名录变动"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.subject} {self.field}"
