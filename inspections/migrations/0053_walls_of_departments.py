"""What a department has handed over stands; its states take their ways."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("inspections", "0052_together")]

    operations = [
        freeze(
            "inspections_departmentword",
            fixed=["bureau_id", "case_id", "department", '"on"', "items", "result", "handling", "for_us", "digest"],
            once=["answered_at"],
            once_text=["answer"],
        ),
        follow("inspections_departmentword", "received>answered received>replaced"),
        refuse("inspections_departmentword", "DELETE"),
    ]
