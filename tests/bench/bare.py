"""The bench's server: the product, and in the same processes one bare page, a single
indexed query of 25 rows."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application  # noqa: E402, F401, I001

from django.http import HttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402

from config import urls  # noqa: E402
from publicity.models import Listing  # noqa: E402
from publicity.window import public  # noqa: E402

_PAGE = Template(
    "<!DOCTYPE html><html lang='zh-CN'><title>25</title><body><table>{% for each in rows %}"
    "<tr><td><a href='/results/{{ each.token }}/'>{{ each.name }}</a><td>{{ each.town }}<td>{{ each.result }}"
    "<td>{{ each.on|date:'Y-m-d' }}{% endfor %}</table>"
)


@public
def bare(request):
    rows = Listing.objects.filter(kind="result").order_by("-published_at", "-disclosure_id")[:25]
    return HttpResponse(_PAGE.render(Context({"rows": rows})))


urls.urlpatterns.insert(0, path("bare/", bare))
