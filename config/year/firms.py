"""企业: the register as a list that says of each firm what one wants to know before a round: its class, when
it was last inspected, how often this year against its cap, what is still wrong."""

from collections import Counter
from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import Count, Max, Min, Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.case import yearly
from inspections.models import Case, Finding
from inspections.states import UNSETTLED
from inspections.watch import progress
from registries import asked as asked_for
from registries.admin.lists import CappedPaginator
from registries.models import Category, ImportRun, Production, Section, Subject
from registries.search import patterns
from registries.services import caps, journal, overview

from ..office import books
from ..office.kept import kept
from . import sight

_A_PAGE = 50
MOST = 20_000  # rows of a workbook
HEADERS = ["企业", "编号", "信用代码", "监管分类", "安全管理分级", "风险等级", "重点单位", "乡镇", "股室"]
HEADERS += ["生产状态", "许可证到期", "上次检查", "今年检查（次）", "年度上限（次）", "未整改问题"]


@never_cache
def page(request):
    """`?tab=` one of _TABS, `q=`, `class=`, `town=`, `section=`, `grade=`, `state=`, `left=1`; `as=xlsx` is
    the same as a workbook. A POST leads the chosen to an act on many."""
    account, asked = request.user, request.GET
    rows = sight.firms(account)
    tabs = _tabs(account)
    tab = asked.get("tab", "")
    found = chosen(rows.listed() if asked.get("left") != "1" else rows.exclude(left_on=None), asked)
    if tab in dict((code, holds) for code, _, holds in tabs):
        found = found.filter(dict((code, holds) for code, _, holds in tabs)[tab]())
    if request.method == "POST":
        return _to_many(request, found)
    found = found.select_related("category", "section").defer("search", "scope").order_by("ref")
    if asked.get("as") == "xlsx" and account.has_perm("registries.export_subject"):
        return _workbook(request, found)
    shown = CappedPaginator(found, _A_PAGE).get_page(asked.get("page"))
    _fill(account, shown.object_list)
    counts = kept(account, "firms", lambda: _counts(account, tabs))
    bureau = account.bureau_id
    facts = admin.site.each_context(request) | {
        "title": "企业",
        "rows": shown,
        "tabs": [(code, title, counts.get(code), code == tab) for code, title, _ in tabs],
        "tab": tab,
        "total": counts.get(""),
        "kept": {name: value for name, value in asked.items() if value and name not in ("tab", "page", "as")},
        "query": _without(asked, "page", "as"),
        "asked": asked,
        "classes": Category.objects.filter(bureau=bureau).only("name"),
        "towns": kept(account, "towns", lambda: _towns(account)),
        "sections": Section.objects.filter(bureau=bureau),
        "states": Production.choices,
        "grades": Subject._meta.get_field("grade").choices,
        "year": timezone.localdate().year,
        "last_import": ImportRun.objects.filter(bureau=bureau)
        .exclude(applied_at=None)
        .order_by("-applied_at")
        .first(),
        "imports": account.has_perm("registries.import_subject"),
        "exports": account.has_perm("registries.export_subject"),
        "changes": account.has_perm("registries.change_subject"),
        "many": _many(account),
        "is_town": sight.is_town(account),
    }
    return TemplateResponse(request, "year/firms.html", facts)


def chosen(rows, asked):
    """The rows that the address asks for."""
    for part in patterns(asked.get("q", "").replace("\x00", "")[:60]):
        rows = rows.filter(search__contains=part)
    for name, column in (("class", "category"), ("section", "section")):
        if (key := asked_for.key(asked.get(name))) is not None:
            rows = rows.filter(**{column: key})
    for name, column in (("town", "town"), ("state", "production"), ("grade", "grade")):
        if asked.get(name):
            rows = rows.filter(**{column: asked[name][:50]})
    if asked.get("seen") == "0":  # not inspected this year
        rows = rows.exclude(pk__in=_seen(timezone.localdate().year).values("subject"))
    return rows


def _seen(year):
    return Case.objects.filter(ended_at__year=year).inspected()


def _tabs(account):
    """[(code, title, its condition)]: what needs somebody, each counted with the condition that the tab
    shows."""
    gaps = overview.gaps()
    open_ = Finding.objects.filter(case__in=sight.cases(account), status__in=UNSETTLED)
    found = [
        ("", "全部", lambda: Q()),
        ("key", "重点单位", lambda: Q(is_key=True)),
        ("key-open", "重点未查", lambda: Q(pk__in=key_open(account.bureau, timezone.localdate().year))),
        ("problems", "有未改问题", lambda: Q(pk__in=open_.values("case__subject"))),
    ]
    if sight.is_town(account):
        return found
    shown = ("class", "code", "town", "licence", "verified")
    return found + [(name, gaps[name][0], lambda holds=gaps[name][1]: holds) for name in shown]


