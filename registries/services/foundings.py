"""照一张表设立许多机关: 省、市、县, each with its place in the tree and its two first accounts."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.db import transaction

from ..errors import DomainError
from ..models import Account, Bureau
from ..models.bureau import LEVELS
from ..sheets.cells import clean
from ..sheets.file import open_table
from ..sheets.headers import Headers, most_telling
from . import accounts, bureaus, placing

MOST = 5_000
COLUMNS = Headers(
    {
        "code": ["行政区划代码", "代码", "机关代码", "区划代码"],
        "name": ["机关名称", "名称", "机关"],
        "short": ["文号简称", "简称"],
        "level": ["层级", "机关层级", "级别"],
        "upper": ["上级代码", "上级机关代码", "上级区划代码"],
        "officer": ["系统管理员", "系统管理员用户名"],
        "security": ["安全管理员", "安全管理员用户名"],
    }
)
_ASKED = ("code", "name", "short", "level")


class Wanted(NamedTuple):
    """One row: a bureau, its level, the code of the one above, the user names of its first two accounts."""

    row: int
    code: str
    name: str
    short: str
    level: str
    upper: str = ""
    officer: str = ""
    security: str = ""


def read(data: bytes, file_name: str) -> list[Wanted]:
    """A table of bureaus in, its rows out, the upper ones first. Raises what open_table raises, file_empty,
    columns_missing and table_faulty, which names every row that cannot be."""
    source = open_table(
        data, file_name, says=lambda rows: max((len(COLUMNS.columns(row)) for row in rows), default=0)
    )
    numbered = list(source.rows)
    place = most_telling([cells for _, cells in numbered], COLUMNS.columns)
    if place is None or len(numbered) <= place + 1:
        raise DomainError("file_empty")
    columns = COLUMNS.mapping(numbered[place][1])
    titles = {"code": "代码", "name": "机关名称", "short": "文号简称", "level": "层级"}
    if missing := [title for name, title in titles.items() if name not in columns]:
        raise DomainError("columns_missing", columns="、".join(missing))
    found = []
    for number, cells in numbered[place + 1 :]:
        row = {name: clean(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        if any(row.values()):
            found.append(Wanted(number, **row))
    if faults := list(_faults(found)):
        raise DomainError("table_faulty", faults="；".join(faults[:20]))
    return sorted(found, key=lambda each: LEVELS.index(each.level))


def _faults(rows):
    """What is wrong with each row, in words."""
    if len(rows) > MOST:
        yield f"一次最多 {MOST} 个机关，这张表有 {len(rows)} 行"
    known = {each.code: each.level for each in Bureau.objects.all()}
    fresh = {each.code: each.level for each in rows if each.level in LEVELS}
    names = set(Account.objects.values_list("username", flat=True))
    codes, taken = set(), set()
    for each in rows:
        said = []
        if not all(getattr(each, name) for name in _ASKED):
            said.append("代码、名称、简称、层级都要写")
        if each.code and not (each.code.isalnum() and each.code.isascii() and len(each.code) <= 12):
            said.append(f"代码“{each.code}”应当是行政区划代码")
        if each.code in codes:
            said.append(f"代码 {each.code} 重复")
        if each.level and each.level not in LEVELS:
            said.append(f"层级“{each.level}”只能是{'、'.join(LEVELS)}")
        above = fresh.get(each.upper) or known.get(each.upper)
        if each.upper and above is None:
            said.append(f"上级代码 {each.upper} 既不在这张表里，也没有设立")
        elif each.upper and each.level in LEVELS and LEVELS.index(above) >= LEVELS.index(each.level):
            said.append(f"上级 {each.upper} 是{above}，不比{each.level}高")
        if each.code not in known:
            said += _accounts(each, names, taken)
        codes.add(each.code)
        if said:
            yield f"第 {each.row} 行 {each.name[:20]}：{'，'.join(said)}"


def _accounts(row, names, taken):
    """The two accounts of a bureau that is new."""
    if not row.officer or not row.security:
        yield "要写系统管理员和安全管理员两个用户名"
    for name in filter(None, (row.officer, row.security)):
        if name in names or name in taken:
            yield f"用户名 {name} 已被使用"
        taken.add(name)


@transaction.atomic
def found(rows: list[Wanted]) -> list[tuple[Wanted, dict[str, str]]]:
    """Found each bureau that is not there yet, and give each its place; all or none. Returns [(row, {user
    name: its one-time password})]; a bureau that was there already gets its place and keeps its accounts."""
    told = []
    for each in rows:
        is_new = not Bureau.objects.filter(code=each.code).exists()
        bureau = bureaus.found(each.code, each.name, each.short)
        upper = Bureau.objects.get(code=each.upper) if each.upper else None
        placing.place(bureau, each.level, upper)
        opened = {}
        for name, title, role in (
            (each.officer, "系统管理员", "officer"),
            (each.security, "安全管理员", "security"),
        ):
            if is_new:
                opened[name] = f"m{secrets.token_urlsafe(12)}"  # a cell that begins with - would be marked
                accounts.open_account(bureau, name, title, [role], password=opened[name], is_once=True)
        told.append((each, opened))
    return told
