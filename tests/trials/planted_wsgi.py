"""The positive control of the scan: the same site with one page that hands back what it is
asked, unescaped, no policy."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from config.wsgi import application

__all__ = ["application"]


@login_not_required
def echo(request):
    answer = HttpResponse(f"<html><body>{request.GET.get('q', '')}</body></html>")
    answer["Content-Security-Policy"] = ""
    return answer


def plant():
    from config.urls import urlpatterns  # noqa: PLC0415  after the applications are ready

    urlpatterns.insert(0, path("planted/", echo))


plant()
