from django.db import migrations

from registries.triggers import require


class Migration(migrations.Migration):
    dependencies = [("inspections", "0033_file_number")]
    operations = [
        require(
            "inspections_case", "filed", "UPDATE", "OLD.file_number = '' OR NEW.file_number = OLD.file_number",
            "append-only: the file has its number",
        ),
    ]
