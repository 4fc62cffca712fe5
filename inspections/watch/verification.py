"""核验: a draw as it stands in the database against its commitment, its own re-computation,
the journal and an anchor.

Reads only. Whoever edits rows behind the program has to make all of these agree, and one of them lies
elsewhere. Returns faults as sentences for the supervisor; an empty list says that everything agrees. Whatever
a row holds, the verifier names it and goes on (`guarded`).
"""

import json

from registries.errors import DomainError
from registries.models import JournalEntry, LogEntry

from .. import engine
from ..case.models import Case, Scheme
from ..draw import edits, lineage, pool, replacements, sealing, values
from ..draw.models import Draw, LotteryEntry
from ..engine.canonical import Malformed
from ..engine.changes import request_digest
from ..engine.files import ZEROS, check_sealed, read_commitment
from ..engine.teams import leader_of
from ..numbers import NumberSeries
from ..sentences import say
from ..states import FOLLOWED_CASE, CaseState, ChangeState, DrawState, ReportState, SchemeState
from ..visit import reports, visits
from . import followtrail, papertrail


def guarded(check, *arguments):
    """check(*arguments) as a list of faults; where it breaks on what somebody has put into a
    row, that is a fault too."""
    faults = []
    try:
        for fault in check(*arguments):
            faults.append(fault)
    except DomainError as wrong:
        faults.append(say(wrong))
    except Malformed as wrong:
        faults.append(str(wrong))
    except Exception as wrong:
        faults.append(f"核验到此中断，所存内容不合规：{type(wrong).__name__}: {str(wrong)[:120]}")
    return faults


def verify(draw_id):
    """One draw by its key; returns [fault]."""
    return guarded(_verify, draw_id)


def verify_series(bureau, anchor=None):
    """The bureau's draws as a series: no gap, no fork, none gone that the journal or the anchor knows."""
    return guarded(_verify_series, bureau, anchor)


def _verify(draw_id):
    draw = Draw.objects.select_related("bureau", "task").get(pk=draw_id)
    said = _said(draw.bureau, draw.about)
    # First what costs nothing: a commitment that is not the one the journal knows is
    # not worth computing from.
    faults = [*_sealing(draw, said), *guarded(_against_commitment, draw)]
    yield from faults
    if faults:
        return
    checks = [_public_facts, _values, _result, _journal, _teams]
    for check in checks:
        found = guarded(check, draw, said)
        faults += found
        yield from found
        if faults and check is _journal:
            return  # teams follow from the result


def _verify_series(bureau, anchor):
    yield from _named_cases(bureau)
    yield from _schemes(bureau)
    yield from papertrail.series(bureau)
    prev, counted, ours, living = ZEROS, {}, {}, {}
    draws = list(Draw.objects.filter(bureau=bureau).order_by("pk").defer("public_facts"))
    for link in lineage.links(bureau, draws):
        year = link.number.removeprefix(f"{bureau.code}-")[:4]
        counted[year] = counted.get(year, 0) + 1
        if link.number != f"{bureau.code}-{year}-{counted[year]:03d}":
            yield f"{link.number}：编号不连续，应为 {year} 年第 {counted[year]} 号"
        if link.prev != prev:
            yield f"{link.number}：没有接在前一次抽取之后"
        prev = link.commitment
        if isinstance(link, Draw):
            living[link.number], ours[year] = link, counted[year]
        elif not link.over:
            yield f"{link.number}：公开日志有这次封存，数据库中没有"
    taken = dict(NumberSeries.objects.filter(bureau=bureau, kind="draw").values_list("year", "last"))
    for year in sorted({str(each) for each in taken} | counted.keys()):
        last = taken.get(int(year)) if year.isdigit() else None
        # Numbers that are lost at the end are taken, in the open, by the next sealing.
        if not ours.get(year, 0) <= (last or 0) <= counted.get(year, 0) or last is None and year in ours:
            yield f"{year} 年的编号已用到 {last}，抽取有 {counted.get(year, 0)} 次"
    sealed = JournalEntry.objects.filter(bureau=bureau, action="draw.sealed").values_list("about", flat=True)
    for number in sorted({Draw.key_in(about) for about in sealed} - living.keys()):
        yield f"{number}：日志记有这次封存，数据库中没有这次抽取"
    for number, commitment, result in (anchor or {}).get("draws", []):
        draw = living.get(number)
        if draw is None:
            yield f"{number}：锚点载有这次抽取，数据库中没有"
        elif draw.commitment != commitment:
            yield f"{number}：指纹与锚点不同"
        elif result and draw.result_digest != result:
            yield f"{number}：结果的指纹与锚点不同"


