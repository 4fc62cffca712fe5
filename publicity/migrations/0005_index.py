"""What stands in public already gets its rows in the two indexes."""

from django.db import migrations

from publicity.services import listings, releases
from registries.models import StoredFile


def index(apps, schema_editor):
    disclosures = apps.get_model("publicity", "Disclosure").objects.filter(superseded_by=None).order_by("pk")
    listing = apps.get_model("publicity", "Listing")
    rows = [row for each in disclosures.iterator() if (row := listings.row_of(each, listing))]
    listing.objects.bulk_create(rows, batch_size=500)
    ticket = apps.get_model("publicity", "Ticket")
    for each in apps.get_model("publicity", "Release").objects.exclude(result=None):
        files = (StoredFile(digest=digest).read() for digest in (each.commit_id, each.result_id))
        releases.index(each.pk, *files, model=ticket)


class Migration(migrations.Migration):
    dependencies = [("publicity", "0004_public_window")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
