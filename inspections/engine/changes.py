"""Replacements after the draw (SJS1 §7): who comes in is a ticket again, under a code nobody foresaw."""

from collections.abc import Collection

from .canonical import Doc, Malformed, digest, dump
from .files import Commitment, Recused
from .teams import Fitness
from .tickets import Tickets

_SUBJECT_KEYS = {"kind", "n", "code", "reason", "nonce", "out"}
_INSPECTOR_KEYS = _SUBJECT_KEYS | {"task", "scope"}


def chain(secret: str, length: int) -> tuple[str, list[str]]:
    """One-time codes. The last code in; (tip, [code 1 … code N]) out: hashing
    code n n times gives the tip."""
    codes = [secret]
    for _ in range(length - 1):
        codes.append(digest(codes[-1]))
    codes = codes[:length]
    codes.reverse()
    return digest(codes[0]) if codes else digest(secret), codes


def request_digest(event: Doc) -> str:
    """The hash that is published before code n is opened: of {n, kind, out,
    reason, nonce (, task, scope)}."""
    keys = ["n", "kind", "out", "reason", "nonce"]
    if event["kind"] == "inspector":
        keys += ["task", "scope"]
    return digest(dump({key: event[key] for key in keys}))


class Ledger:
    """Tasks, teams and counts as they stand after the changes made so far.

    With `partial` the openings of some rows are not known (the public may not be given them): a row without
    one is blind, and who came into its team is believed, not checked. `believed` counts such changes.
    """

    def __init__(
        self, commitment: Commitment, recused: Recused, result: Doc, *, partial: bool = False
    ) -> None:
        self.commitment = commitment
        self.fitness = Fitness(commitment, recused)
        self.recused = recused
        self.tickets = Tickets(result["seed"])
        self.cap: int = result["cap"]
        self.teams: dict[str, list[str]] = {row: list(team) for row, team in result["teams"].items()}
        self.used = set(result["teams"])
        self.not_done: list[str] = []
        self.left: dict[str, set[str]] = {row: set() for row in self.teams}
        self.away: set[str] = set()
        self.owed: list[tuple[str, str]] = []
        self.made = 0
        self.partial = partial
        self.believed = 0

    def replay(self, changes: object) -> None:
        """A list of completed changes in; raises Malformed at the first that does not follow."""
        if not isinstance(changes, list):
            raise Malformed("changes.json：不是列表")
        for event in changes:
            if not isinstance(event, dict) or not isinstance(event.get("in"), str):
                raise Malformed(f"changes.json：第 {self.made + 1} 次变更没有 in")
            given = event["in"]
            found = self.apply({key: value for key, value in event.items() if key != "in"}, given)
            if found["in"] != given:
                raise Malformed(
                    f"changes.json：第 {found['n']} 次变更：in 应为 {found['in'] or '空'}，"
                    f"文件写的是 {given or '空'}"
                )

    def apply(self, event: Doc, given: str | None = None) -> Doc:
        """A change without `in`; returns it completed, the ledger moved on. Raises Malformed.

        `given` is what the file says came in: it is used for a blind row only.
        """
        self._check(event)
        newcomer = self._subject(event) if event["kind"] == "subject" else self._inspector(event, given)
        self.made += 1
        return event | {"in": newcomer}

    # -- what a change may look like ---------------------------------------------------------------

    def _check(self, event: Doc) -> None:
        n = self.made + 1
        what = f"第 {n} 次变更"
        if not isinstance(event, dict):
            raise Malformed(f"{what}：不是对象")
        kind = event.get("kind")
        wanted = {"subject": _SUBJECT_KEYS, "inspector": _INSPECTOR_KEYS}.get(
            kind if isinstance(kind, str) else ""
        )
        if wanted is None:
            raise Malformed(f"{what}：kind 不是 subject 或 inspector")
        if event.keys() != wanted:
            raise Malformed(f"{what}：键应为 {'、'.join(sorted(wanted))}")
        if isinstance(event["n"], bool) or event["n"] != n:
            raise Malformed(f"{what}：序号不连续")
        for key in sorted(wanted - {"n", "kind"}):
            if not isinstance(event[key], str) or not event[key]:
                raise Malformed(f"{what}：{key} 不是文字或为空")
        if n > self.commitment.redraw_max or not self._opens_the_chain(event["code"], n):
            raise Malformed(f"{what}：一次性码不在封存的码链上")
        if kind == "inspector" and event["scope"] not in ("task", "draw"):
            raise Malformed(f"{what}：scope 不是 task 或 draw")
        if self.owed:
            task, out = self.owed[0]
            if kind != "inspector" or (event["task"], event["out"], event["scope"]) != (task, out, "task"):
                raise Malformed(f"{what}：{out} 对 {task} 须回避，必须先替换（scope 为 task）")

    def _opens_the_chain(self, code: str, n: int) -> bool:
        if len(code) != 64 or set(code) - set("0123456789abcdef"):
            return False
        for _ in range(n):
            code = digest(code)
        return code == self.commitment.redraw_tip

    # -- an enterprise -----------------------------------------------------------------------------

    def _subject(self, event: Doc) -> str:
        out, n = event["out"], event["n"]
        if out not in self.teams:
            raise Malformed(f"第 {n} 次变更：{out} 现在不是本次抽查的任务")
        newcomer = self._next_row(event)
        owed = [(newcomer, person) for person in self.teams[out] if person in self._recused(newcomer)]
        if n + len(owed) > self.commitment.redraw_max:
            raise Malformed(f"第 {n} 次变更：需要 {1 + len(owed)} 个一次性码，余下的不够")
        team, left = self.teams.pop(out), self.left.pop(out)
        if newcomer:
            self.used.add(newcomer)
            self.teams[newcomer], self.left[newcomer] = team, left
        else:
            self.not_done.append(out)
        self.owed = owed
        return newcomer

    def _is_blind(self, row_id: str) -> bool:
        return self.partial and row_id not in self.recused

    def _recused(self, row_id: str) -> Collection[str]:
        if not row_id or self._is_blind(row_id):
            return ()
        if row_id not in self.recused:
            raise Malformed(f"缺少 {row_id} 的回避开封")
        return self.recused[row_id]

    def _next_row(self, event: Doc) -> str:
        gone = self.commitment.pool[event["out"]]
        if gone.status != "E":
            return ""
        spare = (
            row
            for row in self.commitment.pool.values()
            if row.stratum == gone.stratum and row.status == "E" and row.id not in self.used
        )
        ranked = (
            (self.tickets.best_lot("SUB", event["n"], event["code"], row.id, lots=row.lots), row.id)
            for row in spare
        )
        return min(ranked, default=("", ""))[1]

    # -- an inspector ------------------------------------------------------------------------------

    def _inspector(self, event: Doc, given: str | None) -> str:
        task, out = event["task"], event["out"]
        if task not in self.teams:
            raise Malformed(f"第 {event['n']} 次变更：{task} 现在不是本次抽查的任务")
        if out not in self.teams[task]:
            raise Malformed(f"第 {event['n']} 次变更：{out} 不在 {task} 的检查组内")
        if event["scope"] == "draw":
            self.away.add(out)
        newcomer = self._believe(event, given) if self._is_blind(task) else self._next_person(event)
        self.left[task].add(out)
        if newcomer:
            team = self.teams[task]
            team[team.index(out)] = newcomer
        if self.owed:
            self.owed.pop(0)
        return newcomer

    def _believe(self, event: Doc, given: str | None) -> str:
        if given and (given not in self.commitment.people or given in self.teams[event["task"]]):
            raise Malformed(f"第 {event['n']} 次变更：{given} 不能进入这个检查组")
        self.believed += 1
        return given or ""

    def _next_person(self, event: Doc) -> str:
        queue = self._candidates(event)
        counts = self.counts()
        for person in queue:
            if counts.get(person, 0) < min(self.commitment.people[person].max, self.cap):
                return person
        for person in queue:
            if counts.get(person, 0) < self.commitment.people[person].max:
                return person
        return ""

    def _candidates(self, event: Doc) -> list[str]:
        task, out = event["task"], event["out"]
        team = self.teams[task]
        staying = sum(self.fitness.is_core(task, person) for person in team if person != out)
        needed = min(self.commitment.rules.core, staying + 1)
        fit = [
            person
            for person in self.commitment.people
            if self.fitness.is_member(task, person)
            and person not in team
            and person not in self.left[task]
            and person not in self.away
            and staying + self.fitness.is_core(task, person) >= needed
        ]
        deal = self.tickets.dealer("RE", event["n"], event["code"], task)
        return sorted(fit, key=lambda person: (deal(person), person))

    def counts(self) -> dict[str, int]:
        """{inspector: number of tasks} as the teams stand."""
        found: dict[str, int] = {}
        for team in self.teams.values():
            for person in team:
                found[person] = found.get(person, 0) + 1
        return found
