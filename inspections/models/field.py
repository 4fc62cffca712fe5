"""外勤: what comes in from the phone, the files beside it, who confirmed it, and who has looked."""

from django.conf import settings
from django.db import models

from registries.models import BureauOwned, Inspector, StoredFile

from .case import Case
from .finding import Finding
from .paper import Paper
from .plan import _person
from .status import Status


class Filing(BureauOwned):
    """上报: one submission of a visit from a phone, byte for byte. Its receipt is the row."""

    uuid = models.UUIDField("提交标识", unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="filings", verbose_name="检查")
    body = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原文")
    by = _person("提交人")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    sent_at = models.DateTimeField("手机发出时间", null=True)
    skew = models.IntegerField("手机时钟偏差（秒）", default=0)
    status = Status("Filing", default="received")
    reason = models.CharField("未办理的原因", max_length=300, blank=True)
    taken_at = models.DateTimeField("办理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "外勤上报"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.receipt} {self.case}"

    @property
    def receipt(self):
        """What the inspector's phone shows as proof."""
        return f"SD{self.pk:08d}"


class Upload(BureauOwned):
    """已上传文件: the bytes as they came and a clean copy to show; what they are evidence of, an Exhibit says."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="uploads", verbose_name="检查")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    camera_at = models.DateTimeField("相机时间", null=True)
    at = models.DateTimeField("上传时间", auto_now_add=True)
    by = _person("上传人")

    class Meta:
        verbose_name = verbose_name_plural = "已上传文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "original"], name="uploaded_once")]

    def __str__(self):
        return self.original_id[:12]


class Exhibit(BureauOwned):
    """证据材料: a photo, signature, seal, recording or signed paper. The bytes as they came, and a clean copy to show."""

    KINDS = [
        ("photo", "现场照片"), ("signature", "签名"), ("seal", "企业印章照片"), ("paper", "纸质文书照片"),
        ("video", "音像记录"), ("rectified", "整改证据"), ("document", "调取材料"),
    ]  # fmt: skip
    SIGNERS = [
        ("officer", "检查人员"), ("second", "检查人员二"), ("met", "现场负责人"), ("witness", "见证人"), ("expert", "检查专家"),
    ]  # fmt: skip

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exhibits", verbose_name="检查")
    filing = models.ForeignKey(
        Filing, on_delete=models.PROTECT, related_name="exhibits", verbose_name="上报", null=True, editable=False
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    signer = models.CharField("签名人", max_length=10, choices=SIGNERS, blank=True)
    line = models.CharField("检查表行", max_length=40, blank=True)
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, related_name="exhibits", verbose_name="问题", null=True, blank=True
    )
    paper = models.ForeignKey(
        Paper, on_delete=models.PROTECT, related_name="exhibits", verbose_name="文书", null=True, blank=True
    )
    caption = models.CharField("说明", max_length=200, blank=True)
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    taken_at = models.DateTimeField("拍摄时间（手机）", null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    kept_at = models.DateTimeField("存入时间", auto_now_add=True)
    by = _person("上传人")

    class Meta:
        verbose_name = verbose_name_plural = "证据材料"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.caption or self.original_id[:8]}"


class Confirmation(models.Model):
    """复核确认: the second officer says that the record is as it was, or what he holds against it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="confirmations", verbose_name="检查")
    inspector = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="检查人员")
    agrees = models.BooleanField("属实", default=True)
    note = models.CharField("意见", max_length=300, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "复核确认"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "inspector"], name="confirmed_once")]

    def __str__(self):
        return f"{self.inspector}：{'属实' if self.agrees else '有异议'}"


class Look(models.Model):
    """查看记录: who has seen whom a case names, when and where. Only grows."""

    PAGES = [("desk", "检查页面"), ("field", "带到现场"), ("paper", "文书"), ("admin", "工作台"), ("file", "案卷导出")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="looks", verbose_name="检查")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人"
    )
    page = models.CharField("页面", max_length=10, choices=PAGES)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "查看记录"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.account} {self.at:%Y-%m-%d %H:%M}"
