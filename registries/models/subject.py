"""检查对象名录库: the enterprises, their places, codes, licences and events."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from .. import alike
from ..search import key_of
from ..states import EventState
from .bureau import BureauOwned, Section
from .fields import EncryptedTextField
from .files import ImportRun
from .keys import Keyed
from .tables import Category, Tag


class Production(models.TextChoices):
    NORMAL = "normal", "正常"
    HALF_STOPPED = "half_stopped", "半停产"
    SEASONAL = "seasonal", "季节性生产"
    BUILDING = "building", "在建"
    STOPPED = "stopped", "停产"
    LONG_STOPPED = "long_stopped", "长期停产"
    CLOSED = "closed", "关闭"


HAZARDS = [
    "重大危险源",
    "粉尘涉爆",
    "有限空间",
    "涉氨制冷",
    "金属冶炼",
    "高温熔融",
    "两重点一重大",
    "尾矿库",
    "易制毒易制爆",
]


class SubjectQuerySet(models.QuerySet):
    def listed(self):
        """Those that stand in the register now."""
        return self.filter(left_on=None)


class Subject(BureauOwned):
    """检查对象. `ref` is permanent (SJS1 §1): the first valid credit code, or NC- and a register number."""

    ref = models.CharField("名录编号", max_length=40, editable=False)
    name = models.CharField("企业名称", max_length=200)
    former_name = models.CharField("曾用名", max_length=200, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    registration_number = models.CharField(
        "注册号", max_length=15, blank=True, help_text="三证合一前的 13 位或 15 位号码。"
    )
    kind = models.CharField("主体类别", max_length=40, blank=True)
    legal_representative = models.CharField("法定代表人（负责人）", max_length=60, blank=True)
    phone = EncryptedTextField("联系电话", blank=True)
    registered_on = models.DateField("成立日期", null=True, blank=True)
    registration_status = models.CharField("登记状态", max_length=20, default="存续")
    capital = models.CharField("注册资本", max_length=60, blank=True)
    scope = models.TextField("经营范围", blank=True)
    industry = models.CharField("行业", max_length=100, blank=True)
    address = models.CharField("住所", max_length=300, blank=True)
    premises = models.CharField(
        "生产经营地址",
        max_length=300,
        blank=True,
        help_text="与住所不同的填这里；检查通知书和手机上写的是它。",
    )
    town = models.CharField("乡镇（街道）", max_length=50, blank=True)
    village = models.CharField("嘎查村（社区）", max_length=50, blank=True)
    grid = models.CharField("片区网格", max_length=50, blank=True)
    park = models.CharField("园区", max_length=60, blank=True)
    longitude = models.DecimalField("经度", max_digits=10, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    datum = models.CharField(
        "坐标系",
        max_length=10,
        blank=True,
        choices=[(each, each) for each in ("CGCS2000", "GCJ-02", "WGS-84")],
    )
    authority = models.CharField("登记机关", max_length=60, blank=True)
    group_name = models.CharField("所属集团", max_length=100, blank=True)
    shareholders = models.CharField(
        "股东、高管", max_length=300, blank=True, help_text="以顿号分开；只用于提示可能的回避关系。"
    )
    industry_code = models.CharField(
        "行业代码",
        max_length=5,
        blank=True,
        help_text="GB/T 4754—2017：一位字母加两至四位数字，或只写数字。",
        validators=[RegexValidator(r"^[A-T]?\d{2,4}$", "行业代码是两至四位数字，前面可有门类字母。")],
    )
    safety_officer = models.CharField("安全负责人", max_length=60, blank=True)
    safety_phone = EncryptedTextField("安全负责人电话", blank=True)
    liaison = models.CharField("联络员", max_length=60, blank=True)
    liaison_phone = EncryptedTextField("联络员电话", blank=True)
    employees = models.PositiveIntegerField("从业人员数", null=True, blank=True)
    size = models.CharField(
        "规模", max_length=4, blank=True, choices=[(each, each) for each in ("大型", "中型", "小型", "微型")]
    )
    risk = models.CharField(
        "安全风险等级",
        max_length=4,
        blank=True,
        choices=[("重大", "重大（红）"), ("较大", "较大（橙）"), ("一般", "一般（黄）"), ("低", "低（蓝）")],
    )
    grade = models.CharField(
        "安全管理分级", max_length=1, blank=True, choices=[(each, f"{each} 级") for each in "ABCD"]
    )
    standard = models.CharField(
        "安全生产标准化",
        max_length=4,
        blank=True,
        choices=[(each, each) for each in ("一级", "二级", "三级", "未达标")],
    )
    credit = models.CharField(
        "信用风险等级",
        max_length=1,
        blank=True,
        choices=[(each, f"{each} 类") for each in "ABCD"],
        help_text="企业信用风险分类（国市监信发〔2022〕6号）：A 低、B 一般、C 较高、D 高。",
    )
    hazards = models.JSONField("重点危险因素", default=list, blank=True)
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, verbose_name="责任股室", null=True, blank=True
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        verbose_name="监管分类",
        null=True,
        blank=True,
        related_name="subjects",
    )
    proposed_category = models.ForeignKey(
        Category,
        on_delete=models.SET_NULL,
        verbose_name="建议分类",
        null=True,
        blank=True,
        related_name="proposals",
    )
    proposed_for = models.CharField("建议依据的词语", max_length=60, blank=True)
    production = models.CharField("生产状态", max_length=20, choices=Production, default=Production.NORMAL)
    level = models.CharField(
        "执法层级",
        max_length=10,
        default="县级",
        choices=[(each, each) for each in ("省级", "市级", "县级", "乡级")],
        help_text="一家企业只由一级执法。",
    )
    area = models.CharField(
        "辖区认定",
        max_length=10,
        blank=True,
        editable=False,
        choices=[("", "按地址判断"), ("ours", "本辖区"), ("outside", "辖区外")],
    )
    tags = models.ManyToManyField(Tag, verbose_name="监管标签", blank=True)
    is_key = models.BooleanField("重点单位（每年全覆盖）", default=False)
    is_secret = models.BooleanField(
        "依法不公开名录", default=False, help_text="名称不进入公开的对照表和名单。"
    )
    source = models.CharField("数据来源", max_length=60, blank=True)
    verified_on = models.DateField("最近核实日期", null=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="核实人",
        null=True,
        editable=False,
        related_name="+",
    )
    note = models.CharField("备注", max_length=300, blank=True)
    entered_on = models.DateField("入库日期")
    left_on = models.DateField("出库日期", null=True, blank=True, editable=False)
    left_reason = models.CharField("出库原因", max_length=100, blank=True, editable=False)
    left_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="出库批准人",
        null=True,
        editable=False,
        related_name="+",
    )
    entered_by_run = models.ForeignKey(
        ImportRun, on_delete=models.PROTECT, verbose_name="入库文件", null=True, editable=False
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        verbose_name="并入",
        null=True,
        editable=False,
        related_name="merged",
    )
    search = models.TextField("查找用", editable=False, default="")
    alike_name = models.CharField("名称的比对码", max_length=16, editable=False, default="", db_default="")
    alike_place = models.CharField(
        "负责人和住所的比对码", max_length=16, editable=False, default="", db_default=""
    )
    changed_at = models.DateTimeField("最近改动", auto_now=True)

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
        indexes = [
            models.Index(
                fields=["bureau", name], name=f"subject_{name}", condition=Q(left_on=None) & ~Q(**{name: ""})
            )
            for name in ("alike_name", "alike_place")
        ]
        ordering = ["ref"]

    def __str__(self):
        return self.name

    @property
    def site(self):
        """Where it works: its place of business, else its registered address."""
        return self.premises or self.address

    def save(self, *args, update_fields=None, **kwargs):
        self.search = key_of(self.name, self.former_name, self.credit_code, self.ref)
        keys = alike.keys_of(self.name, self.legal_representative, self.address)
        for name, key in keys.items():
            setattr(self, name, key)
        if update_fields is not None:
            update_fields = {*update_fields, "search", *keys}
        super().save(*args, update_fields=update_fields, **kwargs)


class Place(models.Model):
    """生产经营场所: one firm may have three mines."""

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="places", verbose_name="检查对象"
    )
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

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="codes", verbose_name="检查对象"
    )
    code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "信用代码沿革"
        ordering = ["since"]

    def __str__(self):
        return self.code


class Licence(models.Model):
    """许可证: kind, number and until when."""

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="licences", verbose_name="检查对象"
    )
    kind = models.CharField("许可证名称", max_length=60)
    number = models.CharField("编号", max_length=60)
    issuer = models.CharField("发证机关", max_length=60, blank=True)
    issued_on = models.DateField("批准日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True, help_text="长期有效的留空。")
    scope = models.CharField("许可范围、限制存放量", max_length=200, blank=True)
    ended_on = models.DateField(
        "注销、撤销日期", null=True, blank=True, help_text="不再有效的填这里，不删除这一行。"
    )

    class Meta:
        verbose_name = verbose_name_plural = "许可证"
        ordering = ["expires_on"]

    def __str__(self):
        return f"{self.kind} {self.number}"


class SubjectEventQuerySet(models.QuerySet):
    def counted(self, day):
        """Those that the law acts on, on a day: verified by somebody else, within a year
        or within their own period."""
        recent = Q(until=None, happened_on__gt=day - timedelta(days=366)) | Q(until__gte=day)
        return self.filter(recent, status=EventState.VERIFIED, happened_on__lte=day)


class SubjectEvent(Keyed, models.Model):
    """加签事由: complaint, abnormal operation, penalty, 失信 … each with its source. Counts once an officer
    has verified it; one found groundless stays on record and counts for nothing."""

    State = EventState

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="events", verbose_name="检查对象"
    )
    code = models.CharField("事由", max_length=20, help_text="原因代码表“加签事由”中的代码。")
    happened_on = models.DateField("发生日期")
    until = models.DateField("期限至", null=True, blank=True, help_text="如失信名单的期限；不填则按一年计。")
    source = models.CharField("来源文书", max_length=100)
    status = models.CharField(
        "核实",
        max_length=10,
        default=EventState.RECORDED,
        editable=False,
        choices=EventState.choices,
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="登记人",
        null=True,
        editable=False,
        related_name="+",
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="核实人",
        null=True,
        blank=True,
        editable=False,
    )
    verified_at = models.DateTimeField("核实时间", null=True, editable=False)

    objects = SubjectEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "加签事由"
        ordering = ["-happened_on"]

    def __str__(self):
        return f"{self.code} {self.happened_on}"