def _named_cases(bureau):
    """Cases that no draw has made: what their teams have filed is what the journal says they filed."""
    for case in Case.objects.filter(bureau=bureau, draw=None).select_related("subject").order_by("pk"):
        yield from _filed(case)


def _schemes(bureau):
    schemes = list(Scheme.objects.filter(bureau=bureau).select_related("judged_by").order_by("pk"))
    said = JournalEntry.objects.filter(
        bureau=bureau, action="scheme.approved", about__in=[each.about for each in schemes]
    )
    approved = {}
    for about, actor in said.order_by("seq").values_list("about", "actor"):
        approved.setdefault(about, []).append(actor)
    for scheme in schemes:
        is_approved = scheme.status == SchemeState.APPROVED and scheme.judged_by
        if approved.get(scheme.about, []) != ([scheme.judged_by.journal_name] if is_approved else []):
            yield f"{scheme}：方案的审批与日志所记不符"


def _said(bureau, about):
    """{action: [facts with their actor and time]} of what the journal says about one thing."""
    said = {}
    for entry in JournalEntry.objects.filter(bureau=bureau, about=about).order_by("seq"):
        try:
            facts = json.loads(entry.facts)
        except (ValueError, RecursionError):
            facts = None
        facts = facts if isinstance(facts, dict) else {"unreadable": entry.seq}
        plain = {key: value for key, value in facts.items() if isinstance(value, (str, int))}
        said.setdefault(entry.action, []).append(plain | {"_actor": entry.actor, "_seq": entry.seq})
    return said


def _facts(said, action, name):
    return [each.get(name, "") for each in said.get(action, [])]


def _sealing(draw, said):
    for facts in (each for entries in said.values() for each in entries):
        if "unreadable" in facts:
            yield f"日志第 {facts['_seq']} 条读不懂"
    sealed = [(each.get("commitment"), each.get("prev")) for each in said.get("draw.sealed", [])]
    told = [each.get("tell_at", "") for each in said.get("draw.sealed", [])]
    if told != [sealing.seed_time(draw.tell_at) if draw.tell_at else ""]:
        yield "通知检查组的时间与封存时不同"
    if sealed != [(draw.commitment, draw.prev)]:
        yield f"日志所记的封存与此不同（记了 {len(sealed)} 次）"


def _against_commitment(draw):
    if engine.digest(draw.commit_json) != draw.commitment:
        yield "封存文件与指纹不符（名录、人员或规则在封存后被改动）"
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
        ("摇号时间", commitment.seed_at, sealing.seed_time(draw.seed_at)),
        ("摇号来源", commitment.seed_plan, [each.name for each in draw.sources.order_by("position")]),
        ("一次性码个数", commitment.redraw_max, draw.redraw_max),
    ]
    for what, sealed, stands in pairs:
        if sealed != stands:
            yield f"{what}与封存文件不符（封存 {sealed}，现为 {stands}）"


def _public_facts(draw, said):
    found = pool.of_commit(draw)
    told = {name: fact for name, fact in draw.public_facts.items() if name != "gone"}
    if pool.public_facts(found, draw.task, draw.public_facts.get("lots")) != told:
        yield "封存时公布的内容（户数、比例、概率、规则）与封存文件不符"
    if "gone" in draw.public_facts:
        before = Draw.objects.filter(bureau=draw.bureau, pk__lt=draw.pk)
        left = edits.vanished({each[0] for each in found.strata}, {row[0] for row in found.rows}, before)
        if len(left) != sum(draw.public_facts["gone"].values()):
            yield "封存时公布的“离开名录”的户数与前后两次封存的名录不符"


