"""Who inspects what (SJS1 §6): fitness, the cap, the walk, the leader."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .canonical import Doc
from .files import Commitment, Person, Recused, Rules
from .roster import Cut, Roster
from .tickets import Tickets


@dataclass
class Teams:
    """`infeasible` is None, or the facts {tasks, open, demand, supply} of the cut that forbids a roster."""

    cap: int
    order: list[str] = field(default_factory=list)
    teams: dict[str, list[str]] = field(default_factory=dict)
    log: list[list[Any]] = field(default_factory=list)
    infeasible: Doc | None = None


class Fitness:
    """Who may sit in which team: skill, status, recusal."""

    def __init__(self, commitment: Commitment, recused: Recused) -> None:
        self.commitment = commitment
        self.recused = recused

    def is_member(self, row_id: str, person_id: str) -> bool:
        """They may take a seat of the row's team."""
        person = self.commitment.people[person_id]
        return (
            person.may_be_drawn
            and person_id not in self.recused[row_id]
            and (self.commitment.rules.others_any or self.commitment.skill_of(row_id) in person.skills)
        )

    def is_core(self, row_id: str, person_id: str) -> bool:
        """They may take one of its core seats."""
        person = self.commitment.people[person_id]
        return (
            person.may_be_drawn
            and person_id not in self.recused[row_id]
            and self.commitment.skill_of(row_id) in person.skills
            and (person.leads or not self.commitment.rules.core_leads)
        )


