from django.db import migrations, models
from django.db.models import F, Q

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0003_never_deleted")]
    operations = [
        migrations.AddConstraint(
            "draw",
            models.CheckConstraint(
                condition=Q(void_approved_by=None)
                | Q(void_requested_by__isnull=False) & ~Q(void_approved_by=F("void_requested_by")),
                name="void_by_two",
            ),
        ),
        migrations.AddConstraint(
            "draw",
            models.CheckConstraint(
                condition=~Q(status="voided") | Q(void_approved_by__isnull=False), name="void_approved"
            ),
        ),
        migrations.AddConstraint(
            "draw",
            models.CheckConstraint(
                condition=~Q(status__in=["drawn", "infeasible"]) | ~Q(result_digest=""), name="drawn_has_result"
            ),
        ),
    ]
