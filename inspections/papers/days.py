"""Days and moments as the papers say them."""

from django.utils import timezone


def day_of(moment):
    """2026年3月1日, Asia/Shanghai."""
    day = timezone.localtime(moment) if hasattr(moment, "hour") else moment
    return f"{day.year}年{day.month}月{day.day}日"


def moment_of(moment):
    """2026年3月1日9时05分, Asia/Shanghai."""
    local = timezone.localtime(moment)
    return f"{day_of(moment)}{local.hour}时{local.minute:02d}分"


def began(case):
    """When the visit, or the inspection without one, began."""
    began = case.events.filter(code="visit.started").order_by("pk").first()
    visit = case.last_visit()
    return visit.started_at if visit else began.at if began else case.opened_at


def visit_day(case):
    return day_of(began(case))
