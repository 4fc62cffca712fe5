"""随机抽查事项清单: what may be inspected, version by version, and the checklist of each item."""

from django.db import models

from ..states import ItemListState
from .bureau import BureauOwned
from .files import StoredFile
from .handing import HandedIn
from .keys import Keyed
from .tables import Category, LegalArticle


class ItemListQuerySet(models.QuerySet):
    def effective(self, day):
        """Published versions in force on a day."""
        return self.filter(status=ItemListState.PUBLISHED, effective_from__lte=day).exclude(
            effective_to__lt=day
        )


class ItemList(HandedIn, BureauOwned):
    """One version of the list. Only a published, effective version can be planned (国办发〔2024〕54号)."""

    State = ItemListState

    version = models.PositiveIntegerField("版次", editable=False)
    title = models.CharField("清单名称", max_length=100)
    status = models.CharField(
        "状态",
        max_length=20,
        choices=ItemListState.choices,
        default=ItemListState.DRAFTED,
        editable=False,
    )
    published_on = models.DateField("公布日期", null=True, blank=True, editable=False)
    source = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="taken_over",
        verbose_name="沿用的上级清单",
        null=True,
        editable=False,
    )
    effective_from = models.DateField("施行日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)

    objects = ItemListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "随机抽查事项清单"
        constraints = [models.UniqueConstraint(fields=["bureau", "version"], name="itemlist_version_once")]
        ordering = ["-version"]

    def __str__(self):
        return f"{self.title}（第 {self.version} 版）"


class Item(Keyed, models.Model):
    """抽查事项 (domain: 石泉、浙江、龙岩的清单栏目)."""

    item_list = models.ForeignKey(
        ItemList, on_delete=models.CASCADE, related_name="items", verbose_name="清单"
    )
    code = models.CharField("编号", max_length=20)
    name = models.CharField("抽查事项", max_length=200)
    sub_item = models.CharField("抽查子项", max_length=200, blank=True)
    kind = models.CharField(
        "类别", max_length=10, choices=[("general", "一般检查"), ("key", "重点检查")], default="general"
    )
    content = models.TextField("抽查内容", blank=True)
    basis = models.CharField("抽查依据", max_length=300, blank=True)
    articles = models.ManyToManyField(LegalArticle, verbose_name="条文", blank=True)
    authority = models.CharField(
        "抽查主体", max_length=100, blank=True, help_text="执法主体：以谁的名义检查。"
    )
    duty_code = models.CharField("权责清单编码", max_length=40, blank=True)
    objects_text = models.CharField("抽查对象", max_length=200, blank=True)
    categories = models.ManyToManyField(
        Category, verbose_name="适用分类", blank=True, help_text="不选为全部分类。"
    )
    method = models.CharField("检查方式", max_length=100, default="现场检查")
    frequency = models.CharField("抽查比例、频次和上限", max_length=100, blank=True)
    needs_skill = models.BooleanField("检查人员须有专业资格", default=True)
    rules = models.TextField(
        "监管细则",
        blank=True,
        help_text="怎样查、查什么、怎样处理；与清单同一版次，公布后不改（乌审旗方案三（五））。",
    )
    file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        verbose_name="来源文件",
        null=True,
        editable=False,
        related_name="+",
    )
    told = models.JSONField("读入说明", default=list, editable=False)
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="copies",
        verbose_name="沿用的上级事项",
        null=True,
        editable=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "抽查事项"
        constraints = [models.UniqueConstraint(fields=["item_list", "code"], name="item_code_once")]
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.name}"


class CheckLine(models.Model):
    """检查内容: one line of the checklist, with the wording its violation takes."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="lines", verbose_name="事项")
    number = models.PositiveSmallIntegerField("序号")
    heading = models.CharField("项目", max_length=200, blank=True)
    requirement = models.TextField("检查内容")
    violation = models.TextField("违法表述", blank=True)
    basis = models.TextField("认定依据", blank=True)
    measure = models.TextField("处理措施", blank=True)
    penalty_basis = models.TextField("处罚依据", blank=True)
    how = models.TextField("检查方法", blank=True)
    points = models.DecimalField("分值", max_digits=5, decimal_places=1, null=True, blank=True)
    scoring = models.TextField("评分方法", blank=True)
    is_mandatory = models.BooleanField("必查", default=False)
    is_major = models.BooleanField("重大事故隐患", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "检查内容"
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="checkline_number_once")]
        ordering = ["item", "number"]

    def __str__(self):
        return self.requirement[:40]
