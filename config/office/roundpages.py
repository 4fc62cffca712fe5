"""The pages of the rounds: the year's list, one round from draft to release, and its five questions."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections.draw import drawing, edits, previews, sealorders
from inspections.draw.taskforms import SealForm
from inspections.models import Case, Change, Task
from inspections.plan import drafts
from inspections.sentences import say
from inspections.states import ChangeState, DrawState
from publicity.models import Publication
from publicity.services import pending
from publicity.states import PublicationState
from registries.errors import DomainError
from registries.look import waits_of, waits_on
from registries.services import messages as news

from . import lines, rounds, stages, trail
from .kept import kept
from .roundform import RoundForm

_SHOWN = 100


@never_cache
def year(request):
    """今年各轮: each with how far it is. `?year=`, `?show=running|done|void`."""
    _require(request, "inspections.view_task")
    now = timezone.localdate().year
    asked = request.GET.get("year", "")
    chosen = int(asked) if asked.isdecimal() and 2000 < int(asked) < 2200 else now
    found = kept(request.user, f"rounds{chosen}", lambda: rounds.of_year(request.user.bureau, chosen))
    show = request.GET.get("show", "all")
    kinds = {
        "running": ("进行中", [each for each in found if each.now]),
        "done": ("走完", [each for each in found if not each.now]),
        "void": ("有过作废", [each for each in found if each.failed]),
        "all": ("全部", found),
    }
    facts = admin.site.each_context(request) | {
        "title": "抽查",
        "tabs": [(name, title, len(rows), name == show) for name, (title, rows) in kinds.items()],
        "rounds": kinds.get(show, kinds["all"])[1],
        "year": chosen,
        "years": [now - n for n in range(5)],
        "drafts": request.user.has_perm("inspections.add_task"),
    }
    return TemplateResponse(request, "office/rounds.html", facts)


@never_cache
def page(request, pk):
    """One round: where it is, who must act, and the act."""
    _require(request, "inspections.view_task")
    one = rounds.of(_task(request, pk))
    task = one.task
    trail.note(request, task.title)
    things = [each for each in (task, one.draw, one.scheme) if each is not None]
    here = reverse("round", args=[pk])
    buttons = _buttons(request.user, things, here)
    facts = (
        admin.site.each_context(request)
        | {
            "title": task.title,
            "one": one,
            "task": task,
            "here": here,
            "buttons": buttons,
            "more": _more(request, things, here) if request.GET.get("more") else [],
            # whom else it waits for is said where it does not wait for oneself
            "waits": []
            if buttons
            else sorted({str(each) for thing in things for each in news.waited_for(thing)}),
            "past": _past(one),
            "changes": Change.objects.filter(
                draw=one.draw, status__in=[ChangeState.REQUESTED, ChangeState.APPROVED]
            )
            if one.draw
            else [],
        }
        | _STEP.get(one.now, lambda one, request: {})(one, request)
    )
    return TemplateResponse(request, "office/round.html", facts)


@never_cache
def write(request, pk=None):
    """The five questions, of a new round or of a draft."""
    _require(request, "inspections.change_task" if pk else "inspections.add_task")
    task = _task(request, pk) if pk else None
    if task is not None and not task.is_open:
        messages.info(
            request, f"“{task}”现在的状态是“{task.get_status_display()}”，不能再改；要改的先收回或撤回。"
        )
        return HttpResponseRedirect(reverse("round", args=[pk]))
    form = RoundForm(request.POST or None, bureau=request.user.bureau, task=task)
    if request.method == "POST" and form.is_valid():
        try:
            task = drafts.write(task, by=request.user, **form.answers())
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, "草稿已存好。下面是按今天的名录测算的；核对后提交批准。")
            return HttpResponseRedirect(reverse("round", args=[task.pk]))
    facts = admin.site.each_context(request) | {
        "title": "修改草稿" if task else "起草一轮抽查",
        "form": form,
        "task": task,
        "back": reverse("round", args=[pk]) if pk else reverse("rounds"),
    }
    return TemplateResponse(request, "office/round_form.html", facts)


@require_POST
def urge(request, pk):
    """Remind whoever the round waits for."""
    _require(request, "inspections.view_task")
    one = rounds.of(_task(request, pk))
    told = []
    try:
        for thing in filter(None, (one.task, one.draw, one.scheme)):
            if waits_of(thing):
                told += news.urge(thing, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
    else:
        names = "、".join(dict.fromkeys(map(str, told)))
        messages.success(request, f"已催办：{names}。" if names else "现在没有等哪一位办。")
    return HttpResponseRedirect(reverse("round", args=[pk]))


def _require(request, right):
    if not request.user.has_perm(right):
        raise PermissionDenied


def _task(request, pk):
    return get_object_or_404(
        Task.objects.select_related(*rounds.WITH, "item_list"),
        pk=pk,
        bureau=request.user.bureau_id,
    )


def _buttons(account, things, here):
    """The answers that the round waits for from this account."""
    found = []
    for thing in things:
        for wait in waits_on(account, thing):
            found += lines.buttons(thing, wait, here)
    return [each for each in found if each.address != here]  # what is filled in here has its own button


def _more(request, things, here):
    """[(label, address)] of what else may be done to the round now, behind 更多."""
    found, shown = [], set()
    for thing in things:
        desk = admin.site._registry[type(thing)]
        waited = {name for wait in waits_on(request.user, thing) for name in (wait.act, wait.no)}
        for act in desk.acts:
            key = (act.label, act.permission)
            if (
                act.name in waited
                or key in shown
                or not request.user.has_perm(act.permission)
                or not act.when(thing)
            ):
                continue
            shown.add(key)
            address = reverse(
                f"admin:{thing._meta.app_label}_{thing._meta.model_name}_act", args=[thing.pk, act.name]
            )
            found.append((act.label, f"{address}?next={here}"))
        name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change"
        found.append((f"底账：{thing._meta.verbose_name}", reverse(name, args=[thing.pk])))
    return found


def _past(one):
    """[(step, who and when)] of what is behind."""
    task, draw, scheme = one.task, one.draw, one.scheme
    found = []
    if task.handed_in_at:
        found.append(("起草", f"{task.drafted_by} 起草，{task.handed_in_by} 提交", task.handed_in_at))
    if task.approved_at:
        found.append(("批准", f"{task.approved_by} 批准，编号 {task.number}", task.approved_at))
    if draw:
        found.append(("封存", f"{draw.sealed_by} 封存，抽取编号 {draw.number}", draw.sealed_at))
        if draw.drawn_at:
            found.append(("摇号", f"{draw.get_status_display()}，共 {one.total} 户", draw.drawn_at))
    if scheme and scheme.judged_at:
        found.append(("方案", f"{scheme.judged_by} 批准，{scheme.number}", scheme.judged_at))
    if one.release:
        found.append(("公开", "抽取文件已公开，任何人可以重算", one.release.released_at))
    return found


def _preview(one, request):
    if not one.is_drawn or not one.task.strata.exists():
        return {}
    task = one.task
    shown = kept(request.user, f"preview{task.pk}", lambda: previews.of(task))
    if shown.is_old:  # the background is at it
        shown = previews.of(task)
    return {"shown": shown, "edits": edits.of(task), "unsigned": edits.unsigned(task)}


def _seal(one, request):
    if sealorders.open_of(one.task):
        return {"sealing": True}
    facts = _preview(one, request)
    last = one.task.seal_orders.first()
    facts["unsealed"] = last.refused if last and last.refused else ""
    if one.draw is not None and one.draw.status == DrawState.INFEASIBLE:
        facts["infeasible"] = drawing.explain_infeasible(one.draw)
    if request.user.has_perm("inspections.seal_draw"):
        facts["seal_form"] = SealForm(thing=one.task, by=request.user)
        facts["seal_to"] = reverse("admin:inspections_task_act", args=[one.task.pk, "seal"])
    return facts


def _throw(one, request):
    return {"sources": one.draw.sources.select_related("account", "second").order_by("position")}


def _cases(one, request):
    cases = Case.objects.filter(task=one.task, draw=one.draw)
    shown = stages.marked(cases).select_related("subject").prefetch_related("assignments__inspector")
    rows = list(shown.defer("checklist", "subject__search").order_by("pk")[:_SHOWN])
    for each in rows:
        each.stage = stages.of(each)
        each.stage_title, each.stage_mark = stages.TITLES[each.stage], stages.MARKS[each.stage]
        each.seats = [seat for seat in each.assignments.all() if seat.until is None]
    return {"cases": rows, "issues": request.user.has_perm("inspections.issue_document")}


def _publish(one, request):
    waiting = pending.due().filter(case__task=one.task).count()
    prepared = Publication.objects.filter(report__case__task=one.task, status=PublicationState.PREPARED)
    return _cases(one, request) | {"to_prepare": waiting, "to_judge": prepared.count()}


_STEP = {
    "draft": _preview,
    "approve": _preview,
    "seal": _seal,
    "throw": _throw,
    "scheme": _cases,
    "visit": _cases,
    "report": _cases,
    "publish": _publish,
    "release": _cases,
    "": _cases,
}
