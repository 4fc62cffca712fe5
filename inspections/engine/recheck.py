"""The engine's own verifier: compute the draw again and compare every fact (SJS1 §10).

Two more verifiers exist that share no line with this one: verify.py beside it and the browser's verify.js.
"""

from typing import Any

from .canonical import Doc, Malformed, digest, load
from .changes import Ledger, request_digest
from .compute import compute, tasks_of
from .files import Commitment, Recused, check_openings, check_sources, read_commitment, seed_of
from .objects import draw_objects, must_rows
from .teams import Fitness, first_cap, last_cap, rung
from .tickets import Tickets

Lines = list[list[Any]]  # of the log: [row, person, A, B]
_COMMON = {"v", "commit", "seed", "sources", "objects", "must", "cap"}
_FEASIBLE = _COMMON | {"order", "teams", "log"}
_INFEASIBLE = _COMMON | {"tasks", "open", "demand", "supply"}


def verify(
    commit_data: bytes,
    result_data: bytes,
    *,
    openings_data: bytes | None = None,
    changes_data: bytes | None = None,
    commitment: str | None = None,
    result_hash: str | None = None,
    requests: list[str] | None = None,
) -> str:
    """Bytes in; one Chinese sentence on what was checked out. Raises Malformed with what is wrong.

    `commitment`, `result_hash` and `requests` (one hash a change) are what the bureau published at sealing,
    at the draw and before each code was opened.
    """
    committed = read_commitment(commit_data)
    if commitment is not None and commitment.strip().lower() != committed.digest:
        raise Malformed(f"commit.json 的指纹是 {committed.digest}，不是公布的指纹")
    if result_hash is not None and result_hash.strip().lower() != digest(result_data):
        raise Malformed(f"result.json 的指纹是 {digest(result_data)}，不是公布的结果的指纹")
    result = read_result(result_data)
    check_objects(committed, result)
    told = [f"抽签数与 {len(tasks_of(result))} 户企业重算一致"]
    if openings_data is not None:
        recused = check_openings(load(openings_data, "openings.json"), committed, "openings.json")
        told.append(check_teams(committed, recused, result))
    else:
        recused = {}
        check_shape(committed, result)
        told.append("未提供回避开封记录，人员分组未核验")
    if changes_data is not None:
        changes = load(changes_data, "changes.json")
        told.append(_check_changes(committed, recused, result, changes))
        newcomers = [each["in"] for each in changes if each["kind"] == "subject" and each["in"]]
        bare = sum(row not in recused for row in newcomers)
        if bare and openings_data is not None:
            told.append(f"没有比：换入的 {bare} 家要不要换人（openings.json 里没有它的回避）")
        if requests is not None and [request_digest(event) for event in changes] != requests:
            raise Malformed("changes.json：与开码前公布的申请的指纹不符")
    told.append("与公布的指纹相符" if commitment is not None else "未对照公布的指纹")
    return " ".join(f"核验通过：{committed.draw}，{'；'.join(told)}。".split())


def read_result(data: bytes) -> Doc:
    """Bytes of result.json or infeasible.json in, its dictionary out."""
    result = load(data, "result.json")
    if not isinstance(result, dict) or result.keys() not in (_FEASIBLE, _INFEASIBLE):
        raise Malformed("result.json：键不合规程")
    return result


def check_objects(committed: Commitment, result: Doc) -> None:
    """Seed, drawn enterprises and must rows of a result, computed again. Raises Malformed."""
    if result["v"] != "SJS1" or result["commit"] != committed.digest:
        raise Malformed("result.json：不是这份封存文件的结果")
    sources = check_sources(result["sources"], committed.seed_plan, "result.json")
    seed = seed_of(committed, sources)
    _require(result["seed"] == seed, "抽签数与摇号数值不符")
    for found, given in zip(draw_objects(committed, Tickets(seed)), _list(result["objects"]), strict=False):
        _require(found == given, f"{found['stratum']}：抽中的企业与重算不一致")
    _require(len(result["objects"]) == len(committed.strata), "分层数目不符")
    _require(result["must"] == must_rows(committed), "必查企业与封存名录不一致")


