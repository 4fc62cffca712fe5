"""来信: an objection, a correction asked for, the enterprise's own word, a report or
complaint; a receipt for each."""

import secrets

from django.db import models

from inspections.stamps import Status
from registries.models import BureauOwned, EncryptedTextField, StoredFile, Subject

from ..states import LetterState
from .disclosure import Disclosure, person

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another


def new_receipt():
    """Sixteen signs, some eighty bits: nobody comes upon somebody else's letter by trying."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


FOR_THE_SUPERVISOR = {"complaint"}


class LetterQuerySet(models.QuerySet):
    def waiting_for(self, account):
        """Complaints go to the supervisor alone, everything else to those who keep the window."""
        if "supervisor" in account.roles():
            return self.filter(kind__in=FOR_THE_SUPERVISOR)
        return self.exclude(kind__in=FOR_THE_SUPERVISOR)


class Letter(BureauOwned):
    """来信. Whoever holds the receipt number may read its state and answer; the name is
    asked for, never required."""

    KINDS = [
        ("objection", "对公示内容有异议"),
        ("correction", "申请更正公示信息"),
        ("statement", "企业陈述"),
        ("report", "举报安全生产违法行为"),
        ("complaint", "投诉检查人员或检查工作"),
    ]

    receipt = models.CharField("回执号", max_length=20, unique=True, default=new_receipt)
    kind = models.CharField("种类", max_length=12, choices=KINDS)
    mark = models.UUIDField("提交标记", unique=True, null=True, editable=False)
    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.PROTECT, related_name="letters", verbose_name="针对的公示", null=True
    )
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="+", verbose_name="核对到的企业", null=True
    )
    subject_said = models.CharField("所写企业", max_length=200, blank=True)
    text = EncryptedTextField("内容")
    name = EncryptedTextField("署名", blank=True)
    contact = EncryptedTextField("联系方式", blank=True)
    status = Status(LetterState, default=LetterState.RECEIVED)
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    due_on = models.DateField("答复期限")
    handled_by = person("承办人", null=True)
    answer = models.TextField("答复", blank=True)
    is_true = models.BooleanField("是否属实", null=True)
    answered_by = person("答复人", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "来信"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.receipt}"


class Enclosure(models.Model):
    """来信附件: a picture, re-encoded without its metadata, or the pages of a PDF without
    scripts. Never public."""

    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="enclosures", verbose_name="来信"
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")

    class Meta:
        verbose_name = verbose_name_plural = "来信附件"
        ordering = ["pk"]

    def __str__(self):
        return self.file_id[:12]
