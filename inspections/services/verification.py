"""核验: a draw as it stands in the database against its commitment, its own re-computation, the journal and an anchor.

Reads only. Whoever edits rows behind the program has to make all four agree, and one of them lies elsewhere.
Returns faults as sentences for the supervisor; an empty list says that everything agrees.
"""

import json
from collections import defaultdict

from registries.errors import DomainError
from registries.models import JournalEntry

from .. import engine
from ..engine.canonical import Malformed
from ..engine.changes import request_digest
from ..engine.files import ZEROS, check_sealed, read_commitment
from ..models import Draw, NumberSeries
from ..sentences import say
from . import changes, draws, pool


def verify(draw_id):
    """One draw by its key; returns [fault]."""
    try:
        draw = Draw.objects.select_related("bureau", "task").get(pk=draw_id)
        list(draw.sources.all())
    except DomainError as broken:
        return [say(broken)]
    faults = list(_against_commitment(draw))
    if faults:
        return faults  # nothing below can be computed from a commitment that is not the one published
    faults += _public_facts(draw)
    faults += _values(draw)
    faults += _result(draw)
    faults += _journal(draw)
    if not faults and draw.status == "drawn":
        faults += _teams(draw)
    return faults


def verify_series(bureau, anchor=None):
    """The bureau's draws as a series: no gap, no fork, none gone that the journal or the anchor knows."""
    faults, prev, counted = [], ZEROS, {}
    living = {}
    for draw in Draw.objects.filter(bureau=bureau).order_by("pk").defer("commit_json", "sealed_json", "result_json"):
        year = draw.number.removeprefix(f"{bureau.code}-")[:4]
        counted[year] = counted.get(year, 0) + 1
        if draw.number != f"{bureau.code}-{year}-{counted[year]:03d}":
            faults.append(f"{draw.number}：编号不连续，应为 {year} 年第 {counted[year]} 号")
        if draw.prev != prev:
            faults.append(f"{draw.number}：没有接在前一次抽取之后")
        prev = draw.commitment
        living[draw.number] = draw
    for series in NumberSeries.objects.filter(bureau=bureau, kind="draw"):
        if series.last != counted.get(str(series.year), 0):
            faults.append(f"{series.year} 年的编号已用到 {series.last}，抽取只有 {counted.get(str(series.year), 0)} 次")
    sealed = JournalEntry.objects.filter(bureau=bureau, action="draw.sealed").values_list("about", flat=True)
    for number in sorted({about.removeprefix("draw ") for about in sealed} - living.keys()):
        faults.append(f"{number}：日志记有这次封存，数据库中没有这次抽取")
    return [*faults, *_against_anchor(living, anchor)]


def _against_anchor(living, anchor):
    for number, commitment, result in (anchor or {}).get("draws", []):
        draw = living.get(number)
        if draw is None:
            yield f"{number}：锚点载有这次抽取，数据库中没有"
        elif draw.commitment != commitment:
            yield f"{number}：承诺值与锚点不同"
        elif result and draw.result_digest != result:
            yield f"{number}：结果摘要与锚点不同"


def _against_commitment(draw):
    if engine.digest(draw.commit_json) != draw.commitment:
        yield "封存文件与承诺值不符（名录、人员或规则在封存后被改动）"
        return
    try:
        commitment = read_commitment(draw.commit_json.encode())
        check_sealed(json.loads(draw.sealed_json), commitment)
    except (Malformed, ValueError) as wrong:
        yield f"封存文件：{wrong}"
        return
    pairs = [
        ("编号", commitment.draw, draw.number),
        ("任务", commitment.task, draw.task.number),
        ("prev", commitment.prev, draw.prev),
        ("after", commitment.after, draw.after),
        ("摇号时间", commitment.seed_at, draws.seed_time(draw.seed_at)),
        ("摇号来源", commitment.seed_plan, [each.name for each in draw.sources.order_by("position")]),
        ("一次性码个数", commitment.redraw_max, draw.redraw_max),
    ]
    for what, sealed, stands in pairs:
        if sealed != stands:
            yield f"{what}与封存文件不符（封存 {sealed}，现为 {stands}）"


