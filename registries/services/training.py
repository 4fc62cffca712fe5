"""培训: planned for a day, held with who attended, or dropped with why (乌审旗 五（三）)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Course, Inspector, Training
from . import journal
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ..models import Account

PLAN = "registries.add_course"


@transaction.atomic
def plan(title: str, day: date, hours: int, place: str = "", teacher: str = "", *, by: Account) -> Course:
    """A course on the year's plan."""
    require(by, PLAN)
    made = Course.objects.create(
        bureau=by.bureau,
        title=title[:100],
        planned_on=day,
        hours=hours,
        place=place[:60],
        teacher=teacher[:60],
        planned_by=by,
    )
    journal.write("course.planned", by=by, about=made.about, facts={"on": day.isoformat(), "hours": hours})
    return made


@transaction.atomic
def hold(
    course: Course, day: date, attended: Iterable[int], failed: Iterable[int] = (), *, by: Account
) -> Course:
    """Who attended, by the keys of their rows, and which of them did not pass. Who made it up later is added
    the same way; nobody is taken off. Raises course_over, course_ahead, course_nobody, course_outsider."""
    course = _open(course, by)
    if day > timezone.localdate():
        raise DomainError("course_ahead", day=day)
    wanted, failed = set(attended), set(failed)
    people = list(Inspector.objects.filter(bureau=course.bureau, pk__in=wanted))
    if len(people) != len(wanted):
        raise DomainError("course_outsider", name=str(len(wanted) - len(people)))
    there = set(course.trainings.values_list("inspector", flat=True))
    fresh = [each for each in people if each.pk not in there]
    if not fresh:
        raise DomainError("course_nobody")
    Training.objects.bulk_create(
        Training(
            inspector=each,
            held_on=day,
            subject=course.title,
            hours=course.hours,
            passed=each.pk not in failed,
            course=course,
        )
        for each in fresh
    )
    if course.held_on is None:
        course.held_on = day
        course.save(update_fields=["held_on"])
    facts = {"on": day.isoformat(), "people": sorted(each.pk for each in fresh), "failed": sorted(failed)}
    journal.write("course.held", by=by, about=course.about, facts=facts)
    return course


@transaction.atomic
def drop(course: Course, reason: str, *, by: Account) -> Course:
    """It is not held, and why. Raises course_over."""
    course = _open(course, by)
    if course.held_on:
        raise DomainError("course_over", title=course.title, how="办过")
    course.dropped = reason[:100]
    course.save(update_fields=["dropped"])
    journal.write("course.dropped", by=by, about=course.about, facts={"reason": reason})
    return course


def _open(course, by):
    require(by, "registries.change_course", course.bureau)
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if course.dropped:
        raise DomainError("course_over", title=course.title, how="取消")
    return course
