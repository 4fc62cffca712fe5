"""Bureaus that stand already get the limits of what is decided on the spot; a number they have set stays."""

from django.db import migrations

from registries.services import bureaus


def install(apps, schema_editor):
    limits = apps.get_model("registries", "LegalLimit")
    for bureau in apps.get_model("registries", "Bureau").objects.all():
        bureaus.install_limits(limits, bureau)


class Migration(migrations.Migration):
    dependencies = [("registries", "0030_leave_noted")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
