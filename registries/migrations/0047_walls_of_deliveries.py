"""What came stands as it came, and its states take their ways."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("registries", "0046_limits_of_discredit")]

    operations = [
        freeze(
            "registries_delivery",
            fixed=["bureau_id", "source_id", "file_id", "digest", "name", "size", "way", "received_at"],
        ),
        follow(
            "registries_delivery",
            "received>failed received>read received>taken received>unmapped unmapped>received "
            "read>checked read>taken read>undone read>writing checked>read checked>writing "
            "writing>taken taken>undone",
        ),
        refuse("registries_delivery", "DELETE"),
        freeze(
            "registries_deliveryrow",
            fixed=["bureau_id", "delivery_id", "number", "digest", "as_of", '"values"', "weighs"],
        ),
        follow(
            "registries_deliveryrow",
            "listed>odd listed>older listed>plain listed>rejected listed>same listed>stranger "
            "listed>unreadable plain>rejected plain>taken plain>undone odd>matched odd>rejected "
            "odd>taken odd>undone stranger>matched stranger>rejected stranger>taken stranger>undone "
            "matched>odd matched>taken matched>undone taken>undone",
        ),
        refuse("registries_deliveryrow", "DELETE"),
        refuse("registries_sourcerecord", "DELETE"),
    ]
