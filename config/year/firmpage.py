"""一企一档: one enterprise on one page: who it is, all that happened to it in order, its inspections and
problems, its chance in the next draw; as a paper to file."""

from django.contrib import admin
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.case import yearly
from inspections.models import Finding, Penalty
from inspections.states import UNSETTLED, FindingState
from publicity import odds
from publicity.models import Letter
from publicity.services import letters
from registries import documents
from registries.admin.acts import download
from registries.models import Subject
from registries.services import caps, overview

from ..office import stages, trail
from ..office.kept import kept
from . import moments, sight

TABS = [
    ("life", "沿革"),
    ("cases", "检查"),
    ("findings", "问题"),
    ("papers", "许可证、场所"),
    ("changes", "资料改动"),
]
_FIRST = 60  # moments shown at once; the rest on demand


@never_cache
def page(request, pk):
    """`?tab=` one of TABS; `all=1` the whole time line; `as=pdf` all of it as a paper."""
    account = request.user
    firm = (
        sight.firms(account)
        .select_related("category", "section", "merged_into")
        .prefetch_related("merged")
        .filter(pk=pk)
        .first()
    )
    if firm is None:
        raise Http404
    trail.note(request, firm.name)
    merged = list(firm.merged.all())
    known = sight.cases(account).filter(subject__in=[firm, *merged])
    facts = {"firm": firm, "merged": merged} | kept(
        account, f"firm-{pk}", lambda: _counted(account, firm, known)
    )
    if request.GET.get("as") == "pdf":
        told = facts | {"moments": moments.of(firm, account), "today": timezone.localdate(), "by": account}
        return download(documents.render("firm_file", told | _identity(firm)), f"{firm.ref}.pdf")
    asked = request.GET.get("tab", "life")
    tab = asked if asked in dict(TABS) else "life"
    counts = {
        "cases": known.count(),
        "findings": facts["problems"],
        "papers": firm.licences.count() + firm.places.count(),
        "changes": firm.changes.count(),
    }
    is_town = sight.is_town(account)
    facts |= admin.site.each_context(request) | {
        "title": firm.name,
        "tab": tab,
        "tabs": [
            (name, title, counts.get(name), name == tab)
            for name, title in TABS
            if not (is_town and name == "changes")
        ],
        "chance": _chance(firm),
        "is_town": is_town,
        "more": _more(request, firm),
        "changes": account.has_perm("registries.change_subject"),
        "gaps": [] if firm.left_on else _gaps(firm),
    }
    return TemplateResponse(
        request, "year/firm.html", facts | _identity(firm) | _TABS[tab](request, firm, known)
    )


def history(request, pk):
    """The old address of the time line."""
    if not sight.firms(request.user).filter(pk=pk).exists():
        raise Http404
    return HttpResponseRedirect(reverse("firm", args=[pk]))


def _gaps(firm):
    """What a clerk should see to in its row: asked in one question."""
    gaps = overview.gaps()
    holds = {name: Count("pk", filter=holds) for name, (_, holds) in gaps.items()}
    found = Subject.objects.filter(pk=firm.pk).aggregate(**holds)
    return [title for name, (title, _) in gaps.items() if found[name]]


def _counted(account, firm, known):
    """The numbers on top, each with the tab that lists what it counts."""
    year = timezone.localdate().year
    findings = Finding.objects.filter(case__in=known).exclude(status=FindingState.NOTED)
    visits = [each for each in yearly.of(firm.bureau, year, known) if each.counts]
    found = {
        "year": year,
        "inspections": known.inspected().count(),
        "this_year": len(visits),
        "cap": caps.cap_of(firm, caps.rules_of(firm.bureau)),
        "problems": findings.count(),
        "open_problems": findings.filter(status__in=UNSETTLED).count(),
    }
    if account.has_perm("inspections.view_penalty"):
        fined = Penalty.objects.filter(case__in=known).in_force()
        found |= {"penalties": fined.count(), "fines": sum(each.fine or 0 for each in fined)}
    if account.has_perm("publicity.view_letter"):
        own = Letter.objects.waiting_for(account).filter(subject=firm)
        found |= {"letters": own.count(), "open_letters": own.filter(status__in=letters.OPEN).count()}
    return found


def _chance(firm):
    """What the released draws say of its chances: [(draw, in words)], and how often it was drawn."""
    stood = moments.stood(firm)
    return {
        "stood": [(one, moments.said_of(one)) for one in stood[:5]],
        "told": odds.said(stood) if stood else None,
    }


def _identity(firm):
    """[(word, value)] of the data, without telephone numbers: those stand in the register's own row."""
    names = (
        "legal_representative",
        "site",
        "industry",
        "employees",
        "size",
        "risk",
        "grade",
        "standard",
        "credit",
    )
    found = []
    for name in names:
        if name == "site":
            found.append(("地址", firm.site))
            continue
        told = getattr(firm, f"get_{name}_display", lambda name=name: getattr(firm, name))()
        found.append((Subject._meta.get_field(name).verbose_name, told))
    return {
        "identity": [(word, value) for word, value in found if value not in ("", None)],
        "hazards": firm.hazards,
        "names": [each for each in dict.fromkeys([firm.former_name]) if each],
    }


def _more(request, firm):
    """[(words, address)] of what the account may do with the firm."""
    here, desk = reverse("firm", args=[firm.pk]), admin.site._registry[Subject]
    found = [
        (act.label, f"{reverse('admin:registries_subject_act', args=[firm.pk, act.name])}?next={here}")
        for act in desk.acts
        if request.user.has_perm(act.permission) and act.when(firm)
    ]
    if request.user.has_perm("registries.view_subject"):
        found.append(("底账", reverse("admin:registries_subject_change", args=[firm.pk])))
    return found


def _life(request, firm, known):
    found = kept(request.user, f"moments-{firm.pk}", lambda: moments.of(firm, request.user))
    if kind := request.GET.get("of"):  # a number on top opens what it counts
        found = [each for each in found if each.kind == kind]
    shown = found if request.GET.get("all") else found[:_FIRST]
    return {"moments": shown, "left_out": len(found) - len(shown), "of": kind}


def _cases(request, firm, known):
    rows = list(stages.marked(known).select_related("task", "draw").defer("checklist").order_by("-pk"))
    for each in rows:
        each.stage = stages.of(each)
        each.stage_title, each.stage_mark = stages.TITLES[each.stage], stages.MARKS[each.stage]
        each.address = moments.address(each, request.user)
    return {"cases": rows}


def _findings(request, firm, known):
    rows = Finding.objects.filter(case__in=known).exclude(status=FindingState.NOTED)
    rows = list(rows.select_related("case").defer("case__checklist").order_by("-pk"))
    for each in rows:
        each.is_open = each.status in UNSETTLED
        each.address = moments.address(each.case, request.user, "findings")
    return {"findings": sorted(rows, key=lambda each: not each.is_open)}


def _papers(request, firm, known):
    return {"licences": firm.licences.all(), "places": firm.places.all(), "today": timezone.localdate()}


def _changes(request, firm, known):
    rows = [] if sight.is_town(request.user) else firm.changes.select_related("by")[:200]
    return {"edits": [(each, moments.changed(each.field, each.old, each.new)) for each in rows]}


_TABS = {"life": _life, "cases": _cases, "findings": _findings, "papers": _papers, "changes": _changes}