def check_shape(committed: Commitment, result: Doc) -> None:
    """Without openings: everything that does not hang on who is recused.

    Somebody who stands earlier in the queue and is neither in the team nor in the log must have been recused;
    that alone is believed.
    """
    if "order" not in result:
        _check_shortage_shape(committed, result)
        return
    tickets = Tickets(result["seed"])
    order = sorted(sorted(tasks_of(result)), key=lambda row: tickets.ticket("TASK", row))
    _require(result["order"] == order, "任务次序与重算不一致")
    _require(isinstance(result["teams"], dict) and result["teams"].keys() == set(order), "检查组与任务不对应")
    _require(isinstance(result["log"], list) and all(map(_is_line, result["log"])), "跳过记录不合规")
    lines = _after_cap_line(committed, result, len(order))
    load: dict[str, int] = {}
    for row in order:
        lines = _walk_loosely(committed, result, row, lines, load)
    _require(not lines, "跳过记录有多余")


def _check_shortage_shape(committed: Commitment, result: Doc) -> None:
    maxima = [person.max for person in committed.people.values() if person.may_be_drawn]
    tasks = tasks_of(result)
    _require(result["cap"] == last_cap(len(tasks), committed.rules, maxima), "每人上限不是最后一次的上限")
    _require(isinstance(result["tasks"], list) and isinstance(result["open"], list), "割不是列表")
    _require_cut_shape([None, None, result["tasks"], result["open"]], set(tasks))
    _require(result["demand"] == committed.rules.team * len(result["tasks"]), "需要的人次与割不符")
    supply = result["supply"]
    _require(isinstance(supply, int) and 0 <= supply < result["demand"], "割不能证明排不齐")


def _after_cap_line(committed: Commitment, result: Doc, tasks: int) -> Lines:
    maxima = [person.max for person in committed.people.values() if person.may_be_drawn]
    cap = result["cap"]
    is_on, before = rung(cap, tasks, committed.rules, maxima) if isinstance(cap, int) else (False, None)
    _require(is_on, "每人上限不在规程的数列里")
    log = result["log"]
    if before is None:
        return log
    _require(log and log[0][:2] == ["CAP", before], "缺少上限记录")
    _require_cut_shape(log[0], set(result["order"]))
    return log[1:]


def _walk_loosely(committed: Commitment, result: Doc, row: str, lines: Lines, load: dict[str, int]) -> Lines:
    rules, cap = committed.rules, result["cap"]
    fitness = Fitness(committed, {row: frozenset()})
    deal = Tickets(result["seed"]).dealer("INS", row)
    goal, team = _list(result["teams"][row]), list[str]()
    _require(len(goal) == rules.team, f"{row}：检查组人数不符")
    for person in sorted(filter(lambda each: fitness.is_member(row, each), committed.people), key=deal):
        if len(team) == rules.team:
            break
        is_full = load.get(person, 0) >= min(committed.people[person].max, cap)
        door = rules.team - rules.core - sum(not fitness.is_core(row, each) for each in team)
        is_barred = not fitness.is_core(row, person) and door <= 0
        if goal[len(team)] == person:
            _require(not is_full and not is_barred, f"{row}：{person} 不能入组")
            team.append(person)
            load[person] = load.get(person, 0) + 1
        elif lines and lines[0][:2] == [row, person]:
            line, lines = lines[0], lines[1:]
            if is_full or is_barred:
                _require(line[2:] == [[], [] if is_full else [row]], f"{row}：跳过 {person} 的理由不符")
            else:
                _require_cut_shape(line, set(result["order"]))
    _require(team == goal, f"{row}：检查组与签号次序不符")
    return lines


def _require_cut_shape(line: list[Any], tasks: set[str]) -> None:
    a, b = line[2], line[3]
    is_text = all(isinstance(each, str) for each in a + b)
    is_cut = a and is_text and set(b) <= set(a) <= tasks and a == sorted(set(a)) and b == sorted(set(b))
    _require(is_cut, "跳过记录里的割不成立")


def check_teams(committed: Commitment, recused: Recused, result: Doc) -> str:
    """With the openings of all tasks: cap, teams and log computed again. Returns a
    sentence, raises Malformed."""
    tasks = tasks_of(result)
    missing = sorted(set(tasks) - recused.keys())
    _require(not missing, f"openings.json：缺少 {missing[:1]} 的回避开封")
    again, is_feasible = compute(
        committed, recused, check_sources(result["sources"], committed.seed_plan, "result.json")
    )
    _require(is_feasible == ("order" in result), "可行与否与重算不一致")
    names = {
        "cap": "每人上限",
        "order": "任务次序",
        "teams": "检查组",
        "tasks": "割 A",
        "open": "割 B",
        "demand": "需要的人次",
        "supply": "能出的人次",
    }
    for key, name in names.items():
        if key in again:
            _require(_same(result[key], again[key]), f"{name}与重算不一致")
    if not is_feasible:
        return f"确认排不出检查组（需 {again['demand']} 人次，至多 {again['supply']} 人次）"
    _LogCheck(committed, recused, again).check(result["log"])
    return f"{len(tasks)} 个检查组与 {len(again['log'])} 条跳过理由重算一致"


