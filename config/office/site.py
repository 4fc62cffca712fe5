"""工作台: Django's admin as the bureau's desk. Above every page the nine words, the search and what waits."""

from django.urls import reverse

from registries.adminsite import DeskSite
from registries.models import Message

from ..year import sight, town
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
        "firms",
        "registries.view_subject",
        (
            "firms",
            "registries/subject",
            "registries/importrun",
            "registries/batchchange",
            "registries/category",
            "registries/tag",
        ),
    ),
    (
        "人员",
        "people",
        "registries.view_inspector",
        (
            "people",
            "registries/inspector",
            "registries/relation",
            "registries/declaration",
            "registries/leadinggroup",
            "registries/loanrequest",
            "registries/lending",
        ),
    ),
    (
        "清单",
        "lists",
        "registries.view_itemlist",
        ("items", "registries/item", "inspections/proposal", "registries/legalarticle"),
    ),
    (
        "计划",
        "plans",
        "inspections.view_plan",
        ("plans", "inspections/plan", "inspections/directive", "inspections/assigned"),
    ),
    ("公示", "admin:publicity_publication_changelist", "publicity.view_publication", ("publicity",)),
    (
        "报表",
        "reports-page",
        "registries.view_account",
        ("reports", "libraries", "oversight", "health", "exchange", "below"),
    ),
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
        return town.page(request) if sight.is_town(request.user) else home.page(request)


def _words(request):
    """(word, address, whether one is there now) of what the account may open."""
    path = request.path.removeprefix(reverse("admin:index"))
    for word, name, right, places in WORDS:
        if request.user.has_perm(right) or word == "企业" and sight.is_town(request.user):
            here = path.startswith(places) if places else path == ""
            yield word, reverse(name), here
