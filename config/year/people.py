"""人员: who may be sent today and who not, in one table; what the year asks of each skill; a table in, a
table out."""

from collections import Counter
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.models import Assignment, Case, TaskStratum
from inspections.states import CaseState
from registries import presence
from registries.errors import DomainError
from registries.models import Inspector, Reason, Skill, StoredFile
from registries.sentences import say
from registries.services import journal, people, storage

from ..office import books, trail

_SALT = "people.table"
_SOON = timedelta(days=90)
HEADERS = ["编号", "姓名", "股室", "身份", "职务", "专业", "可任组长", "执法证号", "执法证到期", "本年学时"]
HEADERS += ["今年派出（次）", "手上的检查（件）", "账户", "今天能不能抽"]


@never_cache
def page(request):
    """`?tab=` one of _TABS; `as=xlsx` the rows shown as a workbook."""
    account = request.user
    _require(account, "registries.view_inspector")
    today, rows = timezone.localdate(), _filled(account.bureau)
    tab = request.GET.get("tab", "")
    tests = dict((code, test) for code, _, test in _TABS)
    shown = [each for each in rows if tests.get(tab, tests[""])(each)]
    if request.GET.get("as") == "xlsx" and account.has_perm("registries.export_inspector"):
        return _workbook(request, shown)
    here = [each for each in rows if not each.left_on]
    facts = admin.site.each_context(request) | {
        "title": "人员",
        "rows": shown,
        "tab": tab,
        "tabs": [(code, title, sum(map(test, rows)), code == tab) for code, title, test in _TABS],
        "numbers": {
            "all": len(here),
            "able": sum(each.fitness == "E" for each in here),
            "unable": Counter(each.why for each in here if each.fitness != "E").most_common(3),
            "soon": sum(each.is_soon for each in here),
            "undeclared": sum(not each.has_declared for each in here),
        },
        "needs_hours": account.bureau.training_hours,
        "skills": _skills(account.bureau, here, today.year),
        "year": today.year,
        "brings": account.has_perm("registries.add_inspector"),
        "opens": account.has_perm("registries.add_account"),
        "exports": account.has_perm("registries.export_inspector"),
        "relations": account.has_perm("registries.view_relation"),
    }
    return TemplateResponse(request, "year/people.html", facts)


_TABS = [
    ("", "在岗", lambda each: not each.left_on),
    ("unable", "不能抽的", lambda each: not each.left_on and each.fitness != "E"),
    ("soon", "证快到期", lambda each: not each.left_on and each.is_soon),
    ("undeclared", "没作今年申报", lambda each: not each.left_on and not each.has_declared),
    ("no-account", "没有账户", lambda each: not each.left_on and not each.account_id),
    ("left", "离任", lambda each: bool(each.left_on)),
]


def _filled(bureau):
    """The bureau's inspectors, each with what a row says: from a fixed number of questions."""
    today = timezone.localdate()
    rows = (
        Inspector.objects.filter(bureau=bureau)
        .select_related("bureau", "section", "account")
        .prefetch_related("skills", "certificates", "leaves", "trainings", "declarations")
    )
    titles = dict(Reason.objects.filter(bureau=bureau, kind="absence").values_list("code", "title"))
    sent, hand = _sent(bureau, today.year), _on_hand(bureau)
    found = list(rows)
    for each in found:
        each.fitness = presence.of(each, today, today)
        each.why = "" if each.fitness == "E" else titles.get(each.fitness.removeprefix("X:"), each.fitness)
        each.held = max(each.certificates.all(), key=lambda one: one.expires_on, default=None)
        each.is_soon = each.held is not None and each.held.expires_on <= today + _SOON
        each.away = next((one for one in each.leaves.all() if one.since <= today <= one.until), None)
        each.coming = next((one for one in each.leaves.all() if one.since > today), None)
        each.hours = sum(
            one.hours for one in each.trainings.all() if one.passed and one.held_on.year == today.year
        )
        each.has_declared = any(one.year == today.year for one in each.declarations.all())
        each.sent, each.on_hand = sent[each.pk], hand[each.pk]
    return found


def _sent(bureau, year):
    """{inspector: inspections of the year that he sits in}."""
    seats = Assignment.objects.filter(case__bureau=bureau, case__opened_at__year=year, until=None)
    return _counted(seats.exclude(case__status=CaseState.NOT_DONE))


def _on_hand(bureau):
    """{inspector: inspections that he sits in and that are not reported yet}."""
    open_ = Case.objects.filter(
        bureau=bureau, status__in=[CaseState.OPENED, CaseState.STARTED, CaseState.ENDED]
    )
    return _counted(Assignment.objects.filter(case__in=open_, until=None))


def _counted(seats):
    return Counter(dict(seats.order_by().values_list("inspector").annotate(n=Count("pk"))))


