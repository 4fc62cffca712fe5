"""登录: tries that are counted against a limit, and passwords that were. The record of who signed in is the journal."""

from django.conf import settings
from django.db import models


class SignInTry(models.Model):
    """One try: as whom, from where, on which known browser ("" where it has not signed in as this account before)."""

    username = models.CharField("用户名", max_length=150)
    address = models.CharField("来源地址", max_length=45)
    device = models.CharField("浏览器", max_length=32, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    has_failed = models.BooleanField("未通过", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"
        indexes = [
            models.Index(fields=["username", "at"], name="signin_username"),
            models.Index(fields=["address", "at"], name="signin_address"),
        ]

    def __str__(self):
        return f"{self.username} {self.at:%Y-%m-%d %H:%M}"


class OldPassword(models.Model):
    """用过的密码: its hash, so that it is not chosen again."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="old_passwords", verbose_name="账户"
    )
    password = models.CharField("密码摘要", max_length=128)
    since = models.DateTimeField("启用时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"

    def __str__(self):
        return f"{self.account}"
