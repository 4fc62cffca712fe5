"""What was said to the public, on which day. A disclosure is a document: never edited, followed by another."""

import secrets

from django.conf import settings
from django.db import models

from inspections.models import Draw, Report
from registries.models import BureauOwned, StoredFile


def new_token():
    """The opaque name in a permalink."""
    return secrets.token_urlsafe(9)


class Disclosure(BureauOwned):
    """公示: one inspection result as it was published, by whitelist (payload.py)."""

    token = models.CharField("公示编号", max_length=20, unique=True, default=new_token)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="disclosures", verbose_name="检查报告")
    subject_name = models.CharField("企业名称", max_length=200)
    subject_code = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    payload = models.JSONField("公示内容")
    digest = models.CharField("摘要", max_length=64)
    published_at = models.DateTimeField("公示时间", auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="公示人"
    )
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="superseded_by", verbose_name="更正", null=True
    )
    reason = models.CharField("更正原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽查结果公示"
        ordering = ["-pk"]

    def __str__(self):
        return self.subject_name


class Release(BureauOwned):
    """抽取公开: the files of a draw as they were handed to the public, after the last visit or on release_by."""

    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="release", verbose_name="抽取")
    commit = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="commit.json")
    result = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="result.json", null=True
    )
    changes = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="changes.json", null=True
    )
    openings = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="openings.json", null=True
    )
    names = models.JSONField("企业名称对照", default=dict)
    record = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="抽取记录 PDF", null=True
    )
    released_at = models.DateTimeField("公开时间", auto_now_add=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="公开人", null=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "抽取公开"
        ordering = ["-pk"]

    def __str__(self):
        return self.draw.number
