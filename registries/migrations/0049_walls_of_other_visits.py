"""Another department's visit stands; it may only be taken back."""

from django.db import migrations

from registries.triggers import freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("registries", "0048_together")]

    operations = [
        freeze(
            "registries_othervisit",
            fixed=["bureau_id", "subject_id", "department", '"on"', "matter", "recorded_at"],
            once=["withdrawn_on"],
        ),
        refuse("registries_othervisit", "DELETE"),
    ]
