"""What stands in public today: the queries that the pages, the files, the feeds and the interface share.

Nothing here counts and nothing skips rows: a page is the rows after a mark, so that the last one
costs what the first does.
"""

import base64
import binascii
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, reduce
from operator import or_

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone
from rapidfuzz import fuzz

from inspections.models import Document
from registries import creditcode, search
from registries.models import Item, ItemList, StoredFile

from . import generation
from .models import Disclosure, Ending, Letter, Listing
from .payload import HIDDEN
from .states import LetterState

PAGE = 25
ORDERS = {
    "newest": ("published_at", True, "最近公示"),
    "day": ("on", True, "检查日期"),
    "name": ("name", False, "企业名称"),
}
_TAILS = re.compile("(有限责任公司|股份有限公司|有限公司|分公司|公司)$")
_CANDIDATES = 400  # of a misspelt name, looked at one by one
_LIKE_ENOUGH = 60


@dataclass(frozen=True)
class Page:
    """Some rows, the mark after which the next ones stand ("" at the end), and whether
    the name was only like it."""

    rows: list
    after: str
    is_near: bool = False


def standing(bureau, kind=None):
    """Listings of a bureau that may be read today; of one kind where given."""
    rows = _standing().filter(bureau=bureau)
    return rows.filter(kind=kind) if kind else rows


def standing_of_all(kind):
    """Listings of a kind that may be read today, of all bureaus: to be counted."""
    return _standing().filter(kind=kind)


def _standing():
    return Listing.objects.filter(Q(ends_on=None) | Q(ends_on__gt=timezone.localdate()))


def narrowed(rows, asked):
    """Listings and {name: text} as somebody asked (town, industry, category, item, result,
    since, until, draw, ref) in; those that fit all of it out. What cannot be read (a day that
    is none) narrows to nothing."""
    asked = {name: value.replace("\x00", "") for name, value in asked.items()}
    for name, field in (
        ("town", "town"),
        ("industry", "industry"),
        ("category", "category"),
        ("draw", "draw"),
        ("ref", "ref"),
    ):
        if asked.get(name):
            rows = rows.filter(**{field: asked[name]})
    if asked.get("result"):
        rows = rows.filter(Q(result_code=asked["result"]) | Q(result=asked["result"]))
    if asked.get("item"):
        rows = rows.filter(items__contains=f" {asked['item']} ")
    for name, lookup in (("since", "on__gte"), ("until", "on__lte")):
        if asked.get(name):
            day = _day(asked[name])
            rows = rows.filter(**{lookup: day}) if day else rows.none()
    return rows


def page(rows, order="newest", after="", size=PAGE):
    """Listings, an order of ORDERS and the mark of the last row seen in; a Page out."""
    field, falls, _ = ORDERS.get(order) or ORDERS["newest"]
    rows = rows.order_by(f"{'-' if falls else ''}{field}", f"{'-' if falls else ''}disclosure_id")
    mark = _unmark(after, field)
    if mark:
        value, key = mark
        side = "lt" if falls else "gt"
        rows = rows.filter(
            Q(**{f"{field}__{side}e": value})
            & (Q(**{f"{field}__{side}": value}) | Q(**{f"disclosure_id__{side}": key}))
        )
    found = list(rows[: size + 1])
    return Page(found[:size], _mark(found[size - 1], field) if len(found) > size else "")


def looks_like_code(words):
    """Whether somebody meant one enterprise by its number: a code, or what is like one (a digit wrong, an
    ID number). It is answered by that enterprise or by none."""
    signs = creditcode.normalise(plain(words))
    return signs.isascii() and signs.isalnum() and len(signs) >= 8 and sum(map(str.isdigit, signs)) >= 5


def find(rows, words, order="newest", after="", size=PAGE):
    """Listings and what somebody typed in: part of a name, a code, pinyin or its initials; where nothing
    fits, the names most like it, best first; a code is answered exactly. A Page out."""
    words = plain(words)
    if not words or looks_like_code(words):
        return page(fitting(rows, words) if words else rows, order, after, size)
    told = page(fitting(rows, words), order, after, size)
    if told.rows or after:
        return told
    return Page(near(rows, words), "", is_near=True)


def fitting(rows, words):
    """Listings that have all that was typed."""
    words = plain(words)
    if looks_like_code(words):
        code = creditcode.normalise(words)
        return rows.filter(Q(code=code) | Q(ref=code))
    for pattern in search.patterns(words):
        fits = Q(search__contains=pattern)
        if pattern.isascii():
            fits |= Q(sound__contains=pattern)
        rows = rows.filter(fits)
    return rows


def plain(text):
    """What was typed, in plain signs: full-width letters and odd spaces are as good as others."""
    folded = unicodedata.normalize("NFKC", text or "")
    return " ".join("".join(each if each.isprintable() else " " for each in folded).split())[:60].lower()


