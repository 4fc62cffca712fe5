"""The bureau's desk: Django's admin in our words, entered by role, ordered as the procedure runs."""

from functools import update_wrapper

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme


class DeskSite(AdminSite):
    site_header = "明签 · 双随机、一公开"
    site_title = "明签"
    index_title = "工作台"
    site_url = "/"
    empty_value_display = "—"
    final_catch_all_view = False

    def has_permission(self, request):
        """A role with the desk, not is_staff and not is_superuser."""
        return request.user.is_active and request.user.has_perm("registries.enter_admin")

    def admin_view(self, view, cacheable=False):
        """Whoever is signed in and lacks the desk gets 403, not a sign-in page that cannot help."""
        inner = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, view)

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """One sign-in page for everybody; whoever is signed in goes on to where they may."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            wanted = "/admin/"
        if not request.user.is_authenticated:
            sign_in = redirect_to_login(wanted, "/login/")
            if "over" in request.GET:
                sign_in["Location"] += (
                    "&over=1"  # that the sitting has ended is said on the page one comes to
                )
            return sign_in
        return HttpResponseRedirect(wanted if self.has_permission(request) else settings.LOGIN_REDIRECT_URL)

    def logout(self, request, extra_context=None):
        """As above: the one that is journaled."""
        return HttpResponseRedirect("/logout/", status=307)

    def password_change(self, request, extra_context=None):
        """As above: the one that asks for another password than before."""
        return HttpResponseRedirect("/password/")

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(
                key=lambda model: ORDER.index(model["object_name"]) if model["object_name"] in ORDER else 99
            )
        return sorted(apps, key=lambda app: ROOMS.index(app["app_label"]))


ROOMS = ["registries", "inspections", "publicity", "auth", "admin"]
ORDER = [
    "Subject",
    "SubjectEvent",
    "ImportRun",
    "BatchChange",
    "Category",
    "Tag",
    "Inspector",
    "Declaration",
    "Relation",
    "LeadingGroup",
    "ItemList",
    "Item",
    "Proposal",
    "LegalArticle",
    "Section",
    "Skill",
    "InspectionKind",
    "LotRule",
    "Reason",
    "LegalLimit",
    "Discretion",
    "CalendarYear",
    "Plan",
    "PlanLine",
    "Task",
    "Draw",
    "Disc",
    "Change",
    "Scheme",
    "JointVisit",
    "RecusalRequest",
    "Case",
    "Finding",
    "Extension",
    "Restraint",
    "Filing",
    "Exhibit",
    "Entry",
    "Supplement",
    "Paper",
    "Report",
    "Penalty",
    "Transfer",
    "PaperForm",
    "Document",
    "Disclosure",
    "Release",
    "Account",
    "RoleGrant",
    "Bureau",
    "JournalEntry",
]
