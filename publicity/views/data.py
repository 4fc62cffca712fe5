"""数据开放: the files of today and of every night before, their hashes, the interface's description."""

from datetime import timedelta
from functools import lru_cache

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from inspections import engine
from inspections.models import Draw
from registries.models import StoredFile

from .. import daily, downloads, exports
from ..models import Disclosure, Dump, Ending
from ..reading import chain
from ..whose import everybody
from ..window import address, public, show


@public
def data(request):
    """What can be taken, how, and what its fields mean."""
    facts = {
        "columns": exports.COLUMNS,
        "national": exports.NATIONAL_RESULTS.items(),
        "dumps": [
            (each, _withheld(each), _RENEWED if _has_head(each) else "") for each in _dumps(request)[:60]
        ],
        "statuses": Draw._meta.get_field("status").choices,
    }
    return show(request, "data", facts, column="data")


def _dumps(request):
    """The versions of a bureau; of the first one also those of before each had its own."""
    own, first = Q(bureau=request.whose.pk), everybody()[:1]
    return Dump.objects.filter(own | Q(bureau=None) if first and first[0].pk == request.whose.pk else own)


@public(is_data=True)
def csvw(request):
    return exports.json_answer(exports.csvw("results.csv"), media_type="application/csvm+json")


@public(is_data=True)
def national(request):
    """Results under the national system's field names, as CSV."""
    return downloads.answer("gsxt.csv", request)


_ENDED = ["公示编号", "网址", "公示种类", "公示时间", "终止方式", "终止时间", "原因", "依据"]


@public(is_data=True)
def endings(request):
    """What was taken back or has run its term, and why, as CSV: of whom it spoke is not said any more."""
    base, minute = address(request), "%Y-%m-%d %H:%M"
    ended = Ending.objects.filter(bureau=request.whose.pk).select_related("disclosure").order_by("-pk")
    rows = (
        dict(
            zip(
                _ENDED,
                [
                    each.disclosure.token,
                    f"{base}/results/{each.disclosure.token}/",
                    each.disclosure.get_kind_display(),
                    f"{timezone.localtime(each.disclosure.published_at):{minute}}",
                    each.get_kind_display(),
                    f"{timezone.localtime(each.at):{minute}}",
                    each.reason,
                    each.basis,
                ],
                strict=True,
            )
        )
        for each in ended.iterator(chunk_size=500)
    )
    return HttpResponse(b"".join(exports.csv_of(rows, _ENDED)), content_type="text/csv; charset=utf-8")


@public(is_data=True)
def catalog(request):
    """The data set in DCAT's words."""
    base = address(request)
    newest = _dumps(request).first()
    files = newest.files if newest else {}
    withheld = _withheld(newest) if newest else {}
    return exports.json_answer(
        {
            "@context": {
                "dcat": "http://www.w3.org/ns/dcat#",
                "dct": "http://purl.org/dc/terms/",
                "foaf": "http://xmlns.com/foaf/0.1/",
                "spdx": "http://spdx.org/rdf/terms#",
            },
            "@type": "dcat:Dataset",
            "@id": f"{base}/data/",
            "dct:title": "双随机、一公开 公示数据",
            "dct:accrualPeriodicity": "每日",
            "dct:license": f"{base}/data/",
            "dct:publisher": {"@type": "foaf:Organization", "foaf:name": request.whose.name},
            "dct:modified": newest.day.isoformat() if newest else "",
            "dcat:distribution": [
                {
                    "@type": "dcat:Distribution",
                    "dcat:downloadURL": f"{base}/data/{newest.day}/{name}",
                    "dcat:byteSize": each["size"],
                    "spdx:checksum": {"spdx:algorithm": "sha256", "spdx:checksumValue": each["sha256"]},
                }
                for name, each in files.items()
                if name not in withheld
            ],
        },
        media_type="application/ld+json",
    )


# Files of versions made until the journal's head was no longer published, and what stands in their place.
_WITH_HEAD = {"anchor.json", "datapackage.json"}
_RENEWED = "anchor-renewed.json"


@lru_cache(maxsize=512)
def _tells_head(digest):
    """Whether an anchor that was once published carries the journal's head; a file named
    by its hash never changes."""
    return b'"seq"' in StoredFile(digest=digest).read()


def _has_head(dump):
    kept = dump.files.get("anchor.json")
    return bool(kept) and _tells_head(kept["sha256"])


def _withheld(dump):
    """{name of a file that is not handed out any more: why}."""
    results = "这个版本含有后来撤回的公示，不再提供；它的指纹仍在 SHA256SUMS 中。"
    head = f"这个文件载有办理日志末条的指纹，能用来猜出未公开的办理情况，不再提供；更正的见 {_RENEWED}。"
    found = dict.fromkeys(_WITH_RESULTS, results) if _is_withdrawn(dump) else {}
    return found | (dict.fromkeys(_WITH_HEAD, head) if _has_head(dump) else {})


_WITH_RESULTS = {"results.csv", "results.json", "gsxt.csv"}


def _is_withdrawn(dump):
    """Whether a version holds a statement that was withdrawn since
    (行政处罚法第48条; corrections stay in it)."""
    since = Ending.objects.filter(kind="withdrawn", disclosure__kind="result", at__gt=dump.made_at)
    since = since.filter(bureau=dump.bureau_id) if dump.bureau_id else since
    return any(
        Disclosure.objects.filter(pk__in=chain(each.disclosure), published_at__lte=dump.made_at).exists()
        for each in since.select_related("disclosure")
    )


@public(seconds=60, is_data=True)
def dump_file(request, day, name):
    """A file of a night's version, byte for byte; SHA256SUMS beside them."""
    found = get_object_or_404(_dumps(request).order_by("bureau"), day=day)
    withheld = _withheld(found)
    if name == "SHA256SUMS":
        # The hash of a file that can be guessed tells what the file would.
        told = {
            each: kept["sha256"]
            for each, kept in found.files.items()
            if each not in _WITH_HEAD or not _has_head(found)
        }
        if _has_head(found):
            told[_RENEWED] = engine.digest(_renewed(found))
        return HttpResponse(
            "".join(f"{digest}  {each}\n" for each, digest in sorted(told.items())),
            content_type="text/plain; charset=utf-8",
        )
    if name == _RENEWED and _has_head(found):
        return HttpResponse(_renewed(found), content_type="application/json")
    if name not in found.files:
        raise Http404
    if name in withheld:
        return HttpResponse(withheld[name] + "\n", status=410, content_type="text/plain; charset=utf-8")
    stored = get_object_or_404(StoredFile, digest=found.files[name]["sha256"])
    return downloads.hand_out(downloads.kept(stored), stored.media_type, name, name)


def _renewed(dump):
    return engine.dump(daily.anchor(dump.day - timedelta(days=1), dump.bureau_id))
