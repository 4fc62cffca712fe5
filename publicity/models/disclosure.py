"""What was said to the public, on which day. A disclosure is a document: never
edited, followed by another."""

import secrets

from django.conf import settings
from django.db import models

from inspections.models import Discredit, Draw, Penalty, Report
from registries.models import BureauOwned, StoredFile


def new_token():
    """The opaque name in a permalink: no sign that a spreadsheet would compute with."""
    return secrets.token_hex(8)


def person(title, **options):
    """Who did it; an account is never deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=title, **options
    )


class Disclosure(BureauOwned):
    """公示: one statement as it was published, by whitelist (payload.py). Its kind says what it speaks of."""

    # How the reason of a next version begins that mends nothing: the result has moved.
    PROGRESS = "办理进展："

    KEY = "token"

    KINDS = [
        ("result", "抽查结果"),
        ("penalty", "行政处罚"),
        ("listing", "严重失信主体"),
        ("news", "公告"),
        ("statement", "企业陈述"),
    ]

    token = models.CharField("公示编号", max_length=20, unique=True, default=new_token)
    kind = models.CharField("种类", max_length=12, choices=KINDS, default="result")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="disclosures", verbose_name="检查报告", null=True
    )
    penalty = models.ForeignKey(
        Penalty, on_delete=models.PROTECT, related_name="disclosures", verbose_name="处罚案件", null=True
    )
    discredit = models.ForeignKey(
        Discredit,
        on_delete=models.PROTECT,
        related_name="disclosures",
        verbose_name="严重失信主体",
        null=True,
    )
    answers = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="statements", verbose_name="针对的公示", null=True
    )
    subject_name = models.CharField("名称", max_length=200)
    subject_code = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    payload = models.JSONField("公示内容")
    digest = models.CharField("摘要", max_length=64)
    ends_on = models.DateField("公示至", null=True)
    published_at = models.DateTimeField("公示时间", auto_now_add=True, db_index=True)
    published_by = person("公示人")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="superseded_by", verbose_name="更正", null=True
    )
    reason = models.CharField("更正原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["kind", "-id"], name="disclosure_by_kind"),
            models.Index(fields=["bureau", "-id"], name="disclosure_newest"),
        ]

    @property
    def matter(self):
        """What it speaks of, where that is a case's: a report, a penalty, a listing; else None."""
        return self.report or self.penalty or self.discredit

    def __str__(self):
        return self.subject_name

    @property
    def is_progress(self):
        """It stands in the place of another because the result has moved, not because that one was wrong."""
        return bool(self.supersedes_id) and self.reason.startswith(self.PROGRESS)


class Ending(BureauOwned):
    """公示终止: why a statement is no longer shown. Its page stays, and says that
    it was withdrawn, and why."""

    KINDS = [("withdrawn", "撤回"), ("repaired", "信用修复，提前终止公示"), ("ended", "公示期满")]

    disclosure = models.OneToOneField(
        Disclosure, on_delete=models.PROTECT, related_name="ending", verbose_name="公示"
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    reason = models.CharField("原因", max_length=200)
    basis = models.CharField("依据文书", max_length=200, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = person("办理人", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示终止"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.disclosure} {self.get_kind_display()}"


class Release(BureauOwned):
    """抽取公开: the files of a draw as they were handed to the public, after the
    last visit or on release_by."""

    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="release", verbose_name="抽取")
    commit = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="commit.json"
    )
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
    spread = models.JSONField("抽得匀不匀", default=dict)  # spreads.py; empty in those of before
    record = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="抽取记录 PDF", null=True
    )
    released_at = models.DateTimeField("公开时间", auto_now_add=True)
    released_by = person("公开人", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽取公开"
        ordering = ["-pk"]

    def __str__(self):
        return self.draw.number
