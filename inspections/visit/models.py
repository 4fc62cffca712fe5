"""现场: the visit, its answers and findings, what was kept and handed in, the report,
recusals and suggestions."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from registries.models import BureauOwned, EncryptedTextField, Inspector, ItemList, RecusalGround, StoredFile
from registries.models.keys import Keyed

from ..case.models import Case
from ..draw.models import Change
from ..papers.models import Paper
from ..stamps import Status, person
from ..states import FilingState, FindingState, ProposalState, RecusalState, ReportState


class Visit(BureauOwned):
    """现场检查: when, whom they met, the record (现场检查记录) and how it was signed."""

    cases = models.ManyToManyField(Case, related_name="visits", verbose_name="检查")
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    site = models.CharField("检查场所", max_length=200, blank=True)
    met = models.CharField("现场负责人", max_length=60, blank=True)
    met_title = models.CharField("现场负责人职务", max_length=60, blank=True)
    met_phone = EncryptedTextField("现场负责人电话", blank=True)
    experts = models.CharField("检查专家", max_length=100, blank=True)
    record = models.TextField("现场检查记录", blank=True)
    signed = models.CharField(
        "签字情况",
        max_length=10,
        blank=True,
        choices=[("signed", "已签字确认"), ("refused", "拒绝签字"), ("absent", "无法签字")],
    )
    unsigned_reason = models.CharField("未签字原因", max_length=200, blank=True)
    witness = models.CharField("见证人", max_length=60, blank=True)
    recorder_number = models.CharField("执法记录仪编号", max_length=40, blank=True)
    video_name = models.CharField("音像文件", max_length=200, blank=True)
    way = models.CharField(
        "填报方式",
        max_length=10,
        default="desk",
        choices=[("desk", "网页"), ("phone", "手机上报"), ("paper", "纸质补录")],
    )
    late_reason = models.CharField("补录原因", max_length=200, blank=True)
    phone_started_at = models.DateTimeField("手机记的开始时间", null=True)
    phone_ended_at = models.DateTimeField("手机记的结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "现场检查"
        ordering = ["-started_at"]

    def __str__(self):
        return f"{timezone.localtime(self.started_at):%Y-%m-%d}"


class Answer(models.Model):
    """检查表的一行: 符合、不符合、不适用，或未检查 and why."""

    VALUES = [("pass", "符合"), ("fail", "不符合"), ("na", "不适用"), ("skip", "未检查")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="answers", verbose_name="检查")
    line = models.CharField("检查表行", max_length=40)
    value = models.CharField("结果", max_length=10, choices=VALUES)
    note = models.CharField("说明", max_length=500, blank=True)
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, verbose_name="填写人")
    at = models.DateTimeField("填写时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "检查结果"
        constraints = [models.UniqueConstraint(fields=["case", "line"], name="answer_once")]

    def __str__(self):
        return f"{self.line} {self.get_value_display()}"


class FindingQuerySet(models.QuerySet):
    def discard(self):
        """Delete what is still a note. Past the collector, which would ask of tables where nobody may delete;
        what refers to a finding, the database's own keys keep."""
        return self.filter(status=FindingState.NOTED)._raw_delete(self.db)