def _check_changes(committed: Commitment, recused: Recused, result: Doc, changes: Any) -> str:
    _require("order" in result, "排不出检查组的抽取不能有变更")
    ledger = Ledger(committed, recused, result, partial=True)
    ledger.replay(changes)
    if ledger.believed:
        return f"{len(changes)} 次变更次序与一次性码相符，其中 {ledger.believed} 次换人因无回避开封未核验"
    return f"{len(changes)} 次变更重算一致"


class _LogCheck:
    """The log of a result: the same lines as ours, each cut checked on its own (any valid cut will do)."""

    def __init__(self, committed: Commitment, recused: Recused, again: Doc) -> None:
        self.rules = committed.rules
        self.fitness = Fitness(committed, recused)
        self.maxima = {person.id: person.max for person in committed.people.values() if person.may_be_drawn}
        self.again = again
        self.tasks = set(tasks_of(again))
        self.first = first_cap(len(self.tasks), self.rules, len(self.maxima))

    def check(self, log: Any) -> None:
        ours = self.again["log"]
        _require(isinstance(log, list) and len(log) == len(ours), "跳过记录的条数与重算不一致")
        lines = iter(zip(log, ours, strict=True))
        seated: dict[str, list[str]] = {row: [] for row in self.tasks}
        if self.again["cap"] != self.first:
            given, mine = next(lines)
            _require(_is_line(given) and given[:2] == mine[:2], "上限记录与重算不一致")
            if given != mine:
                self._check_cut(given, seated, mine[1], refused=None)
        pending = list(lines)
        for row in self.again["order"]:
            while pending and pending[0][1][0] == row:
                given, mine = pending.pop(0)
                self._seat_until(row, mine[1], seated)
                _require(_is_line(given) and given[:2] == mine[:2], f"{row}：跳过记录与重算不一致")
                if mine[2] and given != mine:
                    self._check_cut(given, seated, self.again["cap"], refused=(row, mine[1]))
                else:
                    _require(given == mine, f"{row}：跳过 {mine[1]} 的理由与重算不一致")
            seated[row] = list(self.again["teams"][row])

    def _seat_until(self, row: str, skipped: str, seated: dict[str, list[str]]) -> None:
        # Everybody of the team whose ticket comes before the skipped person's is seated already.
        deal = Tickets(self.again["seed"]).dealer("INS", row)
        mark = deal(skipped)
        seated[row] = [person for person in self.again["teams"][row] if deal(person) < mark]

    def _check_cut(
        self, line: list[Any], seated: dict[str, list[str]], cap: int, refused: tuple[str, str] | None
    ) -> None:
        _require_cut_shape(line, self.tasks)
        a, b = line[2], line[3]
        if refused:
            row, person = refused
            seated = seated | {row: [*seated[row], person]}
        load: dict[str, int] = {}
        for team in seated.values():
            for person in team:
                load[person] = load.get(person, 0) + 1
        wide = set(b)
        demand = sum(self.rules.team - len(seated[row]) for row in a)
        supply = sum(self._door(row, seated[row]) for row in set(a) - wide)
        for person, most in self.maxima.items():
            wanted = sum(
                person not in seated[row]
                and (
                    self.fitness.is_core(row, person) or (row in wide and self.fitness.is_member(row, person))
                )
                for row in a
            )
            supply += min(max(min(most, cap) - load.get(person, 0), 0), wanted)
        _require(demand > supply, f"跳过记录 {line[:2]} 的割不足以证明")

    def _door(self, row: str, team: list[str]) -> int:
        outside = sum(not self.fitness.is_core(row, person) for person in team)
        return min(self.rules.team - self.rules.core - outside, self.rules.team - len(team))


def _is_line(line: object) -> bool:
    return (
        isinstance(line, list) and len(line) == 4 and isinstance(line[2], list) and isinstance(line[3], list)
    )


def _same(given: object, mine: object) -> bool:
    # True == 1 in Python; canonical files hold no true, and this keeps it so.
    return type(given) is type(mine) and given == mine


def _list(value: Any) -> list[Any]:
    _require(isinstance(value, list), "result.json：应为列表的地方不是列表")
    return value


def _require(holds: object, message: str) -> None:
    if not holds:
        raise Malformed(message)
