"""培训: the year's plan, who attended, hours a head (乌审旗 五（三）)."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries import asked as asked_for
from registries.errors import DomainError
from registries.models import Course, Inspector, Training
from registries.sentences import say
from registries.services import training

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CourseForm(forms.Form):
    title = forms.CharField(label="培训内容", max_length=100)
    day = forms.DateField(label="哪一天", widget=_DAY)
    hours = forms.IntegerField(label="学时", min_value=1, max_value=80, initial=4)
    place = forms.CharField(label="地点、方式", max_length=60, required=False)
    teacher = forms.CharField(label="授课人", max_length=60, required=False)


@never_cache
def page(request):
    """`?year=`: the courses of a year and the hours of each person; a POST plans another."""
    account = request.user
    if not account.has_perm("registries.view_course"):
        raise PermissionDenied
    may, today = account.has_perm(training.PLAN), timezone.localdate()
    year = asked_for.year(request.GET.get("year"), today.year)
    form = CourseForm(request.POST or None)
    if request.method == "POST" and may and form.is_valid():
        made = training.plan(**form.cleaned_data, by=account)
        messages.success(request, f"已安排：{made.title}，{made.planned_on:%Y-%m-%d}。")
        return HttpResponseRedirect(f"{reverse('courses')}?year={made.planned_on.year}")
    people = Inspector.objects.filter(bureau=account.bureau_id, left_on=None, duty="officer")
    own = Q(trainings__held_on__year=year, trainings__passed=True)
    hours = people.select_related("section").annotate(
        hours=Sum("trainings__hours", filter=own), times=Count("trainings", filter=own)
    )
    courses = Course.objects.filter(bureau=account.bureau_id, planned_on__year=year)
    courses = list(
        courses.annotate(
            there=Count("trainings"), passed=Count("trainings", filter=Q(trainings__passed=True))
        )
    )
    facts = admin.site.each_context(request) | {
        "title": "培训",
        "year": year,
        "years": [today.year + 1 - n for n in range(5)],
        "courses": courses,
        "people": hours.order_by("ref"),
        "head_count": people.count(),
        "needed": account.bureau.training_hours,
        "total": sum(each.hours * each.there for each in courses),
        "form": form,
        "may": may,
        "today": today,
    }
    return TemplateResponse(request, "year/courses.html", facts)


@never_cache
def course(request, pk):
    """One course: who attended. A POST adds those ticked, or drops it with a reason."""
    account = request.user
    if not account.has_perm("registries.view_course"):
        raise PermissionDenied
    one = get_object_or_404(Course, pk=pk, bureau=account.bureau_id)
    if request.method == "POST":
        return _done(request, one)
    there = {each.inspector_id: each for each in Training.objects.filter(course=one)}
    people = Inspector.objects.filter(bureau=account.bureau_id).select_related("section").order_by("ref")
    people = [each for each in people if not each.left_on or each.pk in there]
    for each in people:
        each.attended = there.get(each.pk)
    facts = admin.site.each_context(request) | {
        "title": one.title,
        "one": one,
        "people": people,
        "there": len(there),
        "may": account.has_perm("registries.change_course") and not one.dropped,
        "day": one.held_on or min(one.planned_on, timezone.localdate()),
        "today": timezone.localdate(),
    }
    return TemplateResponse(request, "year/course.html", facts)


def _done(request, one):
    asked = request.POST
    try:
        if "drop" in asked:
            if not asked.get("reason", "").strip():
                messages.error(request, "请写明不办的原因。")
                return HttpResponseRedirect(request.path)
            training.drop(one, asked["reason"].strip(), by=request.user)
            messages.success(request, "已取消，原因记在计划上。")
            return HttpResponseRedirect(f"{reverse('courses')}?year={one.planned_on.year}")
        day = forms.DateField().clean(asked.get("day", ""))
        here, failed = (asked_for.keys(asked.getlist(name)) for name in ("here", "failed"))
        here = sorted({*here, *failed})  # who failed was there
        training.hold(one, day, here, failed, by=request.user)
        messages.success(request, f"已登记 {len(here)} 人到课，各 {one.hours} 学时。")
    except forms.ValidationError:
        messages.error(request, "培训日期没有填对。")
    except DomainError as refused:
        messages.error(request, say(refused))
    return HttpResponseRedirect(request.path)
