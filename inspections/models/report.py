"""检查报告: five parts, a result, a reviewer. A returned report stays; the next revision is a new row."""

from django.conf import settings
from django.db import models

from .case import Case
from .plan import _person
from .status import Status


class Report(models.Model):
    """乌审旗方案四（三）: 检查时间、检查内容、现场检查笔录、对被检查人的评价及处理意见和建议."""

    PARTS = ["time_text", "content", "record", "evaluation", "opinion"]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports", verbose_name="检查")
    revision = models.PositiveSmallIntegerField("稿次", default=1)
    status = Status("Report", default="drafted")
    time_text = models.TextField("检查时间")
    content = models.TextField("检查内容")
    record = models.TextField("现场检查笔录")
    evaluation = models.TextField("对被检查人的评价")
    opinion = models.TextField("处理意见和建议")
    result_code = models.CharField("检查结果", max_length=20)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="报告人"
    )
    submitted_at = models.DateTimeField("提交时间", null=True)
    reviewed_by = _person("审核人")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    review_note = models.CharField("审核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "检查报告"
        ordering = ["case", "revision"]
        constraints = [models.UniqueConstraint(fields=["case", "revision"], name="revision_once")]

    def __str__(self):
        return f"{self.case} 第 {self.revision} 稿"
