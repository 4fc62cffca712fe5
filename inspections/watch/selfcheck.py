"""抽取统计自查: every draw of a bureau against the chances it published, by class, township,
size, inspector and pair."""

import json
import time
from collections import Counter

from django.conf import settings

from registries.models import Inspector, Subject

from ..draw.models import Draw
from ..engine.compute import compute
from ..engine.files import check_sealed, read_commitment
from ..engine.objects import sample_size
from .fairness import Null, Past, examine, null_of

FIELDS = {"乡镇": "town", "规模": "size", "风险等级": "risk", "标准化": "standard"}
_REPLAYS, _LEAST = 200, 60
_WORK = 400_000  # seats × people that the replays of one draw may cost


def report(bureau, since=None, budget=None):
    """Bureau (and the first day, and how many seconds new replays may take) in; {findings,
    questions, draws, waiting} out. `waiting`: draws whose teams are not asked about yet, because
    their replays are still to be made."""
    draws = Draw.objects.filter(bureau=bureau).exclude(result_digest="").order_by("pk")
    if since:
        draws = draws.filter(drawn_at__date__gte=since)
    ends = None if budget is None else time.monotonic() + budget
    history, waiting = [], []
    for draw in draws:
        is_asked = ends is None or time.monotonic() < ends or _path(draw).exists()
        history.append(past_of(draw, with_teams=is_asked))
        if not is_asked:
            waiting.append(draw.number)
    refs = {ref for past in history for ref in past.rows}
    groups = {family: {} for family in FIELDS}
    for ref, *values in Subject.objects.filter(bureau=bureau).values_list("ref", *FIELDS.values()):
        if ref in refs:
            for family, value in zip(FIELDS, values, strict=True):
                groups[family][ref] = value
    groups = {family: found for family, found in groups.items() if len(set(found.values())) > 1}
    names = dict(Inspector.objects.filter(bureau=bureau).values_list("ref", "name"))
    findings, questions = examine(history, groups, names)
    return {"findings": findings, "questions": questions, "draws": len(history), "waiting": waiting}


def past_of(draw, with_teams=True):
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
        null=null(draw) if teams and with_teams else None,
    )


def null(draw):
    """The draw's Null. It follows from the commitment alone, so it is computed once and
    kept beside the database."""
    path = _path(draw)
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if not kept["replays"]:
            return None
        pairs = {tuple(pair): mean for *pair, mean in kept["pairs"]}
        return Null(kept["replays"], kept["mean"], kept["variance"], pairs)
    commitment = read_commitment(draw.commit_json.encode())
    found = replay(commitment, check_sealed(json.loads(draw.sealed_json), commitment))
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "replays": found.replays,
        "mean": found.mean,
        "variance": found.variance,
        "pairs": [[*pair, mean] for pair, mean in found.pairs.items()],
    }
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(kept), encoding="utf-8")
    draft.replace(path)
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


def _path(draw):
    return settings.VAR_DIR / "replays" / f"{draw.commitment}.json"
