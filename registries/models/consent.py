"""双人办理: what one person asks for and another confirms before it holds: accounts, roles, rules."""

from django.conf import settings
from django.db import models

from ..states import ConsentState
from .bureau import Account, BureauOwned
from .fields import EncryptedTextField


class ConsentQuerySet(models.QuerySet):
    def waiting_for(self, account):
        """Whom it touches does not judge it."""
        return self.exclude(account=account)


class Consent(BureauOwned):
    """双人办理. `shown`: [[what, as it is, as it will be]] for people; `facts`: what is carried out once
    another has said yes; `account`: whom it touches. Nothing of it holds before, and it is never deleted."""

    KINDS = [
        ("open", "新建账户"),
        ("reset", "重置密码"),
        ("factor", "重设动态口令"),
        ("grant", "授予角色"),
        ("end", "终止角色"),
        ("identity", "改统一身份账号"),
        ("leave", "离任停用"),
        ("row", "改规则"),
        ("edit", "改名录"),
    ]

    kind = models.CharField("种类", max_length=10, choices=KINDS)
    title = models.CharField("办什么", max_length=200)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="touched_by", verbose_name="涉及的账户", null=True
    )
    shown = models.JSONField("改动", default=list)
    facts = models.JSONField("办理内容", default=dict)
    reason = models.CharField("理由", max_length=200, blank=True)
    half = EncryptedTextField("一次性密码的前一半", blank=True)
    State = ConsentState
    status = models.CharField(
        "状态",
        max_length=20,
        choices=ConsentState.choices,
        default=ConsentState.ASKED,
        editable=False,
        db_index=True,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="确认或者退回的人",
        null=True,
    )
    judged_at = models.DateTimeField("确认或者退回的时间", null=True)
    answer = models.CharField("退回的原因", max_length=200, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "双人办理"
        ordering = ["-pk"]

    def __str__(self):
        return self.title

    def in_words(self, limit=None):
        """[each change in words]; what had no value before says only what it will be."""
        return [
            f"{what}：{was} → {will}" if was else f"{what}：{will}" for what, was, will in self.shown[:limit]
        ]
