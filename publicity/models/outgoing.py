"""报送: who is handed what has been published, in which columns, and what became of each row."""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from inspections.stamps import Status
from registries.models import BureauOwned, EncryptedTextField, StoredFile

from ..states import NOT_HANDED, HandedState
from .disclosure import Disclosure, Release, person


class Receiver(BureauOwned):
    """接收方: a platform or department, how it is handed rows, and whether it knows them again."""

    WAYS = [
        ("file", "经办人取文件报送"),
        ("folder", "写进约定的文件夹"),
        ("push", "本系统推送（带签名的 HTTP）"),
        ("pull", "对方来取（带令牌的接口）"),
    ]
    KNOWS = [
        ("keys", "认得幂等键：同一条重发不会登记两次"),
        ("ask", "不认幂等键，可以先问有没有"),
        ("none", "不认，也不能问：说不清的由人定"),
    ]

    code = models.CharField(
        "代码",
        max_length=30,
        help_text="文件夹名和接口地址里用它：小写字母、数字和横线。",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "只能用小写字母、数字和横线。")],
    )
    name = models.CharField("接收方", max_length=60, help_text="如：自治区信用信息共享平台。")
    shapes = models.JSONField("报送格式", default=list, help_text="报哪几种。")
    way = models.CharField("怎样报", max_length=10, choices=WAYS, default="file")
    address = models.URLField("推送到哪里", max_length=300, blank=True, help_text="只在“本系统推送”时用。")
    knows = models.CharField("认不认得重复的", max_length=5, choices=KNOWS, default="none")
    answer_days = models.PositiveSmallIntegerField(
        "几天没有回执就提醒", default=5, help_text="交出以后过了这些天没有回执的，标为逾期未回，告诉经办人。"
    )
    since = models.DateField("从哪天公示的起报", help_text="以前公示的不报。")
    secret = EncryptedTextField("密钥", blank=True, editable=False)
    is_open = models.BooleanField("在用", default=True)
    trouble = models.CharField("最近一次没有报成的原因", max_length=200, blank=True, editable=False)
    tried_at = models.DateTimeField("最近一次报送", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "接收方"
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="receiver_code_once")]

    def __str__(self):
        return self.name


class Shape(BureauOwned):
    """报送格式: the columns of a receiver's table as a bureau was told them; another version is another row.
    What comes with the system (data/shapes.json) is version 0."""

    code = models.CharField("代码", max_length=30)
    version = models.PositiveIntegerField("版次")
    title = models.CharField("名称", max_length=100)
    of = models.CharField("报什么", max_length=12)
    source = models.CharField("依据", max_length=200, blank=True)
    is_draft = models.BooleanField("草稿", default=True)
    facts = models.JSONField("其他", default=dict)  # day, limit
    columns = models.JSONField("各栏")
    meanings = models.JSONField("代码对应", default=dict)  # {column: {ours: theirs}}
    since = models.DateField("自哪天起用")
    made_by = person("修改人")
    made_at = models.DateTimeField("修改时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "报送格式"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "code", "version"], name="shape_version_once")
        ]

    def __str__(self):
        return f"{self.title} 第 {self.version} 版"


class Batch(BureauOwned):
    """一批: rows that were handed over as one file."""

    receiver = models.ForeignKey(
        Receiver, on_delete=models.PROTECT, related_name="batches", verbose_name="接收方"
    )
    number = models.CharField("批号", max_length=40)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    name = models.CharField("文件名", max_length=120)
    made_by = person("取走人", null=True)
    made_at = models.DateTimeField("取走时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "报送批次"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["receiver", "number"], name="batch_once")]

    def __str__(self):
        return f"{self.receiver} {self.number}"


class HandedRowQuerySet(models.QuerySet):
    def late(self) -> HandedRowQuerySet:
        """Past their day and not handed over."""
        return self.filter(due_on__lt=timezone.localdate(), status__in=NOT_HANDED)


class HandedRow(BureauOwned):
    """报送的一条: one statement for one receiver, in its columns, and what became of it. `mark` is its
    idempotency key; `thing` names what it speaks of, `number` tells its versions there apart."""

    WHATS = [("put", "报送"), ("withdraw", "撤回")]

    receiver = models.ForeignKey(
        Receiver, on_delete=models.PROTECT, related_name="rows", verbose_name="接收方"
    )
    shape = models.CharField("报送格式", max_length=30)
    version = models.PositiveIntegerField("格式版次", default=0)
    thing = models.CharField("事项", max_length=80)
    number = models.PositiveIntegerField("第几次", default=1)
    what = models.CharField("报什么", max_length=10, choices=WHATS, default="put")
    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.PROTECT, related_name="handed", verbose_name="公示", null=True
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="handed", verbose_name="抽取公开", null=True
    )
    subject_name = models.CharField("名称", max_length=200, blank=True)
    mark = models.UUIDField("幂等键", unique=True, default=uuid.uuid4, editable=False)
    body = models.JSONField("内容", default=dict)
    why = models.CharField("撤回的原因", max_length=200, blank=True)
    due_on = models.DateField("报送期限", null=True)
    status = Status(HandedState, default=HandedState.WAITING)
    said = models.CharField("对方或检查说的", max_length=300, blank=True)
    receipt = models.CharField("回执号", max_length=100, blank=True)
    tries = models.PositiveIntegerField("报送次数", default=0)
    next_at = models.DateTimeField("下次不早于", null=True)
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="rows", verbose_name="批次", null=True
    )
    line = models.PositiveIntegerField("文件里第几行", default=0)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    sent_at = models.DateTimeField("交出时间", null=True)
    lost_at = models.DateTimeField("第一次没等到答复", null=True)
    answered_at = models.DateTimeField("回执时间", null=True)
    judged_by = person("认定人", null=True)

    objects = HandedRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报送的行"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["receiver", "shape", "thing", "number"], name="handed_row_once")
        ]
        indexes = [models.Index(fields=["receiver", "status", "id"], name="handed_row_turn")]

    def told(self):
        """What a machine is handed of it."""
        return {
            "mark": str(self.mark),
            "what": self.what,
            "shape": self.shape,
            "version": self.version,
            "thing": self.thing,
            "number": self.number,
            "why": self.why,
            "row": self.body,
        }

    def __str__(self):
        return f"{self.receiver}：{self.subject_name or self.thing}"
