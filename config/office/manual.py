"""操作手册: a page for each role, in the order of its work; and the whole procedure on one page. For
everybody who is signed in."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache

PAGES = [
    "clerk",
    "head",
    "supervisor",
    "witness",
    "legal",
    "inspector",
    "officer",
    "security",
    "auditor",
    "town",
]


@never_cache
def page(request, role=""):
    """The manual, printable: of one role, or (without one) the whole with the way to each."""
    if role and role not in PAGES:
        raise Http404
    own = request.user.roles()
    facts = {
        "enters_admin": request.user.has_perm("registries.enter_admin"),
        "pages": [(each, settings.ROLES[each]["title"], each in own) for each in PAGES],
        "role": role,
        "role_title": settings.ROLES[role]["title"] if role else "",
    }
    return render(request, f"manual/{role}.html" if role else "manual.html", facts)
