"""年度总结: what a bureau hands in of its year: drafted from the numbers, finished by a person, fixed by the
head, handed in with the day and what the receiver answered. Never public by itself."""

from django.db import models

from inspections.stamps import Status
from registries.models import BureauOwned, HandedIn, StoredFile

from ..states import YearReportState
from .disclosure import person


class YearReport(HandedIn, BureauOwned):
    """年度总结. What is approved is fixed, and its files with it."""

    title = models.CharField("标题", max_length=200)
    since = models.DateField("自", editable=False)
    until = models.DateField("至", editable=False)
    text = models.TextField(
        "正文", help_text="以 # 开头的一行是小标题；空行分段。数字是起草时数的，改了要能说明。"
    )
    status = Status(YearReportState, default=YearReportState.DRAFTED)
    drafted_by = person("起草人")
    drafted_at = models.DateTimeField("起草时间", auto_now_add=True)
    approved_by = person("批准人", null=True)
    approved_at = models.DateTimeField("批准时间", null=True, editable=False)
    pdf = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="PDF", null=True, editable=False
    )
    word = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="Word", null=True, editable=False
    )
    sent_to = models.CharField("报送给", max_length=100, blank=True, editable=False)
    sent_on = models.DateField("报送日期", null=True, editable=False)
    receipt = models.CharField("收文回执", max_length=200, blank=True, editable=False)
    sent_by = person("报送人", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度总结"
        ordering = ["-pk"]

    def __str__(self):
        return self.title
