"""数据版本: every night all that is public, in files with their hashes; a day's
version is made once and stays.

Penalties are not among them: they are shown for a term, and a version has none.
"""

import hashlib
import json
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from inspections import engine
from inspections.models import Draw
from registries.models import Bureau
from registries.services import journal, storage

from .. import daily, exports
from ..models import Dump
from ..reading import standing
from ..whose import of, place

_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def make_all(day=None):
    """The version of a day (today) of every bureau. Returns the Dumps."""
    return [make(each, day) for each in Bureau.objects.here()]


def make(bureau, day=None):
    """A bureau's version of a day (today); the one that stands where there is one. Returns the Dump."""
    day = day or timezone.localdate()
    found = Dump.objects.filter(bureau=bureau, day=day).first()
    if found:
        return found
    files = _files(bureau, day)
    kept = {name: storage.keep(data, _TYPES[name.rsplit(".", 1)[1]]) for name, data in files.items()}
    listed = {name: {"sha256": each.digest, "size": each.size} for name, each in kept.items()}
    try:
        with transaction.atomic():
            made = Dump.objects.create(bureau=bureau, day=day, files=listed)
            told = {name: each["sha256"] for name, each in listed.items()}
            journal.write("dump.made", by=None, bureau=bureau, about=f"dump {day}", facts=told)
    except IntegrityError:
        return Dump.objects.get(bureau=bureau, day=day)
    return made


def _files(bureau, day):
    base = place(of(bureau.pk))
    rows = standing(bureau.pk, "result").select_related("disclosure__supersedes").order_by("disclosure_id")
    told = [exports.row(each, base) for each in rows.iterator(chunk_size=500)]
    found = {
        "results.csv": b"".join(exports.csv_of(told, exports.TITLES)),
        "results.csv-metadata.json": _json(exports.csvw("results.csv")),
        "results.json": b"".join(exports.json_of(told)),
        "gsxt.csv": b"".join(
            exports.csv_of(map(exports.national_row, rows), [*exports.NATIONAL, "uniscId", "entName"])
        ),
        "draws.json": _json(
            list(
                Draw.objects.filter(bureau=bureau)
                .order_by("pk")
                .values("number", "status", "commitment", "prev", "result_digest")
            )
        ),
        "anchor.json": engine.dump(daily.anchor(day - timedelta(days=1), bureau.pk)),
    }
    found["datapackage.json"] = _json(
        {
            "name": f"mingqian-{day}",
            "title": "双随机、一公开 公示数据",
            "created": f"{day.isoformat()}T00:00:00+08:00",
            "licenses": [{"path": f"{base}/data/", "title": "可自由使用，注明来源和日期"}],
            "contributors": [{"title": bureau.name, "role": "publisher"}],
            "resources": [
                {
                    "name": name.replace(".", "-").lower(),
                    "path": name,
                    "bytes": len(data),
                    "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                }
                for name, data in found.items()
            ],
        }
    )
    return found


def _json(facts):
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()
