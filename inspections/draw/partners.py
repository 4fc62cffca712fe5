"""协同部门: a department outside the system draws its own people for our task list and
hands its files back (SJS1).

The list is given away as a file in which every enterprise is a must row; their commitment and result come
back and are verified by the engine before anything is kept.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.exports import csv_bytes
from registries.models import Subject
from registries.services import journal, storage
from registries.services.access import require

from ..engine import digest, recheck
from ..engine.canonical import Malformed, text_of
from ..engine.files import read_commitment
from ..states import CaseState
from . import handout
from .models import PartnerDraw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registries.models import Account

    from .models import Draw


@transaction.atomic
def share(draw: Draw, *, by: Account) -> dict[str, bytes]:
    """The task list of a draw as files: {name: bytes}: pool.csv for people, tasks.json for the engine, and
    what else a department needs to draw its own (handout)."""
    require(by, "inspections.take_sealed_tasks", draw.bureau)
    rows = _rows(draw)
    names = {
        each.ref: each
        for each in Subject.objects.filter(bureau=draw.bureau, ref__in=[ref for ref, _ in rows])
    }
    table = [["企业编号", "企业名称", "地址", "分层"]]
    table += [[ref, names[ref].name, names[ref].address, stratum] for ref, stratum in rows]
    tasks = {
        "v": "SJS1",
        "from": draw.number,
        "commitment": draw.commitment,
        "window": [draw.task.window_from.isoformat(), draw.task.window_to.isoformat()],
        "pool": [[ref, stratum, 1, "M"] for ref, stratum in rows],
    }
    journal.write("tasks.shared", by=by, about=draw.about, facts={"rows": len(rows)})
    return {
        "pool.csv": csv_bytes(table),
        "tasks.json": json.dumps(tasks, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(),
        **handout.files_for(draw),
    }


@transaction.atomic
def receive(
    draw: Draw,
    department: str,
    commitment: str,
    commit_data: bytes,
    result_data: bytes,
    openings_data: bytes,
    names_data: bytes = b"",
    items: Iterable[str] = (),
    *,
    by: Account,
) -> PartnerDraw:
    """Verify and keep what a department hands over. `commitment`: the one it published
    before its seed was thrown.

    Refused unless the files verify against it, are a draw of must rows alone, and of just our tasks.
    """
    require(by, "inspections.seal_draw", draw.bureau)
    if draw.partners.filter(department=department).exists():
        raise DomainError("partner_twice", department=department)
    commitment = "".join(commitment.split()).lower()
    try:
        recheck.verify(commit_data, result_data, openings_data=openings_data, commitment=commitment)
        theirs = read_commitment(commit_data)
        result = json.loads(result_data)
    except Malformed as wrong:
        raise DomainError("partner_files", detail=str(wrong)) from None
    except (ValueError, KeyError, TypeError):
        raise DomainError("partner_files", detail="不是本规程的文件") from None
    if "teams" not in result:
        raise DomainError("partner_files", detail="对方没有排出检查组")
    ours = {ref for ref, _ in _rows(draw)}
    given = {row.id for row in theirs.pool.values() if row.status == "M"}
    if any(row.status == "E" for row in theirs.pool.values()):
        raise DomainError("partner_tasks", detail="名单应全部为必查，不得另抽")
    if given != ours:
        missing, extra = len(ours - given), len(given - ours)
        raise DomainError("partner_tasks", detail=f"少 {missing} 户，多 {extra} 户")
    made = PartnerDraw.objects.create(
        draw=draw,
        department=department,
        number=theirs.draw,
        commitment=commitment,
        result_digest=digest(result_data),
        teams=result["teams"],
        names=_names(names_data),
        items=[each.strip()[:200] for each in items if each.strip()][:100],
        commit_file=storage.keep(commit_data, "application/json"),
        result_file=storage.keep(result_data, "application/json"),
        received_by=by,
    )
    journal.write(
        "partner.received",
        by=by,
        about=draw.about,
        facts={"commitment": commitment, "result": made.result_digest},
    )
    return made


def team_of(case):
    """[(department, [names])] of the people other departments send to a case's enterprise."""
    if case.draw_id is None:
        return []
    return [
        (each.department, [each.names.get(person, person) for person in each.teams.get(case.subject.ref, [])])
        for each in case.draw.partners.all()
    ]


def lines_of(case):
    """[(department, [names], [what it inspects])] of a case: for the notice and the record."""
    if case.draw_id is None:
        return []
    return [
        [
            each.department,
            [each.names.get(person, person) for person in each.teams.get(case.subject.ref, [])],
            each.items,
        ]
        for each in case.draw.partners.all()
    ]


def _rows(draw):
    cases = (
        draw.cases.exclude(status=CaseState.NOT_DONE)
        .select_related("subject__category")
        .order_by("subject__ref")
    )
    return [(case.subject.ref, case.subject.category.name) for case in cases]


def _names(data):
    """{id: name} of a csv "编号,姓名", or nothing."""
    if not data:
        return {}
    try:
        rows = list(csv.reader(io.StringIO(text_of(data).replace("\0", ""))))
    except (Malformed, csv.Error):
        raise DomainError("partner_files", detail="人员名单应为 csv") from None
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1 and row[0].strip()}
