"""公示办理: what one person has prepared for the public and another one lets out, exactly
as prepared, or gives back."""

from django.db import models

from inspections.models import Discredit, Penalty, Report
from inspections.stamps import Status
from registries.models import BureauOwned

from ..states import PublicationState
from .disclosure import Disclosure, person
from .letter import Letter


class Publication(BureauOwned):
    """拟公示. The payload is what the public will read; `hits` are the places in its free
    text that want a second look."""

    KINDS = [*Disclosure.KINDS, ("correction", "更正"), ("withdrawn", "撤回"), ("repaired", "信用修复")]

    kind = models.CharField("种类", max_length=12, choices=KINDS)
    title = models.CharField("名称", max_length=200)
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="+", verbose_name="检查报告", null=True
    )
    penalty = models.ForeignKey(
        Penalty, on_delete=models.PROTECT, related_name="+", verbose_name="处罚案件", null=True
    )
    discredit = models.ForeignKey(
        Discredit, on_delete=models.PROTECT, related_name="+", verbose_name="严重失信主体", null=True
    )
    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.PROTECT, related_name="followers", verbose_name="针对的公示", null=True
    )
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="+", verbose_name="来信", null=True
    )
    payload = models.JSONField("拟公示内容", default=dict)
    hits = models.JSONField("敏感内容提示", default=list)
    said = models.CharField("保留敏感内容的理由", max_length=200, blank=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    basis = models.CharField("依据文书", max_length=200, blank=True)
    ends_on = models.DateField("公示至", null=True)
    not_before = models.DateTimeField("不早于", null=True)
    status = Status(PublicationState, default=PublicationState.PREPARED)
    prepared_by = person("拟办人")
    prepared_at = models.DateTimeField("拟办时间", auto_now_add=True)
    judged_by = person("审核人", null=True)
    judged_at = models.DateTimeField("审核时间", null=True)
    judge_note = models.CharField("审核意见", max_length=200, blank=True)
    held_until = models.DateTimeField("可停止公示至", null=True)
    made = models.OneToOneField(
        Disclosure, on_delete=models.PROTECT, related_name="publication", verbose_name="公示", null=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "公示办理"
        ordering = ["-pk"]

    @property
    def matter(self):
        """What it speaks of, where that is a case's: a report, a penalty, a listing; else None."""
        return self.report or self.penalty or self.discredit

    def __str__(self):
        return f"{self.get_kind_display()}：{self.title}"

    @property
    def goes_out_at(self):
        """From when the public may see it, once it is judged."""
        return max(filter(None, [self.prepared_at, self.not_before, self.held_until]))
