"""操作手册: who does what on which page, in the order of the procedure. For everybody who is signed in."""

from django.shortcuts import render
from django.views.decorators.cache import never_cache


@never_cache
def page(request):
    """The manual, printable."""
    return render(request, "manual.html", {"enters_admin": request.user.has_perm("registries.enter_admin")})
