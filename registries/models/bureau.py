"""The bureau, its sections, its people's accounts and their dated roles."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from .keys import Keyed

LEVELS = ("省级", "市级", "县级")  # the highest first


class BureauQuerySet(models.QuerySet):
    def here(self):
        """Those that live in this installation, the first founded first; what has moved away is done
        there."""
        return self.filter(moved_at=None).order_by("pk")


class Bureau(Keyed, models.Model):
    """机关: every register, list, plan, series, number and account belongs to one."""

    KEY = "code"

    code = models.CharField("行政区划代码", max_length=12, unique=True)
    name = models.CharField("机关名称", max_length=100)
    short_name = models.CharField("文号简称", max_length=20)
    level = models.CharField(
        "机关层级",
        max_length=10,
        default="县级",
        editable=False,
        choices=[(each, each) for each in LEVELS],
        help_text="名录里执法层级与它相同的企业才由本机关抽取。",
    )
    upper = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="lowers",
        verbose_name="上级机关",
        null=True,
        blank=True,
        editable=False,
    )
    moved_at = models.DateTimeField("迁走的时间", null=True, editable=False)
    moved_to = models.CharField("迁往的网址", max_length=200, blank=True, editable=False)
    credit_code = models.CharField(
        "机关统一社会信用代码",
        max_length=18,
        blank=True,
        help_text="向信用平台、互联网+监管报送时用：作出处罚的机关、数据来源单位。",
    )
    publishes_openings = models.BooleanField(
        "向社会公开回避开封记录",
        default=False,
        help_text="公开后任何人可以核验人员分组；不公开时由监督人核验。",
    )
    publishes_findings = models.BooleanField(
        "公示查出的问题",
        default=True,
        help_text="用公布的检查表里的话写，不公开现场记录、照片和人名。",
    )
    publishes_inspectors = models.BooleanField("公示检查人员姓名", default=False)
    publishes_holders = models.BooleanField(
        "公布执法证持有人名单",
        default=False,
        help_text="姓名、执法证号和有效期，供企业在门口核对来人；不登其他个人信息。",
    )
    training_hours = models.PositiveSmallIntegerField(
        "年培训学时要求",
        default=0,
        help_text="检查前十二个月内培训合格的学时不足的，不参加抽取；0 为不作要求。",
    )
    requires_declaration = models.BooleanField(
        "未作年度回避申报的不抽取",
        default=False,
        help_text="本年度没有申报（“无应申报事项”也是申报）的人员不参加抽取。",
    )
    recusal_suspends = models.BooleanField(
        "申请回避期间暂停该人员检查",
        default=False,
        help_text="行政处罚法第43条：决定作出前不停止调查。默认不停；地方规定要求停的可改。",
    )
    returned_months = models.PositiveSmallIntegerField(
        "停产关闭后恢复的列为必查（月）",
        default=12,
        help_text="以停产、关闭为由未抽或换出的企业，在这些月内恢复生产的，下一次抽查必查；0 为不列。",
    )
    paper_family = models.CharField(
        "文书式样",
        max_length=10,
        default="emergency",
        choices=[("emergency", "应急管理行政执法文书"), ("justice", "司法部行政检查文书")],
        help_text="新出的文书用哪一套；已出的不变。",
    )
    counts_others = models.BooleanField(
        "其他部门的检查计入年度上限",
        default=True,
        help_text="来数里核对过的其他部门的检查，与本机关的一起计入一家企业一年的上限；联合的一次只计一次。",
    )
    needs_entry_code = models.BooleanField(
        "入企检查须赋码", default=True, help_text="本省用“执法码”“检查码”的打开：没有码的检查要在期限内备案。"
    )
    rectify_days = models.PositiveSmallIntegerField(
        "整改期限预填（日）", default=15, help_text="责令限期整改时预先填好的天数，检查人员可逐项改。"
    )
    government = models.CharField(
        "复议机关",
        max_length=60,
        blank=True,
        help_text="行政复议法第24条：本级人民政府。如：青原县人民政府。",
    )
    court = models.CharField("管辖法院", max_length=60, blank=True, help_text="如：青原县人民法院。")
    site_code = models.CharField(
        "网站标识码", max_length=20, blank=True, help_text="政府网站标识码，公示页面页脚显示。"
    )
    site_record = models.CharField(
        "网站备案号", max_length=100, blank=True, help_text="ICP 备案号、公安备案号，公示页面页脚显示。"
    )
    site_host = models.CharField(
        "公示网址的主机名",
        max_length=100,
        blank=True,
        help_text="本机关公示页面自己的主机名，如 gs.example.gov.cn；"
        "空着的，一个系统有几个机关时用 /b/代码/。",
    )
    site_contact = models.CharField(
        "公示联系方式", max_length=200, blank=True, help_text="地址、值班电话，公示页面页脚显示。"
    )
    remedy = models.CharField("救济途径", max_length=300, blank=True)
    hearing_fine_unit = models.DecimalField(
        "较大数额罚款：单位（元）",
        max_digits=12,
        decimal_places=2,
        default=50000,
        help_text="行政处罚法第63条：拟处这个数额以上罚款的，应当告知听证权利。按地方规定填写。",
    )
    hearing_fine_person = models.DecimalField(
        "较大数额罚款：个人（元）", max_digits=12, decimal_places=2, default=5000
    )

    objects = BureauQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "机关"

    def __str__(self):
        return self.name


class BureauOwned(Keyed, models.Model):
    """Uniqueness and visibility are within the bureau."""

    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, verbose_name="机关", editable=False)

    class Meta:
        abstract = True


class Section(BureauOwned):
    """股室、大队."""

    code = models.CharField("代码", max_length=20)
    name = models.CharField("股室名称", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "股室"
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="section_code_once")]
        ordering = ["code"]

    def __str__(self):
        return self.name


def role_choices():
    return [(role, facts["title"]) for role, facts in settings.ROLES.items()]


class Account(Keyed, AbstractUser):
    """One person's account. Rights come from dated roles only; is_superuser and groups mean nothing here."""

    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, verbose_name="机关", null=True, blank=True)
    display_name = models.CharField("姓名", max_length=50)
    section = models.ForeignKey(Section, on_delete=models.PROTECT, verbose_name="股室", null=True, blank=True)
    valid_until = models.DateField("账户有效期至", null=True, blank=True)
    town = models.CharField(
        "乡镇（街道）",
        max_length=50,
        blank=True,
        help_text="只给“乡镇”这个角色：看得到这个乡镇的企业。与名录里的写法一致。",
    )
    must_change_password = models.BooleanField("须改密码", default=False, editable=False)
    sso_name = models.CharField(
        "统一身份账号",
        max_length=150,
        blank=True,
        help_text="本人在统一身份认证系统中的标识；不用统一身份认证的不填。",
    )

    signs_as = models.CharField(
        "办理日志中的名字",
        max_length=150,
        blank=True,
        editable=False,
        help_text="从另一套系统搬来时用户名被占用、改了名的：日志里一直是原来的名字。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "账户"
        constraints = [
            models.UniqueConstraint(
                fields=["sso_name"],
                condition=~models.Q(sso_name=""),
                name="sso_name_once",
                violation_error_message="这个统一身份账号已经属于另一个账户。",
            )
        ]

    def __str__(self):
        return self.display_name or self.username

    @property
    def journal_name(self):
        """How the bureau's journal names it, for ever; the name to sign in by is the installation's."""
        return self.signs_as or self.username

    def is_usable(self):
        """Whether anybody may sign in to it today."""
        return self.is_active and (self.valid_until is None or self.valid_until >= timezone.localdate())

    def roles(self):
        """Names of the roles in force today (Asia/Shanghai)."""
        if not hasattr(self, "_roles"):
            today = timezone.localdate()
            grants = self.role_grants.filter(since__lte=today).exclude(until__lt=today)
            self._roles = set(grants.values_list("role", flat=True))
        return self._roles

    def acts(self):
        """Everything the account may do today (config/roles.py)."""
        return set().union(*(settings.ROLES[role]["acts"] for role in self.roles() if role in settings.ROLES))

    def has_perm(self, perm, obj=None):
        return self.is_active and perm in self.acts()

    def has_perms(self, perm_list, obj=None):
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label):
        return self.is_active and any(act.startswith(app_label + ".") for act in self.acts())

    def get_short_name(self):
        return self.display_name

    @property
    def role_titles(self):
        return "、".join(settings.ROLES[role]["title"] for role in settings.ROLES if role in self.roles())


class RoleGrant(models.Model):
    """A role given to an account from one day to another."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="role_grants", verbose_name="账户"
    )
    role = models.CharField("角色", max_length=20, choices=role_choices)
    since = models.DateField("自", default=timezone.localdate)
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "角色授予"
        ordering = ["account", "role"]

    def __str__(self):
        return f"{self.account}：{self.get_role_display()}"


class SavedFilter(models.Model):
    """常用筛选: a list's filters under a name, for one account."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="filters", verbose_name="账户"
    )
    page = models.CharField("列表", max_length=60)
    title = models.CharField("名称", max_length=30)
    query = models.CharField("条件", max_length=500)

    class Meta:
        verbose_name = verbose_name_plural = "常用筛选"
        constraints = [models.UniqueConstraint(fields=["account", "page", "title"], name="filter_once")]
        ordering = ["title"]

    def __str__(self):
        return self.title