def _values(draw, said):
    typed = [(each["_actor"], each.get("value")) for each in said.get("value.typed", [])]
    entries = LotteryEntry.objects.filter(source__draw=draw).order_by("pk").select_related("account")
    if typed != [(each.account.journal_name, each.value) for each in entries]:
        yield "彩票号码的录入与日志所记不同"
    lodged = dict(
        zip(_facts(said, "value.lodged", "source"), _facts(said, "value.lodged", "digest"), strict=True)
    )
    opened = dict(
        zip(_facts(said, "value.opened", "source"), _facts(said, "value.opened", "value"), strict=True)
    )
    for source in draw.sources.order_by("position"):
        value = source.value or source.hidden_value
        shown = values.lodged_digest(draw, source.name, value, source.nonce) if value else ""
        if shown != source.lodged_digest:
            yield f"{source.name}的数值与提交时的指纹不符"
        if source.lodged_digest != lodged.get(source.position, ""):
            yield f"{source.name}：日志所记的数值的指纹与此不同"
        if source.value != opened.get(source.position, ""):
            yield f"{source.name}：日志所记的数值与此不同"
        is_lodged, is_opened = bool(source.lodged_digest), bool(source.value)
        if (
            bool(source.lodged_at) != is_lodged
            or bool(source.opened_at) != is_opened
            or bool(source.nonce) != is_lodged
        ):
            yield f"{source.name}：提交或公开的时间与数值不符"


def _result(draw, said):
    is_drawn = (
        draw.status in (DrawState.DRAWN, DrawState.INFEASIBLE)
        or draw.status == DrawState.VOIDED
        and bool(draw.result_digest)
    )
    if bool(draw.drawn_at) != is_drawn:
        yield "抽取时间与状态不符"
    if not is_drawn:
        if draw.result_json or draw.result_digest or draw.openings_json:
            yield "还没有执行的抽取却有了结果"
        return
    if engine.digest(draw.result_json) != draw.result_digest:
        yield "结果与结果的指纹不符"
    sources = [[source.name, source.value] for source in draw.sources.order_by("position")]
    again = engine.draw(draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump(sources))
    if again.result_bytes.decode() != draw.result_json:
        yield "重新计算的结果与所存不同（数值或结果被改动）"
    elif again.openings_bytes.decode() != draw.openings_json:
        yield "回避开封文件与封存的不同"
    if again.is_feasible == (draw.status == DrawState.INFEASIBLE):
        yield "能排出检查组的抽取被记为排不出，或相反"
    told = {True: _facts(said, "draw.drawn", "result"), False: _facts(said, "draw.infeasible", "result")}
    if told[again.is_feasible] != [draw.result_digest] or told[not again.is_feasible]:
        yield f"日志所记的结果与此不同（记了 {len(told[True]) + len(told[False])} 次）"


def _journal(draw, said):
    if not draw.result_digest and (said.get("draw.drawn") or said.get("draw.infeasible")):
        yield "日志记有结果，库中没有"
    yield from _void(draw, said)
    asked = dict(
        zip(_facts(said, "change.approved", "n"), _facts(said, "change.approved", "digest"), strict=True)
    )
    for change in draw.changes.exclude(n=None):
        if request_digest(replacements.event_of(change)) != change.request_digest:
            yield f"第 {change.n} 次变更：申请内容与开码前公布的指纹不符"
        if asked.get(change.n) != change.request_digest:
            yield f"第 {change.n} 次变更：日志所记的申请的指纹与此不同"
    made = sorted(_facts(said, "change.completed", "n"))
    stands = sorted(draw.changes.filter(status=ChangeState.COMPLETED).values_list("n", flat=True))
    if made != stands:
        yield f"日志记了 {len(made)} 次变更，库中有 {len(stands)} 次"


