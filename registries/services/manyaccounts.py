"""一次开许多账户: each asked for and confirmed like one, by two persons; only the typing is shared."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import transaction

from ..errors import DomainError
from ..models import Account, Consent, Inspector, Section, Subject
from ..search import sound
from ..sentences import say
from ..sheets.cells import clean
from ..sheets.file import open_table
from ..sheets.headers import Headers, most_telling
from ..states import ConsentState
from . import accounts
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 200
COLUMNS = Headers(
    {
        "姓名": ["姓名"],
        "用户名": ["用户名", "登录名", "账号"],
        "角色": ["角色", "身份"],
        "股室": ["股室", "科室", "部门"],
        "乡镇": ["乡镇", "乡镇街道", "所属乡镇"],
    }
)


class Wanted(NamedTuple):
    """One account that somebody wants opened."""

    name: str
    username: str
    roles: tuple[str, ...]
    section: str = ""
    town: str = ""
    inspector: int | None = None


def without(bureau) -> list[Wanted]:
    """The listed inspectors who have no account and for whom none is asked yet, each with a name to sign in
    by."""
    asked = Consent.objects.filter(bureau=bureau, kind="open", status=ConsentState.ASKED)
    asked_for = {each.facts.get("inspector") for each in asked}
    rows = Inspector.objects.filter(bureau=bureau, left_on=None, account=None).select_related("section")
    rows = [each for each in rows.order_by("ref") if each.pk not in asked_for]
    names = names_for([each.name for each in rows])
    return [
        Wanted(each.name, username, ("inspector",), each.section.name, "", each.pk)
        for each, username in zip(rows, names, strict=True)
    ]


def names_for(names: Iterable[str]) -> list[str]:
    """Names to sign in by: the sound of each name, with a number where it is taken."""
    taken = {each.lower() for each in Account.objects.values_list("username", flat=True)}
    taken |= {
        each.facts["username"].lower()
        for each in Consent.objects.filter(kind="open", status=ConsentState.ASKED)
    }
    found = []
    for name in names:
        base = sound(name)[:30] or "user"
        free = next(each for n in count(1) if (each := base if n == 1 else f"{base}{n}") not in taken)
        taken.add(free)
        found.append(free)
    return found


def read(data: bytes, file_name: str) -> list[Wanted]:
    """A table of people in, who wants an account out. Raises columns_missing, file_empty, table_faulty."""
    source = open_table(
        data, file_name, says=lambda rows: max((len(COLUMNS.columns(row)) for row in rows), default=0)
    )
    numbered = list(source.rows)
    place = most_telling([cells for _, cells in numbered], COLUMNS.columns)
    if len(numbered) < 2 or place is None:
        raise DomainError("file_empty")
    columns = {name: at[0][1] for name, at in COLUMNS.columns(numbered[place][1]).items()}
    missing = [each for each in ("姓名", "角色") if each not in columns]
    if missing:
        raise DomainError("columns_missing", columns="、".join(missing))
    titles = {facts["title"]: role for role, facts in settings.ROLES.items()}
    titles |= {title.partition("（")[0]: role for title, role in titles.items()}
    found, faults = [], []
    for number, cells in numbered[place + 1 :]:
        row = {name: clean(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        if not row["姓名"] or "（示例" in row["姓名"]:
            continue
        words = [each for each in row["角色"].replace("，", "、").replace(",", "、").split("、") if each]
        odd = [each for each in words if each not in titles]
        if odd or not words:
            faults.append(f"第 {number} 行：角色“{row['角色'][:20]}”不认得，可写：{'、'.join(_titles())}")
            continue
        roles = tuple(titles[each] for each in words)
        found.append(
            Wanted(row["姓名"][:50], row.get("用户名", ""), roles, row.get("股室", ""), row.get("乡镇", ""))
        )
    if faults:
        raise DomainError("table_faulty", faults="；".join(faults[:20]))
    fresh = iter(names_for([each.name for each in found if not each.username]))
    return [each if each.username else each._replace(username=next(fresh)) for each in found]


def _titles():
    return [facts["title"] for facts in settings.ROLES.values()]


def template() -> list[list[str]]:
    """The rows of an empty table of accounts."""
    return [
        ["姓名", "角色", "股室", "用户名", "乡镇"],
        ["（示例，请删去）", "经办人", "综合股", "", ""],
        ["（示例，请删去）", "乡镇（街道）", "", "", "白塔乡"],
    ]


@transaction.atomic
def ask(wanted: Iterable[Wanted], *, by: Account) -> list[tuple[Consent, str]]:
    """Each as one account that another confirms, all or none: [(Consent, the half of the one-time password
    that goes on the slip)]. Raises table_faulty, by name, for those that cannot be."""
    require(by, "registries.add_account")
    made, faults = [], []
    sections = {each.name: each for each in Section.objects.filter(bureau=by.bureau)}
    towns = set(Subject.objects.filter(bureau=by.bureau).order_by().values_list("town", flat=True).distinct())
    wanted = list(wanted)
    if len(wanted) > MOST:
        raise DomainError("table_faulty", faults=f"一次至多 {MOST} 人，请分几次")
    for each in wanted:
        person = Inspector.objects.filter(bureau=by.bureau, pk=each.inspector, account=None).first()
        if each.inspector is not None and person is None:
            faults.append(f"{each.name}：刚才已经有了账户，请重新打开这一页")
            continue
        section = sections.get(each.section)
        if each.section and section is None:
            known = "、".join(sections) or "还没有股室"
            faults.append(f"{each.name}：没有股室“{each.section}”（{known}）")
            continue
        if each.town and each.town not in towns:
            faults.append(f"{each.name}：名录里没有企业在“{each.town}”，写法要和名录一样")
            continue
        try:
            with transaction.atomic():
                made.append(
                    accounts.ask_account(
                        by.bureau,
                        each.username.strip(),
                        each.name,
                        each.roles,
                        by=by,
                        section=section,
                        town=each.town,
                        inspector=person,
                    )
                )
        except DomainError as refused:
            faults.append(f"{each.name}：{say(refused)}")
    if faults:
        raise DomainError("table_faulty", faults="；".join(faults[:20]))
    return made


def waiting(by: Account) -> list[Consent]:
    """The accounts asked for that the account may confirm."""
    rows = Consent.objects.filter(bureau=by.bureau, kind="open", status=ConsentState.ASKED)
    return list(rows.exclude(asked_by=by).select_related("asked_by").order_by("pk"))
