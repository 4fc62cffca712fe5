"""首页: what waits for the account with its acts on the line, what of its own waits for others, what is due,
how far each of the year's rounds is, what it did last; for a new bureau the eight steps of opening."""

from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections.visit import duties
from publicity.services import letters
from registries import asked as asked_for
from registries.errors import DomainError
from registries.models import JournalEntry
from registries.services import covers, journal

from . import addresses, beside, lines, opening, others, rounds, trail
from .kept import kept

_DUE, _DID, _ROUNDS = 8, 6, 6
_BESIDE = ("signin.", "message.", covers.ACTION)  # written beside an act; nobody did them
_WEEK = timedelta(days=7)
MOST = 200  # of one act at once


@never_cache
def page(request):
    """The first page of everybody who enters the desk."""
    account = request.user
    waiting = lines.of(account)
    single, groups = _grouped(waiting)
    is_new, running, through = kept(account, "home", lambda: _standing(account))
    steps = opening.steps(account) if is_new else []
    facts = admin.site.each_context(request) | {
        "title": "首页",
        "home": reverse("admin:index"),
        "lines": single,
        "groups": groups,
        "number": sum(each.number for each in waiting),
        "others": others.of(account),
        "beside": beside.boxes(account),
        "due": _due(account),
        "rounds": running[:_ROUNDS],
        "through": through[:_ROUNDS],
        "numbers": (len(running), len(through)),
        "did": _did(account),
        "seen": trail.of(request),
        "steps": steps,
        "now": timezone.localtime(),
        "makes_codes": account.has_perm("inspections.open_code"),
        "watches": account.has_perm("inspections.watch_draws"),
        "drafts": account.has_perm("inspections.add_task"),
        "imports": account.has_perm("registries.import_subject"),
        "inspects": "inspector" in account.roles(),
    }
    return TemplateResponse(request, "office/home.html", facts)


@require_POST
def together(request):
    """One act on several things at once, each in its own transaction; what is refused is told one by one."""
    noun, _, name = request.POST.get("act", "").partition("/")
    desk = next(
        (each for model, each in admin.site._registry.items() if model._meta.label_lower == noun), None
    )
    act = next((each for each in desk.acts if each.name == name), None) if desk else None
    if act is None or not request.user.has_perm(act.permission):
        raise PermissionDenied
    chosen = asked_for.keys(request.POST.getlist("chosen"))[:MOST]
    things = desk.get_queryset(request).filter(pk__in=chosen)
    done = sum(_did_one(request, desk, act, thing) for thing in things)
    if done:
        messages.success(request, f"{act.label}：办好 {done} 件。")
    elif not chosen:
        messages.warning(request, "没有选中要办的，请先打勾。")
    return HttpResponseRedirect(reverse("admin:index"))


@require_POST
def urge(request):
    """Remind whoever what the account has handed on waits for."""
    told, refused = others.urge(request.user, request.POST.get("key", ""))
    if told:
        messages.success(request, f"已催办：{'、'.join(told)}。")
    else:
        messages.info(request, refused or "现在没有等哪一位办。")
    return HttpResponseRedirect(reverse("admin:index"))


def _did_one(request, desk, act, thing):
    form = act.form({})
    if not act.when(thing) or not act.together(thing) or not form.is_valid():
        messages.error(request, f"“{thing}”没有办：状态已变，或须单独办理。")
        return False
    try:
        act.run(thing, form.cleaned_data, request.user)
    except DomainError as refused:
        messages.error(request, f"“{thing}”没有办：{desk.say(refused)}")
        return False
    return True


def _grouped(waiting):
    """(lines one by one, [(act, its lines)]) : two and more that may be done at once stand together."""
    kinds = {}
    for each in waiting:
        if each.batch:
            kinds.setdefault(each.batch, []).append(each)
    groups = [(batch, found) for batch, found in kinds.items() if len(found) > 1]
    apart = {id(each) for _, found in groups for each in found}
    return [each for each in waiting if id(each) not in apart], groups


def _standing(account):
    """(whether the bureau has never drawn, its rounds on their way, its rounds that are through)."""
    sees = account.has_perm("inspections.view_task")
    return opening.is_new(account.bureau), *(rounds.current(account.bureau) if sees else ([], []))


def _due(account):
    """What is late or due within a week and the account's to see to, the nearest first; of what began this
    year or last (the page of deadlines has all)."""
    last_year = timezone.localtime().replace(month=1, day=1, hour=0, minute=0) - timedelta(days=365)
    running = [each for each in duties.mine(account, since=last_year, most=_DUE) if each.is_ours]
    running += letters.clocks(account) if account.has_perm("publicity.answer_letter") else []
    soon = timezone.localdate() + _WEEK
    return sorted((each for each in running if each.due.on <= soon), key=lambda each: each.due.on)[:_DUE]


def _did(account):
    """[(entry, its words, where the thing is)] of the account's last acts."""
    rows = JournalEntry.objects.filter(bureau=account.bureau_id, actor=account.journal_name).order_by("-seq")
    shown = [each for each in rows[: _DID * 4] if not each.action.startswith(_BESIDE)][:_DID]
    return [(each, journal.in_words(each.action), addresses.for_eyes(each.about, account)) for each in shown]
