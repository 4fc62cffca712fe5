"""公开日志 in the window: the page that says what it is and how far it goes, its files, the programs that
watch it. Where a front server hands the files out, only what is not there comes here."""

import io
import re
import zipapp
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.storage import storages
from django.http import HttpResponse
from django.utils.cache import patch_cache_control

from registries.models import Bureau, Cosignature, LogEntry, LogFile, LogHead, LogWitness, PublicLog

from ..window import address, public, show

_NAME = re.compile(
    r"(\d{1,3}/)?(checkpoint|cosigned/(\d{1,15}|index)|tile/(\d{1,2}|entries)/(x\d{3}/){0,4}\d{3}(\.p/\d{1,3})?)"
)
_FILE = re.compile(r"(?:\d{1,3}/)?file/([0-9a-f]{64})")
_YEAR = 31_536_000
_HERE = Path(__file__).parent.parent
PROGRAMS = ("lognote.py", "logrules.py", "monitor.py", "witness.py")


@public(seconds=10)
def page(request):
    """What the bureau's log is, how far it goes, who has cosigned it, what it cannot show."""
    found = PublicLog.objects.filter(bureau=request.whose.pk, is_living=True).first()
    head = found and LogHead.objects.filter(log=found).order_by("-size").first()
    keys = LogEntry.objects.filter(log=found, kind="key").order_by("n").values_list("about", flat=True)
    facts = {
        "log": found,
        "head": head,
        "root": [head.root[at : at + 4] for at in range(0, 64, 4)] if head else [],
        "keys": list(dict.fromkeys(keys)) if found else [],
        "witnesses": _witnesses(found) if found else [],
        "at": f"{address(request)}/log/{found.folder}" if found else "",
        "older": PublicLog.objects.filter(bureau=request.whose.pk, is_living=False).order_by("number"),
    }
    return show(request, "log", facts, column="verify")


@public(seconds=3600)
def witness(request):
    """How another office becomes a witness in ten minutes, and what to do when it cries."""
    found = PublicLog.objects.filter(bureau=request.whose.pk, is_living=True).first()
    keys = LogEntry.objects.filter(log=found, kind="key").order_by("-n") if found else []
    facts = {
        "key": next((each.about for each in keys), ""),
        "at": f"{address(request)}/log/{found.folder}" if found else "",
    }
    return show(request, "log_witness", facts, column="verify")


def _witnesses(log):
    rows = LogWitness.objects.filter(bureau=log.bureau_id, until=None)
    last = {
        each.witness_id: each
        for each in Cosignature.objects.filter(witness__in=rows).select_related("head").order_by("head__size")
    }
    return [(each, last.get(each.pk)) for each in rows]


@public(seconds=_YEAR, stays=True, is_data=True)
def file(request, code, name):
    """A file of a bureau's log. What is there stays as it is and may be kept for long; a checkpoint, and that
    something is not there, may not be kept at all."""
    if not (bureau := Bureau.objects.filter(code=code).first()):
        return _missing()
    if named := _FILE.fullmatch(name):
        return _named(bureau, named[1])
    if not _NAME.fullmatch(name):
        return _missing()
    try:
        with storages["log"].open(f"{code}/{name}", "rb") as handle:
            data = handle.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return _missing()
    is_fixed = name.rpartition("/")[2] not in ("checkpoint", "index")
    media_type = "application/octet-stream" if "tile/" in name else "text/plain; charset=utf-8"
    return _kept(HttpResponse(data, content_type=media_type), is_fixed)


def _named(bureau, digest):
    found = LogFile.objects.select_related("stored").filter(bureau=bureau, digest=digest).first()
    if found is None:
        return _missing()
    if found.gone_at:
        text = "这个文件已按法律不再提供；日志里只有它的指纹。\n"
        return _kept(HttpResponse(text, status=410, content_type="text/plain; charset=utf-8"), False)
    data = found.stored.read() if found.stored_id else found.text.encode()
    # it may have to vanish: nobody is told to keep it for long
    response = HttpResponse(data, content_type="application/json")
    patch_cache_control(response, public=True, max_age=60)
    return response


def _missing():
    return _kept(HttpResponse("没有\n", status=404, content_type="text/plain; charset=utf-8"), False)


def _kept(response, is_fixed):
    if is_fixed:
        patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    else:
        patch_cache_control(response, no_store=True)
    return response


@public(seconds=3600, stays=True, is_data=True)
def programs(request):
    """The watching programs in one file, for any Python: log.pyz monitor …, log.pyz witness …"""
    response = HttpResponse(_packed(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="log.pyz"'
    return response


@cache
def _packed():
    main = (
        "import sys\nfrom publicity import monitor, witness\n"
        "which = {'monitor': monitor, 'witness': witness}.get(sys.argv[1] if len(sys.argv) > 1 else '')\n"
        "sys.exit(which.main(sys.argv[2:]) if which else '用法：python log.pyz monitor … 或 witness …')\n"
    )
    with TemporaryDirectory() as folder:
        room = Path(folder) / "publicity"
        room.mkdir()
        (room / "__init__.py").write_text("")
        for name in PROGRAMS:
            (room / name).write_bytes((_HERE / name).read_bytes())
        (Path(folder) / "__main__.py").write_text(main, encoding="utf-8")
        made = io.BytesIO()
        zipapp.create_archive(folder, made)
    return made.getvalue()