def _skills(bureau, rows, year):
    """[(skill, who may go today, who of them leads, inspections planned this year)]: the plan's numbers by
    the skill that each class asks for."""
    able, lead = Counter(), Counter()
    for each in rows:
        for skill in each.skills.all() if each.fitness == "E" else ():
            able[skill.pk] += 1
            lead[skill.pk] += each.may_lead
    asked = Counter()
    strata = TaskStratum.objects.filter(task__bureau=bureau, task__window_from__year=year)
    for skill, n in strata.values_list("category__skill", "minimum"):
        asked[skill] += n
    found = []
    for each in Skill.objects.filter(bureau=bureau):
        found.append((each.name, able[each.pk], lead[each.pk], asked[each.pk]))
    return found


def _require(account, right):
    if not account.has_perm(right):
        raise PermissionDenied


def _workbook(request, rows):
    """The rows that are shown. Journaled: it leaves the system."""
    table = [HEADERS]
    for each in rows:
        table.append(
            [
                each.ref,
                each.name,
                str(each.section),
                each.get_duty_display(),
                each.post,
                "、".join(skill.name for skill in each.skills.all()),
                "是" if each.may_lead else "",
                each.held.number if each.held else "",
                each.held.expires_on if each.held else None,
                each.hours,
                each.sent,
                each.on_hand,
                each.account.username if each.account else "没有",
                f"离任 {each.left_on}" if each.left_on else each.why or "可抽",
            ]
        )
    journal.write("register.exported", by=request.user, about="inspector", facts={"rows": len(rows)})
    return books.answer(table, f"执法检查人员{timezone.localdate():%Y%m%d}.xlsx")


# -- a table in ----------------------------------------------------------------------------------------


def template(request):
    """The empty table, with one row that shows how a cell is written."""
    _require(request.user, "registries.add_inspector")
    return books.answer(people.template(), "人员表（空）.xlsx")


class TableForm(forms.Form):
    file = forms.FileField(label="人员表", help_text="xlsx、xls 或 csv，一人一行。")


@never_cache
def bring(request):
    """A table in: what it would do first, then one button that does it; the file is not sent twice."""
    _require(request.user, "registries.add_inspector")
    form = TableForm(request.POST or None, request.FILES or None)
    facts = {"title": "导入人员", "form": form}
    try:
        if request.POST.get("kept"):
            return _write(request)
        if form.is_valid():
            data, name = form.cleaned_data["file"].read(), form.cleaned_data["file"].name
            told, is_sound = people.bring(data, name, by=request.user)
            facts |= {"told": told[:60], "more": max(0, len(told) - 60), "is_sound": is_sound, "name": name}
            if is_sound:
                kept = storage.keep(data, "application/octet-stream")
                facts["kept"] = signing.dumps([kept.digest, name, request.user.pk], salt=_SALT)
    except DomainError as refused:
        form.add_error(None, say(refused))
    return TemplateResponse(request, "year/people_bring.html", admin.site.each_context(request) | facts)


def _write(request):
    """The table that was looked at, by whom it was looked at, within the hour."""
    try:
        digest, name, who = signing.loads(request.POST["kept"], salt=_SALT, max_age=3600)
    except signing.BadSignature:
        messages.error(request, "看过的表已过一小时，请再传一次。")
        return HttpResponseRedirect(reverse("people-bring"))
    if who != request.user.pk:
        raise PermissionDenied
    told, is_sound = people.bring(
        StoredFile.objects.get(pk=digest).read(), name, by=request.user, writes=True
    )
    if is_sound:
        messages.success(request, f"已写入：{told[-1]}")
        return HttpResponseRedirect(reverse("people"))
    messages.error(request, f"没有写入：{'；'.join(told[:10])}")
    return HttpResponseRedirect(reverse("people-bring"))


# -- one person ----------------------------------------------------------------------------------------


@never_cache
def person(request, pk):
    """One inspector: what he holds, what he may do today, what he is sent to, what he has learned."""
    account = request.user
    _require(account, "registries.view_inspector")
    rows = [each for each in _filled(account.bureau) if each.pk == pk]
    if not rows:
        raise Http404
    one = rows[0]
    trail.note(request, one.name)
    here, desk = reverse("person", args=[pk]), admin.site._registry[Inspector]
    seats = Assignment.objects.filter(
        inspector=one, until=None, case__opened_at__year=timezone.localdate().year
    )
    facts = admin.site.each_context(request) | {
        "title": one.name,
        "one": one,
        "changes": account.has_perm("registries.change_inspector"),
        "certificates": one.certificates.all(),
        "leaves": one.leaves.all()[:12],
        "trainings": one.trainings.all()[:20],
        "declarations": one.declarations.order_by("-year")[:5],
        "cases": seats.select_related("case__subject", "case__task", "case__draw")
        .defer("case__checklist")
        .order_by("-pk")[:60]
        if account.has_perm("inspections.view_case")
        else [],
        "year": timezone.localdate().year,
        "may_end": any(account.has_perm(act.permission) for act in desk.acts if act.label == "出库"),
        "more": [
            (act.label, f"{reverse('admin:registries_inspector_act', args=[pk, act.name])}?next={here}")
            for act in desk.acts
            if account.has_perm(act.permission) and act.when(one)
        ],
    }
    return TemplateResponse(request, "year/person.html", facts)
