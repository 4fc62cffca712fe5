"""One page that hands back what it is asked, unescaped and without a policy; and all the others."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from config.urls import handler404, handler500
from config.urls import urlpatterns as _all

__all__ = ["handler404", "handler500", "urlpatterns"]


@login_not_required
def echo(request):
    answer = HttpResponse(f"<html><body>{request.GET.get('q', '')}</body></html>")
    answer["Content-Security-Policy"] = ""
    return answer


urlpatterns = [path("planted/", echo), *_all]
