"""A sealing marks its classes, not each of their enterprises."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers


def of_their_enterprises(apps, schema_editor):
    """A class was last sealed when the one of its enterprises was that was last."""
    sealed = apps.get_model("registries", "Subject").objects.exclude(sealed_at=None)
    last = sealed.order_by().values_list("category").annotate(models.Max("sealed_at"))
    for category, at in last:
        apps.get_model("registries", "Category").objects.filter(pk=category).update(sealed_at=at)


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0054_pulse_of_workers")]

    operations = [
        migrations.AddField(
            model_name="category",
            name="sealed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="最近一次封入抽取"),
        ),
        migrations.RunPython(of_their_enterprises, migrations.RunPython.noop),
        migrations.RemoveField(model_name="subject", name="sealed_at"),
    ]
