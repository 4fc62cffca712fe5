"""Does a complete roster still exist? And if not, the cut (A, B) that proves it (SJS1 §6).

A roster gives every task its open seats. As a flow: source → task (seats open) → inspector (room left),
where an inspector who is not core-fit can only be reached through the task's *open door*, which lets
through as many as the task has non-core seats left. The plan kept here is one complete flow; giving a
seat either follows the plan, or bends it along one augmenting path, or is impossible.

Sets of inspectors are whole numbers, one bit an inspector: a thousand people fit in sixteen machine words.
"""

from dataclasses import dataclass

Path = list[tuple[int, int, int | None]]  # (task, who is planned there now, whose seat it was)
Came = tuple[str, int] | None  # from what kind of node, which one; None for a root


@dataclass(frozen=True, slots=True)
class Cut:
    """Tasks A and those of them whose door stands open, B; both sorted."""

    tasks: list[int]
    open: list[int]


class Roster:
    """Seats, room and one plan. Tasks and inspectors are numbers here; ids live in teams.py."""

    def __init__(
        self, core_fit: list[int], member_fit: list[int], team: int, core: int, room: list[int]
    ) -> None:
        self.core_fit = core_fit
        self.door_fit = [member & ~core for member, core in zip(member_fit, core_fit, strict=True)]
        self.open = [team] * len(core_fit)
        self.door = [team - core] * len(core_fit)
        self.in_team = [0] * len(core_fit)
        self.planned = [0] * len(core_fit)
        self.room = room
        self.load = [0] * len(room)
        self.holds: list[set[int]] = [set() for _ in room]
        self.free = sum(1 << person for person, seats in enumerate(room) if seats > 0)

    # -- the plan ---------------------------------------------------------------------------------

    def complete(self) -> list[int]:
        """Plan as many seats as can be planned. Returns the tasks that stay short (empty: complete)."""
        self._plan_evenly()
        short: list[int] = []
        for task in range(len(self.open)):
            while self.planned[task].bit_count() < self.open[task]:
                if self._augment(task) is not None:
                    short.append(task)
                    break
        return short

    def _plan_evenly(self) -> None:
        # A first plan without search: door seats to those who fit no core seat, the
        # least loaded first. What is
        # left for the search is little, and which complete plan stands in the end decides nothing.
        level, below = self._next_level(-1)
        for task in range(len(self.open)):
            while self.planned[task].bit_count() < self.open[task]:
                fit = self.core_fit[task]
                through = (self.planned[task] & self.door_fit[task]).bit_count()
                if through < self.door[task]:
                    fit = (
                        self.door_fit[task] if self.door_fit[task] & self.free & ~self.planned[task] else fit
                    )
                ready = fit & self.free & ~self.planned[task] & ~self.in_team[task]
                if not ready:
                    break
                person = (ready & below or ready).bit_length() - 1
                self._plan(task, person)
                if self.load[person] > level:
                    below &= ~(1 << person)
                    if not below & self.free:
                        level, below = self._next_level(level)

    def _next_level(self, level: int) -> tuple[int, int]:
        """The next load that somebody free still has, and who has no more than that."""
        loads = [self.load[person] for person in range(len(self.room)) if self.free >> person & 1]
        level = max(level + 1, min(loads, default=level + 1))
        return level, sum(1 << person for person, load in enumerate(self.load) if load <= level)

    def widen(self, room: list[int]) -> None:
        """Give everybody the room `room` (never less than before)."""
        self.room = room
        for person, seats in enumerate(room):
            if self.load[person] < seats:
                self.free |= 1 << person

    def seat(self, task: int, person: int) -> Cut | None:
        """Give `person` a seat of `task` if a complete roster still exists then.

        Returns None when given. Otherwise nothing has changed and the sets (A, B) that prove it come back,
        as reached with the refused seat counted as given.
        """
        bit = 1 << person
        undo: list[tuple[int, int]] = []
        if self.planned[task] & bit:
            self._unplan(task, person)
        else:
            self._make_place(task, bit, undo)
        displaced = self._take_room(task, person, undo)
        self._sit(task, bit)
        if displaced is None:
            return None
        reached = self._augment(displaced)
        if reached is None:
            return None
        self._rise(task, bit)
        self.room[person] += 1
        for other, somebody in undo:
            self._plan(other, somebody)
        return reached

    def cut(self, short: list[int]) -> Cut:
        """The smallest minimum cut: everything the tasks in `short` reach in the residual graph."""
        return self._search(short)[1] or Cut([], [])

    def reached_people(self, cut: Cut) -> list[int]:
        """Everybody whom the tasks of a cut can seat: their room is what the cut counts."""
        wide = set(cut.open)
        people = 0
        for task in cut.tasks:
            people |= self.core_fit[task] | (self.door_fit[task] if task in wide else 0)
        return [person for person in range(len(self.room)) if people >> person & 1]

    def _make_place(self, task: int, bit: int, undo: list[tuple[int, int]]) -> None:
        # Somebody else's planned seat goes to `bit`; where the door is full it must be a door seat.
        pool = self.planned[task]
        if bit & self.door_fit[task] and (pool & self.door_fit[task]).bit_count() >= self.door[task]:
            pool &= self.door_fit[task]
        loser = pool.bit_length() - 1
        self._unplan(task, loser)
        undo.append((task, loser))

    def _take_room(self, task: int, person: int, undo: list[tuple[int, int]]) -> int | None:
        # If every place of theirs is spoken for, one planned task has to look for somebody else.
        self.room[person] -= 1
        if self.load[person] <= self.room[person]:
            if self.load[person] == self.room[person]:
                self.free &= ~(1 << person)
            return None
        displaced = max(self.holds[person])
        self._unplan(displaced, person)
        self.free &= ~(1 << person)
        undo.append((displaced, person))
        return displaced

    def _sit(self, task: int, bit: int) -> None:
        self.in_team[task] |= bit
        self.open[task] -= 1
        if bit & self.door_fit[task]:
            self.door[task] -= 1

    def _rise(self, task: int, bit: int) -> None:
        self.in_team[task] &= ~bit
        self.open[task] += 1
        if bit & self.door_fit[task]:
            self.door[task] += 1

    def _plan(self, task: int, person: int) -> None:
        self.planned[task] |= 1 << person
        self.holds[person].add(task)
        self.load[person] += 1
        if self.load[person] >= self.room[person]:
            self.free &= ~(1 << person)

    def _unplan(self, task: int, person: int) -> None:
        self.planned[task] &= ~(1 << person)
        self.holds[person].discard(task)
        self.load[person] -= 1
        if self.load[person] < self.room[person]:
            self.free |= 1 << person

    # -- the residual graph -----------------------------------------------------------------------

    def _augment(self, task: int) -> Cut | None:
        """Plan one more seat of `task`. None when done, else the Cut that shows it cannot be."""
        path, reached = self._search([task])
        if path is None:
            return reached
        for at, _, leaver in path:
            if leaver is not None:
                self._unplan(at, leaver)
        for at, newcomer, _ in path:
            self._plan(at, newcomer)
        return None

    def _search(self, roots: list[int]) -> tuple[Path, None] | tuple[None, Cut]:
        """Breadth first over tasks, doors and inspectors. (path, None) to somebody free, or (None, Cut)."""
        task_from: dict[int, Came] = {task: None for task in roots}
        door_from: dict[int, Came] = {}
        unseen = (1 << len(self.room)) - 1
        person_from: dict[int, tuple[int, bool]] = {}
        queue = [(task, False) for task in roots]
        for task, at_door in queue:
            if at_door:
                fit = self.door_fit[task]
                # The door may give back a seat it let through, to be filled by somebody core-fit.
                if task not in task_from and self.planned[task] & fit:
                    task_from[task] = ("door", task)
                    queue.append((task, False))
            else:
                fit = self.core_fit[task]
                is_open = (self.planned[task] & self.door_fit[task]).bit_count() < self.door[task]
                # Somebody free right behind the door ends the search before it spreads.
                if is_open and task not in door_from:
                    ready = (
                        self.door_fit[task] & self.free & ~self.planned[task] & ~self.in_team[task] & unseen
                    )
                    if ready:
                        door_from[task] = ("task", task)
                        person = ready.bit_length() - 1
                        person_from[person] = (task, True)
                        return self._path(person, person_from, task_from, door_from), None
                if is_open and task not in door_from:
                    door_from[task] = ("task", task)
                    queue.append((task, True))
            candidates = fit & ~self.planned[task] & ~self.in_team[task] & unseen
            unseen &= ~candidates
            ready = candidates & self.free
            if ready:
                person = ready.bit_length() - 1
                person_from[person] = (task, at_door)
                return self._path(person, person_from, task_from, door_from), None
            while candidates:
                person = candidates.bit_length() - 1
                candidates ^= 1 << person
                person_from[person] = (task, at_door)
                for held in self.holds[person]:
                    by_door = bool(self.door_fit[held] >> person & 1)
                    came = door_from if by_door else task_from
                    if held not in came:
                        came[held] = ("person", person)
                        queue.append((held, by_door))
        return None, Cut(sorted(task_from), sorted(door_from))

    def _path(
        self,
        person: int,
        person_from: dict[int, tuple[int, bool]],
        task_from: dict[int, Came],
        door_from: dict[int, Came],
    ) -> Path:
        """[(task, who is planned there now, whose planned seat it was or None)] from the free end back."""
        path: Path = []
        while True:
            task, at_door = person_from[person]
            leaver = None
            while True:
                came = (door_from if at_door else task_from)[task]
                if came is None:
                    break
                kind, whence = came
                if kind == "person":
                    leaver = whence
                    break
                at_door = kind == "door"
            path.append((task, person, leaver))
            if leaver is None:
                return path
            person = leaver
