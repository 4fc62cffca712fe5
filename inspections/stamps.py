"""Columns that every noun has: the state it is in, and who did what."""

from django.conf import settings
from django.db import models

from registries.models.fields import Status


def person(title):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=title,
        null=True,
        editable=False,
    )


__all__ = ["Status", "person"]
