"""数据开放: the files of today and of every night before, their hashes, the interface's description."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from inspections.models import Draw
from registries.models import StoredFile

from .. import exports
from ..models import Disclosure, Dump, Ending
from ..reading import chain, standing
from ..window import address, public, show


@public
def data(request):
    """What can be taken, how, and what its fields mean."""
    facts = {
        "columns": exports.COLUMNS, "national": exports.NATIONAL_RESULTS.items(),
        "dumps": [(each, _WITH_RESULTS if _is_withdrawn(each) else ()) for each in Dump.objects.all()[:60]],
        "statuses": Draw._meta.get_field("status").choices,
    }  # fmt: skip
    return show(request, "data", facts, column="data")


@public
def csvw(request):
    return exports.json_answer(exports.csvw("results.csv"), media_type="application/csvm+json")


@public
def national(request):
    """Results under the national system's field names, as CSV."""
    rows = standing("result").select_related("disclosure").order_by("-published_at")
    pieces = exports.csv_of(
        map(exports.national_row, rows.iterator(chunk_size=500)), [*exports.NATIONAL, "uniscId", "entName"]
    )
    response = HttpResponse(b"".join(pieces), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="gsxt.csv"'
    return response


@public
def catalog(request):
    """The data set in DCAT's words."""
    base = address(request)
    newest = Dump.objects.first()
    files = newest.files if newest else {}
    return exports.json_answer({
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "spdx": "http://spdx.org/rdf/terms#"},
        "@type": "dcat:Dataset", "@id": base + reverse("public:data"), "dct:title": "双随机、一公开 公示数据", "dct:accrualPeriodicity": "每日",
        "dct:modified": newest.day.isoformat() if newest else "",
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution", "dcat:downloadURL": base + reverse("public:dump-file", args=[newest.day, name]),
                "dcat:byteSize": each["size"], "spdx:checksum": {"spdx:algorithm": "sha256", "spdx:checksumValue": each["sha256"]},
            }
            for name, each in files.items()
            if not (name in _WITH_RESULTS and _is_withdrawn(newest))
        ],
    }, media_type="application/ld+json")  # fmt: skip


_WITH_RESULTS = {"results.csv", "results.json", "gsxt.csv"}


def _is_withdrawn(dump):
    """Whether a version holds a statement that was withdrawn since (行政处罚法第48条; corrections stay in it)."""
    since = Ending.objects.filter(kind="withdrawn", disclosure__kind="result", at__gt=dump.made_at)
    return any(
        Disclosure.objects.filter(pk__in=chain(each.disclosure), published_at__lte=dump.made_at).exists()
        for each in since.select_related("disclosure")
    )


@public(seconds=60)
def dump_file(request, day, name):
    """A file of a night's version, byte for byte; SHA256SUMS beside them."""
    found = get_object_or_404(Dump, day=day)
    if name == "SHA256SUMS":
        lines = "".join(f"{each['sha256']}  {name}\n" for name, each in sorted(found.files.items()))
        return HttpResponse(lines, content_type="text/plain; charset=utf-8")
    if name not in found.files:
        raise Http404
    if name in _WITH_RESULTS and _is_withdrawn(found):
        text = "这个版本含有后来撤回的公示，不再提供；它的摘要仍在 SHA256SUMS 中。\n"
        return HttpResponse(text, status=410, content_type="text/plain; charset=utf-8")
    stored = get_object_or_404(StoredFile, digest=found.files[name]["sha256"])
    response = HttpResponse(stored.read(), content_type=stored.media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
