"""每日公开摘要: one digest a bureau and day over all that was public by the end of that day.

It stands where the journal's head stood: on the page of draws, in anchor.json, on the public disc and
record. Whoever keeps one can tell later whether a draw, a statement or a release of before was changed or
taken away. Everything it covers is public, so it tells nothing else, and it moves once a day with nothing
that is not public (SJS1 §9).
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

from django.utils import timezone

from inspections import engine
from inspections.models import Draw
from registries.models import Bureau
from registries.onebyone import one_by_one

from .models import DailyDigest, Disclosure, Ending, Release
from .payload import release_facts


def facts(bureau, day):
    """What was public of a bureau by the end of a day (legal time), as plain data
    in the order it became so."""
    end = _end(day)
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


def _end(day):
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def latest():
    """The last day that is over. It is over ten minutes after midnight: what was stamped
    before may be committed after."""
    return timezone.localdate(timezone.now() - timedelta(minutes=10)) - timedelta(days=1)


def of(bureau, day=None):
    """{day, digest} of a day; of the last that is over, where none is given."""
    return _told(facts(bureau, day or latest()))


def _told(found):
    return {"day": found["day"], "digest": engine.digest(engine.dump(found))}


def shown(bureau, day=None):
    """The same as it was written down when the day was over; counted where it is not written yet."""
    day = day or latest()
    kept = DailyDigest.objects.filter(bureau=bureau, day=day).first()
    return {"day": day.isoformat(), "digest": kept.digest} if kept else of(bureau, day)


def keep_all(log):
    """The background's part: the digest of the last day that is over, of every bureau that has none yet."""
    day = latest()
    without = Bureau.objects.exclude(pk__in=DailyDigest.objects.filter(day=day).values("bureau"))
    one_by_one(without.order_by("pk"), lambda bureau: _keep(bureau, day), log)


def _keep(bureau, day):
    DailyDigest.objects.get_or_create(bureau=bureau, day=day, defaults={"digest": of(bureau, day)["digest"]})


def anchor(day=None, bureau=None):
    """anchor.json: {v: 2, bureaus: {code: {day, digest, draws: [[number, commitment,
    result digest or ""]]}}}, of one bureau (its key) where given.

    The draws as they stood at the end of that day; nothing in it names an enterprise, a person or
    an act that is not public.
    """
    day = day or latest()
    bureaus = Bureau.objects.order_by("code")
    bureaus = list(bureaus.filter(pk=bureau) if bureau else bureaus)
    digests = dict(DailyDigest.objects.filter(bureau__in=bureaus, day=day).values_list("bureau", "digest"))
    draws, end = defaultdict(list), _end(day)
    sealed = Draw.objects.filter(bureau__in=bureaus, sealed_at__lt=end).order_by("pk")
    for pk, number, commitment, result, at in sealed.values_list(
        "bureau", "number", "commitment", "result_digest", "drawn_at"
    ):
        draws[pk].append([number, commitment, result if at and at < end else ""])
    told = {"v": 2, "bureaus": {}}
    for each in bureaus:
        digest = digests.get(each.pk) or of(each, day)["digest"]
        told["bureaus"][each.code] = {"day": day.isoformat(), "digest": digest, "draws": draws[each.pk]}
    return told


def faults(bureau, kept):
    """What an anchor part {day, digest} that somebody has kept says against today's
    database: [fault in Chinese]."""
    if "day" in kept and of(bureau, datetime.fromisoformat(kept["day"]).date())["digest"] != kept["digest"]:
        yield f"{kept['day']} 以前公开的抽取、公示或文件被改动、增添或删去：与当日的总指纹不符"
