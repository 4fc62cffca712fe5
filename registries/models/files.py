"""Files, kept by their content; and the runs that brought a file's rows into a register."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from .. import shelf
from ..states import ImportState
from .bureau import BureauOwned
from .fields import EncryptedTextField


class StoredFile(models.Model):
    """A file by the SHA-256 of its bytes, on the shelf (shelf.py), outside everything that is served."""

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField("字节数")
    # beside it where the office asks for the national ciphers; "" for files of before
    sm3 = models.CharField("SM3 摘要", max_length=64, blank=True, default="")
    media_type = models.CharField("类型", max_length=100)
    kept_at = models.DateTimeField("存入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "存档文件"

    def __str__(self):
        return self.digest[:12]

    @property
    def place(self):
        """Its name on the shelf: ab/cd/abcd…"""
        return f"{self.digest[:2]}/{self.digest[2:4]}/{self.digest}"

    @property
    def path(self):
        """Where it lies on this machine, if the shelf is a folder of it."""
        return Path(settings.FILES_DIR) / self.place

    def is_here(self):
        return shelf.has(self.place)

    def open(self):
        """The file, to be handed on piece by piece."""
        return shelf.open_(self.place)

    def read(self):
        """The bytes; ValueError when they are not those that were kept."""
        data = shelf.get(self.place)
        is_same = hashlib.sha256(data).hexdigest() == self.digest
        if not is_same or (self.sm3 and hashlib.new("sm3", data).hexdigest() != self.sm3):
            raise ValueError(f"stored file {self.digest} has changed on disk")
        return data


class ImportRun(BureauOwned):
    """导入: compared with the register first, applied all or nothing, and may be undone."""

    ABOUT = "import"

    State = ImportState

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, verbose_name="文件")
    file_name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("字节数", default=0)  # as it came: it is kept packed
    encoding = models.CharField("文字编码", max_length=20, blank=True)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    sheets = models.JSONField("各工作表", default=list)
    shows_only = models.BooleanField("不读隐藏的行", default=False)
    hidden_count = models.PositiveIntegerField("隐藏的行数", default=0)
    headers = models.JSONField("表头", default=list)
    header_row = models.PositiveIntegerField("表头行", default=0)
    mapping = models.JSONField("栏目对应", default=dict)
    told = models.JSONField("说明", default=list)
    counts = models.JSONField("各类行数", default=dict)
    status = models.CharField(
        "状态", max_length=20, choices=ImportState.choices, default=ImportState.UNMAPPED
    )
    done = models.PositiveIntegerField("已比对行数", default=0)
    claimed_at = models.DateTimeField("后台最近一次动作", null=True)
    error = models.CharField("没有做成的原因", max_length=60, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    started_at = models.DateTimeField("上传时间", auto_now_add=True)
    compared_at = models.DateTimeField("比对时间", null=True)
    applied_at = models.DateTimeField("应用时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "名录导入"
        ordering = ["-pk"]

    @property
    def called(self):
        """How the register's moves name it."""
        return f"导入 {self.pk}（{self.file_name}）"

    def __str__(self):
        return f"{self.file_name}（{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}）"


class HeaderChoice(BureauOwned):
    """栏目习惯: a header that a clerk has once said the meaning of."""

    header = models.CharField("表头", max_length=100)
    field = models.CharField("对应", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "栏目习惯"
        constraints = [models.UniqueConstraint(fields=["bureau", "header"], name="header_once")]

    def __str__(self):
        return f"{self.header} → {self.field}"


class ImportLine(models.Model):
    """导入行: what one row of the file would do, or why it cannot."""

    OUTCOMES = [
        ("new", "新增"),
        ("changed", "变更"),
        ("unchanged", "无变化"),
        ("doubtful", "待确认"),
        ("undecided", "辖区未定"),
        ("outside", "辖区外"),
        ("quarantined", "隔离（待核）"),
        ("refused", "不能导入"),
        ("missing", "名录有而文件无"),
    ]

    MOST_LEFT = 20_000  # rows that stay when the rest of an import is undone

    # No index of its own: both of the others begin with it.
    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="lines", verbose_name="导入", db_index=False
    )
    row = models.PositiveIntegerField("行号", null=True)
    outcome = models.CharField("结果", max_length=20, choices=OUTCOMES)
    ref = models.CharField("名录编号", max_length=40, blank=True)
    name = models.CharField("企业名称", max_length=200, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    values = models.JSONField("内容", default=dict)
    once_confirmed = models.CharField(
        "确认后", max_length=20, blank=True, choices=[("new", "新增"), ("changed", "变更")]
    )
    place = models.CharField("在何处", max_length=60, blank=True)
    extra = EncryptedTextField("没有认出的栏", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["run", "outcome"], name="line_outcome"),
            models.Index(fields=["run", "ref"], name="line_ref"),
        ]

    def __str__(self):
        return f"{self.row} {self.get_outcome_display()} {self.name}"
