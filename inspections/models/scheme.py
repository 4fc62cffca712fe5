"""检查方案: approved by the head before any visit; in urgent cases within the limit after it (国办发〔2024〕54号)."""

from django.db import models
from django.db.models import Q

from registries.models import BureauOwned

from .draw import Draw
from .plan import Task, _person
from .status import Status


class Scheme(BureauOwned):
    """检查方案 of a task: how its visits are made. Holds for every case of the task."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="schemes", verbose_name="任务")
    draw = models.ForeignKey(
        Draw, on_delete=models.PROTECT, related_name="schemes", verbose_name="抽取", null=True, editable=False
    )
    number = models.CharField("方案编号", max_length=60, blank=True, editable=False)
    method = models.TextField("检查方式")
    content = models.TextField("检查内容")
    arrangement = models.TextField("时间和人员安排")
    discipline = models.TextField("工作要求", blank=True)
    due_on = models.DateField("补办期限", null=True, editable=False)
    status = Status("Scheme", default="drafted")
    drafted_by = _person("拟制人")
    drafted_at = models.DateTimeField("拟制时间", auto_now_add=True)
    judged_by = _person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "检查方案"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=~Q(status="returned") & Q(draw=None), name="one_living_scheme",
                violation_error_message="这个任务已有检查方案。",
            ),
            models.UniqueConstraint(
                fields=["draw"], condition=~Q(status="returned"), name="one_living_scheme_a_draw",
                violation_error_message="这次抽取已有检查方案。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number or f"{self.task} 检查方案"
