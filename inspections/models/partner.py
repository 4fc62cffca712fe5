"""协同部门: a department outside the system that drew its own people for our task list (SJS1 with must rows only)."""

from django.db import models

from registries.models import StoredFile

from .draw import Draw
from .plan import _person


class PartnerDraw(models.Model):
    """协同部门的抽取: its files as received, verified against the commitment it published before."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="partners", verbose_name="抽取")
    department = models.CharField("部门", max_length=60)
    number = models.CharField("对方抽取编号", max_length=40)
    commitment = models.CharField("对方公布的承诺值", max_length=64)
    result_digest = models.CharField("结果摘要", max_length=64)
    teams = models.JSONField("检查组", default=dict)
    names = models.JSONField("人员姓名", default=dict)
    commit_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="封存文件")
    result_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="结果文件")
    received_by = _person("接收人")
    received_at = models.DateTimeField("接收时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "协同部门抽取"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "department"], name="partner_once")]

    def __str__(self):
        return f"{self.department} {self.number}"