def first_cap(tasks: int, rules: Rules, people: int) -> int:
    """The cap C that the search starts from."""
    return -(-tasks * rules.team * (100 + rules.slack_pct) // (100 * max(people, 1)))


def next_cap(cap: int, rules: Rules) -> int:
    """The cap tried after `cap` has failed."""
    return max(cap + 1, -(-cap * (100 + rules.slack_pct) // 100))


def rung(cap: int, tasks: int, rules: Rules, maxima: list[int]) -> tuple[bool, int | None]:
    """Where a cap stands on the ladder of caps that are tried: (it is on it, the one before it or None)."""
    top, at, before = max(maxima, default=0), first_cap(tasks, rules, len(maxima)), None
    if rules.slack_pct == 0 and at < cap <= top:
        return True, cap - 1
    while at != cap and at < top:
        at, before = next_cap(at, rules), at
    return at == cap, before


def last_cap(tasks: int, rules: Rules, maxima: list[int]) -> int:
    """The last cap that is tried before a draw is infeasible."""
    top, cap = max(maxima, default=0), first_cap(tasks, rules, len(maxima))
    if rules.slack_pct == 0:
        return max(cap, top)
    while cap < top:
        cap = next_cap(cap, rules)
    return cap


def leader_of(commitment: Commitment, row_id: str, team: Sequence[str]) -> str | None:
    """The leader (组长) of a team in the order taken; None for an empty team."""
    skill = commitment.skill_of(row_id)
    skilled = [person for person in team if skill in commitment.people[person].skills]
    leading = [person for person in skilled if commitment.people[person].leads]
    return (leading + skilled + list(team) + [None])[0]


def build_teams(commitment: Commitment, recused: Recused, tasks: list[str], tickets: Tickets) -> Teams:
    """Commitment, {row: recused ids}, the tasks and the tickets in; Teams out."""
    walk = _Walk(commitment, recused, tasks, tickets)
    return walk.teams if walk.settle_cap() else walk.run()


class _Walk:
    def __init__(self, commitment: Commitment, recused: Recused, tasks: list[str], tickets: Tickets) -> None:
        self.rules = commitment.rules
        self.tickets = tickets
        self.tasks = sorted(tasks)
        self.people = [person for person in commitment.people.values() if person.may_be_drawn]
        self.maxima = [person.max for person in self.people]
        self.masks = _Masks(commitment, self.people)
        self.core_fit = [self.masks.core(row, recused[row]) for row in self.tasks]
        self.member_fit = [self.masks.member(row, recused[row]) for row in self.tasks]
        cap = first_cap(len(self.tasks), self.rules, len(self.people))
        self.roster = Roster(
            self.core_fit, self.member_fit, self.rules.team, self.rules.core, self._room(cap)
        )
        self.teams = Teams(cap)

    def settle_cap(self) -> bool:
        """Raise the cap until a roster exists. True when none does, with the facts in self.teams."""
        highest = max(self.maxima, default=0)
        refused = None
        while short := self.roster.complete():
            cut = self.roster.cut(short)
            if all(
                self.roster.room[person] == self.maxima[person] for person in self.roster.reached_people(cut)
            ):
                # No cap holds anybody of this cut back: it stands however far the cap is raised.
                self.teams.cap = last_cap(len(self.tasks), self.rules, self.maxima)
            if self.teams.cap >= highest:
                self.teams.infeasible = self._facts(cut)
                return True
            refused = ["CAP", self.teams.cap, *self._names(cut)]
            self.teams.cap = next_cap(self.teams.cap, self.rules)
            self.roster.widen(self._room(self.teams.cap))
        if refused:
            self.teams.log.append(refused)
        return False

    def run(self) -> Teams:
        """Walk the tasks in ticket order and fill each team."""
        by_ticket = sorted(
            range(len(self.tasks)), key=lambda task: self.tickets.ticket("TASK", self.tasks[task])
        )
        for task in by_ticket:
            self._fill(task)
        return self.teams

    def _fill(self, task: int) -> None:
        row = self.tasks[task]
        team = []
        for person in self._queue(task):
            name = self.people[person].id
            if self.roster.room[person] <= 0:
                self.teams.log.append([row, name, [], []])
            elif self.roster.door_fit[task] >> person & 1 and self.roster.door[task] <= 0:
                self.teams.log.append([row, name, [], [row]])
            elif (cut := self.roster.seat(task, person)) is not None:
                self.teams.log.append([row, name, *self._names(cut)])
            else:
                team.append(name)
                if len(team) == self.rules.team:
                    break
        self.teams.order.append(row)
        self.teams.teams[row] = team

    def _queue(self, task: int) -> list[int]:
        copy = self.tickets.beginning("INS", self.tasks[task]).copy
        fit = self.member_fit[task]
        drawn = []
        for number, name in self.masks.members_of(self.tasks[task]):
            if fit >> number & 1:
                state = copy()
                state.update(name)
                drawn.append((state.digest(), number))
        drawn.sort()
        return [number for _, number in drawn]

    def _room(self, cap: int) -> list[int]:
        return [min(most, cap) for most in self.maxima]

    def _names(self, cut: Cut) -> tuple[list[str], list[str]]:
        # Numbers are given in the order of the ids, so what is sorted by number is sorted by id.
        return [self.tasks[task] for task in cut.tasks], [self.tasks[task] for task in cut.open]

    def _facts(self, cut: Cut) -> Doc:
        """demand > supply of a cut before any seat is given; what infeasible.json tells."""
        wide = set(cut.open)
        supply = (self.rules.team - self.rules.core) * (len(cut.tasks) - len(wide))
        for person, room in enumerate(self.roster.room):
            wanted = sum(
                (self.member_fit if task in wide else self.core_fit)[task] >> person & 1 for task in cut.tasks
            )
            supply += min(room, wanted)
        tasks, open_ = self._names(cut)
        return {"tasks": tasks, "open": open_, "demand": self.rules.team * len(cut.tasks), "supply": supply}


class _Masks:
    """Fitness as bits, one mask a skill, made once."""

    def __init__(self, commitment: Commitment, people: list[Person]) -> None:
        self.commitment = commitment
        self.number = {person.id: position for position, person in enumerate(people)}
        everybody = (1 << len(people)) - 1
        self.core_of: dict[str, int] = {}
        self.member_of: dict[str, int] = {}
        for skill in {stratum.skill for stratum in commitment.strata.values()}:
            skilled = leading = 0
            for position, person in enumerate(people):
                if skill in person.skills:
                    skilled |= 1 << position
                    if person.leads:
                        leading |= 1 << position
            self.core_of[skill] = leading if commitment.rules.core_leads else skilled
            self.member_of[skill] = everybody if commitment.rules.others_any else skilled
        self.names_of = {
            skill: [(number, each.id.encode()) for number, each in enumerate(people) if mask >> number & 1]
            for skill, mask in self.member_of.items()
        }

    def core(self, row: str, recused: Iterable[str]) -> int:
        return self.core_of[self.commitment.skill_of(row)] & ~self._bits(recused)

    def member(self, row: str, recused: Iterable[str]) -> int:
        return self.member_of[self.commitment.skill_of(row)] & ~self._bits(recused)

    def members_of(self, row: str) -> list[tuple[int, bytes]]:
        """(number, id as bytes) of everybody who would be member-fit for the row if nobody were recused."""
        return self.names_of[self.commitment.skill_of(row)]

    def _bits(self, ids: Iterable[str]) -> int:
        return sum(1 << self.number[each] for each in ids if each in self.number)