def near(rows, words):
    """Names like a misspelt one. One wrong sign of a name leaves a half of it right, so a
    half finds the candidates."""
    whole = words.replace(" ", "")
    if looks_like_code(whole):
        return []
    core = _TAILS.sub("", whole) or whole
    if len(core) < 2:
        return []
    step = -(-len(core) // (2 if len(core) < 6 else 3))
    parts = [core[at : at + step] for at in range(0, len(core), step)]
    fits = [Q(search__contains=pattern) for part in parts for pattern in search.patterns(part)]
    fits += [Q(sound__contains=part) for part in parts if part.isascii()]
    candidates = rows.filter(reduce(or_, fits)).order_by("-published_at")[:_CANDIDATES]
    scored = sorted(((_likeness(core, each), each) for each in candidates), key=lambda each: -each[0])
    return [each for score, each in scored[:PAGE] if score >= _LIKE_ENOUGH]


def _likeness(core, row):
    """0 to 100: how much of what was typed stands in a name, its sound or its code."""
    texts = [row.name.lower(), *((row.sound, row.code.lower()) if core.isascii() else ())]
    return max(fuzz.partial_ratio(core, text) for text in texts)


def living():
    """Statements that stand, of whichever bureau: not corrected by another, not ended."""
    return Disclosure.objects.filter(superseded_by=None, ending=None)


def disclosures(bureau, kind=None):
    """Statements of a bureau that stand and whose term is not over."""
    rows = living().filter(bureau=bureau)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=timezone.localdate()))
    return (rows.filter(kind=kind) if kind else rows).order_by("-pk")


def head(disclosure):
    """The newest of the statements that correct one another."""
    while (later := Disclosure.objects.filter(supersedes=disclosure).first()) is not None:
        disclosure = later
    return disclosure


def chain(disclosure):
    """The keys of a statement and of all that it corrects, the newest first: what was
    said of one is said of all."""
    keys = [disclosure.pk]
    while (disclosure := disclosure.supersedes) is not None:
        keys.append(disclosure.pk)
    return keys


def versions(disclosure):
    """All the statements that correct one another up to this one, this one first."""
    found = [disclosure]
    while (disclosure := disclosure.supersedes) is not None:
        found.append(disclosure)
    return found


def stands(disclosure):
    """Whether a statement is shown today: (True, None), or (False, its Ending or
    None where its term is over).

    What ends the newest ends all that it corrected; an enterprise's word goes with what it answers.
    """
    newest = head(disclosure)
    ending = Ending.objects.filter(disclosure=newest).first()
    if ending or (newest.ends_on is not None and newest.ends_on <= timezone.localdate()):
        return False, ending
    return stands(newest.answers) if newest.answers_id else (True, None)


# Of most statements nothing else is to be told, and one question says so, and where its enterprise stood in
# the draw: the page that is read most asks once.
_ONE = """
    SELECT d.*,
        d.supersedes_id IS NOT NULL OR d.answers_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM publicity_disclosure WHERE supersedes_id = d.id OR answers_id = d.id)
        OR EXISTS (SELECT 1 FROM publicity_ending WHERE disclosure_id = d.id)
        OR EXISTS (SELECT 1 FROM publicity_letter WHERE disclosure_id = d.id) AS has_more,
        t.stratum AS its_stratum, t.status AS its_status, t.lots AS its_lots
    FROM publicity_disclosure d
    LEFT JOIN inspections_report r ON r.id = d.report_id
    LEFT JOIN inspections_case c ON c.id = r.case_id
    LEFT JOIN registries_subject s ON s.id = c.subject_id
    LEFT JOIN publicity_release p ON p.draw_id = c.draw_id
    LEFT JOIN publicity_ticket t ON t.release_id = p.id AND t.ref = s.ref
    WHERE d.token = %s
"""


def one(token):
    """A statement's token in; {disclosure, is_shown, ending, later, statements, is_questioned, is_to_correct}
    out, None for no such one."""
    found = next(iter(Disclosure.objects.raw(_ONE, [token])), None)
    if found is None:
        return None
    facts = {
        "disclosure": found,
        "ending": None,
        "later": None,
        "statements": (),
        "is_questioned": False,
        "is_to_correct": False,
    }
    if not found.has_more:
        return facts | {"is_shown": found.ends_on is None or found.ends_on > timezone.localdate()}
    is_shown, ending = stands(found)
    # What was said of one version is said of all: an old one tells that the newest is disputed, too.
    newest = head(found)
    keys = chain(newest)
    asked = Letter.objects.filter(disclosure__in=keys, kind__in=["objection", "correction"])
    if newest.subject_name == HIDDEN and found.subject_name != HIDDEN:
        # kept from the public since: no older version tells the name
        return facts | {"is_shown": False, "ending": ending}
    return facts | {
        "is_shown": is_shown,
        "ending": ending,
        "later": getattr(found, "superseded_by", None),
        "statements": disclosures(found.bureau_id, "statement").filter(answers__in=keys),
        # Not before somebody has read it: one line that anybody may send marks no firm and no bureau.
        "is_questioned": asked.filter(status=LetterState.ACCEPTED).exists(),
        "is_to_correct": newest == found and asked.filter(disclosure=found, is_true=True).exists(),
    }


