"""后续处理: a penalty file with its clocks, a transfer with its receipt, and the dated events that clocks run between."""

from django.db import models

from registries.models import BureauOwned, EncryptedTextField

from .case import Case
from .finding import Finding
from .plan import _person
from .status import Status


class CaseEvent(BureauOwned):
    """办理节点: something that happened to a case or one of its matters, on a day. The clocks are read from these."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", verbose_name="检查")
    thread = models.CharField("事项", max_length=30, blank=True)
    code = models.CharField("节点", max_length=30, db_index=True)
    at = models.DateTimeField("发生时间")
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    by = _person("登记人")

    class Meta:
        verbose_name = verbose_name_plural = "办理节点"
        ordering = ["pk"]
        indexes = [models.Index(fields=["case", "thread", "code"], name="event_thread")]

    def __str__(self):
        return f"{self.code} {self.at:%Y-%m-%d}"


class Penalty(BureauOwned):
    """行政处罚案件: opened from findings; its procedure is another system's, its clocks and outcome stand here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="penalties", verbose_name="检查")
    findings = models.ManyToManyField(Finding, related_name="penalties", verbose_name="涉及的问题")
    cause = models.CharField("案由", max_length=200)
    facts = models.TextField("案件基本情况")
    opinion = models.TextField("承办人意见")
    status = Status("Penalty", default="proposed")
    proposed_by = _person("承办人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = _person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    decision_number = models.CharField("处罚决定书文号", max_length=60, blank=True, editable=False)
    outcome = models.CharField("处理结果", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "行政处罚案件"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case} {self.cause}"


class Transfer(BureauOwned):
    """移送: to another regulator, to the office that handles cases, to the police, to the credit platform's queue."""

    KINDS = [
        ("regulator", "移送其他监管部门"), ("case_office", "案源线索移交办案机构"), ("police", "涉嫌犯罪移送公安机关"),
        ("credit", "报送信用平台"),
    ]  # fmt: skip

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers", verbose_name="检查")
    findings = models.ManyToManyField(Finding, related_name="transfers", verbose_name="涉及的问题", blank=True)
    kind = models.CharField("种类", max_length=20, choices=KINDS)
    receiver = models.CharField("受移送机关", max_length=100)
    facts = models.TextField("主要情况")
    basis = models.CharField("移送依据", max_length=300, blank=True)
    attachments = models.TextField("附件（材料和涉案物品）", blank=True)
    status = Status("Transfer", default="proposed")
    proposed_by = _person("报请人")
    seconded_by = _person("共同报请人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = _person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    sent_at = models.DateTimeField("移送时间", null=True, editable=False)
    receipt_number = models.CharField("回执编号", max_length=60, blank=True, editable=False)
    received_by = EncryptedTextField("签收人", blank=True, editable=False)
    received_at = models.DateTimeField("签收时间", null=True, editable=False)
    answer = models.CharField("办理结果", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "移送"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.case}"
