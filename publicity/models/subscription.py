"""邮件订阅: an address that wants to be told, and of what."""

import secrets

from django.db import models

from registries.models import BureauOwned, EncryptedTextField


def new_token():
    return secrets.token_urlsafe(24)


class Subscription(BureauOwned):
    """邮件订阅. Nothing is sent to an address before its owner has said yes (double opt-in); whoever holds
    its token may end it, and then the address is wiped out."""

    KINDS = [("all", "全部结果和公告"), ("town", "一个乡镇（街道）"), ("ref", "一家企业")]

    token = models.CharField("订阅号", max_length=40, unique=True, default=new_token, editable=False)
    email = EncryptedTextField("邮箱", blank=True)
    mark = models.CharField("邮箱的标记", max_length=64, db_index=True)  # keyed hash: the same address once
    kind = models.CharField("订什么", max_length=6, choices=KINDS)
    value = models.CharField("哪一个", max_length=60, blank=True)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    told_until = models.DateTimeField("已告知到", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "邮件订阅"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "mark", "kind", "value"], name="subscription_once")
        ]

    def __str__(self):
        return f"{self.get_kind_display()}{self.value}"
