"""工作台: Django's admin as the bureau's desk. Above every page the nine words, the search and what waits."""

from django.urls import reverse

from registries.adminsite import DeskSite
from registries.models import Message

from . import home, lines

# The words, the page behind each, the right that opens it, and the addresses that belong to it.
WORDS = [
    ("首页", "admin:index", "registries.enter_admin", ()),
    (
        "抽查",
        "rounds",
        "inspections.view_task",
        (
            "rounds",
            "inspections/task",
            "inspections/draw",
            "inspections/scheme",
            "inspections/change",
            "inspections/disc",
        ),
    ),
    (
        "检查",
        "admin:inspections_case_changelist",
        "inspections.view_case",
        (
            "inspections/case",
            "inspections/finding",
            "inspections/report",
            "inspections/paper",
            "inspections/filing",
            "inspections/exhibit",
            "inspections/penalty",
            "inspections/transfer",
            "inspections/jointvisit",
            "inspections/recusalrequest",
            "deadlines",
        ),
    ),
    (
        "企业",
        "admin:registries_subject_changelist",
        "registries.view_subject",
        (
            "registries/subject",
            "registries/importrun",
            "registries/batchchange",
            "registries/category",
            "registries/tag",
        ),
    ),
    (
        "人员",
        "admin:registries_inspector_changelist",
        "registries.view_inspector",
        ("registries/inspector", "registries/relation", "registries/declaration", "registries/leadinggroup"),
    ),
    (
        "清单",
        "admin:registries_itemlist_changelist",
        "registries.view_itemlist",
        ("registries/item", "inspections/proposal", "registries/legalarticle"),
    ),
    ("计划", "admin:inspections_plan_changelist", "inspections.view_plan", ("inspections/plan",)),
    ("公示", "admin:publicity_publication_changelist", "publicity.view_publication", ("publicity",)),
    ("报表", "reports-page", "registries.enter_admin", ("reports", "libraries", "oversight", "health")),
]


class OfficeSite(DeskSite):
    enable_nav_sidebar = False

    def each_context(self, request):
        """What every page needs. Not the list of all tables, which only 台账维护 shows."""
        facts = {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": self.has_permission(request),
            "available_apps": [],
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
        }
        if facts["has_permission"]:
            facts |= {
                "menu": list(_words(request)),
                "waits_number": lines.number(request.user),
                "unread_number": Message.objects.of(request.user).unread().order_by().count(),
            }
        return facts

    def index(self, request, extra_context=None):
        return home.page(request)


def _words(request):
    """(word, address, whether one is there now) of what the account may open."""
    path = request.path.removeprefix(reverse("admin:index"))
    for word, name, right, places in WORDS:
        if request.user.has_perm(right):
            here = path.startswith(places) if places else path == ""
            yield word, reverse(name), here
