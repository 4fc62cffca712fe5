"""What was put right in the register: one field of one enterprise, or of many at once."""

from django.conf import settings
from django.db import models

from .bureau import BureauOwned
from .subject import Subject


class BatchChange(BureauOwned):
    """批量更正: one field of many enterprises, with a reason; may be undone."""

    ABOUT = "batch"

    field = models.CharField("栏目", max_length=40)
    value = models.CharField("改为", max_length=200, blank=True)
    reason = models.CharField("原因", max_length=100)
    count = models.PositiveIntegerField("户数", default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="办理人"
    )
    made_at = models.DateTimeField("办理时间", auto_now_add=True)
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量更正"
        ordering = ["-pk"]

    def __str__(self):
        return f"{Subject._meta.get_field(self.field).verbose_name} → {self.value or '空'}（{self.count} 户）"


class SubjectChange(models.Model):
    """更正记录: what a field of an enterprise was before somebody changed it at the desk.
    Imports keep theirs as lines."""

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="changes", verbose_name="检查对象"
    )
    batch = models.ForeignKey(
        BatchChange, on_delete=models.PROTECT, related_name="changes", verbose_name="批量更正", null=True
    )
    field = models.CharField("栏目", max_length=40)
    old = models.CharField("原为", max_length=300, blank=True)
    new = models.CharField("改为", max_length=300, blank=True)
    reason = models.CharField("原因", max_length=100, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="办理人"
    )
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "更正记录"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.field}：{self.old} → {self.new}"
