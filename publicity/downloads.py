"""Whole lists as files: written once for each state of what is public, then handed out from the disk.

A question narrows a list to what is answered at once; the whole of a province is not
made anew for each who asks.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count, Max
from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from inspections.models import Draw
from registries.models import ItemList

from . import exports, sitemap
from .models import Disclosure, Ending, Listing
from .reading import in_the_order_shown, standing
from .whose import everybody, place

AT_ONCE = 5_000  # rows that are written while somebody waits
# seconds: a file of a moment ago serves until the next is written, unless something was taken back since
_LATELY = 600
_TITLES = {
    "results.csv": "抽查结果.csv",
    "results.json": "抽查结果.json",
    "results.xlsx": "抽查结果.xlsx",
    "penalties.csv": "行政处罚.csv",
    "penalties.xlsx": "行政处罚.xlsx",
    "penalties.json": "行政处罚.json",
    "gsxt.csv": "gsxt.csv",
    "sitemap.xml": None,  # is read where it stands
}


def answer(name, request):
    """A whole list of the bureau whose window it is, by its name (results.csv …); 503 while it is being
    written."""
    whose, base = request.whose, place(request.whose, request)
    found = current(name, whose, base)
    if found is None and (_count(name, whose) <= AT_ONCE or not settings.PUBLIC_URL):
        found = write(name, whose, base)
    found = found or _lately(name, whose)
    if found is None:
        return _being_written()
    return hand_out(found, exports.MEDIA[name.rsplit(".", 1)[1]], name, _TITLES[name])


def hand_out(path, media_type, name, title):
    """A file of PUBLIC_DIR as an answer: by nginx where it stands in front, else piece by piece. One without
    a title is to be read where it stands."""
    tag = f'"{path.name}"'
    if settings.HANDS_OVER:
        response = HttpResponse(content_type=media_type)
        response["X-Accel-Redirect"] = (
            f"/kept/{settings.PUBLIC_PREFIX}{quote(str(path.relative_to(settings.PUBLIC_DIR)))}"
        )
    else:
        response = FileResponse(path.open("rb"), content_type=media_type)
    if title:
        response["Content-Disposition"] = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(title)}"
    response["ETag"] = tag
    # Said here, so that this server keeps no answer which names a file that is gone by then (window.public).
    patch_cache_control(response, public=True, max_age=60)
    return response


def kept(stored):
    """A stored file that is public, where nginx finds it: copied there once (it is another disk, and another
    reader), after its bytes were looked at again."""
    path = settings.PUBLIC_DIR / "versions" / stored.digest
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.parent.chmod(0o755)
        _put(path, [stored.read()])
    return path


def current(name, whose, base):
    """The file of what stands now, or None."""
    path = _path(name, whose, base)
    return path if path.exists() else None


def write(name, whose, base):
    """Write the file of what stands now, unless another is at it; returns it, or None."""
    folder = settings.PUBLIC_DIR
    with (folder / f".{whose.code}-{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        path = _path(name, whose, base)
        if not path.exists():
            _put(path, _pieces(name, whose, base))
            _clear(name, whose.code, keep=2)
        return path


def _put(path, pieces):
    """All of it or nothing."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.writelines(pieces)
            os.fchmod(out.fileno(), 0o644)  # nginx is another user
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def write_all():
    """Whatever stands no more as it was written. Returns the names of what was written."""
    made = []
    for whose in everybody() if settings.PUBLIC_URL else ():
        base = place(whose)
        made += [name for name in _TITLES if _is_due(name, whose, base) and write(name, whose, base)]
    return made


def _is_due(name, whose, base):
    """A workbook takes long to make: one of a moment ago serves for a while."""
    is_recent = name.endswith(".xlsx") and _lately(name, whose)
    return current(name, whose, base) is None and not is_recent


def forget():
    """The index was made again, or another database came in its place: the lists are made again, too."""
    for name in _TITLES:
        _clear(name, "*", keep=0)


def _pieces(name, whose, base):
    if name == "sitemap.xml":
        return sitemap.pieces(whose.pk, base)
    kind = "penalty" if name.startswith("penalties") else "result"
    rows = in_the_order_shown(standing(whose.pk, kind), "newest").select_related("disclosure__supersedes")
    if name == "gsxt.csv":
        rows = map(exports.national_row, rows.iterator(chunk_size=500))
        return exports.csv_of(rows, [*exports.NATIONAL, "uniscId", "entName"])
    return exports.pieces(rows, name.rsplit(".", 1)[1], kind, base)


def _count(name, whose):
    kind = "penalty" if name.startswith("penalties") else "result"
    return Listing.objects.filter(kind=kind, bureau=whose.pk).values("pk")[: AT_ONCE + 1].count()


def _path(name, whose, base):
    """Named by the state it says, as counted before a row is read: what is public, what was taken back,
    the day, and where the window stands. Counts and not the last keys alone: an earlier key may be
    committed after a later one."""
    counts = [
        model.objects.filter(bureau=whose.pk).aggregate(last=Max("pk"), count=Count("pk"))
        for model in (Disclosure, Ending, Listing, *((Draw, ItemList) if name == "sitemap.xml" else ()))
    ]
    state = hashlib.sha256(repr((counts, timezone.localdate(), base)).encode()).hexdigest()[:20]
    stem, form = name.rsplit(".", 1)
    return settings.PUBLIC_DIR / f"{stem}-{whose.code}-{_generation(whose)}-{state}.{form}"


def _generation(whose):
    """Of the lists from which as much was taken back, and whose day is the same."""
    return f"{timezone.localdate():%Y%m%d}-{Ending.objects.filter(bureau=whose.pk).count()}"


def _lately(name, whose):
    """The last file that was written, if that was a moment ago and nothing was taken back
    since its rows were read."""
    stem, form = name.rsplit(".", 1)
    made = settings.PUBLIC_DIR.glob(f"{stem}-{whose.code}-{_generation(whose)}-*.{form}")
    found = max(made, key=lambda each: each.stat().st_mtime, default=None)
    return found if found and time.time() - found.stat().st_mtime <= _LATELY else None


def _clear(name, code, keep):
    """All but the last `keep` files of a list: the one before may be on its way to somebody."""
    stem, form = name.rsplit(".", 1)
    made = sorted(
        settings.PUBLIC_DIR.glob(f"{stem}-{code}-*.{form}"),
        key=lambda each: each.stat().st_mtime,
        reverse=True,
    )
    for each in made[keep:]:
        each.unlink(missing_ok=True)


def _being_written():
    told = "这份数据正在生成，请过一分钟再下载；急用可以先下载“数据开放”里昨夜的版本。\n"
    response = HttpResponse(told, status=503, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = "60"
    response["Cache-Control"] = "no-store"
    return response
