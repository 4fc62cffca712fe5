"""The positive control of the scan: the same site with one page that hands back what it is asked, unescaped."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from config.settings import *  # noqa: F403
from config.urls import urlpatterns as _all

ROOT_URLCONF = __name__


@login_not_required
def echo(request):
    answer = HttpResponse(f"<html><body>{request.GET.get('q', '')}</body></html>")
    answer["Content-Security-Policy"] = ""
    return answer


urlpatterns = [path("planted/", echo), *_all]
