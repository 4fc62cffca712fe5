"""What a commitment, its sealed openings and the seed's sources may look like (SJS1 §3, §4, §10)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .canonical import Doc, Malformed, digest, load

VERSION = "SJS1"
ZEROS = "0" * 64
Recused = Mapping[str, frozenset[str]]  # row → who is recused from it
Sources = list[tuple[str, str]]  # (name, value) in the order of the seed plan
_HEX = re.compile(r"[0-9a-f]+")
_COMMIT_KEYS = {
    "v",
    "draw",
    "task",
    "after",
    "prev",
    "seed_at",
    "salt",
    "strata",
    "pool",
    "inspectors",
    "rules",
    "seed_plan",
    "redraw_tip",
    "redraw_max",
}
_INSPECTOR_KEYS = {"id", "leader", "max", "skills", "status"}
_RULE_KEYS = {"team", "core", "core_leads", "others", "slack_pct"}


class Row(NamedTuple):
    """One enterprise of the pool. A tuple: a province has a million of them."""

    id: str
    stratum: str
    lots: int
    status: str
    recusal_digest: str


@dataclass(frozen=True, slots=True)
class Stratum:
    name: str
    rate_bp: int
    minimum: int
    skill: str


@dataclass(frozen=True, slots=True)
class Person:
    """One inspector of the commitment."""

    id: str
    leads: bool
    max: int
    skills: frozenset[str]
    may_be_drawn: bool


@dataclass(frozen=True, slots=True)
class Rules:
    team: int
    core: int
    core_leads: bool
    others_any: bool
    slack_pct: int


@dataclass(frozen=True)
class Commitment:
    """A commitment that has passed every check of §10. `digest` is *the commitment* itself."""

    digest: str
    draw: str
    task: str
    after: str
    prev: str
    seed_at: str
    salt: str
    strata: dict[str, Stratum]
    pool: dict[str, Row]
    people: dict[str, Person]
    rules: Rules
    seed_plan: list[str]
    redraw_tip: str
    redraw_max: int

    def skill_of(self, row_id: str) -> str:
        return self.strata[self.pool[row_id].stratum].skill


def read_commitment(data: bytes) -> Commitment:
    """Bytes of commit.json in, Commitment out; Malformed names the first thing that is wrong."""
    raw = load(data, "commit.json")
    _require(isinstance(raw, dict), "commit.json：不是对象")
    _require_keys(raw, _COMMIT_KEYS, "commit.json")
    _require(raw["v"] == VERSION, "commit.json：v 不是 SJS1")
    for key in ("draw", "task", "seed_at"):
        _require_text(raw[key], f"commit.json：{key}")
    for key in ("after", "prev", "redraw_tip"):
        _require_hex(raw[key], 64, f"commit.json：{key}")
    _require_hex(raw["salt"], 32, "commit.json：salt")
    _require_count(raw["redraw_max"], 0, "commit.json：redraw_max")
    strata = _read_strata(raw["strata"])
    return Commitment(
        digest=digest(data),
        draw=raw["draw"],
        task=raw["task"],
        after=raw["after"],
        prev=raw["prev"],
        seed_at=raw["seed_at"],
        salt=raw["salt"],
        strata=strata,
        pool=_read_pool(raw["pool"], strata),
        people=_read_people(raw["inspectors"]),
        rules=_read_rules(raw["rules"]),
        seed_plan=_read_seed_plan(raw["seed_plan"]),
        redraw_tip=raw["redraw_tip"],
        redraw_max=raw["redraw_max"],
    )


def read_sealed(data: bytes, commitment: Commitment) -> Recused:
    """sealed.json in, {row id: set of recused inspector ids} for the whole pool out."""
    return check_sealed(load(data, "sealed.json", exact=False), commitment)


def check_sealed(raw: Any, commitment: Commitment) -> Recused:
    """The parsed sealed.json in, as read_sealed: one opening for every row of the pool."""
    recused = check_openings(raw, commitment, "sealed.json")
    missing = commitment.pool.keys() - recused.keys()
    _require(not missing, f"sealed.json：缺少 {min(missing, default='')} 的回避开封")
    return recused


def check_openings(raw: Any, commitment: Commitment, what: str) -> Recused:
    """{row id: [nonce, [ids]]} in, {row id: set of ids} out; each must open its recusal digest."""
    _require(isinstance(raw, dict), f"{what}：不是对象")
    recused = {}
    for row_id, opening in raw.items():
        _require(row_id in commitment.pool, f"{what}：{row_id} 不在封存的名录中")
        row = commitment.pool[row_id]
        _require(isinstance(opening, list) and len(opening) == 2, f"{what}：{row_id}：不是 [nonce, 人员编号]")
        nonce, ids = opening
        _require_hex(nonce, 32, f"{what}：{row_id}：nonce")
        _require(isinstance(ids, list), f"{what}：{row_id}：人员编号不是列表")
        for person in ids:
            _require(
                isinstance(person, str) and person in commitment.people,
                f"{what}：{row_id}：{person} 不是封存名单中的检查人员",
            )
        _require(ids == sorted(set(ids)), f"{what}：{row_id}：人员编号未排序或有重复")
        _require(
            recusal_digest(row_id, nonce, ids) == row.recusal_digest,
            f"{what}：{row_id}：与封存的回避的指纹不符",
        )
        recused[row_id] = frozenset(ids)
    return recused


def recusal_digest(row_id: str, nonce: str, ids: Iterable[str]) -> str:
    """SJS1 §3: the form in which a row's recusals are committed without being shown."""
    return digest(f"SJS1|REC|{row_id}|{nonce}|{','.join(sorted(ids))}")


