"""抽取统计自查: every draw of a bureau against the chances it published, by class, township,
size, inspector and pair.

A draw is counted once, by the background process, and what was counted stays beside it (DrawSums); what all
draws of a bureau come to stands in one row (SelfCheck), so that a look costs the same after twenty years.
"""

import json
from collections import Counter

from django.db.models import Count, Q
from django.utils import timezone

from registries.models import Bureau, Inspector, Subject
from registries.onebyone import one_by_one

from ..draw.models import Draw
from ..engine.compute import compute
from ..engine.files import check_sealed, read_commitment
from ..engine.objects import sample_size
from .fairness import Finding, Null, Past, Sums, Tally, null_of, weigh
from .models import DrawSums, SelfCheck

FIELDS = {"乡镇": "town", "规模": "size", "风险等级": "risk", "标准化": "standard"}
_REPLAYS, _LEAST = 200, 60
_WORK = 400_000  # seats × people that the replays of one draw may cost
_AT_ONCE = 3_000  # rows of all draws together that a look counts itself, where the background has not yet


def of(bureau):
    """What a page shows: {findings, questions, draws, at, waiting (numbers of draws that are not counted
    yet), unread (numbers of draws whose files cannot be read)}. A small bureau's new draws are counted at
    once."""
    kept = SelfCheck.objects.filter(bureau=bureau).first()
    left = list(_uncounted(bureau))
    if not left and kept and kept.draws == _counted(bureau):
        return _told(kept)
    if sum(_rows(draw) for draw in _drawn(bureau)) <= _AT_ONCE:
        return report(bureau)
    told = _told(kept) if kept else {"findings": [], "questions": 0, "draws": 0, "at": None, "unread": []}
    return told | {"waiting": sorted({each.number for each in left} - set(told["unread"]))}


def report(bureau, since=None):
    """Bureau (and the first day) in; the same as `of`, counted now. Sums that are kept are used, others are
    made and thrown away: a look writes nothing."""
    draws = _drawn(bureau).filter(drawn_at__date__gte=since) if since else _drawn(bureau)
    tally, unread = Tally(), []
    for draw in draws.select_related("sums").iterator(50):
        sums = _kept(draw) or _made(draw)
        tally.add(sums) if sums else unread.append(draw.number)
    names = dict(Inspector.objects.filter(bureau=bureau).values_list("ref", "name"))
    findings, questions = tally.findings(names)
    told = {"findings": findings, "questions": questions, "draws": tally.draws, "unread": unread}
    return told | {"at": timezone.now(), "waiting": []}


def renew_all(log):
    """The background's part: every draw that is not counted yet is; then what all of them come to."""
    drawn = Count("draw", filter=~Q(draw__result_digest=""))
    bureaus = Bureau.objects.annotate(drawn=drawn).exclude(drawn=0).order_by("pk")
    told = {each.bureau_id: each.draws + len(each.unread) for each in SelfCheck.objects.all()}
    one_by_one([each for each in bureaus if told.get(each.pk) != each.drawn], renew, log)


def renew(bureau):
    """Count a bureau's new draws and write down what all of them come to. Returns the SelfCheck."""
    for draw in list(_uncounted(bureau)):
        sums = _made(draw)
        if sums:
            kept = {"result_digest": draw.result_digest, "sums": _to_json(sums)}
            DrawSums.objects.update_or_create(draw=draw, defaults=kept)
    told = report(bureau)
    kept = {name: told[name] for name in ("questions", "draws", "unread", "at")}
    kept["findings"] = [vars(each) for each in told["findings"]]
    return SelfCheck.objects.update_or_create(bureau=bureau, defaults=kept)[0]


def _drawn(bureau):
    return Draw.objects.filter(bureau=bureau).exclude(result_digest="").order_by("pk")


def _uncounted(bureau):
    unread = SelfCheck.objects.filter(bureau=bureau).values_list("unread", flat=True).first()
    return _drawn(bureau).filter(sums=None).exclude(number__in=unread or [])


def _counted(bureau):
    return DrawSums.objects.filter(draw__bureau=bureau).count()


