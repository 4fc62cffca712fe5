"""查后: second looks, penalty files and transfers."""

from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from registries.models import BureauOwned, EncryptedTextField, Inspector

from ..case.models import Case, CaseEvent
from ..stamps import Status, person
from ..states import PenaltyState, TransferState
from ..visit.models import Finding


class Reinspection(models.Model):
    """整改复查: two of the team look again and say of each problem whether it is put right."""

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="reinspections", verbose_name="检查"
    )
    at = models.DateTimeField("复查时间")
    record = models.TextField("复查情况")
    met = models.CharField("被复查单位负责人", max_length=60, blank=True)
    officer = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="复查人员一"
    )
    second = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="复查人员二"
    )
    filed_at = models.DateTimeField("登记时间", auto_now_add=True)
    filed_by = person("登记人")

    class Meta:
        verbose_name = verbose_name_plural = "整改复查"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case} {self.at:%Y-%m-%d}"


class Verdict(models.Model):
    """复查意见 of one problem."""

    reinspection = models.ForeignKey(
        Reinspection, on_delete=models.PROTECT, related_name="verdicts", verbose_name="复查"
    )
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, related_name="verdicts", verbose_name="问题"
    )
    is_right = models.BooleanField("已整改")
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "复查意见"
        constraints = [models.UniqueConstraint(fields=["reinspection", "finding"], name="verdict_once")]

    def __str__(self):
        return f"{self.finding}：{'已整改' if self.is_right else '未整改'}"


class PenaltyQuerySet(models.QuerySet):
    def in_force(self):
        """Decided, and never revoked: by the events of its thread, which stay when the file is closed."""
        thread = Concat(Value(Penalty.thread_of("")), Cast(OuterRef("pk"), models.CharField()))
        revoked = CaseEvent.objects.filter(case=OuterRef("case"), code="penalty.revoked", thread=thread)
        return self.filter(~Exists(revoked)).exclude(decision_number="")


class Penalty(BureauOwned):
    """行政处罚案件: opened from findings; its procedure is another system's, its
    clocks and outcome stand here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="penalties", verbose_name="检查")
    findings = models.ManyToManyField(Finding, related_name="penalties", verbose_name="涉及的问题")
    cause = models.CharField("案由", max_length=200)
    facts = models.TextField("案件基本情况")
    opinion = models.TextField("承办人意见")
    status = Status(PenaltyState, default=PenaltyState.PROPOSED)
    proposed_by = person("承办人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    decision_number = models.CharField("处罚决定书文号", max_length=60, blank=True, editable=False)
    outcome = models.CharField("处理结果", max_length=300, blank=True, editable=False)

    objects = PenaltyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "行政处罚案件"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case} {self.cause}"


class Transfer(BureauOwned):
    """移送: to another regulator, to the office that handles cases, to the police, to
    the credit platform's queue."""

    KINDS = [
        ("regulator", "移送其他监管部门"),
        ("case_office", "案源线索移交办案机构"),
        ("police", "涉嫌犯罪移送公安机关"),
        ("credit", "报送信用平台"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers", verbose_name="检查")
    findings = models.ManyToManyField(
        Finding, related_name="transfers", verbose_name="涉及的问题", blank=True
    )
    kind = models.CharField("种类", max_length=20, choices=KINDS)
    receiver = models.CharField("受移送机关", max_length=100)
    facts = models.TextField("主要情况")
    basis = models.CharField("移送依据", max_length=300, blank=True)
    attachments = models.TextField("附件（材料和涉案物品）", blank=True)
    status = Status(TransferState, default=TransferState.PROPOSED)
    proposed_by = person("报请人")
    seconded_by = person("共同报请人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = person("审批人")
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
