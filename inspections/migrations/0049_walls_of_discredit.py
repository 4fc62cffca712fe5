"""严重失信主体: what was decided stands, and its states take their ways."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("inspections", "0048_discredit")]

    operations = [
        freeze(
            "inspections_discredit",
            fixed=["bureau_id", "case_id", "penalty_id", "ground", "facts", "proposed_by_id", "proposed_at"],
            once=["judged_at", "told_on", "decided_by_id"],
            once_text=["told_number", "decision_number"],
        ),
        follow(
            "inspections_discredit",
            "proposed>approved proposed>refused approved>dropped approved>told told>dropped told>listed "
            "listed>asked listed>ended listed>revoked asked>ended asked>listed asked>removed "
            "asked>revoked removed>listed",
        ),
        refuse("inspections_discredit", "DELETE"),
    ]
