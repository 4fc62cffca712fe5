"""Columns that every noun has: the state it is in, and who did what."""

from django.conf import settings
from django.db import models

from .states import TITLES


def person(title):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=title,
        null=True,
        editable=False,
    )


class Status(models.CharField):
    """A state of one of the tables in states.py, or of a higher room's (`states`);
    not editable in any form."""

    def __init__(self, noun="", states=None, **options):
        self.noun = noun
        if states:
            options["choices"] = [(state, title) for state, (title, _) in states.items()]
        options |= {"max_length": 20, "editable": False, "verbose_name": "状态", "db_index": True}
        options["choices"] = list(TITLES[noun].items()) if noun else options.get("choices")
        super().__init__(**options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        for key in ("choices", "max_length", "editable", "verbose_name", "db_index"):
            options.pop(key, None)
        return name, path, args, options | {"noun": self.noun}
