"""The laws a bureau starts from, for bureaus of before."""

from django.db import migrations

from registries.services import bureaus


def install(apps, schema_editor):
    LegalArticle = apps.get_model("registries", "LegalArticle")
    for bureau in apps.get_model("registries", "Bureau").objects.all():
        bureaus.install_laws(LegalArticle, bureau)


class Migration(migrations.Migration):
    dependencies = [("registries", "0021_lot_table")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
