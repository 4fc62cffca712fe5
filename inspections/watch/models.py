"""光盘台账: discs burnt of a draw, and each time one was read back; 红旗簿; what the self-check has
counted."""

from django.db import models

from registries.models import BureauOwned

from ..draw.models import Draw
from ..stamps import person
from .flagging import RULES


class Disc(BureauOwned):
    """光盘台账: a disc that was burnt, who saw it, where it is kept, and whether it still reads."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="discs", verbose_name="抽取")
    number = models.CharField("光盘编号", max_length=40)
    moment = models.CharField("时点", max_length=10, choices=[("sealed", "封存时"), ("drawn", "抽取后")])
    edition = models.CharField("版本", max_length=10, choices=[("inner", "监督版"), ("public", "公开版")])
    digest = models.CharField("映像 SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("字节数")
    burnt_by = models.CharField("刻录人", max_length=60)
    witness = models.CharField("监刻人", max_length=60)
    kept_at = models.CharField("保管处", max_length=100)
    entered_by = person("登记人")
    entered_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "光盘台账"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "number"], name="disc_number_once")]

    def __str__(self):
        return self.number


class DiscCheck(models.Model):
    """光盘回读: the disc was read again; its digest agrees with the ledger, or does not."""

    disc = models.ForeignKey(Disc, on_delete=models.PROTECT, related_name="checks", verbose_name="光盘")
    digest = models.CharField("回读 SHA-256", max_length=64)
    is_same = models.BooleanField("与台账相符")
    by = person("检查人")
    at = models.DateTimeField("检查时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "光盘回读"
        ordering = ["-pk"]

    def __str__(self):
        return "相符" if self.is_same else "不符"


class RedFlag(BureauOwned):
    """红旗簿: a grave flag, since when, and who has read it. `by`: whose own act it is."""

    ABOUT = "flag"

    key = models.CharField("标识", max_length=64)
    kind = models.CharField("种类", max_length=20)
    text = models.CharField("内容", max_length=500)
    by = person("涉及的人")
    thing = models.CharField("关于哪一户", max_length=120, blank=True)
    place = models.JSONField("在哪里看", default=list)
    first_at = models.DateTimeField("出现", auto_now_add=True)
    gone_at = models.DateTimeField("不再成立", null=True)
    read_by = person("看过的人")
    read_at = models.DateTimeField("看过的时间", null=True)
    note = models.CharField("怎样处理的", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "红旗簿"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "key"], name="flag_once")]

    def __str__(self):
        return self.text

    @property
    def rule(self):
        """The rule that it watches over; of a kind that there is no more, none."""
        return RULES.get(self.kind, "")


class DrawSums(models.Model):
    """自查数: what the self-check asks of a draw, counted once from its files. It tells nothing that they do
    not, and is made anew where it is missing."""

    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="sums", verbose_name="抽取")
    result_digest = models.CharField("结果的指纹", max_length=64)
    sums = models.JSONField("数")
    made_at = models.DateTimeField("计算时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "自查数"
        ordering = ["draw"]

    def __str__(self):
        return str(self.draw)


class SelfCheck(BureauOwned):
    """统计自查: what all draws of a bureau came to when the background last looked."""

    draws = models.PositiveIntegerField("抽取次数")
    questions = models.PositiveIntegerField("对照项数")
    findings = models.JSONField("不能解释的情况")
    unread = models.JSONField("文件读不出来的抽取")
    at = models.DateTimeField("计算时间")

    class Meta:
        verbose_name = verbose_name_plural = "统计自查"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bureau"], name="self_check_once")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d}"
