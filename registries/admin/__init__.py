"""The registers' desks."""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import (
    classes,
    consent,
    delivery,
    group,
    imports,
    inspector,
    item,
    journal,
    loans,
    publiclog,
    recusal,
    subject,
    subject_records,
    tables,
)

__all__ = [
    "classes",
    "consent",
    "delivery",
    "group",
    "imports",
    "inspector",
    "item",
    "journal",
    "loans",
    "publiclog",
    "recusal",
    "subject",
    "subject_records",
    "tables",
]

# Rights come from dated roles; Django's groups mean nothing here and have no page.
admin.site.unregister(Group)
