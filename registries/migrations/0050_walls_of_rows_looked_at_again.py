"""A row that said nothing new is looked at again when what it repeated has gone; a delivery whose columns
nobody knows may be dropped, one that cannot be written is looked at again."""

from django.db import migrations

from registries.triggers import follow, instead

_ROWS = (
    "listed>odd listed>older listed>plain listed>rejected listed>same listed>stranger "
    "listed>unreadable plain>rejected plain>taken plain>undone odd>matched odd>rejected "
    "odd>taken odd>undone stranger>matched stranger>rejected stranger>taken stranger>undone "
    "matched>odd matched>taken matched>undone taken>undone"
)
_DELIVERIES = (
    "received>failed received>read received>taken received>unmapped unmapped>received "
    "read>checked read>taken read>undone read>writing checked>read checked>writing "
    "writing>taken taken>undone"
)


class Migration(migrations.Migration):
    dependencies = [("registries", "0049_walls_of_other_visits")]

    operations = [
        instead(
            follow("registries_deliveryrow", _ROWS),
            follow("registries_deliveryrow", f"{_ROWS} plain>odd same>odd older>odd rejected>odd"),
        ),
        instead(
            follow("registries_delivery", _DELIVERIES),
            follow("registries_delivery", f"{_DELIVERIES} unmapped>undone writing>read"),
        ),
    ]
