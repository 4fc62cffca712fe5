"""事项清单: the versions as cards; a draft's lines mended in place, beside what the version in force says;
the laws that were repealed and the lines that cite them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache

from inspections.models import Proposal, Task
from inspections.states import ProposalState, TaskState
from registries import asked as asked_for
from registries.errors import DomainError
from registries.look import waits_on
from registries.models import ItemList, LegalArticle
from registries.sentences import say
from registries.services import inheriting, items, listedits
from registries.states import ItemListState

from ..office import lines

_A_PAGE = 60
_SHOWN = ("requirement", "basis", "measure")


@never_cache
def page(request):
    """The versions, the newest first; what is proposed; which laws have gone."""
    account = request.user
    if not account.has_perm("registries.view_itemlist"):
        raise PermissionDenied
    if request.method == "POST":
        return _inherited(request)
    today, bureau = timezone.localdate(), account.bureau
    cards = [_card(account, each, today) for each in ItemList.objects.filter(bureau=bureau)]
    desk = admin.site._registry[ItemList]
    waiting = Proposal.objects.filter(bureau=bureau, status=ProposalState.MADE).select_related("item_list")
    facts = admin.site.each_context(request) | {
        "title": "抽查事项清单",
        "cards": cards,
        "draft": next((each for each in cards if each["list"].is_open), None),
        "drafts": account.has_perm("registries.add_itemlist"),
        "has_act": bool(desk.list_acts),
        "proposals": [(each, _buttons(account, each, request.path)) for each in waiting[:12]],
        "n_proposals": waiting.count(),
        "collects": account.has_perm("registries.change_item"),
        "laws": _gone(bureau),
        "offered": inheriting.offered(bureau),
        "today": today,
    }
    return TemplateResponse(request, "year/lists.html", facts)


def _inherited(request):
    """A draft that follows a list from above, from the day that was said."""
    offered = {str(each.pk): each for each in inheriting.offered(request.user.bureau)}
    upper = offered.get(request.POST.get("upper", ""))
    try:
        since = parse_date(request.POST.get("since", "").strip()) or timezone.localdate()
    except ValueError:
        since = timezone.localdate()
    if upper is None:
        messages.warning(request, "这一版已经沿用过，或者上级又公布了新的。请看现在列出的。")
        return HttpResponseRedirect(reverse("lists"))
    try:
        made = inheriting.inherit(upper, since, by=request.user)
        messages.success(request, f"已起草“{made}”：上级的事项原样在内，本机关自己的事项也带上了。")
        return HttpResponseRedirect(reverse("list", args=[made.pk]) + "?tab=all")
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(reverse("lists"))


@never_cache
def version(request, pk):
    """One version: `?tab=` bare, changed, added, removed, all; `to=` the version it is held against. A POST
    mends lines of a draft, or gives many of them one basis."""
    account = request.user
    if not account.has_perm("registries.view_itemlist"):
        raise PermissionDenied
    one = get_object_or_404(ItemList, pk=pk, bureau=account.bureau_id)
    if request.method == "POST":
        return _mended(request, one)
    asked, others = request.GET, ItemList.objects.filter(bureau=account.bureau_id).exclude(pk=pk)
    other = _other(one, others, asked.get("to", ""))
    differs = listedits.difference(other, one) if other else None
    bare, words = listedits.bare(one), asked.get("q", "").replace("\x00", "")[:60]
    all_ = listedits.lines_of(one, words)
    n_all = all_.count()
    tabs = [("bare", "缺依据", len(bare)), ("all", "全部", n_all)]
    if differs:
        told = [("changed", "改了的"), ("added", "新增"), ("removed", "删除")]
        tabs[1:1] = [(name, title, len(getattr(differs, name))) for name, title in told]
    first = "bare" if bare else "changed" if differs and differs.changed else "all"
    tab = asked.get("tab") if asked.get("tab") in {name for name, *_ in tabs} else first
    rows = bare if tab == "bare" else all_ if tab == "all" else []
    laws = items.laws_that_warn(account.bureau_id)
    facts = (
        admin.site.each_context(request)
        | _card(account, one, timezone.localdate())
        | {
            "title": str(one),
            "one": one,
            "tab": tab,
            "tabs": [(name, title, n, name == tab) for name, title, n in tabs],
            "other": other,
            "others": others,
            "differs": differs,
            "rows": Paginator(rows, _A_PAGE).get_page(asked.get("page")),
            "words": words,
            "edits": one.is_open and account.has_perm("registries.change_item"),
            "laws": LegalArticle.objects.filter(bureau=account.bureau_id).exclude(
                repealed_on__lte=timezone.localdate()
            )[:300],
            "warned": [
                (each.code, each.name, said)
                for each in one.items.select_related("item_list").prefetch_related("articles", "lines")
                if (said := items.warnings(each, laws))
            ],
            "listed": one.items.all(),
        }
    )
    return TemplateResponse(request, "year/list.html", facts)


def _card(account, one, today):
    """What a card says of a version: its mark, its numbers, where it is used, what may be done with it."""
    told = listedits.counts(one)
    used = Task.objects.filter(item_list=one).exclude(status=TaskState.DRAFTED).count()
    if one.status != ItemListState.PUBLISHED:
        mark = ("wait", "等负责人公布") if one.is_handed_in else ("wait", "草稿")
    elif one.effective_to and one.effective_to < today:
        mark = ("off", "已失效")
    elif one.effective_from > today:
        mark = ("wait", f"{one.effective_from:%Y-%m-%d} 起施行")
    else:
        mark = ("ok", "施行中")
    return {
        "list": one,
        "mark": mark,
        "used": used,
        "buttons": _buttons(account, one, reverse("lists")),
    } | told


def _buttons(account, thing, back):
    return [each for wait in waits_on(account, thing) for each in lines.buttons(thing, wait, back)]


def _other(one, others, asked):
    """The version it is held against: the one asked for, else the latest published one before it."""
    if (key := asked_for.key(asked)) is not None:
        return others.filter(pk=key).first()
    return others.filter(version__lt=one.version, status=ItemListState.PUBLISHED).order_by("-version").first()


def _gone(bureau):
    """[(law, what to know, [lines of the versions that still count which cite it])]."""
    today = timezone.localdate()
    living = [
        each
        for each in listedits.with_lines(ItemList.objects.filter(bureau=bureau))
        if each.status != ItemListState.PUBLISHED or not each.effective_to or each.effective_to >= today
    ]
    found = [(law, law.warning(), listedits.touched(law, living)) for law in items.laws_that_warn(bureau.pk)]
    return sorted(found, key=lambda each: -len(each[2]))


def _mended(request, one):
    back = request.get_full_path()
    try:
        said = {}
        for name, text in request.POST.items():
            field, _, pk = name.rpartition("-")
            if field in listedits.FIELDS and (key := asked_for.key(pk)) is not None:
                said.setdefault(key, {})[field] = text
        count = listedits.edit(one, said, by=request.user)
        if "give" in request.POST:
            chosen = asked_for.keys(request.POST.getlist("line"))
            if request.POST.get("all_bare"):
                chosen = [each.pk for each in listedits.bare(one)]
            basis = request.POST.get("one_basis", "").strip()
            if not chosen or not basis:
                messages.warning(request, f"请打勾选检查内容，并写上依据{_also(count)}。")
                return HttpResponseRedirect(back)
            given = listedits.give_basis(one, chosen, basis, by=request.user)
            messages.success(request, f"已给 {given} 条写上同一依据{_also(count)}。")
            return HttpResponseRedirect(back)
        messages.success(request, f"已保存，改了 {count} 条。")
    except DomainError as refused:
        messages.error(request, say(refused))
    return HttpResponseRedirect(back)


def _also(count):
    """What else of the page was saved with a batch."""
    return f"；页上另外改的 {count} 条已保存" if count else ""
