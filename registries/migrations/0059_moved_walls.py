"""A bureau that has moved to another installation: its journal takes nothing more here, so that no act can be
done, and only the tables' owner (who moves it back) can say otherwise."""

from django.db import migrations

from registries.triggers import freeze, instead, require

_HERE = "(SELECT moved_at FROM registries_bureau WHERE id = NEW.bureau_id) IS NULL"


class Migration(migrations.Migration):
    dependencies = [("registries", "0058_moved")]

    operations = [
        instead(
            freeze("registries_account", fixed=["bureau_id", "username"]),
            freeze("registries_account", fixed=["bureau_id", "username", "signs_as"]),
        ),
        freeze("registries_bureau", fixed=["moved_at", "moved_to"]),
        require("registries_journalentry", "here", "INSERT", _HERE, "journal: this bureau has moved away"),
    ]
