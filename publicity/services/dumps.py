"""数据版本: every night all that is public, in files with their hashes; a day's
version is made once and stays.

Penalties are not among them: they are shown for a term, and a version has none.
"""

import json
import logging
import tempfile
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from inspections import engine
from inspections.models import Draw
from registries.models import Bureau
from registries.onebyone import one_by_one
from registries.services import journal, storage

from .. import daily, exports
from ..models import Dump
from ..reading import standing
from ..whose import of, place

log = logging.getLogger(__name__)
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def make_all(day=None):
    """The version of a day (today) of every bureau, one after another. Returns the Dumps."""
    return one_by_one(Bureau.objects.here(), lambda each: make(each, day), log)


def missing(day=None):
    """The bureaus whose version of a day (today) is still to be made."""
    made = Dump.objects.filter(day=day or timezone.localdate()).exclude(bureau=None)
    return Bureau.objects.here().exclude(pk__in=made.values("bureau")).order_by("pk")


def make(bureau, day=None):
    """A bureau's version of a day (today); the one that stands where there is one. Returns the Dump."""
    day = day or timezone.localdate()
    found = Dump.objects.filter(bureau=bureau, day=day).first()
    if found:
        return found
    kept = _kept(bureau, day)
    listed = {name: {"sha256": each.digest, "size": each.size} for name, each in kept.items()}
    try:
        with transaction.atomic():
            made = Dump.objects.create(bureau=bureau, day=day, files=listed)
            told = {name: each["sha256"] for name, each in listed.items()}
            journal.write("dump.made", by=None, bureau=bureau, about=f"dump {day}", facts=told)
    except IntegrityError:
        return Dump.objects.get(bureau=bureau, day=day)
    return made


def _kept(bureau, day):
    """{name: StoredFile}, each written piece by piece; the list of them last."""
    base, found = place(of(bureau.pk)), {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as rows:
        # Read once, so that the three forms say the same whatever is published meanwhile.
        for each in _standing(bureau):
            said = {"open": exports.row(each, base), "national": exports.national_row(each)}
            rows.write(json.dumps(said, ensure_ascii=False) + "\n")
        for name, pieces in _files(bureau, day, rows):
            found[name] = storage.keep_pieces(pieces, _TYPES[name.rsplit(".", 1)[1]])
    listed = storage.keep_pieces([_json(_package(day, bureau, base, found))], _TYPES["json"])
    return found | {"datapackage.json": listed}


def _standing(bureau):
    rows = standing(bureau.pk, "result").select_related("disclosure__supersedes").order_by("disclosure_id")
    return rows.iterator(chunk_size=500)


def _files(bureau, day, rows):
    """(name, pieces of the file) one after another; `rows` as `_kept` has spooled them."""
    national = [*exports.NATIONAL, "uniscId", "entName"]
    draws = Draw.objects.filter(bureau=bureau).order_by("pk")
    yield "results.csv", exports.csv_of(_read(rows, "open"), exports.TITLES)
    yield "results.csv-metadata.json", [_json(exports.csvw("results.csv"))]
    yield "results.json", exports.json_of(_read(rows, "open"))
    yield "gsxt.csv", exports.csv_of(_read(rows, "national"), national)
    yield (
        "draws.json",
        [_json(list(draws.values("number", "status", "commitment", "prev", "result_digest")))],
    )
    yield "anchor.json", [engine.dump(daily.anchor(day - timedelta(days=1), bureau.pk))]


def _read(rows, form):
    rows.seek(0)
    for line in rows:
        yield json.loads(line)[form]


def _package(day, bureau, base, found):
    """Frictionless Data's description of the version: each file with its size and hash."""
    return {
        "name": f"mingqian-{day}",
        "title": "双随机、一公开 公示数据",
        "created": f"{day.isoformat()}T00:00:00+08:00",
        "licenses": [{"path": f"{base}/data/", "title": "可自由使用，注明来源和日期"}],
        "contributors": [{"title": bureau.name, "role": "publisher"}],
        "resources": [
            {
                "name": name.replace(".", "-").lower(),
                "path": name,
                "bytes": each.size,
                "hash": f"sha256:{each.digest}",
            }
            for name, each in found.items()
        ],
    }


def _json(facts):
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()
