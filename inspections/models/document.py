"""Issued documents and the numbers they and the draws take."""

from django.db import models

from registries.models import BureauOwned, StoredFile

from .case import Case
from .draw import Draw
from .plan import _person
from .scheme import Scheme


class NumberSeries(BureauOwned):
    """A gap-free series: one per (kind, year)."""

    kind = models.CharField("种类", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号"
        constraints = [models.UniqueConstraint(fields=["bureau", "kind", "year"], name="series_once")]

    def __str__(self):
        return f"{self.kind} {self.year}"


class Document(BureauOwned):
    """文书: rendered once, kept as bytes; corrected by issuing another."""

    KINDS = [
        ("draw_record", "抽取记录"), ("seal_notice", "封存公告"), ("scheme", "检查方案"), ("task_notice", "任务通知书"),
        ("names", "编号与名称对照"),
    ]  # fmt: skip

    kind = models.CharField("种类", max_length=20, choices=KINDS)
    edition = models.CharField("版本", max_length=10, choices=[("inner", "内部"), ("public", "公开")])
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="documents", verbose_name="抽取", null=True)
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, related_name="documents", verbose_name="检查方案", null=True
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents", verbose_name="检查", null=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, verbose_name="文件")
    issued_at = models.DateTimeField("制作时间", auto_now_add=True)
    issued_by = _person("制作人")

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}（{self.get_edition_display()}）"
