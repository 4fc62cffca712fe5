"""清单修订建议: what inspections show, and what inspectors say, that the next version of the list should take up."""

from django.conf import settings
from django.db import models

from registries.models import BureauOwned, ItemList

from .case import Case
from .status import Status


class Proposal(BureauOwned):
    """One remark on one version of the list. Kept whether it is taken up or not."""

    item_list = models.ForeignKey(ItemList, on_delete=models.PROTECT, verbose_name="清单版本", related_name="+")
    line = models.CharField("检查表行", max_length=40, blank=True)
    source = models.CharField(
        "来源", max_length=10, choices=[("findings", "检查发现汇总"), ("inspector", "检查人员提出")]
    )
    text = models.TextField("建议")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, verbose_name="检查", null=True, related_name="proposals")
    status = Status("Proposal", default="made")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    made_at = models.DateTimeField("提出时间", auto_now_add=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="处理人", null=True
    )
    judged_at = models.DateTimeField("处理时间", null=True)
    note = models.CharField("处理说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "清单修订建议"
        ordering = ["-pk"]

    def __str__(self):
        return self.text[:40]
