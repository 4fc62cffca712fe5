"""名录预览: before anything is sealed: who is in and out and why, what changed since the last draw, each
tier's chance, and, where no team fits, what would help."""

from collections import Counter
from dataclasses import dataclass, replace

from registries import lots
from registries.models import Inspector, Reason, Subject

from ..engine.preflight import find_lacks
from ..states import DEAD_DRAW, TaskState
from . import edits, pool, sealing
from .models import Draw


@dataclass
class Preview:
    """facts: what would be published; words: {status: title}; lacks, remedies: sentences; before: the draw
    before, in words ("" without one); moved, came, went: what is different from it; returned, back: names.
    All of it plain, so that it can be kept (previews)."""

    facts: dict
    words: dict
    rows: int
    tasks: int
    inspectors: int
    lacks: list
    remedies: list
    before: str
    moved: list
    came: int
    went: int
    returned: list
    back: list


def of(task):
    """A task in, its Preview as of today out. Nothing is kept. Every row of the register is read."""
    found, lacks = sealing.preflight(
        task, sealing.followed(task) if task.status == TaskState.APPROVED and not _is_living(task) else None
    )
    facts = pool.public_facts(found, task, lots.table(task.bureau))
    facts |= {"gone": edits.gone(task, found.rows)}
    tasks = sum(each["k"] for each in facts["strata"]) + sum(row[3] == "M" for row in found.rows)
    reasons = Reason.objects.filter(bureau=task.bureau, kind__in=["exclusion", "absence"]).values_list(
        "code", "title"
    )
    before = _before(task)
    moved, came, went = _difference(found, before) if before else ([], 0, 0)
    returned, back = pool.returned(task.bureau), pool.came_back(task.bureau)
    musts = {row[0] for row in found.rows if row[3] == "M"} & returned.keys()
    plain = {row[0] for row in found.rows if row[3] == "E"} & back.keys() - returned.keys()
    return Preview(
        facts=facts,
        words={"E": "可抽", "M": "必查"} | {f"X:{code}": title for code, title in reasons},
        rows=len(found.rows),
        tasks=tasks,
        inspectors=sum(each["status"] == "E" for each in found.inspectors),
        lacks=[sealing.explain(lack, task) for lack in lacks[:5]],
        remedies=list(_remedies(task, found, lacks, tasks)),
        before=str(before or ""),
        moved=moved,
        came=came,
        went=went,
        returned=_names(task, musts),
        back=_names(task, plain),
    )


def _names(task, refs):
    return [str(each) for each in Subject.objects.filter(bureau=task.bureau, ref__in=refs).order_by("ref")]


def _is_living(task):
    return task.draws.exclude(status__in=DEAD_DRAW).exists()


def _before(task):
    names = {each.title for each in task.strata.select_related("category")}
    for draw in Draw.objects.filter(bureau=task.bureau).order_by("-pk"):
        if names & {each["name"] for each in draw.public_facts["strata"]}:
            return draw
    return None


def _difference(found, draw):
    """([(from status, to status, how many)], new rows, rows gone) against an earlier
    commitment, in its classes."""
    names = {each[0] for each in found.strata}
    then = {row[0]: row[3] for row in pool.of_commit(draw).rows if row[1] in names}
    now = {
        row[0]: row[3]
        for row in found.rows
        if row[1] in {each["name"] for each in draw.public_facts["strata"]}
    }
    moved = Counter((then[ref], now[ref]) for ref in then.keys() & now.keys() if then[ref] != now[ref])
    return (
        [(*pair, n) for pair, n in moved.most_common()],
        len(now.keys() - then.keys()),
        len(then.keys() - now.keys()),
    )


def _remedies(task, found, lacks, tasks):
    seats, room = tasks * task.team, sum(each["max"] for each in found.inspectors if each["status"] == "E")
    if seats > room:
        yield (
            f"约需 {seats} 人次，可派人员至多出 {room} 人次：请降低比例、增加人员，"
            f"或提高人员的“一次抽取最多任务数”"
        )
    if not lacks:
        return
    if task.others == "skill":
        left = _lacks_with(task, found, others_any=True)
        if left < len(lacks):
            yield f"其余人员改为“不限专业”：配不齐的由 {len(lacks)} 户减为 {left} 户"
    if task.core_leads:
        left = _lacks_with(task, found, core_leads=False)
        if left < len(lacks):
            yield f"不要求专业人员可任组长：配不齐的由 {len(lacks)} 户减为 {left} 户"
    skills = {skill for name, _, _, skill in found.strata if name in {lack.stratum for lack in lacks}}
    if task.sections.exists():
        others = Inspector.objects.filter(
            bureau=task.bureau, left_on=None, duty="officer", skills__name__in=skills
        ).exclude(section__in=task.sections.all())
        for section, count in Counter(others.distinct().values_list("section__name", flat=True)).most_common(
            3
        ):
            yield f"请{section}派员：有相应专业的 {count} 人"
    recused = sum(lack.recused for lack in lacks)
    if recused:
        yield f"这些企业的回避关系共 {recused} 人次：请核对是否仍然存在"
    yield f"补录有“{'、'.join(sorted(skills))}”专业的人员，或续办执法证、销假"


def _lacks_with(task, found, **changed):
    commitment, recused = sealing.commitment_of(task, found)
    return len(find_lacks(replace(commitment, rules=replace(commitment.rules, **changed)), recused))
