"""来数: what other departments hand over of enterprises: who hands it over, each time that they do, each row,
and what stands of each of their records."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from ..sheets.delivered import CONTENTS, title_of
from ..states import DeliveryRowState, DeliveryState
from .bureau import BureauOwned
from .fields import EncryptedTextField
from .files import StoredFile
from .subject import Licence, Subject, SubjectEvent


def _person(title):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=title,
        null=True,
        editable=False,
    )


class Source(BureauOwned):
    """数据来源: one content from one department, and how its tables are read. `mapping`: {field: header},
    `meanings`: {field: {what they write: what it means}}."""

    WAYS = [
        ("file", "经办人上传文件"),
        ("folder", "放进约定的文件夹"),
        ("request", "对方推送（带签名的 HTTP）"),
        ("pull", "本系统定时去取"),
    ]

    code = models.CharField(
        "代码",
        max_length=30,
        help_text="文件夹名和推送地址里用它：小写字母、数字和横线。",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "只能用小写字母、数字和横线。")],
    )
    name = models.CharField("来源", max_length=60, help_text="哪个部门的什么平台，如：县市场监管局。")
    content = models.CharField(
        "内容", max_length=20, choices=[(code, each["title"]) for code, each in CONTENTS.items()]
    )
    way = models.CharField("怎样来", max_length=10, choices=WAYS, default="file")
    every_days = models.PositiveSmallIntegerField(
        "多少天来一次", default=0, help_text="超过这些天没有来的，在“数据交换”上提醒；0 为不定期。"
    )
    address = models.URLField("去哪里取", max_length=300, blank=True, help_text="只在“本系统定时去取”时用。")
    hours = models.PositiveSmallIntegerField("几小时取一次", default=24)
    secret = EncryptedTextField("密钥", blank=True, editable=False)
    mapping = models.JSONField("栏目对应", default=dict, blank=True, editable=False)
    meanings = models.JSONField("写法的意思", default=dict, blank=True, editable=False)
    is_open = models.BooleanField("在用", default=True)
    asked_at = models.DateTimeField("最近一次去取", null=True, editable=False)
    trouble = models.CharField("最近一次没有取成的原因", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "数据来源"
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="source_code_once")]

    def __str__(self):
        return f"{self.name}：{self.get_content_display()}"


class Delivery(BureauOwned):
    """来数: one file or message of a source, as it came; read, looked at by one, confirmed by another."""

    State = DeliveryState

    CALLED = "来数 {}"

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="deliveries", verbose_name="来源"
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    digest = models.CharField("原件的摘要", max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("字节数", default=0)
    way = models.CharField("怎样来", max_length=10, choices=Source.WAYS)
    as_of = models.DateField("数据截至", null=True)
    headers = models.JSONField("表头", default=list)
    told = models.JSONField("说明", default=list)
    counts = models.JSONField("各类行数", default=dict)
    status = models.CharField(
        "状态",
        max_length=20,
        choices=DeliveryState.choices,
        default=DeliveryState.RECEIVED,
        editable=False,
        db_index=True,
    )
    error = models.CharField("没有读成的原因", max_length=300, blank=True)
    received_by = _person("上传人")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    checked_by = _person("核对人")
    checked_at = models.DateTimeField("核对时间", null=True)
    confirmed_by = _person("确认人")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    sent_back = models.CharField("退回的原因", max_length=200, blank=True)
    undone_by = _person("撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_why = models.CharField("撤销的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来数"
        ordering = ["-pk"]

    @property
    def called(self):
        """How the register's moves name it."""
        return f"{self.CALLED.format(self.pk)}（{self.source.name[:20]}）"

    def __str__(self):
        return f"{self.source} {self.name}"


class OtherVisit(BureauOwned):
    """其他部门的检查: a visit by another department, as it was delivered and verified; counted with ours
    towards the yearly cap. One that was taken back stays, and counts no more."""

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="other_visits", verbose_name="检查对象"
    )
    department = models.CharField("部门", max_length=60)
    on = models.DateField("检查日期")
    matter = models.CharField("检查事项", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    withdrawn_on = models.DateField("撤回日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "其他部门的检查"
        ordering = ["-on", "pk"]

    def __str__(self):
        return f"{self.department} {self.on}"


class SourceRecord(BureauOwned):
    """对方的一条记录: what a source says of one thing, by the key that tells it again; its rows are
    statements on it, and what stands of them is what the register has from it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="records", verbose_name="来源")
    key = models.CharField("对方的记录", max_length=200)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="source_records", verbose_name="检查对象", null=True
    )
    event = models.ForeignKey(
        SubjectEvent, on_delete=models.PROTECT, related_name="+", verbose_name="加签事由", null=True
    )
    licence = models.ForeignKey(
        Licence, on_delete=models.PROTECT, related_name="+", verbose_name="许可证", null=True
    )
    visit = models.ForeignKey(
        OtherVisit, on_delete=models.PROTECT, related_name="+", verbose_name="其他部门的检查", null=True
    )
    before = models.JSONField("采用以前名录里的", default=dict)  # {field: raw text}
    given = models.JSONField("写进名录的", default=dict)  # {field: raw text}

    class Meta:
        verbose_name = verbose_name_plural = "对方的记录"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="source_record_once")]

    def __str__(self):
        return self.key


class DeliveryRow(BureauOwned):
    """来数的一行: a statement on a record of the source. `values`: {field: text} as read; `weighs`: whether
    it changes lots or who may be drawn, so that a second person is asked."""

    State = DeliveryRowState

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="rows", verbose_name="来数", db_index=False
    )
    number = models.PositiveIntegerField("行号")
    key = models.CharField("对方的记录", max_length=200, blank=True)
    digest = models.CharField("内容的摘要", max_length=64)
    as_of = models.CharField("何时的", max_length=20, blank=True)  # orders the statements on one record
    values = models.JSONField("内容", default=dict)
    subject = models.ForeignKey(
        Subject,
        on_delete=models.PROTECT,
        related_name="delivery_rows",
        verbose_name="检查对象",
        null=True,
    )
    record = models.ForeignKey(
        SourceRecord, on_delete=models.PROTECT, related_name="rows", verbose_name="记录", null=True
    )
    status = models.CharField(
        "状态",
        max_length=20,
        choices=DeliveryRowState.choices,
        default=DeliveryRowState.LISTED,
        editable=False,
        db_index=True,
    )
    weighs = models.BooleanField("影响抽取", default=False)
    said = models.CharField("说明", max_length=300, blank=True)
    checked_by = _person("核对人")
    judged_by = _person("确认人")
    judged_at = models.DateTimeField("办理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "来数的行"
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="delivery_row_once")]
        indexes = [models.Index(fields=["bureau", "key"], name="delivery_row_key")]

    @property
    def called(self):
        """What the row calls the enterprise."""
        return self.values.get("name") or self.values.get("credit_code") or "没有名称"

    def __str__(self):
        return f"{self.called}（{self.delivery.source.get_content_display()}，第 {self.number} 行）"

    @property
    def said_values(self):
        """[(title, text)] of what the row says, as the source's content calls it."""
        content = self.delivery.source.content
        return [(title_of(content, name), text) for name, text in self.values.items() if text]
