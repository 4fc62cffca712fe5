"""On site: the visit, what was answered line by line, what was found."""

from django.db import models
from django.utils import timezone
from django.utils.text import Truncator

from registries.models import BureauOwned, EncryptedTextField, Inspector
from registries.models.keys import Keyed

from ...case.models import Case
from ...stamps import Status
from ...states import FindingState


class Visit(BureauOwned):
    """现场检查: when, whom they met, the record (现场检查记录) and how it was signed."""

    UNDONE = [
        ("closed", "关闭、停产"),
        ("moved", "搬走"),
        ("moved_out", "搬出本辖区"),
        ("away", "没有人，联系不上"),
        ("refused", "不让查"),
        ("no_activity", "没有开展这类经营"),
    ]

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
    left_at = models.DateTimeField("离开现场时间", null=True)
    undone = models.CharField("没查成的原因", max_length=12, blank=True, choices=UNDONE)
    statement = models.TextField("企业自己说", blank=True)
    stamps = models.JSONField("到场各步的时间", default=dict)
    clock_note = models.CharField("时间存疑", max_length=300, blank=True)
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
    way = models.CharField("填法", max_length=10, blank=True)
    is_open = models.BooleanField("两人填得不一样，待组长定", default=False)
    at = models.DateTimeField("填写时间", default=timezone.now)

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
        return f"{self.number}. {Truncator(self.wording).chars(40)}"

    def until(self):
        """The day by which it has to be put right, extensions counted; None where
        it was put right at once."""
        return self.extended_to or self.due_on
