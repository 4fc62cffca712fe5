"""回避: what inspectors declare each year, and the pairs that must never meet."""

import re

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..states import RelationState
from .bureau import BureauOwned
from .fields import EncryptedTextField
from .inspector import Inspector
from .subject import Place, Subject
from .tables import RecusalGround


class Declaration(BureauOwned):
    """年度回避申报: a statement of a year, also that there is nothing to declare. Never
    changed; a later one adds."""

    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="declarations", verbose_name="检查人员"
    )
    year = models.PositiveSmallIntegerField("年度")
    says_none = models.BooleanField("无应申报事项")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申报账户"
    )
    made_at = models.DateTimeField("申报时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度回避申报"
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.inspector} {self.year} 年度{'：无应申报事项' if self.says_none else ''}"


class RelationQuerySet(models.QuerySet):
    def in_force(self, day, until=None):
        """Those that bind on a day, or on any day up to `until`: confirmed ones, and until it is refused what
        an inspector has declared under his own account.

        Who knows of a ground must not be sent (公务员法第77条), reviewed or not; what others enter, tell or
        find binds nobody before a second person has confirmed it.
        """
        binding = Q(status=RelationState.CONFIRMED) | (
            Q(status=RelationState.DECLARED) & ~Q(declaration=None)
        )
        return self.filter(binding, since__lte=until or day).exclude(until__lt=day)


class Relation(BureauOwned):
    """回避关系: an inspector may not be sent to an enterprise, or to any of a group,
    a village or an industry.

    Read by the legal and discipline roles only.
    """

    State = RelationState
    SCOPES = [
        ("enterprise", "一家企业"),
        ("group", "一个集团"),
        ("village", "一个嘎查村、乡镇"),
        ("industry", "一个行业"),
    ]

    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="relations", verbose_name="检查人员"
    )
    scope = models.CharField("范围", max_length=10, choices=SCOPES, default="enterprise")
    subject = models.ForeignKey(
        Subject,
        on_delete=models.PROTECT,
        related_name="relations",
        verbose_name="检查对象",
        null=True,
        blank=True,
    )
    scope_text = models.CharField(
        "集团、村镇或行业",
        max_length=100,
        blank=True,
        help_text="范围不是一家企业时填：所属集团；嘎查村或乡镇；监管分类、行业或行业代码（如 B06）。"
        "与名录中的写法相同。",
    )
    ground = models.ForeignKey(RecusalGround, on_delete=models.PROTECT, verbose_name="事由")
    relative = EncryptedTextField("亲属姓名及说明", blank=True, help_text="加密保存，不导出。")
    evidence = models.CharField("依据材料", max_length=200, blank=True)
    source = models.CharField(
        "来源",
        max_length=20,
        choices=[("self", "本人申报"), ("others", "他人反映"), ("data", "系统比对"), ("party", "当事人申请")],
        default="self",
    )
    status = models.CharField(
        "审核",
        max_length=20,
        choices=RelationState.choices,
        default=RelationState.DECLARED,
        editable=False,
    )
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)
    declaration = models.ForeignKey(
        Declaration,
        on_delete=models.PROTECT,
        related_name="relations",
        verbose_name="申报",
        null=True,
        editable=False,
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="登记人",
        null=True,
        editable=False,
        related_name="+",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name="审核人",
        null=True,
        editable=False,
        related_name="+",
    )
    reviewed_at = models.DateTimeField("审核时间", null=True, editable=False)
    review_note = models.CharField("审核、终止说明", max_length=200, blank=True, editable=False)

    objects = RelationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回避关系"
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "subject", "ground"],
                condition=Q(until=None) & ~Q(status=RelationState.REFUSED),
                name="relation_once",
                violation_error_message="这一对关系已经登记。",
            )
        ]
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.inspector} — {self.target}"

    @property
    def target(self):
        """Which enterprises, in words."""
        return (
            str(self.subject)
            if self.scope == "enterprise"
            else f"{self.get_scope_display()}：{self.scope_text}"
        )

    def covers(self):
        """A condition on Subject: which enterprises it keeps the inspector from."""
        text = self.scope_text
        if self.scope == "enterprise":
            return Q(pk=self.subject_id)
        if self.scope == "group":
            return Q(group_name=text)
        if self.scope == "village":
            there = Place.objects.filter(Q(town=text) | Q(address__contains=text), until=None)
            return Q(village=text) | Q(town=text) | Q(pk__in=there.values("subject"))
        code = re.fullmatch(r"([A-T]?)(\d{0,4})", text)
        if code and code[2]:  # B06 and 06 are the same
            return Q(industry_code__regex=rf"^[A-T]?{code[2]}")
        return (
            Q(category__name=text)
            | Q(industry=text)
            | (Q(industry_code__startswith=text) if code else Q(pk=None))
        )
