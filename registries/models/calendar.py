"""工作日历: the State Council's yearly arrangement as data; a year not yet published is an explicit state."""

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
