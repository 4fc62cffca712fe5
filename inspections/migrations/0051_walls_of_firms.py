"""What a firm confirmed and handed in stands; its states take their ways."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("inspections", "0050_service_addresses")]

    operations = [
        freeze(
            "inspections_firmword",
            fixed=["bureau_id", "address_id", "case_id", "finding_id", "kind", "text", "mark", "received_at"],
            once=["answered_at"],
            once_text=["answer"],
        ),
        follow("inspections_firmword", "received>answered"),
        refuse("inspections_firmword", "DELETE"),
        refuse("inspections_firmfile", "UPDATE", "DELETE"),
        freeze(
            "inspections_serviceaddress",
            fixed=["bureau_id", "subject_id", "number", "signed_on", "agrees", "file_id", "recorded_by_id"],
            once=["ended_on"],
        ),
        refuse("inspections_serviceaddress", "DELETE"),
        freeze(
            "inspections_onlineservice",
            fixed=["bureau_id", "paper_id", "address_id", "served_by_id", "served_at"],
            once=["opened_at"],
        ),
        refuse("inspections_onlineservice", "DELETE"),
    ]
