"""问题和整改: what was found, how and until when each problem is put right, and the visit that looks again."""

from django.db import models

from registries.models import Inspector

from .case import Case
from .plan import _person
from .status import Status


class FindingQuerySet(models.QuerySet):
    def discard(self):
        """Delete what is still a note. Past the collector, which would ask of tables where nobody may delete; what
        refers to a finding, the database's own keys keep."""
        return self.filter(status="noted")._raw_delete(self.db)


class Finding(models.Model):
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
    status = Status("Finding", default="noted")
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
            models.UniqueConstraint(fields=["case", "line"], condition=~models.Q(line=""), name="finding_line_once"),
        ]

    def __str__(self):
        return f"{self.number}. {self.wording[:40]}"

    def until(self):
        """The day by which it has to be put right, extensions counted; None where it was put right at once."""
        return self.extended_to or self.due_on


class Reinspection(models.Model):
    """整改复查: two of the team look again and say of each problem whether it is put right."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reinspections", verbose_name="检查")
    at = models.DateTimeField("复查时间")
    record = models.TextField("复查情况")
    met = models.CharField("被复查单位负责人", max_length=60, blank=True)
    officer = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="复查人员一")
    second = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="复查人员二")
    filed_at = models.DateTimeField("登记时间", auto_now_add=True)
    filed_by = _person("登记人")

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
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="verdicts", verbose_name="问题")
    is_right = models.BooleanField("已整改")
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "复查意见"
        constraints = [models.UniqueConstraint(fields=["reinspection", "finding"], name="verdict_once")]

    def __str__(self):
        return f"{self.finding}：{'已整改' if self.is_right else '未整改'}"
