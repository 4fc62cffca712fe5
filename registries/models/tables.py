"""Tables that a bureau may extend, and law as data: classes, skills, reasons, grounds, limits, articles."""

from django.db import models
from django.utils import timezone

from .bureau import BureauOwned, Section


class Skill(BureauOwned):
    """专业: what a class of enterprises asks of an inspector."""

    name = models.CharField("专业", max_length=30)

    class Meta:
        verbose_name = verbose_name_plural = "专业"
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="skill_once")]
        ordering = ["name"]

    def __str__(self):
        return self.name


class Category(BureauOwned):
    """监管分类: the stratum that an enterprise is drawn in."""

    code = models.CharField("代码", max_length=10)
    name = models.CharField("监管分类", max_length=30)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, verbose_name="所需专业")
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, verbose_name="主管股室", null=True, blank=True
    )
    yearly_cap = models.PositiveSmallIntegerField(
        "年度检查上限（次）",
        null=True,
        blank=True,
        help_text="同一企业一年内行政检查的次数上限（国办发〔2024〕54号）；不填为不限。",
    )
    sealed_at = models.DateTimeField("最近一次封入抽取", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "监管分类"
        constraints = [
            models.UniqueConstraint(fields=["bureau", "code"], name="category_code_once"),
            models.UniqueConstraint(fields=["bureau", "name"], name="category_name_once"),
        ]
        ordering = ["code"]

    def __str__(self):
        return self.name


class CapRule(models.Model):
    """年度检查上限表: the yearly cap of a class by one grading of its enterprises
    (国办发〔2024〕54号; 各省公布的频次表)."""

    FIELDS = [("risk", "安全风险等级"), ("grade", "安全管理分级"), ("standard", "安全生产标准化")]

    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="caps", verbose_name="监管分类"
    )
    field = models.CharField("按", max_length=10, choices=FIELDS)
    value = models.CharField("等级", max_length=10, help_text="与企业名录中的写法一致，如：重大、A、二级。")
    yearly = models.PositiveSmallIntegerField("年度上限（次）")
    basis = models.CharField("依据", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度检查上限表"
        constraints = [models.UniqueConstraint(fields=["category", "field", "value"], name="cap_once")]
        ordering = ["category", "field", "value"]

    def __str__(self):
        return f"{self.get_field_display()}{self.value}：{self.yearly} 次"


class LotRule(BureauOwned):
    """加签表: for what an enterprise has further lots in a random draw, and how many
    (汶上二（三）加大随机抽查力度). The bureau's own; published with the plan, fixed in
    each draw at its sealing."""

    SOURCES = [
        ("event", "加签事由"),
        ("risk", "安全风险等级"),
        ("grade", "安全管理分级"),
        ("credit", "信用风险等级"),
    ]

    source = models.CharField("按", max_length=10, choices=SOURCES, default="event")
    value = models.CharField(
        "事由代码或等级", max_length=20, help_text="事由代码见原因代码表；等级与企业名录中的写法一致。"
    )
    lots = models.PositiveSmallIntegerField("多放几张签")
    each = models.BooleanField(
        "逐件累加", default=False, help_text="有几件就加几次；不选则有没有都只加一次。"
    )
    most = models.PositiveSmallIntegerField("最多加几张", null=True, blank=True)
    basis = models.CharField("依据", max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "加签表"
        constraints = [models.UniqueConstraint(fields=["bureau", "source", "value"], name="lot_rule_once")]
        ordering = ["source", "pk"]

    def __str__(self):
        return f"{self.get_source_display()} {self.value}"


class InspectionKind(BureauOwned):
    """检查类型: what a task is for decides whether it is drawn, counted against the cap, and
    approved before or after."""

    DRAWS = [
        ("required", "必须双随机抽取"),
        ("usual", "一般双随机抽取，不抽取要说明理由"),
        ("allowed", "企业指定，人员抽取"),
        ("forbidden", "不抽取"),
    ]

    code = models.CharField("代码", max_length=20)
    title = models.CharField("检查类型", max_length=30)
    draw = models.CharField("抽取", max_length=10, choices=DRAWS, default="required")
    is_planned = models.BooleanField("须列入年度计划", default=True)
    counts = models.BooleanField(
        "计入年度检查次数", default=True, help_text="同一企业年度检查上限按计入的次数算。"
    )
    needs_papers = models.BooleanField("须有批准文号和备案号", default=False)
    may_be_urgent = models.BooleanField("紧急时可先检查、后补批准", default=False)
    basis = models.CharField("依据", max_length=150, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "检查类型"
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="kind_once")]
        ordering = ["order", "code"]

    def __str__(self):
        return self.title


class Tag(BureauOwned):
    """监管标签: what a bureau wants to find enterprises by, beside their class."""

    name = models.CharField("标签", max_length=30)

    class Meta:
        verbose_name = verbose_name_plural = "监管标签"
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="tag_once")]
        ordering = ["name"]

    def __str__(self):
        return self.name


