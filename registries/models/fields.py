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
