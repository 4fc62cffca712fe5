"""查后: second looks, penalty files with their steps, what is held, transfers."""

import json
from pathlib import Path

from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from registries import limits
from registries.models import BureauOwned, Discretion, EncryptedTextField, Inspector
from registries.models.keys import Keyed

from ..case.models import Case, CaseEvent
from ..stamps import Status, person
from ..states import DiscreditState, ExtensionState, PenaltyState, RestraintState, TransferState
from ..visit.models import Exhibit, Finding

_DISCREDIT = Path(__file__).parent.parent / "data/discredit.json"
GROUNDS = [
    (each["code"], each["title"]) for each in json.loads(_DISCREDIT.read_text(encoding="utf-8"))["grounds"]
]


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
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="corrected_by",
        verbose_name="更正的意见",
        null=True,
        editable=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "复查意见"
        constraints = [models.UniqueConstraint(fields=["reinspection", "finding"], name="verdict_once")]

    def __str__(self):
        return f"{self.finding}：{'已整改' if self.is_right else '未整改'}"


class Extension(Keyed, models.Model):
    """延期整改申请: asked for by one, decided by another, once, within the limit."""

    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, related_name="extensions", verbose_name="问题"
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extensions", verbose_name="检查")
    until = models.DateField("延期至")
    reason = models.CharField("理由", max_length=300)
    status = Status(ExtensionState, default=ExtensionState.ASKED)
    asked_by = person("申请人")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    judged_by = person("决定人")
    judged_at = models.DateTimeField("决定时间", null=True, editable=False)
    judge_note = models.CharField("决定意见", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "延期整改"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case} 第 {self.finding.number} 项延期至 {self.until}"


class Restraint(BureauOwned):
    """强制措施和证据保存: one thing that is kept, seized, stopped or cut off, each with a
    thread, a clock and an end of its own."""

    KINDS = [
        ("evidence", "先行登记保存证据"),
        ("seizure", "查封、扣押"),
        ("coercion", "当场采取强制措施"),
        ("power", "停止供电、供应民用爆炸物品"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="restraints", verbose_name="检查")
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    what = models.CharField("物品、场所、设施", max_length=200)
    number = models.CharField("文书文号", max_length=60, blank=True)
    status = Status(RestraintState, default=RestraintState.HELD)
    taken_by = person("登记人")
    asked_by = person("申请延长的人")
    ask_note = models.CharField("延长理由", max_length=300, blank=True, editable=False)
    old_thread = models.CharField("升级前的线索", max_length=40, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "强制措施和证据保存"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.what}"

    @property
    def thread(self):
        """Its own; what was on record before things had threads goes on under its old one."""
        return self.old_thread or super().thread


class PenaltyQuerySet(models.QuerySet):
    def in_force(self):
        """Decided, and never revoked: by the events of its thread, which stay when the file is closed."""
        thread = Concat(Value(Penalty.thread_of("")), Cast(OuterRef("pk"), models.CharField()))
        revoked = CaseEvent.objects.filter(case=OuterRef("case"), code="penalty.revoked", thread=thread)
        return self.filter(~Exists(revoked)).exclude(decision_number="")


class Penalty(BureauOwned):
    """行政处罚案件: opened from findings; goes on step by step through the gates of
    inspections/data/penalty.json."""

    WAYS = [("ordinary", "普通程序"), ("spot", "当场处罚（简易程序）")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="penalties", verbose_name="检查")
    findings = models.ManyToManyField(Finding, related_name="penalties", verbose_name="涉及的问题")
    cause = models.CharField("案由", max_length=200)
    facts = models.TextField("案件基本情况")
    opinion = models.TextField("承办人意见")
    party = models.CharField("处罚对象", max_length=10, choices=Discretion.PARTIES, default="unit")
    way = models.CharField("程序", max_length=10, choices=WAYS, default="ordinary")
    is_grave = models.BooleanField(
        "情节复杂或者重大", default=False, help_text="须法制审核、集体讨论（行政处罚法第57、58条）。"
    )
    status = Status(PenaltyState, default=PenaltyState.PROPOSED)
    proposed_by = person("承办人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    decision_number = models.CharField("处罚决定书文号", max_length=60, blank=True, editable=False)
    outcome = models.CharField("处理结果", max_length=300, blank=True, editable=False)
    kinds = models.JSONField("处罚种类", default=list, editable=False)
    fine = models.DecimalField("罚款（元）", max_digits=12, decimal_places=2, null=True, editable=False)
    tier = models.ForeignKey(
        Discretion,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="裁量基准",
        null=True,
        editable=False,
    )
    tier_reason = models.CharField("裁量理由", max_length=300, blank=True, editable=False)

    objects = PenaltyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "行政处罚案件"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case} {self.cause}"


class PenaltyStep(models.Model):
    """处罚程序的一步: its event, its paper by number, who signed it, and the paper itself."""

    penalty = models.ForeignKey(
        Penalty, on_delete=models.PROTECT, related_name="steps", verbose_name="处罚案件"
    )
    event = models.OneToOneField(
        CaseEvent, on_delete=models.PROTECT, related_name="step", verbose_name="节点"
    )
    number = models.CharField("文号", max_length=60, blank=True)
    signer = models.CharField("签发人、审批人", max_length=60, blank=True)
    exhibit = models.ForeignKey(
        Exhibit, on_delete=models.PROTECT, related_name="+", verbose_name="文书", null=True
    )
    facts = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "处罚程序的一步"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.event} {self.number}".strip()


