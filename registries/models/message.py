"""消息: what an act tells one person: whom, what kind, about which thing, not before when."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from .bureau import BureauOwned


class MessageQuerySet(models.QuerySet):
    def of(self, account):
        """What an account may read now, the latest first."""
        return self.filter(account=account, not_before__lte=timezone.now()).order_by("-not_before", "-pk")

    def unread(self):
        return self.filter(read_at=None)


class Message(BureauOwned):
    """One line in one person's inbox. It is never edited; it is read, once."""

    KINDS = [
        ("waits", "等您办"),
        ("judged", "已同意"),
        ("returned", "已退回"),
        ("drawn", "编入检查组"),
        ("answered", "有了答复"),
        ("due", "快到期"),
        ("late", "已超期"),
        ("urged", "催办"),
        ("major", "重大事故隐患"),
        ("touched", "动了您的账户"),
        ("watch", "请留意"),
    ]

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages", verbose_name="收件人"
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    thing = models.CharField("事项", max_length=80)
    said = models.CharField("内容", max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="办理人",
        null=True,
        editable=False,
    )
    made_at = models.DateTimeField("产生时间", auto_now_add=True)
    not_before = models.DateTimeField("不早于", default=timezone.now)
    read_at = models.DateTimeField("已读时间", null=True, editable=False)
    mark = models.UUIDField("标识", default=uuid.uuid4, unique=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["account", "read_at", "not_before"], name="message_inbox"),
            models.Index(fields=["bureau", "thing"], name="message_thing"),
        ]

    def __str__(self):
        return self.said


class Dispatch(BureauOwned):
    """外发: a message, or a day's digest, on its way out of the house by one channel.
    Written with the message, in the act's own transaction; sent later, by whoever sweeps,
    until the other side has taken it."""

    CHANNELS = [("hook", "推送网关"), ("mail", "电子邮件")]

    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, related_name="dispatches", verbose_name="消息", null=True
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="收件人"
    )
    channel = models.CharField("方式", max_length=10, choices=CHANNELS)
    day = models.DateField("摘要日", null=True)
    not_before = models.DateTimeField("不早于", default=timezone.now)
    tries = models.PositiveIntegerField("试过几次", default=0)
    done_at = models.DateTimeField("送出时间", null=True)
    error = models.CharField("没有送出的原因", max_length=200, blank=True)
    mark = models.UUIDField("标识", default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "外发"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="sent_once"),
            models.UniqueConstraint(
                fields=["account", "channel", "day"],
                condition=models.Q(day__isnull=False),
                name="digest_once",
            ),
        ]
        indexes = [models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="to_send")]

    def __str__(self):
        return f"{self.account} {self.get_channel_display()}"
