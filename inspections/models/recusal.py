"""回避申请: asked for after the draw, by whom and how, and what the head decided (行政处罚法第43条)."""

from django.db import models

from registries.models import BureauOwned, EncryptedTextField, Inspector, RecusalGround

from .case import Case
from .draw import Change
from .plan import _person
from .status import Status


class RecusalRequest(BureauOwned):
    """回避申请. The visit goes on while it is open, unless the bureau has set otherwise."""

    APPLICANTS = [
        ("inspector", "检查人员本人"),
        ("subject", "被检查企业"),
        ("other", "其他人反映"),
        ("bureau", "本机关指令"),
    ]
    CHANNELS = [("oral", "口头（已记录）"), ("written", "书面"), ("scan", "扫码"), ("desk", "系统申请")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals", verbose_name="检查")
    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="被申请回避的人员"
    )
    applicant = models.CharField("申请人", max_length=10, choices=APPLICANTS)
    channel = models.CharField("方式", max_length=10, choices=CHANNELS)
    ground = models.ForeignKey(RecusalGround, on_delete=models.PROTECT, verbose_name="事由", null=True, blank=True)
    text = EncryptedTextField("理由和证据")
    contact = EncryptedTextField("联系方式", blank=True)
    status = Status("RecusalRequest", default="asked")
    visit_went_on = models.BooleanField("申请时检查是否继续", default=True, editable=False)
    asked_at = models.DateTimeField("收到时间", auto_now_add=True)
    entered_by = _person("登记人")
    due_on = models.DateField("决定期限", editable=False)
    decided_by = _person("决定人")
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    decision_note = models.CharField("决定理由", max_length=300, blank=True, editable=False)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, verbose_name="更换", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "回避申请"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.inspector}（{self.case}）"
