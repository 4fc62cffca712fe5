"""manage.py rotate_keys: put every encrypted value under the newest key of FIELD_KEYS."""

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from registries import cipher
from registries.models import EncryptedTextField


class Command(BaseCommand):
    help = "把全部加密内容换用 FIELD_KEYS 中最新的密钥；旧密钥换完后即可移除"

    def handle(self, *args, **options):
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedTextField):
                    self.stdout.write(f"{model._meta.label}.{field.name}：{self._rotate(model, field)} 项换了密钥")

    @transaction.atomic
    def _rotate(self, model, field):
        # Raw columns: the model's own reading would decrypt before we could see the key's version.
        table, column, key = (
            connection.ops.quote_name(each) for each in (model._meta.db_table, field.column, model._meta.pk.column)
        )
        bound_to = f"{model._meta.label_lower}.{field.name}"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} <> ''")
            stale = [row for row in cursor.fetchall() if not cipher.is_current(row[1])]
            for pk, stored in stale:
                fresh = cipher.encrypt(cipher.decrypt(stored, bound_to), bound_to)
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [fresh, pk])
        return len(stale)
