from django.db import migrations

from registries.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("inspections", "0002_links"), ("registries", "0002_append_only")]
    operations = [
        refuse(f"inspections_{table}", "DELETE")
        for table in ("draw", "seedsource", "change", "case", "assignment", "visit", "report")
    ] + [refuse("inspections_document", "UPDATE", "DELETE")]
