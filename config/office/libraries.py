"""两库概况: the state of the two registers and the item list at a glance, for whoever keeps them."""

from collections import Counter

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.case.models import Assignment
from inspections.states import CaseState, ProposalState
from inspections.visit.models import Proposal
from registries import presence
from registries.models import ImportRun, ItemList, Reason, Skill, Subject
from registries.services import duplicates, overview
from registries.states import ImportState


@never_cache
def page(request):
    """Counts by class, who may go today, what waits, what expires."""
    if not request.user.has_perm("registries.view_subject"):
        raise PermissionDenied
    bureau, today = request.user.bureau, timezone.localdate()
    rows = overview.subjects(bureau)
    people = overview.inspectors(bureau)
    facts = admin.site.each_context(request) | {
        "title": "两库概况",
        "today": today,
        "rows": rows,
        "reasons": _reasons(bureau, rows),
        "totals": {
            "rows": sum(each["rows"] for each in rows),
            "fit": sum(each["statuses"]["E"] for each in rows),
            "key": sum(each["key"] for each in rows),
        },
        "waiting": _waiting(request, bureau),
        "people": len(people),
        "able": sum(each[1] == "E" for each in people),
        "unable": [each for each in people if each[1] != "E"],
        "expiring": _expiring(people),
        "undeclared": [
            each[0]
            for each in people
            if not any(said.year == today.year for said in each[0].declarations.all())
        ],
        "skills": _skills(bureau, people),
        "gone": _gone_with_cases(bureau),
        "list": ItemList.objects.filter(bureau=bureau).effective(today).first(),
        "verified": Subject.objects.filter(bureau=bureau)
        .exclude(verified_on=None)
        .order_by("-verified_on")
        .first(),
        "run": ImportRun.objects.filter(bureau=bureau, status=ImportState.APPLIED).first(),
    }
    return TemplateResponse(request, "admin/libraries.html", facts)


def _reasons(bureau, rows):
    """[(code, title)] of the columns: only reasons that occur."""
    titles = dict(Reason.objects.filter(bureau=bureau, kind="exclusion").values_list("code", "title"))
    titles |= {"secret": "依法不公开", "class": "未分类"}
    found = {code.removeprefix("X:") for each in rows for code in each["statuses"] if code != "E"}
    for each in rows:
        each["cells"] = [each["statuses"][f"X:{code}"] for code in sorted(found)]
        each["fit"] = each["statuses"]["E"]
    return [titles.get(code, code) for code in sorted(found)]


def _waiting(request, bureau):
    """[(title, count, link)]: what waits for somebody; a link only where the account may follow it."""
    found = list(overview.waiting(bureau).items())
    found.append(
        (
            "清单修订建议待处理",
            (Proposal.objects.filter(bureau=bureau, status=ProposalState.MADE).count(), "proposal", ""),
        )
    )
    rows = []
    for title, (count, noun, query) in found:
        room = "inspections" if noun == "proposal" else "registries"
        may = request.user.has_perm(f"{room}.view_{noun}")
        rows.append((title, count, f"{_list(room, noun)}?{query}" if may else ""))
    groups = len(duplicates.find(bureau))
    rows.append(("疑似重复（组）", groups, reverse("admin:registries_subject_listact", args=["duplicates"])))
    return [each for each in rows if each[1]]


def _list(room, noun):
    try:
        return reverse(f"admin:{room}_{noun}_changelist")
    except NoReverseMatch:
        return ""


def _expiring(people):
    """[(days of the warning, [(Inspector, days left)])], the nearest first."""
    found = {}
    for person, _, _, left in people:
        step = next((each for each in presence.WARNINGS if left is not None and 0 <= left <= each), None)
        if step:
            found.setdefault(step, []).append((person, left))
    return sorted(found.items())


def _skills(bureau, people):
    """[(专业, how many may go today, how many of them lead)]; a team needs two people."""
    able, lead = Counter(), Counter()
    for person, status, _, _ in people:
        for skill in person.skills.all() if status == "E" else ():
            able[skill.name] += 1
            lead[skill.name] += person.may_lead
    return [(each.name, able[each.name], lead[each.name]) for each in Skill.objects.filter(bureau=bureau)]


def _gone_with_cases(bureau):
    """Inspectors who have left the register and still sit in an open case."""
    seats = Assignment.objects.filter(
        case__bureau=bureau,
        until=None,
        case__status__in=[CaseState.OPENED, CaseState.STARTED, CaseState.ENDED],
    ).exclude(inspector__left_on=None)
    return Counter(seats.values_list("inspector__name", flat=True)).items()
