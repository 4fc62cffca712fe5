"""网站地图: every permalink of a bureau, the newest first, as many as a sitemap holds; in pieces, for a
file."""

from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import timezone

from inspections.models import Draw
from registries.models import Item, ItemList

from .models import Disclosure
from .reading import standing

SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_FIRMS, MOST_DRAWS, MOST_RESULTS = 5_000, 5_000, 35_000  # a sitemap holds fifty thousand
_PAGES = (
    "home",
    "items",
    "plans",
    "group",
    "draws",
    "results",
    "penalties",
    "listings",
    "news",
    "statistics",
    "changes",
    "verify",
    "protocol",
    "words",
    "find-paper",
    "officer",
    "data",
    "letters",
    "accessibility",
)


def pieces(bureau, base):
    """A bureau's key and where its window stands in; the file piece by piece."""
    yield f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{SCHEMA}">'.encode()
    for path in _paths(bureau):
        yield f"<url><loc>{base}{path}</loc></url>".encode()
    yield b"</urlset>"


def _paths(bureau):
    yield from (_at(name) for name in _PAGES)
    in_force = ItemList.objects.effective(timezone.localdate()).filter(bureau=bureau)
    codes = Item.objects.filter(item_list__in=in_force).order_by("code").values_list("code", flat=True)
    yield from (_at("item", code) for code in codes.distinct())
    refs = standing(bureau).exclude(ref="").order_by("ref").values_list("ref", flat=True).distinct()
    yield from _under("enterprise", refs[:MOST_FIRMS])
    draws = Draw.objects.filter(bureau=bureau).order_by("-pk").values_list("number", flat=True)
    yield from _under("draw", draws[:MOST_DRAWS])
    said = Disclosure.objects.filter(bureau=bureau).order_by("-pk").values_list("token", flat=True)
    yield from _under("result", said[:MOST_RESULTS])


def _under(name, keys):
    """Of thirty-five thousand permalinks only the key differs."""
    before, after = _at(name, "0").split("0", 1)
    yield from (f"{before}{key}{after}" for key in keys.iterator(chunk_size=2000))


def _at(name, *args):
    """The address as it stands in its window, whoever is asked for it here."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse(f"public:{name}", args=args)
    finally:
        set_script_prefix(prefix)