class CategoryRule(models.Model):
    """归类规则: words that propose a class; a clerk confirms."""

    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="rules", verbose_name="监管分类"
    )
    order = models.PositiveSmallIntegerField("次序", default=100, help_text="先命中者为准，数小者先。")
    words = models.TextField("出现任一词语", help_text="以空格分开；在企业名称、行业和经营范围中查找。")
    unless = models.TextField("但不含", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "归类规则"
        ordering = ["order", "pk"]

    def __str__(self):
        return f"{self.order} → {self.category}"


def reason_kinds():
    return [
        ("exclusion", "不抽取（名录）"),
        ("absence", "不抽取（人员）"),
        ("change_subject", "更换企业"),
        ("change_inspector", "更换人员"),
        ("void", "作废抽取"),
        ("event", "加签事由"),
        ("unjoined", "不合并到场"),
        ("result", "检查结果"),
    ]


class Reason(BureauOwned):
    """原因代码: the coded reasons of exclusions, changes, voids, extra lots and results."""

    kind = models.CharField("用途", max_length=20, choices=reason_kinds)
    code = models.CharField("代码", max_length=20)
    title = models.CharField("名称", max_length=60)
    national_code = models.CharField("国家公示系统代码", max_length=4, blank=True)
    lifts = models.BooleanField(
        "已抽查的仍可再抽",
        default=False,
        help_text="加签事由：本年度抽查过的企业有这种事由的，不受“不再抽”限制（乌审旗四（一））。",
    )
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "原因代码"
        constraints = [models.UniqueConstraint(fields=["bureau", "kind", "code"], name="reason_once")]
        ordering = ["kind", "order", "code"]

    def __str__(self):
        return self.title


class RecusalGround(BureauOwned):
    """回避事由 (公务员法第74、76条；行政处罚法第43条)."""

    code = models.CharField("代码", max_length=4)
    title = models.CharField("事由", max_length=100)
    basis = models.CharField("依据", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回避事由"
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="ground_once")]
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.title}"


class LegalLimit(BureauOwned):
    """法定期限: a length of time with its article, in force from a day on, between the
    events that begin and end it."""

    UNITS = [("workday", "工作日"), ("day", "日"), ("hour", "小时"), ("month", "个月")]
    WHO = [
        ("team", "检查组"),
        ("head", "负责人"),
        ("clerk", "经办人"),
        ("supervisor", "监督人"),
        ("party", "当事人"),
        ("police", "公安机关"),
    ]

    code = models.CharField("代码", max_length=30)
    title = models.CharField("期限", max_length=60)
    length = models.PositiveSmallIntegerField("长短")
    unit = models.CharField("单位", max_length=10, choices=UNITS)
    begins = models.CharField(
        "自何节点起", max_length=100, blank=True, help_text="任一节点发生即起算，以空格分开。"
    )
    ends = models.CharField("至何节点止", max_length=100, blank=True)
    is_backward = models.BooleanField("提前", default=False, help_text="从将来的节点往前数：须在此之前办。")
    rolls = models.BooleanField("末日逢放假顺延", default=False)
    who = models.CharField("谁办", max_length=10, choices=WHO, default="team")
    basis = models.CharField("依据", max_length=150)
    since = models.DateField("施行日期")

    class Meta:
        verbose_name = verbose_name_plural = "法定期限"
        constraints = [models.UniqueConstraint(fields=["bureau", "code", "since"], name="limit_once")]
        ordering = ["code", "-since"]

    def __str__(self):
        return self.title


class Discretion(BureauOwned):
    """行政处罚裁量基准: one tier of one violation, in force from a day on; what a decision must keep within
    (行政处罚法第34条)."""

    PARTIES = [("unit", "单位"), ("person", "个人")]

    code = models.CharField("代码", max_length=20)
    violation = models.CharField("违法行为", max_length=200)
    basis = models.CharField("处罚依据", max_length=150)
    tier = models.CharField("裁量档次", max_length=40)
    applies = models.CharField("适用情形", max_length=200, blank=True)
    party = models.CharField("处罚对象", max_length=10, choices=PARTIES, default="unit")
    least = models.DecimalField("罚款下限（元）", max_digits=12, decimal_places=2, default=0)
    most = models.DecimalField("罚款上限（元）", max_digits=12, decimal_places=2, default=0)
    also = models.CharField("并处", max_length=100, blank=True)
    since = models.DateField("施行日期")
    until = models.DateField("停止适用日期", null=True, blank=True, help_text="这一天起不再适用。")

    class Meta:
        verbose_name = verbose_name_plural = "裁量基准"
        constraints = [models.UniqueConstraint(fields=["bureau", "code", "since"], name="discretion_once")]
        ordering = ["code", "-since"]

    def __str__(self):
        return f"{self.code} {self.violation}·{self.tier}（{self.least:,.0f}—{self.most:,.0f} 元）"


class LegalArticle(BureauOwned):
    """法律条文: one article of one version of a law; without an article, the whole of that version."""

    law = models.CharField("法律文件", max_length=100, help_text="不带书名号。")
    article = models.CharField("条款", max_length=40, blank=True)
    text = models.TextField("条文", blank=True)
    since = models.DateField("施行日期", null=True, blank=True)
    repealed_on = models.DateField("废止日期", null=True, blank=True)
    replaced_by = models.CharField("代之以", max_length=150, blank=True)
    marks = models.CharField(
        "文中写法",
        max_length=200,
        blank=True,
        help_text="事项和检查表的依据中出现其中任一写法即提醒，以空格分开；不填则按《法律文件》。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "法律条文"
        ordering = ["law", "article"]

    def __str__(self):
        return f"《{self.law}》{self.article}"

    def is_repealed(self):
        """Whether it is no longer law today."""
        return self.repealed_on is not None and self.repealed_on <= timezone.localdate()

    def warning(self):
        """What whoever cites it should know, or ""."""
        if self.is_repealed():
            return f"{self} 已于 {self.repealed_on} 废止" + (
                f"，现为{self.replaced_by}" if self.replaced_by else ""
            )
        return (
            f"{self}：{self.replaced_by} 已施行，请核对" if self.replaced_by and not self.repealed_on else ""
        )

    def is_cited_in(self, text):
        """Whether a basis names it, as it is written in bureaus' own sheets."""
        return any(mark in text for mark in (self.marks.split() or [f"《{self.law}》"]))
