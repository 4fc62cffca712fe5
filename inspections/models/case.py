"""检查: the case, who goes, the visit. A case may have no draw and no visit; a visit may serve several cases."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from registries.models import BureauOwned, EncryptedTextField, Inspector, ItemList, Place, Subject

from .draw import Draw
from .plan import Task, _person
from .status import Status


def new_token():
    """128 random bits: what a URL may carry without saying anything."""
    return secrets.token_urlsafe(16)


class CaseQuerySet(models.QuerySet):
    def visible_to(self, account):
        """The cases an account sits in now. Everybody else's do not exist for them."""
        return self.filter(
            Q(draw=None) | Q(draw__tell_at=None) | Q(draw__tell_at__lte=timezone.now()),
            assignments__inspector__account=account, assignments__until=None, bureau=account.bureau_id,
        ).distinct()  # fmt: skip


class Case(BureauOwned):
    """One enterprise to be inspected, with the items and texts it was drawn under."""

    token = models.CharField("标识", max_length=32, unique=True, default=new_token, editable=False)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="cases", verbose_name="抽取", null=True)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="cases", verbose_name="任务", null=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="cases", verbose_name="检查对象")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, verbose_name="场所", null=True, blank=True)
    item_list = models.ForeignKey(ItemList, on_delete=models.PROTECT, verbose_name="事项清单版本")
    checklist = models.JSONField("检查表")
    mode = models.CharField(
        "检查方式", max_length=10, default="onsite",
        choices=[("onsite", "现场检查"), ("written", "书面检查"), ("network", "网络监测")],
    )  # fmt: skip
    status = Status("Case", default="opened")
    opened_at = models.DateTimeField("立项时间", auto_now_add=True)
    written_record = models.TextField("书面或网络检查记录", blank=True)
    ended_at = models.DateTimeField("检查结束时间", null=True)
    ended_by = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="结束人", null=True, editable=False
    )
    named_leader = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="指定组长", null=True, blank=True
    )
    report_due_on = models.DateField("报告期限", null=True)
    entry_code = models.CharField("执法码", max_length=60, blank=True, help_text="本省涉企检查平台赋的码。")
    joint = models.ForeignKey(
        "JointVisit", on_delete=models.PROTECT, related_name="cases", verbose_name="联合检查", null=True, blank=True
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "subject"], name="one_case_a_draw")]

    def __str__(self):
        return self.subject.name

    def source(self):
        """Where the case comes from, in words: its draw, or its task's kind."""
        return self.draw.number if self.draw_id else self.task.number or self.task.title

    def team(self):
        """The assignments in force, in the order of the seats."""
        return self.assignments.filter(until=None).select_related("inspector").order_by("seat")


class Assignment(models.Model):
    """派员: a seat of the team. Replaced people stay on the list with the day they left."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments", verbose_name="检查")
    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="assignments", verbose_name="检查人员"
    )
    seat = models.PositiveSmallIntegerField("座次")
    leads = models.BooleanField("组长", default=False)
    since = models.DateTimeField("自", auto_now_add=True)
    until = models.DateTimeField("至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "派员"
        ordering = ["case", "seat", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "inspector"], condition=Q(until=None), name="once_in_a_team"),
            models.UniqueConstraint(fields=["case", "seat"], condition=Q(until=None), name="one_on_a_seat"),
        ]

    def __str__(self):
        return f"{self.inspector}"


class JointVisit(BureauOwned):
    """联合检查: cases of one enterprise that several sections' tasks have drawn; one visit, each side its own people."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name="企业")
    status = Status("JointVisit", default="proposed")
    lead = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="+", verbose_name="牵头的检查", null=True, editable=False
    )
    reason = models.CharField("不合并的原因", max_length=20, blank=True)
    decided_by = _person("决定人")
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    proposed_at = models.DateTimeField("发现时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "联合检查"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.subject}"


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
        "签字情况", max_length=10, blank=True,
        choices=[("signed", "已签字确认"), ("refused", "拒绝签字"), ("absent", "无法签字")],
    )  # fmt: skip
    unsigned_reason = models.CharField("未签字原因", max_length=200, blank=True)
    witness = models.CharField("见证人", max_length=60, blank=True)
    recorder_number = models.CharField("执法记录仪编号", max_length=40, blank=True)
    video_name = models.CharField("音像文件", max_length=200, blank=True)
    way = models.CharField(
        "填报方式", max_length=10, default="desk",
        choices=[("desk", "网页"), ("phone", "手机上报"), ("paper", "纸质补录")],
    )  # fmt: skip
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
