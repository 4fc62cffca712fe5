"""The last nouns of this room whose moves the database did not know yet."""

from django.db import migrations

from registries.triggers import KeepingTriggers, follow


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0044_red_flag")]
    operations = [
        follow(
            "inspections_plan", "drafted>approved approved>drafted approved>published published>replaced"
        ),
        follow("inspections_task", "drafted>approved approved>drafted"),
        # its wall "moves" asks only who has judged
        follow("inspections_proposal", "made>adopted made>dismissed", name="follows"),
    ]