def _void(draw, said):
    if bool(said.get("draw.voided")) != (draw.status == DrawState.VOIDED):
        yield "日志所记与作废状态不符"
    if draw.status == DrawState.VOIDED and not draw.void_approved_by_id and not _is_logged_void(draw):
        yield "作废没有监督人的批准，公开日志里也没有"
    approved = _facts(said, "draw.void_approved", "_actor")
    if approved != ([draw.void_approved_by.journal_name] if draw.void_approved_by else []):
        yield "日志所记的作废批准与此不同"
    asked = said.get("draw.void_requested", [])
    refused = [each["_seq"] for each in said.get("draw.void_refused", [])]
    standing = [each["_actor"] for each in asked if not any(seq > each["_seq"] for seq in refused)]
    if standing != ([draw.void_requested_by.journal_name] if draw.void_requested_by else []):
        yield "日志所记的作废申请与此不同"


def _is_logged_void(draw):
    return LogEntry.objects.filter(log__bureau=draw.bureau, about=draw.number, kind="void").exists()


def _teams(draw, said):
    if draw.status != DrawState.DRAWN:
        return
    ledger = replacements.ledger_of(draw)
    stands = {}
    for case in draw.cases.select_related("subject", "named_leader").prefetch_related(
        "assignments__inspector"
    ):
        stands[case.subject.ref] = case
    for ref, team in ledger.teams.items():
        case = stands.get(ref)
        if case is None:
            yield f"抽中的 {ref} 没有立项"
        else:
            yield from _team(ledger, case, team)
            yield from _filed(case)
    for ref in sorted(stands.keys() - ledger.teams.keys()):
        if ref not in ledger.used:
            yield f"“{stands[ref]}”不是抽中的企业"
        elif _seated(stands[ref]) or stands[ref].status != CaseState.NOT_DONE:
            yield f"“{stands[ref]}”已经换出，却还在办理"


def _seated(case):
    return sorted((each for each in case.assignments.all() if each.until is None), key=lambda each: each.seat)


def _team(ledger, case, team):
    seated = _seated(case)
    if [each.inspector.ref for each in seated] != team:
        yield f"“{case}”的检查组与抽取结果不同"
        return
    said = _said(case.bureau, case.about)
    named = (_facts(said, "case.leader_named", "inspector") or [None])[-1]
    leader = named if named in team else leader_of(ledger.commitment, case.subject.ref, team)
    if [each.inspector.ref for each in seated if each.leads] != [leader]:
        yield f"“{case}”的组长与规则、与日志所记的指定不同"
    if case.named_leader and case.named_leader.ref != named:
        yield f"“{case}”指定的组长日志没有记载"
    if case.status == CaseState.NOT_DONE and not said.get("case.given_up"):
        yield f"“{case}”抽中后没有检查，也没有变更"


def _filed(case):
    """What the team has filed is what the journal says they filed."""
    said = _said(case.bureau, case.about)
    if case.status == CaseState.NOT_DONE and said.get("case.given_up"):
        return
    if bool(said.get("case.started")) != (case.status in (CaseState.STARTED, *FOLLOWED_CASE)):
        yield f"“{case}”的检查状态与日志所记不符"
    ended = _facts(said, "case.ended", "digest")
    if bool(ended) != (case.status in FOLLOWED_CASE):
        yield f"“{case}”的检查结束与日志所记不符"
    elif ended and ended[-1] and ended[-1] != visits.filed_digest(case):
        yield f"“{case}”的检查结果或现场记录在提交后被改动"
    found = _facts(said, "case.ended", "findings")
    if found and found[-1] and found[-1] != visits.findings_digest(case):
        yield f"“{case}”的问题或现场记录在提交后被改动"
    yield from papertrail.check(case, said)
    yield from followtrail.check(case, said)
    filed = {
        each["revision"]: each.get("digest", "")
        for each in said.get("report.submitted", [])
        if "revision" in each
    }
    approved = _facts(said, "report.approved", "revision")
    for report in case.reports.all():
        if (report.status != ReportState.DRAFTED) != (report.revision in filed):
            yield f"“{case}”第 {report.revision} 稿报告的状态与日志所记不符"
        elif filed.get(report.revision) and filed[report.revision] != reports.filed_digest(report):
            yield f"“{case}”第 {report.revision} 稿报告在提交后被改动"
        if (report.status == ReportState.APPROVED) != (report.revision in approved):
            yield f"“{case}”第 {report.revision} 稿报告的审核与日志所记不符"
