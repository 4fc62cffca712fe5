from django.db import migrations


def install(apps, schema_editor):
    Bureau, Reason = apps.get_model("registries", "Bureau"), apps.get_model("registries", "Reason")
    Report = apps.get_model("inspections", "Report")
    for bureau in Bureau.objects.all():
        results = Reason.objects.filter(bureau=bureau, kind="result")
        results.get_or_create(
            code="E12",
            defaults={"bureau": bureau, "kind": "result", "title": "迁出本辖区", "national_code": "12", "order": results.count()},
        )
        # What a report has said stays said: the name is narrowed only where none has said it.
        if not Report.objects.filter(case__bureau=bureau, result_code="E10").exists():
            results.filter(code="E10", title="无法联系、迁出").update(title="无法联系")


class Migration(migrations.Migration):
    dependencies = [("inspections", "0024_files_stand"), ("registries", "0025_outside_every_stratum")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
