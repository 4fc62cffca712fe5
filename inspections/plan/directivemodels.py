"""上级部署、交办任务: what a bureau above asks of those below, and what each of them has been asked. What
was asked is copied: it stands in the lower bureau's own rows, whatever becomes of the other's."""

from django.db import models

from registries.models import Bureau, BureauOwned

from ..stamps import Status, person
from ..states import AssignedState, DirectiveState
from .models import Task

SAID = ("title", "number", "text", "amount", "window_from", "window_to", "report_by")


class Asked(BureauOwned):
    """What is asked: the words of both."""

    title = models.CharField("部署事项", max_length=100)
    number = models.CharField("文号", max_length=60, blank=True)
    text = models.TextField("要求", help_text="查什么、怎样查、注意什么。")
    amount = models.CharField(
        "查多少", max_length=100, blank=True, help_text="如：烟花爆竹经营不少于 20 户。"
    )
    window_from = models.DateField("检查自")
    window_to = models.DateField("检查至")
    report_by = models.DateField("何时前上报")

    class Meta:
        abstract = True

    def __str__(self):
        return self.title


class Directive(Asked):
    """上级部署: drafted by one, handed down by another to bureaus below."""

    to = models.ManyToManyField(Bureau, verbose_name="交给哪些机关", related_name="+")
    status = Status(DirectiveState, default=DirectiveState.DRAFTED)
    drafted_by = person("起草人")
    issued_by = person("交办人")
    issued_at = models.DateTimeField("交办时间", null=True, editable=False)
    reason = models.CharField("撤回的原因", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "上级部署"
        ordering = ["-pk"]


class Assigned(Asked):
    """交办任务: one bureau's share of a directive, taken and reported by it."""

    directive = models.ForeignKey(
        Directive,
        on_delete=models.PROTECT,
        related_name="shares",
        verbose_name="上级部署",
        null=True,
        editable=False,
    )
    upper = models.CharField("交办机关", max_length=100, editable=False)
    task = models.ForeignKey(
        Task,
        on_delete=models.PROTECT,
        related_name="assigned",
        verbose_name="落实它的任务",
        null=True,
        editable=False,
    )
    status = Status(AssignedState, default=AssignedState.SENT)
    sent_at = models.DateTimeField("交办时间", auto_now_add=True)
    taken_by = person("签收人")
    taken_at = models.DateTimeField("签收时间", null=True, editable=False)
    reported_by = person("上报人")
    reported_at = models.DateTimeField("上报时间", null=True, editable=False)
    said = models.TextField("办理情况", blank=True, editable=False)
    numbers = models.JSONField("数", default=dict, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "交办任务"
        ordering = ["-pk"]
