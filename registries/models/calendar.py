"""工作日历: the State Council's yearly arrangement as data; a year not yet published is an explicit state."""

from django.conf import settings
from django.db import models


class CalendarYear(models.Model):
    """A year whose holidays and make-up days have been entered."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    source = models.CharField("依据文件", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["-year"]

    def __str__(self):
        return f"{self.year} 年"


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a make-up working day."""

    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days", verbose_name="年份")
    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班")
    name = models.CharField("名称", max_length=30, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "放假与调休"
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {'上班' if self.is_workday else '放假'}"


class CalendarFeed(models.Model):
    """日历订阅: the address under which a calendar program reads one account's days. Whoever has it reads
    them."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="feed", verbose_name="账户"
    )
    token = models.CharField("标识", max_length=60, unique=True)
    is_ended = models.BooleanField("已停止", default=False)
    made_at = models.DateTimeField("生成时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"

    def __str__(self):
        return f"{self.account}"