def key_open(bureau, year):
    """The key units that were not inspected in a year as often as its plan asks: those that the plan
    counts."""
    return [each.pk for each in progress.key_open(bureau, year)]


def _counts(account, tabs):
    """{tab: how many}, of what stands in the register."""
    rows = sight.firms(account).listed()
    return rows.order_by().aggregate(
        **{code or "all": Count("pk", filter=holds()) for code, _, holds in tabs if code}
    ) | {"": rows.count()}


def _towns(account):
    rows = sight.firms(account).listed().exclude(town="").order_by()
    return list(rows.values_list("town", flat=True).annotate(n=Count("pk")).order_by("-n")[:60])


def _fill(account, rows):
    """What a row says beyond its columns: from questions about the rows shown only."""
    year, pks = timezone.localdate().year, [each.pk for each in rows]
    stays = dict(Subject.objects.filter(merged_into__in=pks).values_list("pk", "merged_into"))
    known = sight.cases(account).filter(subject__in=[*pks, *stays])
    last, open_ = {}, Counter()
    for pk, day in known.inspected().values_list("subject").annotate(last=Max("ended_at")).order_by():
        own = stays.get(pk, pk)
        last[own] = max(filter(None, [last.get(own), day]), default=None)
    wrong = Finding.objects.filter(case__in=known, status__in=UNSETTLED).values_list("case__subject")
    for pk, n in wrong.annotate(n=Count("pk")).order_by():
        open_[stays.get(pk, pk)] += n
    rules, visits = caps.rules_of(account.bureau), Counter()
    for each in yearly.of(account.bureau, year, known):
        visits[each.subject] += each.counts
    licences = dict(
        Subject.objects.filter(pk__in=pks)
        .values_list("pk")
        .annotate(first=Min("licences__expires_on"))
        .order_by()
    )
    soon = timezone.localdate() + timedelta(days=90)
    for each in rows:
        each.last, each.wrong, each.visits = last.get(each.pk), open_[each.pk], visits[each.pk]
        each.cap, each.licence = caps.cap_of(each, rules), licences.get(each.pk)
        each.is_soon = each.licence is not None and each.licence <= soon


def _many(account):
    """[(name, words)] of the acts on many that the account may do."""
    desk = admin.site._registry[Subject]
    asks = {"change_many": "change", "verify_many": "change", "take_out_many": "remove"}
    titles = {"change_many": "批量更正一栏", "verify_many": "核实无误", "take_out_many": "出库"}
    rights = {"change": "registries.change_subject", "remove": "registries.remove_subject"}
    return [(name, titles[name]) for name in desk.actions if account.has_perm(rights[asks[name]])]


def _to_many(request, found):
    """The chosen, or all that the address asks for, go to the act's page, which says what will happen to how
    many and asks for the reason."""
    name, desk = request.POST.get("action", ""), admin.site._registry[Subject]
    picked = asked_for.keys(request.POST.getlist("_selected_action"))
    is_all = request.POST.get("select_across") == "1"
    if name not in dict(_many(request.user)) or not (picked or is_all):
        messages.warning(request, "没有选中企业，请先打勾。")
        return HttpResponseRedirect(request.get_full_path())
    rows = desk.get_queryset(request)
    rows = rows.filter(pk__in=found.values("pk")) if is_all else rows.filter(pk__in=picked)
    return getattr(desk, name)(request, rows)


def _without(asked, *names):
    left = asked.copy()
    for name in names:
        left.pop(name, None)
    return left.urlencode()


def _workbook(request, found):
    """The rows that are shown, all pages. Journaled: it leaves the system."""
    table, rows = [HEADERS], list(found[:MOST])
    for start in range(0, len(rows), 500):
        _fill(request.user, rows[start : start + 500])
    for each in rows:
        table.append(
            [
                each.name,
                each.ref,
                each.credit_code,
                str(each.category or ""),
                each.get_grade_display(),
                each.get_risk_display(),
                "是" if each.is_key else "",
                each.town,
                str(each.section or ""),
                each.get_production_display(),
                each.licence,
                timezone.localdate(each.last) if each.last else None,
                each.visits,
                each.cap,
                each.wrong,
            ]
        )
    journal.write("register.exported", by=request.user, about="subject", facts={"rows": len(table) - 1})
    return books.answer(table, f"企业名录{timezone.localdate():%Y%m%d}.xlsx")