class Finding(Keyed, models.Model):
    """问题: a violated line of the checklist in the words of the law, or an 其他 with its own basis."""

    DISPOSALS = [("fixed", "当场改正"), ("order", "责令限期整改"), ("measure", "现场处理措施")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="findings", verbose_name="检查")
    number = models.PositiveSmallIntegerField("序号")
    line = models.CharField("检查表行", max_length=40, blank=True)
    wording = models.TextField("违法行为或者事故隐患")
    facts = models.CharField("现场情况", max_length=500, blank=True)
    basis = models.TextField("认定依据", blank=True)
    measure = models.TextField("处理措施", blank=True)
    penalty_basis = models.TextField("处罚依据", blank=True)
    disposal = models.CharField("处理方式", max_length=10, choices=DISPOSALS, default="order")
    due_on = models.DateField("整改期限", null=True, blank=True)
    is_major = models.BooleanField("重大事故隐患", default=False)
    major_reason = models.CharField("未采取现场措施的理由", max_length=300, blank=True)
    status = Status(FindingState, default=FindingState.NOTED)
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="填写人")
    extended_to = models.DateField("延期至", null=True, editable=False)
    reported_at = models.DateTimeField("企业报告整改时间", null=True, editable=False)
    report_note = models.CharField("整改报告", max_length=500, blank=True, editable=False)
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="finding_number_once"),
            models.UniqueConstraint(
                fields=["case", "line"], condition=~models.Q(line=""), name="finding_line_once"
            ),
        ]

    def __str__(self):
        return f"{self.number}. {self.wording[:40]}"

    def until(self):
        """The day by which it has to be put right, extensions counted; None where
        it was put right at once."""
        return self.extended_to or self.due_on


class Filing(BureauOwned):
    """上报: one submission of a visit from a phone, byte for byte. Its receipt is the row."""

    uuid = models.UUIDField("提交标识", unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="filings", verbose_name="检查")
    body = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原文")
    by = person("提交人")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    sent_at = models.DateTimeField("手机发出时间", null=True)
    skew = models.IntegerField("手机时钟偏差（秒）", default=0)
    status = Status(FilingState, default=FilingState.RECEIVED)
    reason = models.CharField("未办理的原因", max_length=300, blank=True)
    taken_at = models.DateTimeField("办理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "外勤上报"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.receipt} {self.case}"

    @property
    def receipt(self):
        """What the inspector's phone shows as proof."""
        return f"SD{self.pk:08d}"


class Upload(BureauOwned):
    """已上传文件: the bytes as they came and a clean copy to show; what they are
    evidence of, an Exhibit says."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="uploads", verbose_name="检查")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    camera_at = models.DateTimeField("相机时间", null=True)
    at = models.DateTimeField("上传时间", auto_now_add=True)
    by = person("上传人")

    class Meta:
        verbose_name = verbose_name_plural = "已上传文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "original"], name="uploaded_once")]

    def __str__(self):
        return self.original_id[:12]


class Exhibit(BureauOwned):
    """证据材料: a photo, signature, seal, recording or signed paper. The bytes as they came,
    and a clean copy to show."""

    KINDS = [
        ("photo", "现场照片"),
        ("signature", "签名"),
        ("seal", "企业印章照片"),
        ("paper", "纸质文书照片"),
        ("video", "音像记录"),
        ("rectified", "整改证据"),
        ("document", "调取材料"),
    ]
    SIGNERS = [
        ("officer", "检查人员"),
        ("second", "检查人员二"),
        ("met", "现场负责人"),
        ("witness", "见证人"),
        ("expert", "检查专家"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exhibits", verbose_name="检查")
    filing = models.ForeignKey(
        Filing,
        on_delete=models.PROTECT,
        related_name="exhibits",
        verbose_name="上报",
        null=True,
        editable=False,
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    signer = models.CharField("签名人", max_length=10, choices=SIGNERS, blank=True)
    line = models.CharField("检查表行", max_length=40, blank=True)
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, related_name="exhibits", verbose_name="问题", null=True, blank=True
    )
    paper = models.ForeignKey(
        Paper, on_delete=models.PROTECT, related_name="exhibits", verbose_name="文书", null=True, blank=True
    )
    caption = models.CharField("说明", max_length=200, blank=True)
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    taken_at = models.DateTimeField("拍摄时间（手机）", null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    kept_at = models.DateTimeField("存入时间", auto_now_add=True)
    by = person("上传人")

    class Meta:
        verbose_name = verbose_name_plural = "证据材料"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.caption or self.original_id[:8]}"


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
        return self.text[:40]


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
