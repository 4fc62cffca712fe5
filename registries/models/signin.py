"""登录: tries that are counted against a limit, passwords that were, second factors, sittings. The record of
who signed in is the journal."""

from django.conf import settings
from django.db import models

from .fields import EncryptedTextField


class SignInTry(models.Model):
    """One try: as whom, from where, on which known browser ("" where it has not signed
    in as this account before)."""

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


class SecondFactor(models.Model):
    """动态口令: the secret that an account shares with its owner's phone (TOTP, RFC 6238)."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="second_factor", verbose_name="账户"
    )
    secret = EncryptedTextField("密钥")
    confirmed_at = models.DateTimeField("启用时间", auto_now_add=True)
    last_step = models.BigIntegerField("最近用过的时段", default=0)  # of thirty seconds; none is taken twice

    class Meta:
        verbose_name = verbose_name_plural = "动态口令"

    def __str__(self):
        return f"{self.account}"


class RecoveryCode(models.Model):
    """恢复码: good for one sign-in without the phone. Only its digest is kept."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="codes", verbose_name="动态口令"
    )
    digest = models.CharField("摘要", max_length=64)
    used_at = models.DateTimeField("用于", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"

    def __str__(self):
        return f"{self.factor}"


class Sitting(models.Model):
    """一次登录: from where, on what, since when and until when; its owner may end it from elsewhere."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sittings", verbose_name="账户"
    )
    session = models.CharField("会话", max_length=40, unique=True)
    address = models.CharField("来源地址", max_length=45)
    device = models.CharField("设备", max_length=60)
    began_at = models.DateTimeField("登录时间", auto_now_add=True)
    seen_at = models.DateTimeField("最近使用", auto_now_add=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录记录"
        indexes = [models.Index(fields=["account", "-began_at"], name="sitting_account")]

    def __str__(self):
        return f"{self.account} {self.began_at:%Y-%m-%d %H:%M}"
