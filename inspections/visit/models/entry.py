"""入企扫码: the platform that gives a code to each inspection, and what was asked of it."""

import uuid

from django.db import models

from registries.models import BureauOwned, EncryptedTextField

from ...case.models import Case


class CodePlatform(BureauOwned):
    """执法码平台: where this bureau asks for the codes of its inspections."""

    name = models.CharField("平台", max_length=60, help_text="如：自治区涉企行政检查平台。")
    address = models.URLField("接口网址", max_length=300)
    secret = EncryptedTextField("密钥", blank=True)
    is_open = models.BooleanField("在用", default=True)
    trouble = models.CharField("最近一次没有取成的原因", max_length=200, blank=True, editable=False)
    asked_at = models.DateTimeField("最近一次", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "执法码平台"
        constraints = [models.UniqueConstraint(fields=["bureau"], name="one_code_platform")]

    def __str__(self):
        return self.name


class CodeAsk(BureauOwned):
    """取码: one question to the platform for one inspection, under one key however often it is asked."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="code_ask", verbose_name="检查")
    mark = models.UUIDField("幂等键", unique=True, default=uuid.uuid4, editable=False)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次不早于", null=True)
    done_at = models.DateTimeField("取到的时间", null=True)
    said = models.CharField("平台说的", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "取码"

    def __str__(self):
        return str(self.case)
