"""What came from phones, and what is evidence of what."""

from django.apps import apps
from django.db import models

from registries.models import BureauOwned, StoredFile

from ...case.models import Case
from ...papers.models import Paper
from ...stamps import Status, person
from ...states import FilingState
from .onsite import Finding


class Filing(BureauOwned):
    """上报: one submission of a visit from a phone, byte for byte. Its receipt is the row."""

    KINDS = [
        ("visit", "现场检查"),
        ("lines", "检查表"),
        ("undone", "没查成"),
        ("supplement", "补充记录"),
        ("recusal", "当场申请回避"),
        ("review", "整改复查"),
    ]

    uuid = models.UUIDField("提交标识", unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="filings", verbose_name="检查")
    body = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原文")
    by = person("提交人")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    sent_at = models.DateTimeField("手机发出时间", null=True)
    skew = models.IntegerField("手机时钟偏差（秒）", default=0)
    status = Status(FilingState, default=FilingState.RECEIVED)
    kind = models.CharField("种类", max_length=10, choices=KINDS, default="visit")
    clock = models.JSONField("手机的时间", default=dict)
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
    """已上传文件: the bytes as they came and a clean copy to show; what they are
    evidence of, an Exhibit says."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="uploads", verbose_name="检查")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    camera_at = models.DateTimeField("相机时间", null=True)
    fault = models.CharField("打不开的原因", max_length=100, blank=True)
    at = models.DateTimeField("上传时间", auto_now_add=True)
    by = person("上传人")

    class Meta:
        verbose_name = verbose_name_plural = "已上传文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "original"], name="uploaded_once")]

    def __str__(self):
        return self.original_id[:12]


class ExhibitQuerySet(models.QuerySet):
    def standing(self):
        """Those that count: not of a submission that was not taken, unless the signed record names them or a
        supplement has taken them up."""
        aside = models.Q(filing__status__in=[FilingState.HELD, FilingState.RECEIVED, FilingState.SETTLED])
        return self.exclude(aside & models.Q(is_named=False, supplements=None)).distinct()

    def signatures(self):
        """The signatures that count: of what stands, and of the very text that was filed."""
        found = self.standing().filter(kind="signature")
        filed = models.Exists(
            apps.get_model("inspections", "Sheet").objects.filter(
                case=models.OuterRef("case"), body=models.OuterRef("signed_digest")
            )
        )
        return found.filter(models.Q(signed_digest="") | filed)

    def of_record(self):
        """The signatures under the record itself: not those under a supplement, a paper or a review."""
        others = models.Exists(
            apps.get_model("inspections", "Sheet").objects.filter(
                case=models.OuterRef("case"),
                body=models.OuterRef("signed_digest"),
                kind__in=["paper", "review"],
            )
        )
        return self.signatures().filter(supplements=None).exclude(others)


class Exhibit(BureauOwned):
    """证据材料: a photo, signature, seal, recording or signed paper. The bytes as they came,
    and a clean copy to show."""

    KINDS = [
        ("photo", "现场照片"),
        ("signature", "签名"),
        ("seal", "企业印章照片"),
        ("paper", "纸质文书照片"),
        ("video", "音像记录"),
        ("rectified", "整改证据"),
        ("document", "调取材料"),
    ]
    SIGNERS = [
        ("officer", "检查人员"),
        ("second", "检查人员二"),
        ("third", "检查人员三"),
        ("fourth", "检查人员四"),
        ("fifth", "检查人员五"),
        ("sixth", "检查人员六"),
        ("met", "现场负责人"),
        ("witness", "见证人"),
        ("expert", "检查专家"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exhibits", verbose_name="检查")
    filing = models.ForeignKey(
        Filing,
        on_delete=models.PROTECT,
        related_name="exhibits",
        verbose_name="上报",
        null=True,
        editable=False,
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
    signer_name = models.CharField("签名人姓名", max_length=60, blank=True, editable=False)
    signed_digest = models.CharField("签的是哪一份（SHA-256）", max_length=64, blank=True, editable=False)
    is_named = models.BooleanField("签过的记录写明了它", default=False, editable=False)
    scaled_from = models.CharField("缩小以前的原图（SHA-256）", max_length=64, blank=True, editable=False)
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="查看件")
    width = models.PositiveIntegerField("宽", default=0)
    height = models.PositiveIntegerField("高", default=0)
    taken_at = models.DateTimeField("拍摄时间（手机）", null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    kept_at = models.DateTimeField("存入时间", auto_now_add=True)
    by = person("上传人")

    objects = ExhibitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证据材料"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.caption or self.original_id[:8]}"
