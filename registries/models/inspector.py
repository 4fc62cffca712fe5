"""执法检查人员名录库: who may be sent."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from .bureau import BureauOwned, Section
from .fields import EncryptedTextField
from .tables import Skill


class Inspector(BureauOwned):
    """执法检查人员. `ref` is the permanent register number, not the certificate's."""

    ref = models.CharField("名录编号", max_length=20)
    name = models.CharField("姓名", max_length=50)
    section = models.ForeignKey(Section, on_delete=models.PROTECT, verbose_name="股室")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name="账户", null=True, blank=True
    )
    duty = models.CharField(
        "身份",
        max_length=10,
        default="officer",
        choices=[("officer", "执法人员"), ("expert", "专家"), ("assistant", "辅助人员")],
        help_text="专家和辅助人员只能随行，不计入执法人员，也不参加抽取。",
    )
    post = models.CharField("职务", max_length=40, blank=True)
    unit = models.CharField("工作单位", max_length=60, blank=True)
    skills = models.ManyToManyField(Skill, verbose_name="专业", blank=True)
    may_lead = models.BooleanField("可任组长", default=False)
    former_employers = models.CharField(
        "曾任职单位", max_length=200, blank=True, help_text="以顿号分开；只用于提示可能的回避关系。"
    )
    max_tasks = models.PositiveSmallIntegerField("一次抽取最多任务数", default=40)
    phone = EncryptedTextField("手机", blank=True)
    identity_number = EncryptedTextField("身份证号", blank=True)
    entered_on = models.DateField("入库日期")
    left_on = models.DateField("出库日期", null=True, blank=True)
    left_reason = models.CharField("出库原因", max_length=60, blank=True)
    lent_by = models.CharField("借自", max_length=100, blank=True, editable=False)
    lent_since = models.DateField("借调自", null=True, editable=False)
    lent_until = models.DateField("借调至", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "执法检查人员"
        constraints = [models.UniqueConstraint(fields=["bureau", "ref"], name="inspector_ref_once")]
        ordering = ["ref"]

    def __str__(self):
        return self.name

    def certificate_on(self, day):
        """The certificate in force on a day, or None."""
        held = self.certificates.filter(issued_on__lte=day).exclude(expires_on__lt=day)
        return held.order_by("-issued_on").first()


class Certificate(models.Model):
    """执法证: re-issued under new numbers, so a dated attribute."""

    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="certificates", verbose_name="检查人员"
    )
    number = models.CharField("执法证号", max_length=40)
    issuer = models.CharField("发证机关", max_length=60, blank=True)
    issued_on = models.DateField("发证日期")
    expires_on = models.DateField("有效期至")

    class Meta:
        verbose_name = verbose_name_plural = "执法证"
        ordering = ["-issued_on"]

    def __str__(self):
        return self.number

    def clean(self):
        if self.issued_on and self.expires_on and self.expires_on < self.issued_on:
            raise ValidationError({"expires_on": "有效期不能早于发证日期。"})


class Course(BureauOwned):
    """培训班: planned for a day, held on a day, with who attended (乌审旗 五（三）); or dropped, with why."""

    title = models.CharField("培训内容", max_length=100)
    planned_on = models.DateField("计划日期")
    hours = models.PositiveSmallIntegerField("学时", default=4)
    place = models.CharField("地点、方式", max_length=60, blank=True, help_text="如：局会议室、网上学习。")
    teacher = models.CharField("授课人", max_length=60, blank=True)
    held_on = models.DateField("实际日期", null=True, blank=True)
    dropped = models.CharField("不办的原因", max_length=100, blank=True)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="安排人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "培训计划"
        ordering = ["planned_on", "pk"]

    def __str__(self):
        return self.title


class Training(models.Model):
    """培训: what keeps a skill in force where the bureau asks for it (Bureau.training_hours)."""

    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="trainings", verbose_name="检查人员"
    )
    held_on = models.DateField("日期")
    subject = models.CharField("内容", max_length=100)
    hours = models.PositiveSmallIntegerField("学时")
    passed = models.BooleanField("考核合格", default=True)
    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        related_name="trainings",
        verbose_name="培训计划",
        null=True,
        editable=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "培训"
        ordering = ["-held_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "course"], condition=models.Q(course__isnull=False), name="attended_once"
            )
        ]

    def __str__(self):
        return f"{self.held_on} {self.subject}"


class Leave(models.Model):
    """请假、外出: away from one day to another."""

    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="leaves", verbose_name="检查人员"
    )
    since = models.DateField("自")
    until = models.DateField("至")
    reason = models.CharField("事由", max_length=60, blank=True)
    noted_at = models.DateTimeField("登记时间", default=timezone.now, null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "请假外出"
        ordering = ["-since"]

    def clean(self):
        if self.since and self.until and self.until < self.since:
            raise ValidationError({"until": "结束日期不能早于开始日期。"})

    def __str__(self):
        return f"{self.since} 至 {self.until}"
