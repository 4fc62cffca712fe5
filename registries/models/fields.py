"""Column types of our own."""

from django import forms
from django.db import models

from .. import cipher


class EncryptedTextField(models.TextField):
    """Text that stands encrypted in the database (cipher.py). Cannot be searched or ordered by."""

    def formfield(self, **kwargs):
        return super().formfield(**kwargs | {"widget": forms.TextInput})

    def from_db_value(self, value, expression, connection):
        return value if value is None else cipher.decrypt(value, self._bound_to())

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None else cipher.encrypt(value, self._bound_to())

    def _bound_to(self):
        return f"{self.model._meta.label_lower}.{self.name}"


class Status(models.CharField):
    """The state of a thing, one of a table of `states`, which its class then has as `State`; not editable in
    any form. (A migration knows it without its table: what states there are is no matter of the database.)"""

    def __init__(self, states=None, noun="", **options):
        self.states = states
        options |= {"max_length": 20, "editable": False, "verbose_name": "状态", "db_index": True}
        super().__init__(**options | {"choices": states.choices if states else None})

    def contribute_to_class(self, cls, name, **options):
        super().contribute_to_class(cls, name, **options)
        if self.states:
            cls.State = self.states

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        for key in ("choices", "max_length", "editable", "verbose_name", "db_index"):
            options.pop(key, None)
        return name, "inspections.stamps.Status", args, options
