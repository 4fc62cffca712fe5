"""检查对象名录库: the enterprises, their places, codes and events."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .bureau import BureauOwned, Section
from .fields import EncryptedTextField
from .files import ImportRun
from .tables import Category


class Production(models.TextChoices):
    NORMAL = "normal", "正常"
    STOPPED = "stopped", "停产"
    LONG_STOPPED = "long_stopped", "长期停产"
    CLOSED = "closed", "关闭"


class SubjectQuerySet(models.QuerySet):
    def listed(self):
        """Those that stand in the register now."""
        return self.filter(left_on=None)


class Subject(BureauOwned):
    """检查对象. `ref` is permanent (SJS1 §1): the first valid credit code, or NC- and a register number."""

    ref = models.CharField("名录编号", max_length=40, editable=False)
    name = models.CharField("企业名称", max_length=200)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    kind = models.CharField("主体类别", max_length=40, blank=True)
    legal_representative = models.CharField("法定代表人（负责人）", max_length=60, blank=True)
    phone = EncryptedTextField("联系电话", blank=True)
    registered_on = models.DateField("成立日期", null=True, blank=True)
    registration_status = models.CharField("登记状态", max_length=20, default="存续")
    capital = models.CharField("注册资本", max_length=60, blank=True)
    scope = models.TextField("经营范围", blank=True)
    industry = models.CharField("行业", max_length=100, blank=True)
    address = models.CharField("住所", max_length=300, blank=True)
    town = models.CharField("乡镇（街道）", max_length=50, blank=True)
    section = models.ForeignKey(Section, on_delete=models.PROTECT, verbose_name="责任股室", null=True, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, verbose_name="监管分类", null=True, blank=True, related_name="subjects"
    )
    proposed_category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, verbose_name="建议分类", null=True, blank=True, related_name="proposals"
    )
    proposed_for = models.CharField("建议依据的词语", max_length=60, blank=True)
    production = models.CharField("生产状态", max_length=20, choices=Production, default=Production.NORMAL)
    level = models.CharField("执法层级", max_length=10, default="县级")
    is_key = models.BooleanField("重点单位（每年全覆盖）", default=False)
    entered_on = models.DateField("入库日期")
    left_on = models.DateField("出库日期", null=True, blank=True)
    left_reason = models.CharField("出库原因", max_length=100, blank=True)
    entered_by_run = models.ForeignKey(
        ImportRun, on_delete=models.PROTECT, verbose_name="入库文件", null=True, editable=False
    )
    changed_at = models.DateTimeField("最近改动", auto_now=True)
    sealed_at = models.DateTimeField("最近一次封入抽取", null=True, editable=False)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查对象"
        constraints = [
            models.UniqueConstraint(fields=["bureau", "ref"], name="subject_ref_once"),
            models.UniqueConstraint(
                fields=["bureau", "credit_code"],
                condition=~Q(credit_code=""),
                name="subject_code_once",
                violation_error_message="这个统一社会信用代码已在名录中。",
            ),
        ]
        ordering = ["ref"]

    def __str__(self):
        return self.name


class Place(models.Model):
    """生产经营场所: one firm may have three mines."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="places", verbose_name="检查对象")
    name = models.CharField("场所名称", max_length=100)
    address = models.CharField("地址", max_length=300)
    town = models.CharField("乡镇（街道）", max_length=50, blank=True)
    since = models.DateField("自", null=True, blank=True)
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "生产经营场所"

    def __str__(self):
        return self.name


class SubjectCode(models.Model):
    """曾用与现用的统一社会信用代码: a code is a dated attribute, not the identity."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="codes", verbose_name="检查对象")
    code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "信用代码沿革"
        ordering = ["since"]

    def __str__(self):
        return self.code


class SubjectEvent(models.Model):
    """加签事由: what the law makes an enterprise be drawn more for, counted once an officer has verified it."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="events", verbose_name="检查对象")
    code = models.CharField("事由", max_length=20, help_text="原因代码表“加签事由”中的代码。")
    happened_on = models.DateField("发生日期")
    source = models.CharField("来源文书", max_length=100)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name="核实人", null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "加签事由"
        ordering = ["-happened_on"]

    def __str__(self):
        return f"{self.code} {self.happened_on}"
