"""The limits of 严重失信主体 for bureaus of before."""

import json
from pathlib import Path

from django.db import migrations

_CODES = {"discredit_statement", "discredit_term", "discredit_early", "discredit_answer"}


def install(apps, schema_editor):
    Bureau, Limit = apps.get_model("registries", "Bureau"), apps.get_model("registries", "LegalLimit")
    data = Path(__file__).parent.parent / "data/limits.json"
    rows = [each for each in json.loads(data.read_text(encoding="utf-8")) if each["code"] in _CODES]
    for bureau in Bureau.objects.all():
        for row in rows:
            code, since = row["code"], row["since"]
            if not Limit.objects.filter(bureau=bureau, code=code).exists():
                more = {name: value for name, value in row.items() if name not in ("code", "since")}
                Limit.objects.create(bureau=bureau, code=code, since=since, **more)


class Migration(migrations.Migration):
    dependencies = [("registries", "0045_code_of_the_bureau")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
