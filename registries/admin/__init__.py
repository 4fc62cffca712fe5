"""The registers' desks."""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import group, inspector, item, recusal, subject, tables

__all__ = ["group", "inspector", "item", "recusal", "subject", "tables"]

# Rights come from dated roles; Django's groups mean nothing here and have no page.
admin.site.unregister(Group)