# Over the bureaus, so that the register's index on both is used; a firm that others were
# merged into has a row for each.
_FIRM = """
    SELECT s.is_secret, s.former_name, heir.ref, merged.ref
    FROM registries_bureau b JOIN registries_subject s ON s.bureau_id = b.id AND s.ref = %s
    LEFT JOIN registries_subject heir ON heir.id = s.merged_into_id
    LEFT JOIN registries_subject merged ON merged.merged_into_id = s.id
    WHERE b.id = %s
"""


def firm(bureau, ref):
    """A bureau and a number of its register in; (is it kept from the public, its former name, whom it
    was merged into, the numbers that are one with it) out. One that the register does not know is open and by
    itself."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRM, [ref, bureau])
        rows = cursor.fetchall()
    is_secret = any(row[0] for row in rows)
    former, heir = rows[0][1:3] if rows else ("", None)
    return is_secret, former, heir, [ref, *(row[3] for row in rows if row[3])]


def choices(bureau, kind="result"):
    """The values that occur, for the boxes of the search: {field: [values]}. Read once a minute."""
    return lately(f"choices-{kind}", lambda: _choices(bureau, kind), bureau=bureau)


def lately(name, read, share=1.0, bureau=0):
    """What `read` tells, kept as long as a public page is (or a share of that), and of a bureau no longer
    than until its next public act: what counts rows is not counted for every reader."""
    if not settings.PUBLIC_SECONDS:
        return read()
    key = f"{name}@{bureau}.{generation.pinned(bureau)}"
    return caches["template_fragments"].get_or_set(key, read, settings.PUBLIC_SECONDS * share)


def _choices(bureau, kind):
    rows = standing(bureau, kind)
    lists = ItemList.objects.filter(bureau=bureau).exclude(published_on=None)
    lists = lists if kind == "result" else lists.none()
    items = dict(
        Item.objects.filter(item_list__in=lists).order_by("item_list__version").values_list("code", "name")
    )
    return (
        {
            field: list(rows.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct())
            for field in ("town", "industry", "category")
        }
        | {"result": list(rows.order_by("result_code").values_list("result_code", "result").distinct())}
        | {"item": sorted(items.items())}
    )


def is_mark(text, order="newest"):
    """Whether it is a mark that a page of this order gave out."""
    field, *_ = ORDERS.get(order) or ORDERS["newest"]
    return _unmark(text, field) is not None


def in_the_order_shown(rows, order):
    field, falls, _ = ORDERS.get(order) or ORDERS["newest"]
    return rows.order_by(
        F(field).desc() if falls else F(field).asc(), "-disclosure_id" if falls else "disclosure_id"
    )


def _mark(row, field):
    value = getattr(row, field)
    return packed([value if isinstance(value, str) else value.isoformat(), row.pk])


def packed(value):
    """A value as a mark that stands in an address."""
    raw = json.dumps(value, ensure_ascii=False)
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _unmark(text, field):
    try:
        value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(value, str) or type(key) is not int or abs(key) > 2**62 or "\x00" in value:
            return None
        value.encode()  # half a surrogate is no text
        if field == "published_at":
            value = datetime.fromisoformat(value)
            if value.tzinfo is None or not 1970 <= value.year < 9000:
                return None
        elif field == "on":
            value = date.fromisoformat(value)
        return value, key
    except (ValueError, TypeError, binascii.Error):
        return None


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def drawn_in(digest):
    """Seed and {stratum: refs in drawing order} of a kept result; a file named by its hash never changes."""
    result = json.loads(StoredFile(digest=digest).read())
    return result["seed"], {each["stratum"]: each["drawn"] for each in result["objects"]}


def record_of(released):
    """(the record as it was released, the one that stands in its place or None). The first is None where it
    never was, or may not be read any more because it carries the journal's head."""
    made = Document.objects.filter(draw=released.draw_id, kind="draw_record", edition="public").order_by("pk")
    first = made.filter(file=released.record_id).first() if released.record_id else None
    if first is None or first.public_day:
        return released.record, None
    last = made.exclude(public_day=None).last()
    return None, last and last.file
