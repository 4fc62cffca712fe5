"""manage.py rotate_keys: put every encrypted value under the newest key of FIELD_KEYS.

On PostgreSQL run as the owner role: sealed columns are walled, and only their owner may let the wall
sleep. What was sealed is bound by its commitment, so verify_draw --all proves afterwards that only
the wrapping has changed.
"""

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction

from registries import cipher
from registries.models import Bureau, EncryptedTextField
from registries.services import deliveries, imports, journal
from registries.triggers import asleep


class Command(BaseCommand):
    help = "把全部加密内容换用 FIELD_KEYS 中最新的密钥；旧密钥换完后即可移除"

    @transaction.atomic
    def handle(self, *args, **options):
        rotated = {}
        if connection.vendor == "postgresql":
            # What one column's rows still owe at the commit would forbid that the next
            # column's wall is touched.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedTextField):
                    rotated[f"{model._meta.label}.{field.name}"] = self._rotate(model, field)
        rotated["registries.ImportRun.file"] = imports.rotate_originals()
        rotated["registries.Delivery.file"] = self._rotate_deliveries()
        for bureau in Bureau.objects.here():
            journal.write("keys.rotated", by=None, bureau=bureau, about="keys", facts=rotated)
        for name, count in rotated.items():
            self.stdout.write(f"{name}：{count} 项换了密钥")

    def _rotate_deliveries(self):
        """What came is walled too: its wall sleeps while the bytes get their new wrapping."""
        try:
            with asleep(connection, "registries_delivery"):
                return deliveries.rotate_originals()
        except ProgrammingError as wrong:
            raise CommandError(f"须由数据库的属主角色执行：{str(wrong).strip()}") from None

    def _rotate(self, model, field):
        # Raw columns: the model's own reading would decrypt before we could see the key's version.
        table, column, key = (
            connection.ops.quote_name(each)
            for each in (model._meta.db_table, field.column, model._meta.pk.column)
        )
        bound_to = f"{model._meta.label_lower}.{field.name}"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} <> ''")  # noqa: S608  quoted above
            stale = [row for row in cursor.fetchall() if not cipher.is_current(row[1])]
            if not stale:
                return 0
            try:
                with asleep(connection, model._meta.db_table):
                    for pk, stored in stale:
                        fresh = cipher.encrypt(cipher.decrypt(stored, bound_to), bound_to)
                        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [fresh, pk])  # noqa: S608
            except ProgrammingError as wrong:
                raise CommandError(
                    f"须由数据库的属主角色执行（DATABASE_URL 用属主）：{str(wrong).strip()}"
                ) from None
        return len(stale)