def _rows(draw):
    return sum(sum(each.get("counts", {}).values()) for each in draw.public_facts.get("strata", []))


def _told(kept):
    findings = [Finding(**each) for each in kept.findings]
    told = {name: getattr(kept, name) for name in ("questions", "draws", "unread", "at")}
    return told | {"findings": findings, "waiting": []}


# -- one draw ------------------------------------------------------------------------------------------


def _made(draw):
    """A Draw's Sums from its files; None where they cannot be read, which the verification names."""
    try:
        past = past_of(draw)
    except (ValueError, KeyError, TypeError, LookupError):
        return None
    rows = Subject.objects.filter(bureau=draw.bureau_id).values_list("ref", *FIELDS.values())
    groups = {family: {} for family in FIELDS}
    for ref, *values in rows.iterator():
        if ref in past.rows:
            for family, value in zip(FIELDS, values, strict=True):
                groups[family][ref] = value
    return weigh(past, groups)


def past_of(draw):
    """A stored Draw as a Past: what was sealed, what was published, what was drawn."""
    commit, result = json.loads(draw.commit_json), json.loads(draw.result_json)
    teams = result.get("teams", {})
    return Past(
        number=draw.number,
        rows={row[0]: (row[1], row[2]) for row in commit["pool"] if row[3] == "E"},
        drawn=frozenset(ref for each in result["objects"] for ref in each["drawn"]),
        sizes={each["name"]: each["k"] for each in draw.public_facts["strata"]},
        chances={
            (each["name"], tier["lots"]): float(tier["chance"])
            for each in draw.public_facts["strata"]
            for tier in each["tiers"]
        },
        teams=teams,
        null=null(draw) if teams else None,
    )


def null(draw):
    """What the draw's teams would be under other seeds. It follows from the commitment alone."""
    commitment = read_commitment(draw.commit_json.encode())
    found = replay(commitment, check_sealed(json.loads(draw.sealed_json), commitment))
    # no other seed gives a roster: of this draw's teams nothing can be said
    return found if found.replays else None


def replay(commitment, recused, replays=None):
    """A commitment and its openings in; the Null of what other seeds would have made of it out."""
    people = [person.id for person in commitment.people.values() if person.may_be_drawn]
    eligible = Counter(row.stratum for row in commitment.pool.values() if row.status == "E")
    tasks = sum(
        sample_size(eligible[name], each.rate_bp, each.minimum) for name, each in commitment.strata.items()
    )
    tasks += sum(row.status == "M" for row in commitment.pool.values())
    number = replays or max(_LEAST, min(_REPLAYS, _WORK // max(tasks * len(people) // 8, 1)))
    return null_of(people, _others(commitment, recused, number))


def _others(commitment, recused, number):
    for n in range(number):
        sources = [(name, f"REPLAY{n:06d}") for name in commitment.seed_plan]
        result, is_feasible = compute(commitment, recused, sources)
        if is_feasible:
            yield result["teams"]


# -- kept ----------------------------------------------------------------------------------------------


def _kept(draw):
    kept = getattr(draw, "sums", None)
    return _from_json(draw.number, kept.sums) if kept and kept.result_digest == draw.result_digest else None


def _to_json(sums):
    null = sums.null and {
        "replays": sums.null.replays,
        "mean": sums.null.mean,
        "variance": sums.null.variance,
        "pairs": _listed(sums.null.pairs),
    }
    return {
        "strata": sums.strata,
        "lots": [[lots, *cell] for lots, cell in sums.lots.items()],
        "groups": sums.groups,
        "seats": sums.seats,
        "pairs": _listed(sums.pairs),
        "null": null,
    }


def _from_json(number, kept):
    null = kept["null"] and Null(**kept["null"] | {"pairs": _paired(kept["null"]["pairs"])})
    lots = {lots: tuple(cell) for lots, *cell in kept["lots"]}
    pairs = _paired(kept["pairs"])
    return Sums(number, kept["strata"], lots, kept["groups"], kept["seats"], pairs, null)


def _listed(pairs):
    return [[*pair, number] for pair, number in pairs.items()]


def _paired(listed):
    return {tuple(pair): number for *pair, number in listed}