class Discredit(BureauOwned):
    """严重失信主体: who imposed the penalty decides (谁处罚、谁决定): told first, heard, decided in writing;
    for a term, from which it may be let go early; each step stays on record."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="discredits", verbose_name="检查")
    penalty = models.ForeignKey(
        Penalty, on_delete=models.PROTECT, related_name="discredits", verbose_name="处罚案件"
    )
    ground = models.CharField("列入情形", max_length=20, choices=GROUNDS)
    facts = models.TextField("事实")
    status = Status(DiscreditState, default=DiscreditState.PROPOSED)
    proposed_by = person("报请人")
    proposed_at = models.DateTimeField("报请时间", auto_now_add=True)
    judged_by = person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    told_number = models.CharField("告知书文号", max_length=60, blank=True, editable=False)
    told_on = models.DateField("告知日期", null=True, editable=False)
    statement = models.TextField("陈述、申辩", blank=True, editable=False)
    reviewed = models.CharField("复核意见", max_length=300, blank=True, editable=False)
    waived = models.BooleanField("放弃陈述、申辩", default=False, editable=False)
    decision_number = models.CharField("列入决定书文号", max_length=60, blank=True, editable=False)
    decided_by = person("决定人")
    decided_on = models.DateField("列入日期", null=True, editable=False)
    ends_on = models.DateField("管理期限至", null=True, editable=False)
    asked_on = models.DateField("申请提前移出的日期", null=True, editable=False)
    ask_reason = models.CharField("申请的理由", max_length=300, blank=True, editable=False)
    left_on = models.DateField("移出日期", null=True, editable=False)
    left_why = models.CharField("移出、撤销的原因", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "严重失信主体"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case.subject.name}：{self.get_ground_display()[:30]}"

    @property
    def may_decide_on(self):
        """The last day for the firm's statement; decided on later, unless it has spoken or waived."""
        return limits.due(self.bureau, "discredit_statement", self.told_on) if self.told_on else None

    @property
    def answer_by(self):
        """Until when the head answers who asks to be let go early."""
        return limits.due(self.bureau, "discredit_answer", self.asked_on) if self.asked_on else None


class Transfer(BureauOwned):
    """移送: to another regulator, to the office that handles cases, to the police. What was once queued here
    for the credit platform stays; today it is handed on row by row (publicity/outgoing)."""

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
    result_code = models.CharField("报送的检查结果", max_length=20, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "移送"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.case}"
