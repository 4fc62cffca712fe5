"""导入以后接着办: 分类、乡镇、股室 on one page, each confirmed for many at once, with whom it is beside
it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from registries import asked as asked_for
from registries.admin import subject_edits
from registries.errors import DomainError
from registries.models import Category, Section, Subject
from registries.sentences import say
from registries.services import classes, sorting


@never_cache
def page(request):
    """What the register lacks after an import; a POST of `step` confirms what is ticked."""
    account = request.user
    if not account.has_perm("registries.classify_subject"):
        raise PermissionDenied
    if request.method == "POST":
        return _done(request)
    bureau = account.bureau
    groups, loose = sorting.by_class(bureau)
    towns, no_town = sorting.by_town(bureau)
    sections = sorting.by_section(bureau)
    listed = Subject.objects.listed().filter(bureau=bureau)
    facts = admin.site.each_context(request) | {
        "title": "导入以后接着办",
        "groups": groups,
        "loose": loose,
        "n_loose": listed.filter(category=None, proposed_category=None).count(),
        "towns": towns,
        "no_town": no_town,
        "sections": sections,
        "n_section": sum(each.number for each in sections),
        "classes": Category.objects.filter(bureau=bureau),
        "own_sections": Section.objects.filter(bureau=bureau),
        "total": listed.count(),
    }
    return TemplateResponse(request, "year/sorting.html", facts)


def _done(request):
    step = request.POST.get("step", "")
    try:
        for said in _STEPS[step](request):
            messages.success(request, said)
    except DomainError as refused:
        messages.error(request, say(refused))
    except KeyError:
        pass
    return HttpResponseRedirect(f"{request.path}#{step}")


def _propose(request):
    counts = classes.propose(request.user.bureau, by=request.user)
    known = sum(n for name, n in counts.items() if name)
    yield f"按名称、行业、经营范围里的词语建议了 {known} 户，没有建议的 {counts.get('', 0)} 户。"


def _classes(request):
    """The ticked classes as proposed, then those that somebody chose one by one."""
    account, bureau = request.user, request.user.bureau
    waiting = Subject.objects.listed().filter(bureau=bureau, category=None)
    chosen = asked_for.keys(request.POST.getlist("proposed"))
    count = classes.confirm(waiting.filter(proposed_category__in=chosen), by=account) if chosen else 0
    for name, value in request.POST.items():
        pk = asked_for.key(name.removeprefix("class-"))
        if pk is not None and (chosen_class := asked_for.key(value)) is not None:
            category = Category.objects.filter(bureau=bureau, pk=chosen_class).first()
            count += classes.confirm(waiting.filter(pk=pk), by=account, category=category) if category else 0
    rest = asked_for.key(request.POST.get("rest"))
    if rest is not None and (category := Category.objects.filter(bureau=bureau, pk=rest).first()):
        count += classes.confirm(waiting.filter(proposed_category=None), by=account, category=category)
    yield f"已确认 {count} 户的监管分类。"


def _towns(request):
    """Each ticked town for those whose address names it; the rest to one, where it is said."""
    bureau, count = request.user.bureau, 0
    towns = [town[:50] for town in request.POST.getlist("town")]
    # read before the first is written: a town that is known reads addresses that it did not before
    for town, keys in [(town, sorting.firms_of_town(bureau, town)) for town in towns]:
        count += len(keys)
        yield from _many(request, Subject.objects.filter(pk__in=keys), "town", town, "从地址读出乡镇")
    rest = request.POST.get("rest", "").strip()[:50]
    if rest:
        loose = Subject.objects.listed().filter(bureau=bureau, town="")
        yield from _many(request, loose, "town", rest, "地址里没有乡镇，统一认定")


def _sections(request):
    """For each class the section that is chosen."""
    bureau = request.user.bureau
    for name, value in request.POST.items():
        pk = asked_for.key(name.removeprefix("section-"))
        if pk is not None and (chosen := asked_for.key(value)) is not None:
            section = Section.objects.filter(bureau=bureau, pk=chosen).first()
            firms = Subject.objects.listed().filter(bureau=bureau, category=pk, section=None)
            if section and firms.exists():
                yield from _many(request, firms, "section", section, "按分类派到责任股室")


def _many(request, firms, field, value, reason):
    if firms.exists():
        data = {"field": field, "value": value, "reason": reason}
        yield subject_edits.change_many(firms, data, request.user)


_STEPS = {"propose": _propose, "classes": _classes, "towns": _towns, "sections": _sections}
