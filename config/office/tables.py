"""台账维护: the tables of the registers one by one."""

from django.contrib import admin
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache


@never_cache
def tables(request):
    """台账维护: every table, for looking up and for what is set once."""
    facts = admin.site.each_context(request) | {"title": "台账维护", "apps": admin.site.get_app_list(request)}
    return TemplateResponse(request, "office/tables.html", facts)