def _public_facts(draw):
    if pool.public_facts(pool.of_commit(draw), draw.task) != draw.public_facts:
        yield "封存时公布的内容（户数、比例、概率、规则）与封存文件不符"


def _values(draw):
    for source in draw.sources.order_by("position"):
        value = source.value or source.hidden_value
        shown = draws.lodged_digest(draw, source.name, value, source.nonce) if value else ""
        if shown != source.lodged_digest:
            yield f"{source.name}的数值与提交时的摘要不符"


def _result(draw):
    if draw.status in ("sealed", "seeding", "seeded") or not draw.drawn_at and draw.status == "voided":
        if draw.result_json or draw.result_digest:
            yield "还没有执行的抽取却有了结果"
        return
    if engine.digest(draw.result_json) != draw.result_digest:
        yield "结果与结果摘要不符"
    sources = [[source.name, source.value] for source in draw.sources.order_by("position")]
    try:
        again = engine.draw(draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump(sources))
    except Malformed as wrong:
        yield f"无法重新计算：{wrong}"
        return
    if again.result_bytes.decode() != draw.result_json:
        yield "重新计算的结果与所存不同（数值或结果被改动）"
    elif again.openings_bytes.decode() != draw.openings_json:
        yield "回避开封文件与封存的不同"


def _journal(draw):
    said = {}
    for entry in JournalEntry.objects.filter(bureau=draw.bureau, about=f"draw {draw.number}").order_by("seq"):
        try:
            said.setdefault(entry.action, []).append(defaultdict(str, json.loads(entry.facts)))
        except ValueError:
            yield f"日志第 {entry.seq} 条读不懂"
    sealed = said.get("draw.sealed", [])
    if [(each["commitment"], each["prev"]) for each in sealed] != [(draw.commitment, draw.prev)]:
        yield f"日志所记的封存与此不同（记了 {len(sealed)} 次）"
    results = [each["result"] for name in ("draw.drawn", "draw.infeasible") for each in said.get(name, [])]
    if results != ([draw.result_digest] if draw.result_digest else []):
        yield f"日志所记的结果与此不同（记了 {len(results)} 次）"
    lodged = {each["source"]: each["digest"] for each in said.get("value.lodged", [])}
    opened = {each["source"]: each["value"] for each in said.get("value.opened", [])}
    for source in draw.sources.all():
        if source.lodged_digest != lodged.get(source.position, ""):
            yield f"{source.name}：日志所记的数值摘要与此不同"
        if source.value != opened.get(source.position, ""):
            yield f"{source.name}：日志所记的数值与此不同"
    if ("draw.voided" in said) != (draw.status == "voided"):
        yield "日志所记与作废状态不符"
    asked = {each["n"]: each["digest"] for each in said.get("change.approved", [])}
    made = {each["n"] for each in said.get("change.completed", [])}
    for change in draw.changes.exclude(n=None):
        if request_digest(changes.event_of(change)) != change.request_digest:
            yield f"第 {change.n} 次变更：申请内容与开码前公布的摘要不符"
        if asked.get(change.n) != change.request_digest:
            yield f"第 {change.n} 次变更：日志所记的申请摘要与此不同"
    stands = set(draw.changes.filter(status="completed").values_list("n", flat=True))
    if made != stands:
        yield f"日志记了 {len(made)} 次变更，库中有 {len(stands)} 次"


def _teams(draw):
    try:
        ledger = changes.ledger_of(draw)
    except Malformed as wrong:
        yield str(wrong)
        return
    stands = {}
    for case in draw.cases.select_related("subject").prefetch_related("assignments__inspector"):
        seated = sorted((each for each in case.assignments.all() if each.until is None), key=lambda each: each.seat)
        stands[case.subject.ref] = ([each.inspector.ref for each in seated], case.subject.name)
    for ref, team in ledger.teams.items():
        if ref not in stands:
            yield f"抽中的 {ref} 没有立项"
        elif stands[ref][0] != team:
            yield f"“{stands[ref][1]}”的检查组与抽取结果不同"
    for ref in sorted(stands.keys() - ledger.teams.keys()):
        if ref not in ledger.used:
            yield f"“{stands[ref][1]}”不是抽中的企业"
        elif stands[ref][0]:
            yield f"“{stands[ref][1]}”已经换出，却还有检查组"
