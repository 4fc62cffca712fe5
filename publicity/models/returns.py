"""报送材料: what a bureau hands in of a month, a quarter, a year: a text or a table, drafted from the
numbers, finished by a person, fixed by the head, handed in with the day and what the receiver answered.
Never public by itself."""

from django.db import models

from inspections.stamps import Status
from registries.models import BureauOwned, HandedIn, StoredFile

from ..states import ReturnState
from .disclosure import person


class Return(HandedIn, BureauOwned):
    """报送材料. What is approved is fixed, and its files with it."""

    KINDS = [
        ("summary", "年度总结（报编办）"),
        ("statistics", "行政执法统计"),
        ("justice", "行政执法数据表（报司法局）"),
        ("window", "双随机情况表"),
        ("common", "普遍性问题通报"),
    ]
    TEXTS = ("summary", "common")

    kind = models.CharField("种类", max_length=12, choices=KINDS, default="summary", editable=False)
    title = models.CharField("标题", max_length=200)
    since = models.DateField("自", editable=False)
    until = models.DateField("至", editable=False)
    text = models.TextField(
        "正文",
        blank=True,
        help_text="以 # 开头的一行是小标题；空行分段。数字是起草时数的，改了要能说明。",
    )
    numbers = models.JSONField("各项指标", default=list, editable=False)
    note = models.TextField("说明", blank=True, help_text="与上期相差大的、另填的数，在这里说明。")
    status = Status(ReturnState, default=ReturnState.DRAFTED)
    drafted_by = person("起草人")
    drafted_at = models.DateTimeField("起草时间", auto_now_add=True)
    approved_by = person("批准人", null=True)
    approved_at = models.DateTimeField("批准时间", null=True, editable=False)
    pdf = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="PDF", null=True, editable=False
    )
    word = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="Word、Excel",
        null=True,
        editable=False,
    )
    sent_to = models.CharField("报送给", max_length=100, blank=True, editable=False)
    sent_on = models.DateField("报送日期", null=True, editable=False)
    receipt = models.CharField("收文回执", max_length=200, blank=True, editable=False)
    sent_by = person("报送人", null=True)

    class Meta:
        db_table = "publicity_yearreport"
        verbose_name = verbose_name_plural = "报送材料"
        ordering = ["-pk"]

    def __str__(self):
        return self.title

    @property
    def is_text(self):
        """Whether it is written, not counted."""
        return self.kind in self.TEXTS


class Reply(BureauOwned):
    """回复: what somebody to whom a return or a notice was sent has answered. Kept as it came."""

    answers = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="replies", verbose_name="报送材料"
    )
    sender = models.CharField("谁回复", max_length=100)
    on = models.DateField("回复日期")
    said = models.CharField("内容", max_length=500)
    noted_by = person("登记人")
    noted_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "报送材料的回复"
        ordering = ["on", "pk"]

    def __str__(self):
        return f"{self.sender} {self.on}"


class ReturnLayout(BureauOwned):
    """报表版式: what lines a return has, as a bureau was told to report them. Another version is another
    row."""

    code = models.CharField("报表", max_length=12)
    version = models.PositiveIntegerField("版次")
    title = models.CharField("标题", max_length=100)
    source = models.CharField("依据", max_length=200, blank=True)
    parts = models.JSONField("各栏")
    made_by = person("修改人")
    made_at = models.DateTimeField("修改时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "报表版式"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "code", "version"], name="layout_version_once")
        ]

    def __str__(self):
        return f"{self.title} 第 {self.version} 版"
