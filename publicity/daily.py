"""每日公开摘要: one digest a bureau and day over all that was public by the end of that day. Reads only.

It stands where the journal's head stood: on the page of draws, in anchor.json, on the public disc and
record. Whoever keeps one can tell later whether a draw, a statement or a release of before was changed or
taken away. Everything it covers is public, so it tells nothing else, and it moves once a day with nothing
that is not public (SJS1 §9).
"""

from datetime import datetime, time, timedelta

from django.utils import timezone

from inspections import engine
from inspections.models import Draw
from registries.models import Bureau

from .models import Disclosure, Ending, Release
from .payload import release_facts


def facts(bureau, day):
    """What was public of a bureau by the end of a day (legal time), as plain data
    in the order it became so."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    draws = Draw.objects.filter(bureau=bureau, sealed_at__lt=end).order_by("pk")
    statements = Disclosure.objects.filter(bureau=bureau, published_at__lt=end).order_by("pk")
    endings = Ending.objects.filter(bureau=bureau, at__lt=end).order_by("pk")
    released = Release.objects.filter(bureau=bureau, released_at__lt=end).order_by("pk")
    return {
        "v": 1,
        "bureau": bureau.code,
        "day": day.isoformat(),
        "draws": [
            [
                each.number,
                each.commitment,
                each.prev,
                each.result_digest if each.drawn_at and each.drawn_at < end else "",
                "voided" if each.voided_at and each.voided_at < end else "",
            ]
            for each in draws
        ],
        "statements": [list(each) for each in statements.values_list("token", "digest")],
        "endings": [list(each) for each in endings.values_list("disclosure__token", "kind")],
        "releases": [
            [each.draw.number, *release_facts(each).values()] for each in released.select_related("draw")
        ],
    }


def latest():
    """The last day that is over. It is over ten minutes after midnight: what was stamped
    before may be committed after."""
    return timezone.localdate(timezone.now() - timedelta(minutes=10)) - timedelta(days=1)


def of(bureau, day=None):
    """{day, digest} of a day; of the last that is over, where none is given."""
    return _told(facts(bureau, day or latest()))


def _told(found):
    return {"day": found["day"], "digest": engine.digest(engine.dump(found))}


def anchor(day=None, bureau=None):
    """anchor.json: {v: 2, bureaus: {code: {day, digest, draws: [[number, commitment,
    result digest or ""]]}}}, of one bureau (its key) where given.

    The draws as they stood at the end of that day; nothing in it names an enterprise, a person or
    an act that is not public.
    """
    bureaus = Bureau.objects.order_by("code")
    bureaus = bureaus.filter(pk=bureau) if bureau else bureaus
    return {"v": 2, "bureaus": {each.code: _part(each, day) for each in bureaus}}


def _part(bureau, day):
    found = facts(bureau, day or latest())
    return _told(found) | {
        "draws": [[number, commitment, result] for number, commitment, _, result, _ in found["draws"]]
    }


def faults(bureau, kept):
    """What an anchor part {day, digest} that somebody has kept says against today's
    database: [fault in Chinese]."""
    if "day" in kept and of(bureau, datetime.fromisoformat(kept["day"]).date())["digest"] != kept["digest"]:
        yield f"{kept['day']} 以前公开的抽取、公示或文件被改动、增添或删去：与当日的总指纹不符"