def read_sources(data: bytes, commitment: Commitment) -> Sources:
    """sources.json in, [(name, value)] in the order of the seed plan out."""
    return check_sources(load(data, "sources.json", exact=False), commitment.seed_plan, "sources.json")


def check_sources(raw: Any, seed_plan: Sequence[str], what: str) -> Sources:
    """[[name, value]] in; must be exactly the seed plan's names in its order."""
    _require(isinstance(raw, list), f"{what}：不是列表")
    for pair in raw:
        _require(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair),
            f"{what}：不是 [名称, 数值]",
        )
    names = [name for name, _ in raw]
    _require(len(set(names)) == len(names), f"{what}：有重复的来源")
    _require(names == list(seed_plan), f"{what}：来源名称或次序与 seed_plan 不同")
    for name, value in raw:
        _require(
            value != "" and value.isascii() and "|" not in value,
            f"{what}：{name} 的数值不合规（须为不含 | 的 ASCII 字符）",
        )
    return [(name, value) for name, value in raw]


def seed_of(commitment: Commitment, sources: Sources) -> str:
    """SJS1 §4. Commitment and checked sources in, the seed as hex out."""
    values = "".join(f"|{name}={value}" for name, value in sources)
    return digest(f"SJS1|SEED|{commitment.digest}|{commitment.salt}{values}")


def _read_strata(raw: Any) -> dict[str, Stratum]:
    _require(isinstance(raw, list), "commit.json：strata 不是列表")
    strata = []
    for entry in raw:
        _require(
            isinstance(entry, list) and len(entry) == 4, "commit.json：分层不是 [名称, 比例, 最少, 专业]"
        )
        name, rate, minimum, skill = entry
        _require_text(name, "commit.json：分层名称")
        _require_count(rate, 0, f"commit.json：{name} 的比例")
        _require_count(minimum, 0, f"commit.json：{name} 的最少户数")
        _require_text(skill, f"commit.json：{name} 的专业")
        strata.append(Stratum(name, rate, minimum, skill))
    _require_rising([each.name for each in strata], "commit.json：strata")
    return {each.name: each for each in strata}


def _read_pool(raw: Any, strata: dict[str, Stratum]) -> dict[str, Row]:
    _require(isinstance(raw, list), "commit.json：pool 不是列表")
    rows = []
    for entry in raw:
        _require(isinstance(entry, list) and len(entry) == 5, "commit.json：名录行不是五项")
        row_id, stratum, lots, status, recusals = entry
        _require_id(row_id, "commit.json：pool")
        # it is a key in three other files
        _require(row_id.isascii(), f"commit.json：{row_id}：编号不是 ASCII")
        _require(isinstance(stratum, str) and stratum in strata, f"commit.json：{row_id}：分层不存在")
        _require_count(lots, 1, f"commit.json：{row_id}：签数")
        _require(_is_status(status, ("E", "M")), f"commit.json：{row_id}：状态不存在")
        _require_hex(recusals, 64, f"commit.json：{row_id}：回避的指纹")
        rows.append(Row(row_id, stratum, lots, status, recusals))
    _require_rising([row.id for row in rows], "commit.json：pool")
    return {row.id: row for row in rows}


