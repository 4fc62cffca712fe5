"""What would make a draw impossible, said before sealing (SJS1 §6, pre-flight)."""

from dataclasses import dataclass

from .files import Commitment, Recused
from .objects import sample_size
from .teams import Fitness


@dataclass(frozen=True)
class Lack:
    """A row that no team fits: who could be a member, who could take a core seat, what the rules want."""

    row: str
    stratum: str
    members: int
    cores: int
    recused: int


def find_lacks(commitment: Commitment, recused: Recused) -> list[Lack]:
    """Every row that could be drawn, and every must row, that has not enough fit inspectors."""
    fitness = Fitness(commitment, recused)
    drawable = _drawable_strata(commitment)
    known: dict[tuple[str, frozenset[str]], tuple[int, int]] = {}
    lacks = []
    for row in commitment.pool.values():
        if row.status != "M" and not (row.status == "E" and row.stratum in drawable):
            continue
        # Rows of one skill and the same recusals are alike; a county has thousands of rows, few such groups.
        group = (commitment.skill_of(row.id), recused[row.id])
        if group not in known:
            known[group] = (
                sum(fitness.is_member(row.id, person) for person in commitment.people),
                sum(fitness.is_core(row.id, person) for person in commitment.people),
            )
        members, cores = known[group]
        if members < commitment.rules.team or cores < commitment.rules.core:
            lacks.append(Lack(row.id, row.stratum, members, cores, len(recused[row.id])))
    return lacks


def _drawable_strata(commitment: Commitment) -> set[str]:
    eligible: dict[str, int] = {}
    for row in commitment.pool.values():
        eligible[row.stratum] = eligible.get(row.stratum, 0) + (row.status == "E")
    return {
        stratum.name
        for stratum in commitment.strata.values()
        if sample_size(eligible.get(stratum.name, 0), stratum.rate_bp, stratum.minimum)
    }
