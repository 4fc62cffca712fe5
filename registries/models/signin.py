"""登录尝试: what is counted against a limit. The record of who signed in is the journal."""

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
