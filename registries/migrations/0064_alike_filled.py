"""The keys by which doubles are found, for the rows that stand."""

from django.db import migrations

from registries import alike


def fill(apps, schema_editor):
    subjects, last = apps.get_model("registries", "Subject").objects, 0
    while chunk := list(subjects.filter(pk__gt=last).order_by("pk")[:2_000]):
        for each in chunk:
            for name, key in alike.keys_of(each.name, each.legal_representative, each.address).items():
                setattr(each, name, key)
        subjects.bulk_update(chunk, ["alike_name", "alike_place"])
        last = chunk[-1].pk


class Migration(migrations.Migration):
    dependencies = [("registries", "0063_alike")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
