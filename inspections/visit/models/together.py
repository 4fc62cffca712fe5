"""Two on one visit: what each said line by line, what the leader chose, what was signed, what was added
later."""

from django.db import models
from django.utils import timezone

from registries.models import BureauOwned, Inspector, StoredFile

from ...case.models import Case
from ...stamps import Status, person
from ...states import EntryState
from .evidence import Exhibit, Filing
from .onsite import Answer


class Sheet(BureauOwned):
    """签名的内容: the text that people signed, as bytes; its digest is what each signature names."""

    KINDS = [
        ("visit", "现场检查记录"),
        ("undone", "没查成的记录"),
        ("refusal", "拒签情况"),
        ("supplement", "补充记录"),
        ("paper", "当场签发的文书"),
        ("review", "整改复查"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sheets", verbose_name="检查")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="sheets", verbose_name="上报")
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    body = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="内容")
    fault = models.CharField("没有收下的原因", max_length=300, blank=True)
    at = models.DateTimeField("收到时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "签名的内容"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.fingerprint}"

    @property
    def fingerprint(self):
        """The first half of the SHA-256, in fours, as the phone and the papers show it."""
        return " ".join(self.body_id[n : n + 4] for n in range(0, 16, 4))


class Supplement(BureauOwned):
    """补充记录: what came after the record was signed, signed apart. The record stays as it is."""

    SIGNED = [("signed", "企业已签"), ("unsigned", "企业没有签")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supplements", verbose_name="检查")
    number = models.PositiveSmallIntegerField("序号")
    sheet = models.OneToOneField(Sheet, on_delete=models.PROTECT, verbose_name="签名的内容")
    text = models.TextField("补充的内容")
    reason = models.CharField("原因", max_length=300)
    signed = models.CharField("企业签字情况", max_length=10, choices=SIGNED)
    unsigned_reason = models.CharField("企业没有签的原因", max_length=200, blank=True)
    instead_of = models.JSONField("代替或者不要的照片（SHA-256）", default=list)
    exhibits = models.ManyToManyField(Exhibit, related_name="supplements", verbose_name="证据材料")
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="补充人")
    at = models.DateTimeField("补充时间")

    class Meta:
        verbose_name = verbose_name_plural = "补充记录"
        ordering = ["case", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="supplement_once")]

    def __str__(self):
        return f"补充记录 {self.number}"


class Share(models.Model):
    """正在填的: the photos' fingerprints and the wording of problems on one phone, for the other phones of
    the team before anything is signed. Written over: what counts is filed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="shares", verbose_name="检查")
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="填写人")
    told = models.JSONField("内容", default=dict)
    at = models.DateTimeField("时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "正在填的"
        constraints = [models.UniqueConstraint(fields=["case", "by"], name="share_once")]

    def __str__(self):
        return f"{self.case} {self.by}"


class Entry(models.Model):
    """逐行填写: one person's answer to one line at one moment. None is changed; which stands, Answer says."""

    WAYS = [("", "逐行"), ("rest", "一起填为符合")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries", verbose_name="检查")
    line = models.CharField("检查表行", max_length=40)
    value = models.CharField("结果", max_length=10, choices=Answer.VALUES)
    note = models.CharField("说明", max_length=500, blank=True)
    way = models.CharField("填法", max_length=10, choices=WAYS, blank=True)
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="填写人")
    at = models.DateTimeField("填写时间", default=timezone.now)
    filing = models.ForeignKey(
        Filing, on_delete=models.PROTECT, related_name="entries", verbose_name="上报", null=True
    )
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    status = Status(EntryState, default=EntryState.SAID)
    supplement = models.ForeignKey(
        Supplement, on_delete=models.PROTECT, related_name="entries", verbose_name="补充记录", null=True
    )
    settled_by = person("处理人")
    settled_at = models.DateTimeField("处理时间", null=True)
    settle_note = models.CharField("不采用的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "逐行填写"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "line", "by", "at"], name="entry_once"),
        ]

    def __str__(self):
        return f"{self.line} {self.get_value_display()}（{self.by}）"


class Ruling(models.Model):
    """组长的选择: of two answers to one line, the one that stands; both are kept."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rulings", verbose_name="检查")
    line = models.CharField("检查表行", max_length=40)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name="采用的填写")
    by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="组长")
    at = models.DateTimeField("选择时间", default=timezone.now)
    over = models.JSONField("当时有哪几份", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "组长的选择"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.line} 采用 {self.entry}"
