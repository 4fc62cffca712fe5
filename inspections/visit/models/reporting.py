"""What is said of a visit: confirmed, reported, its result; remarks on the list, recusals."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import Truncator

from registries.models import BureauOwned, EncryptedTextField, Inspector, ItemList, RecusalGround

from ...case.models import Case
from ...draw.models import Change
from ...stamps import Status, person
from ...states import ProposalState, RecusalState, ReportState


class Confirmation(models.Model):
    """复核确认: the second officer says that the record is as it was, or what he holds against it."""

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="confirmations", verbose_name="检查"
    )
    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="检查人员"
    )
    agrees = models.BooleanField("属实", default=True)
    note = models.CharField("意见", max_length=300, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "复核确认"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "inspector"], name="confirmed_once")]

    def __str__(self):
        return f"{self.inspector}：{'属实' if self.agrees else '有异议'}"


class Report(models.Model):
    """乌审旗方案四（三）: 检查时间、检查内容、现场检查笔录、对被检查人的评价及处理意见和建议."""

    PARTS = ["time_text", "content", "record", "evaluation", "opinion"]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports", verbose_name="检查")
    revision = models.PositiveSmallIntegerField("稿次", default=1)
    status = Status(ReportState, default=ReportState.DRAFTED)
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
    reviewed_by = person("审核人")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    review_note = models.CharField("审核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "检查报告"
        ordering = ["case", "revision"]
        constraints = [models.UniqueConstraint(fields=["case", "revision"], name="revision_once")]

    def __str__(self):
        return f"{self.case} 第 {self.revision} 稿"


class Outcome(models.Model):
    """检查结果的变动: what the result of a case is from now on; the last row stands, none is changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="outcomes", verbose_name="检查")
    state = models.CharField("办理状态", max_length=20)
    code = models.CharField("检查结果", max_length=20)
    is_first = models.BooleanField("报告通过时的结果", default=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = person("经手人")

    class Meta:
        verbose_name = verbose_name_plural = "检查结果的变动"
        ordering = ["pk"]
        # what has moved since its report is little, and is asked for often
        indexes = [
            models.Index(fields=["case"], condition=models.Q(is_first=False), name="outcome_moved"),
        ]

    def __str__(self):
        return f"{self.case} {self.code}"

    @classmethod
    def standing(cls, case):
        """The result that stands: the last row. None before the report is approved."""
        return cls.objects.filter(case=case).order_by("-pk").first()


class Proposal(BureauOwned):
    """One remark on one version of the list. Kept whether it is taken up or not."""

    item_list = models.ForeignKey(
        ItemList, on_delete=models.PROTECT, verbose_name="清单版本", related_name="+"
    )
    line = models.CharField("检查表行", max_length=40, blank=True)
    source = models.CharField(
        "来源", max_length=10, choices=[("findings", "检查发现汇总"), ("inspector", "检查人员提出")]
    )
    text = models.TextField("建议")
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, verbose_name="检查", null=True, related_name="proposals"
    )
    status = Status(ProposalState, default=ProposalState.MADE)
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
        return Truncator(self.text).chars(40)


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
    ground = models.ForeignKey(
        RecusalGround, on_delete=models.PROTECT, verbose_name="事由", null=True, blank=True
    )
    text = EncryptedTextField("理由和证据")
    contact = EncryptedTextField("联系方式", blank=True)
    status = Status(RecusalState, default=RecusalState.ASKED)
    visit_went_on = models.BooleanField("申请时检查是否继续", default=True, editable=False)
    asked_at = models.DateTimeField("收到时间", auto_now_add=True)
    entered_by = person("登记人")
    due_on = models.DateField("决定期限", editable=False)
    decided_by = person("决定人")
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    decision_note = models.CharField("决定理由", max_length=300, blank=True, editable=False)
    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, verbose_name="更换", null=True, editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "回避申请"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.inspector}（{self.case}）"
