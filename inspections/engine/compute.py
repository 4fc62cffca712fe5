"""The whole draw: commit.json, sealed.json and sources.json in; result.json and openings.json, or
infeasible.json, out (SJS1 §4-§6, §10)."""

from dataclasses import dataclass

from .canonical import Doc, dump, load
from .files import VERSION, Commitment, Recused, Sources, check_sealed, read_commitment, read_sources, seed_of
from .objects import draw_objects, must_rows
from .teams import build_teams
from .tickets import Tickets


@dataclass(frozen=True)
class Drawn:
    """What a draw gives. `result` is the dictionary of result.json, or of infeasible.json."""

    is_feasible: bool
    result: Doc
    openings: Doc
    commitment: Commitment

    @property
    def result_bytes(self) -> bytes:
        return dump(self.result)

    @property
    def openings_bytes(self) -> bytes:
        return dump(self.openings)


def draw(commit_data: bytes, sealed_data: bytes, sources_data: bytes) -> Drawn:
    """Bytes of the three files in, Drawn out. Raises Malformed."""
    commitment = read_commitment(commit_data)
    sealed = load(sealed_data, "sealed.json", exact=False)
    recused = check_sealed(sealed, commitment)
    sources = read_sources(sources_data, commitment)
    result, is_feasible = compute(commitment, recused, sources)
    return Drawn(is_feasible, result, {row: sealed[row] for row in tasks_of(result)}, commitment)


def compute(commitment: Commitment, recused: Recused, sources: Sources) -> tuple[Doc, bool]:
    """Checked files in; (dictionary of the result, whether it is feasible) out.

    `recused` needs the tasks of the draw only; what is missing there is a KeyError.
    """
    seed = seed_of(commitment, sources)
    tickets = Tickets(seed)
    result: Doc = {
        "v": VERSION,
        "commit": commitment.digest,
        "seed": seed,
        "sources": [list(pair) for pair in sources],
        "objects": draw_objects(commitment, tickets),
        "must": must_rows(commitment),
    }
    teams = build_teams(commitment, recused, tasks_of(result), tickets)
    result["cap"] = teams.cap
    if teams.infeasible:
        return result | teams.infeasible, False
    return result | {"order": teams.order, "teams": teams.teams, "log": teams.log}, True


def tasks_of(result: Doc) -> list[str]:
    """All tasks of a result: the must rows, then the drawn of each stratum in drawing order."""
    return result["must"] + [row for stratum in result["objects"] for row in stratum["drawn"]]
