from django.db import migrations


def install(apps, schema_editor):
    Bureau, Reason = apps.get_model("registries", "Bureau"), apps.get_model("registries", "Reason")
    for bureau in Bureau.objects.all():
        Reason.objects.get_or_create(
            bureau=bureau, kind="exclusion", code="stratum", defaults={"title": "不在本任务的分层（风险等级、乡镇）", "order": 9}
        )


class Migration(migrations.Migration):
    dependencies = [("registries", "0024_size_as_it_came")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