def _read_people(raw: Any) -> dict[str, Person]:
    _require(isinstance(raw, list), "commit.json：inspectors 不是列表")
    people = []
    for entry in raw:
        _require(isinstance(entry, dict), "commit.json：检查人员不是对象")
        _require_keys(entry, _INSPECTOR_KEYS, "commit.json：检查人员")
        person = entry["id"]
        _require_id(person, "commit.json：inspectors")
        _require(
            _is_whole(entry["leader"]) and entry["leader"] in (0, 1),
            f"commit.json：{person}：leader 不是 0 或 1",
        )
        _require_count(entry["max"], 0, f"commit.json：{person}：max")
        _require(_is_status(entry["status"], ("E",)), f"commit.json：{person}：状态不存在")
        skills = entry["skills"]
        _require(isinstance(skills, list), f"commit.json：{person}：skills 不是列表")
        for skill in skills:
            _require_text(skill, f"commit.json：{person}：专业")
        _require_rising(skills, f"commit.json：{person}：skills")
        people.append(
            Person(person, entry["leader"] == 1, entry["max"], frozenset(skills), entry["status"] == "E")
        )
    _require_rising([person.id for person in people], "commit.json：inspectors")
    return {person.id: person for person in people}


def _read_rules(raw: Any) -> Rules:
    _require(isinstance(raw, dict), "commit.json：rules 不是对象")
    _require_keys(raw, _RULE_KEYS, "commit.json：rules")
    _require_count(raw["team"], 2, "commit.json：rules：team")
    _require_count(raw["core"], 1, "commit.json：rules：core")
    _require(raw["core"] <= raw["team"], "commit.json：rules：core 大于 team")
    _require(
        _is_whole(raw["core_leads"]) and raw["core_leads"] in (0, 1),
        "commit.json：rules：core_leads 不是 0 或 1",
    )
    _require(raw["others"] in ("skill", "any"), "commit.json：rules：others 不是 skill 或 any")
    _require_count(raw["slack_pct"], 0, "commit.json：rules：slack_pct")
    return Rules(raw["team"], raw["core"], raw["core_leads"] == 1, raw["others"] == "any", raw["slack_pct"])


def _read_seed_plan(raw: Any) -> list[str]:
    # A draw without a source would have its seed known to whoever sealed it.
    _require(isinstance(raw, list) and raw, "commit.json：seed_plan 没有来源")
    for name in raw:
        _require_text(name, "commit.json：seed_plan")
        _require("|" not in name and "=" not in name, f"commit.json：seed_plan：{name} 含 | 或 =")
    _require(len(set(raw)) == len(raw), "commit.json：seed_plan 有重复的来源")
    return raw


def _require(holds: object, message: str) -> None:
    if not holds:
        raise Malformed(message)


def _require_keys(found: Doc, wanted: set[str], what: str) -> None:
    for key in sorted(wanted - found.keys()):
        raise Malformed(f"{what}：缺少键 {key}")
    for key in sorted(found.keys() - wanted):
        raise Malformed(f"{what}：不认识的键 {key}")


def _require_text(value: object, what: str) -> None:
    _require(isinstance(value, str) and value != "", f"{what} 不是文字或为空")


def _require_hex(value: object, length: int, what: str) -> None:
    _require(
        isinstance(value, str) and len(value) == length and _HEX.fullmatch(value) is not None,
        f"{what} 不是 {length} 位小写十六进制",
    )


def _require_count(value: Any, least: int, what: str) -> None:
    _require(_is_whole(value) and value >= least, f"{what} 不是不小于 {least} 的整数")


def _require_id(value: object, what: str) -> None:
    _require(
        isinstance(value, str) and value != "" and "|" not in value and "," not in value,
        f"{what}：{value!r} 不是合规的编号",
    )


def _require_rising(names: list[str], what: str) -> None:
    for before, after in zip(names, names[1:], strict=False):
        _require(before != after, f"{what}：{after} 重复")
        _require(before < after, f"{what}：{after} 处未按次序")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_status(value: object, plain: tuple[str, ...]) -> bool:
    return isinstance(value, str) and (value in plain or (value.startswith("X:") and len(value) > 2))
