"""借调: inspectors of another bureau of the tree, where too few of one's own may go (recusal, a skill that is
lacking). Asked for in one bureau, decided in the other: each has its own row."""

from django.conf import settings
from django.db import models

from ..states import LendingState, LoanState
from .bureau import BureauOwned
from .inspector import Inspector


def person(title):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=title,
        null=True,
        editable=False,
    )


class LoanWords(BureauOwned):
    """What is asked for: the words of both rows."""

    skill = models.CharField("专业", max_length=50, blank=True)
    number = models.PositiveSmallIntegerField("人数")
    since = models.DateField("自")
    until = models.DateField("至")
    reason = models.CharField("为什么借", max_length=200)
    answer = models.CharField("答复", max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True


class LoanRequest(LoanWords):
    """借人: what our bureau asks another for."""

    ABOUT = "loan"

    State = LoanState

    lender_code = models.CharField("向哪个机关（代码）", max_length=12, editable=False)
    lender = models.CharField("向哪个机关", max_length=100, editable=False)
    status = models.CharField(
        "状态", max_length=20, choices=LoanState.choices, default=LoanState.ASKED, editable=False
    )
    asked_by = person("提出人")
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "借人"
        ordering = ["-pk"]

    def __str__(self):
        return f"向{self.lender}借 {self.number} 人"


class Lending(LoanWords):
    """外借: what another bureau asks ours for."""

    State = LendingState

    request = models.OneToOneField(
        LoanRequest, on_delete=models.PROTECT, related_name="lending", null=True, editable=False
    )
    borrower = models.CharField("哪个机关借", max_length=100, editable=False)
    people = models.ManyToManyField(Inspector, verbose_name="借出的人", related_name="lendings")
    status = models.CharField(
        "状态", max_length=20, choices=LendingState.choices, default=LendingState.ASKED, editable=False
    )
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    judged_by = person("决定人")
    judged_at = models.DateTimeField("决定时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "外借"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.borrower}借 {self.number} 人"
