"""文书: their forms, and the papers signed, numbered and delivered."""

import secrets

from django.core.exceptions import ValidationError
from django.db import models

from registries.models import BureauOwned, StoredFile

from ..case.models import Case, new_token
from ..plan.models import Task
from ..stamps import Status, person
from ..states import LentState, PaperState

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another


def new_typed():
    """Forty random bits that a person can type: what stands under the QR code of a paper."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


# What a form's sentences may name in braces.
WORDS = (
    "bureau",
    "subject",
    "officers",
    "certificates",
    "government",
    "court",
    "day",
    "basis",
    "facts",
    "count",
    "order",
    "number",
    "mode",
    "task",
    "address",
)


class PaperForm(BureauOwned):
    """文书式样: the title, the word of its numbers and its fixed sentences, by
    family, in force from a day on."""

    FAMILIES = [("emergency", "应急管理行政执法文书"), ("justice", "司法部行政检查文书")]

    code = models.CharField("代码", max_length=20)
    family = models.CharField("式样", max_length=10, choices=FAMILIES)
    title = models.CharField("文书名称", max_length=40)
    word = models.CharField("文号字", max_length=20)
    needs_approval = models.BooleanField("须负责人审批", default=False)
    texts = models.JSONField("固定语句", default=dict)
    since = models.DateField("启用日期")
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文书式样"
        ordering = ["order", "family", "-since"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "code", "family", "since"], name="paper_form_once")
        ]

    def __str__(self):
        return f"{self.title}（{self.get_family_display()}）"

    def clean(self):
        """The sentences may speak of what a paper knows, and of nothing else."""
        known = dict.fromkeys(WORDS, "")
        for name, text in self.texts.items() if isinstance(self.texts, dict) else [("", None)]:
            try:
                str.format_map(text, known)
            except (KeyError, ValueError, IndexError, TypeError, AttributeError):
                raise ValidationError(
                    {"texts": f"“{name}”里有不认识的花括号；可用：{'、'.join(WORDS)}"}
                ) from None


class Paper(BureauOwned):
    """文书: drafted from the case's facts, numbered at signing; then its facts,
    number and file stand for ever."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="papers", verbose_name="检查")
    form = models.ForeignKey(PaperForm, on_delete=models.PROTECT, related_name="papers", verbose_name="式样")
    code = models.CharField("种类", max_length=20)
    status = Status(PaperState, default=PaperState.DRAFTED)
    number = models.CharField("文号", max_length=60, blank=True, editable=False)
    token = models.CharField("核验码", max_length=32, unique=True, default=new_token, editable=False)
    typed = models.CharField(
        "手输核验码", max_length=8, unique=True, null=True, default=new_typed, editable=False
    )
    given = models.JSONField("另填内容", default=dict)
    facts = models.JSONField("文书内容", default=dict)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, verbose_name="文件", null=True, editable=False
    )
    reinspection = models.ForeignKey(
        "Reinspection", on_delete=models.PROTECT, related_name="papers", null=True, editable=False
    )
    penalty = models.ForeignKey(
        "Penalty", on_delete=models.PROTECT, related_name="papers", null=True, editable=False
    )
    transfer = models.ForeignKey(
        "Transfer", on_delete=models.PROTECT, related_name="papers", null=True, editable=False
    )
    owes_approval = models.BooleanField("须补办审批", default=False, editable=False)
    drafted_by = person("拟稿人")
    drafted_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    judged_by = person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=300, blank=True, editable=False)
    signed_by = person("签发人")
    signed_at = models.DateTimeField("签发时间", null=True, editable=False)
    voided_by = person("作废人")
    voided_at = models.DateTimeField("作废时间", null=True, editable=False)
    void_reason = models.CharField("作废原因", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "执法文书"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["bureau", "-id"], name="paper_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "number"], condition=~models.Q(number=""), name="paper_number_once"
            )
        ]

    def __str__(self):
        return f"{self.form.title} {self.number}".strip()


class LentNumber(BureauOwned):
    """借出的文号: one number on one phone, for one case, until it is used, comes home or is spoiled. It has
    the codes that its paper will have: who holds the paper can ask for it before it has reached us."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lent", verbose_name="检查")
    code = models.CharField("种类", max_length=20)
    word = models.CharField("文号字", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("号")
    number = models.CharField("文号", max_length=60)
    token = models.CharField("核验码", max_length=32, unique=True, default=new_token, editable=False)
    typed = models.CharField("手输核验码", max_length=8, unique=True, default=new_typed, editable=False)
    device = models.CharField("手机标识", max_length=36, blank=True)
    status = Status(LentState, default=LentState.LENT)
    by = person("领用人")
    at = models.DateTimeField("借出时间", auto_now_add=True)
    ended_by = person("经手人")
    ended_at = models.DateTimeField("了结时间", null=True, editable=False)
    reason = models.CharField("作废原因", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "借出的文号"
        ordering = ["-pk"]
        constraints = [
            # a number that came home and is used again has a row of its own, or a paper
            models.UniqueConstraint(
                fields=["bureau", "word", "year", "serial"],
                condition=~models.Q(status=LentState.REUSED),
                name="lent_once",
            )
        ]

    def __str__(self):
        return self.number


class CleanCopy(models.Model):
    """查看件: of a photo as it came, the copy that pages and documents show: upright, without what the camera
    says of its owner. No file: nobody can read it."""

    original = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, primary_key=True, related_name="clean_copy", verbose_name="原件"
    )
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", null=True, verbose_name="查看件"
    )
    made_at = models.DateTimeField("制作时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "查看件"

    def __str__(self):
        return self.original_id[:12]


class DossierJob(models.Model):
    """案卷制作: a long file of a case, or all the notices of a task, made in the background for whoever
    asked; how far it is, and where it went wrong. The PDF lies apart and is thrown away after some days; that
    it was made is in the journal."""

    token = models.CharField("标识", max_length=22, unique=True, default=new_token, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="dossier_jobs", verbose_name="检查", null=True
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="notice_jobs", verbose_name="任务", null=True
    )
    by = person("经手人")
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    claimed_at = models.DateTimeField("开始时间", null=True)
    attempts = models.PositiveSmallIntegerField("做过几次", default=0)
    finished_at = models.DateTimeField("完成时间", null=True)
    done = models.PositiveIntegerField("已办件数", default=0)
    total = models.PositiveIntegerField("总件数", default=0)
    error = models.CharField("没有做成的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "案卷制作"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.task} 全部检查通知书" if self.task_id else f"{self.case}"

    @property
    def bureau_id(self):
        return (self.task if self.task_id else self.case).bureau_id
