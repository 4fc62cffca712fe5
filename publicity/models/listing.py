"""公示索引: one row a living statement, made from its payload and from nothing else; may
be made again at any time."""

from django.db import models

from registries.models import Bureau

from .disclosure import Disclosure, Release


class Listing(models.Model):
    """What the public's lists, searches, files and feeds are read from: results and
    penalties that stand today."""

    disclosure = models.OneToOneField(
        Disclosure, on_delete=models.PROTECT, primary_key=True, related_name="listing", verbose_name="公示"
    )
    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, verbose_name="机关")
    kind = models.CharField("种类", max_length=12, choices=Disclosure.KINDS)
    token = models.CharField("公示编号", max_length=20)
    ref = models.CharField("名录编号", max_length=40, db_index=True)
    name = models.CharField("名称", max_length=200)
    code = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    search = models.TextField("查找用")
    sound = models.CharField("读音", max_length=800, blank=True)
    town = models.CharField("乡镇（街道）", max_length=50, blank=True)
    industry = models.CharField("行业", max_length=100, blank=True)
    category = models.CharField("监管分类", max_length=50, blank=True)
    items = models.CharField("事项代码", max_length=400, blank=True)
    result_code = models.CharField("结果代码", max_length=10, blank=True)
    result = models.CharField("结果", max_length=60, blank=True)
    draw = models.CharField("抽取编号", max_length=30, blank=True)
    on = models.DateField("检查或决定日期")
    published_at = models.DateTimeField("公示时间")
    ends_on = models.DateField("公示至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示索引"
        ordering = ["-published_at", "-pk"]
        indexes = [
            models.Index(fields=["-published_at", "-disclosure"], name="listing_newest"),
            models.Index(fields=["-on", "-disclosure"], name="listing_by_day"),
            models.Index(fields=["name", "disclosure"], name="listing_by_name"),
            models.Index(fields=["town", "-published_at"], name="listing_by_town"),
            models.Index(fields=["result_code", "-published_at"], name="listing_by_result"),
        ]

    def __str__(self):
        return self.name


class Ticket(models.Model):
    """签号索引: where an enterprise stood in a released draw, so that it finds itself. From
    the released files alone."""

    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="tickets", verbose_name="抽取公开"
    )
    ref = models.CharField("名录编号", max_length=40)
    stratum = models.CharField("分层", max_length=60)
    status = models.CharField("状态", max_length=30)
    lots = models.PositiveSmallIntegerField("签数", default=1)
    is_drawn = models.BooleanField("抽中")

    class Meta:
        verbose_name = verbose_name_plural = "签号索引"
        constraints = [models.UniqueConstraint(fields=["release", "ref"], name="ticket_once")]
        indexes = [models.Index(fields=["ref"], name="ticket_by_ref")]

    def __str__(self):
        return self.ref


class Dump(models.Model):
    """数据版本: the files of a day as anybody may take them, with their hashes; a
    version is never written again."""

    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="机关", null=True
    )  # none: of before there could be several
    day = models.DateField("日期")
    files = models.JSONField("文件")
    made_at = models.DateTimeField("制作时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据版本"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "day"], name="dump_once"),
            models.UniqueConstraint(fields=["day"], condition=models.Q(bureau=None), name="dump_of_all_once"),
        ]

    def __str__(self):
        return self.day.isoformat()
