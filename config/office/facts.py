"""What one must know of a thing to decide on it, in a line: its kind, its name, by whom and when, and why."""

from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import cached_property

from inspections.draw import edits
from registries.models import Reason


class Told(NamedTuple):
    """`kind` in two or three letters, `what` (thing → its name), `why` (thing, words → the facts), `since`
    (the column that says from when it waits), `related` and `many`: what is read with it."""

    kind: str
    what: object
    why: object
    since: str = "pk"
    related: tuple = ()
    many: tuple = ()


class Words:
    """The bureau's coded reasons in words, read once and only where one is asked for."""

    def __init__(self, bureau):
        self._bureau = bureau

    @cached_property
    def _titles(self):
        found = Reason.objects.filter(bureau=self._bureau).values_list("kind", "code", "title")
        return {(kind, code): title for kind, code, title in found}

    def reason(self, kind, code):
        return self._titles.get((kind, code), code)


def moment(at):
    """A time as one says it: 今天 09:05, 昨天 16:40, 6月11日."""
    local, today = timezone.localtime(at), timezone.localdate()
    days = (today - local.date()).days
    if days in (0, 1):
        return f"{'昨天' if days else '今天'} {local:%H:%M}"
    return day(local.date())


def day(on):
    """A day as one says it; with the year where it is not this one."""
    year = "" if on.year == timezone.localdate().year else f"{on.year}年"
    return f"{year}{on.month}月{on.day}日"


def _decided(paper):
    """What a decision orders, where the head is to approve it after the fact."""
    return "、".join(paper.facts.get("decisions", ())) if paper.owes_approval else ""


def _by(who, at, verb):
    return f"{who} {moment(at)} {verb}" if who and at else ""


def _join(*parts):
    return "；".join(each.rstrip("。；") for each in parts if each)


def _first(said):
    """The first of several faults, and how many more."""
    first, *more = said.split("；")
    return f"{first} 等 {len(more) + 1} 处" if more else first


def _drafted(each):
    """Where a draft stands between who writes and who approves."""
    if each.handed_in_at:
        return _by(each.handed_in_by, each.handed_in_at, "提交")
    return f"退回意见：{each.sent_back}" if each.sent_back else "草稿，还没有提交"


def _task(each, words):
    strata = [f"{row.title} {row.minimum} 户" if not row.rate_bp else str(row) for row in each.strata.all()]
    named = f"名单 {len(each.named.all())} 户" if each.named.all() else ""
    span = f"{day(each.window_from)}至{day(each.window_to)}"
    left = _drafted(each) if each.is_drafted else _by(each.approved_by, each.approved_at, "批准")
    moved = edits.moves(each).count() if each.is_handed_in else 0
    left = _join(f"名录变动 {moved} 处，见名录预览" if moved else "", left)
    return _join("、".join(strata), named, span, left)


def _report(each, words):
    found = each.case.findings.all()
    majors = sum(finding.is_major for finding in found)
    problems = (
        f"问题 {len(found)} 条" + (f"，其中重大事故隐患 {majors} 条" if majors else "") if found else ""
    )
    result = words.reason("result", each.result_code)
    draft = f"第 {each.revision} 稿" if each.revision > 1 else ""
    return _join(result, problems, draft, _by(each.author, each.submitted_at, "提交"))


def _change(each, words):
    reason = words.reason(f"change_{each.kind}", each.reason)
    asked = _by(each.requested_by, each.requested_at, "申请")
    then = "换谁由一次性码定" if not each.approved_at else _by(each.approved_by, each.approved_at, "批准")
    return _join(f"{each.get_kind_display()}：{reason}", each.note, asked, then)


def _draw(each, words):
    if each.void_requested_by_id and not each.void_approved_by_id:
        reason = words.reason("void", each.void_reason)
        return _join(f"申请作废：{reason}", each.void_note, f"{each.void_requested_by} 申请")
    sources = each.sources.all()
    lodged = sum(bool(source.lodged_at) for source in sources)
    if sources and lodged < len(sources):
        return _join(f"{moment(each.seed_at)} 摇号", f"已有 {lodged}/{len(sources)} 个数值")
    return _by("系统", each.drawn_at, "抽出") if each.drawn_at else ""


def _letter(each, words):
    return _join(each.text[:60] + ("…" if len(each.text) > 60 else ""), f"{moment(each.received_at)} 收到")


def _publication(each, words):
    hits = f"查出可能敏感 {len(each.hits)} 处" if each.hits else "没有查出敏感内容"
    result = each.payload.get("result", "") if isinstance(each.payload, dict) else ""
    return _join(result, hits, each.reason, _by(each.prepared_by, each.prepared_at, "拟办"))


def _recusal(each, words):
    asked = {"subject": "企业申请", "inspector": "本人申请"}.get(each.applicant, "")
    return _join(f"{asked}{each.inspector}回避", each.text[:60], f"{moment(each.asked_at)} 提出")


def _run(each, words):
    return _join(each.get_status_display(), _by(each.started_by, each.started_at, "上传"))


_OF_CASE = ("case__subject",)
TOLD = {
    "importrun": Told("名录", lambda each: each.file_name, _run, "started_at", ("started_by",)),
    "itemlist": Told("清单", str, lambda each, words: _drafted(each), "handed_in_at", ("handed_in_by",)),
    "subjectevent": Told(
        "事由",
        lambda each: each.subject.name,
        lambda each, words: _join(
            words.reason("event", each.code),
            each.source,
            f"{day(each.happened_on)}",
            f"{each.recorded_by or ''}",
        ),
        related=("subject", "recorded_by"),
    ),
    "consent": Told(
        "双人",
        str,
        lambda each, words: _join(
            *each.in_words(4),
            each.reason,
            _by(each.asked_by, each.asked_at, "提出"),
        ),
        "asked_at",
        ("asked_by",),
    ),
    "relation": Told(
        "回避",
        str,
        lambda each, words: _join(str(each.ground), f"{each.recorded_by or '本人'} 登记"),
        related=("inspector", "subject", "ground", "recorded_by"),
    ),
    "plan": Told(
        "计划", str, lambda each, words: _join(_drafted(each), each.reason), "handed_in_at", ("handed_in_by",)
    ),
    "return": Told("报送", str, lambda each, words: _drafted(each), "drafted_at", ("handed_in_by",)),
    "task": Told(
        "任务", str, _task, "handed_in_at", ("handed_in_by", "approved_by"), ("strata__category", "named")
    ),
    "scheme": Told(
        "方案",
        str,
        lambda each, words: _join(
            f"{day(each.task.window_from)}至{day(each.task.window_to)}",
            _by(each.drafted_by, each.drafted_at, "拟制"),
        ),
        "drafted_at",
        ("task", "drafted_by"),
    ),
    "jointvisit": Told(
        "联合",
        str,
        lambda each, words: f"几项任务都抽到这家；{moment(each.proposed_at)} 发现",
        "proposed_at",
        ("subject",),
    ),
    "case": Told(
        "检查",
        lambda each: each.subject.name,
        lambda each, words: each.source(),
        related=("subject", "draw", "task"),
    ),
    "draw": Told(
        "抽取",
        lambda each: f"{each.task.title}（{each.number}）",
        _draw,
        "sealed_at",
        ("task", "void_requested_by"),
        ("sources",),
    ),
    "change": Told(
        "变更",
        lambda each: f"{each.draw.task.title}（{each.draw.number}）",
        _change,
        "requested_at",
        ("draw__task", "requested_by", "approved_by"),
    ),
    "paper": Told(
        "文书",
        lambda each: f"{each.form.title}：{each.case.subject.name}",
        lambda each, words: "；".join(
            filter(None, [_decided(each), _by(each.drafted_by, each.drafted_at, "拟稿")])
        ),
        "drafted_at",
        (*_OF_CASE, "form", "drafted_by"),
    ),
    "finding": Told(
        "问题", lambda each: each.case.subject.name, lambda each, words: each.wording[:60], related=_OF_CASE
    ),
    "filing": Told(
        "上报", lambda each: each.case.subject.name, lambda each, words: each.reason, "received_at", _OF_CASE
    ),
    "report": Told(
        "报告",
        lambda each: each.case.subject.name,
        _report,
        "submitted_at",
        (*_OF_CASE, "author"),
        ("case__findings",),
    ),
    "directive": Told(
        "部署",
        lambda each: each.title,
        lambda each, words: _join(each.amount, f"{day(each.report_by)} 前上报", f"{each.drafted_by} 起草"),
        related=("drafted_by",),
    ),
    "assigned": Told(
        "交办",
        lambda each: each.title,
        lambda each, words: _join(each.upper, each.amount, f"{day(each.report_by)} 前上报"),
        "sent_at",
    ),
    "lending": Told(
        "借人",
        lambda each: each.borrower,
        lambda each, words: _join(
            f"借 {each.number} 人", each.skill, f"{day(each.since)}至{day(each.until)}", each.reason
        ),
        "asked_at",
    ),
    "proposal": Told(
        "建议",
        lambda each: each.text[:30],
        lambda each, words: _by(each.made_by, each.made_at, "提出"),
        "made_at",
        ("made_by",),
    ),
    "recusalrequest": Told(
        "回避", lambda each: each.case.subject.name, _recusal, "asked_at", (*_OF_CASE, "inspector")
    ),
    "penalty": Told(
        "处罚",
        lambda each: each.case.subject.name,
        lambda each, words: _join(each.cause, _by(each.proposed_by, each.proposed_at, "提出")),
        "proposed_at",
        (*_OF_CASE, "proposed_by"),
    ),
    "extension": Told(
        "延期",
        lambda each: each.case.subject.name,
        lambda each, words: _join(
            f"第 {each.finding.number} 项由 {day(each.finding.due_on)} 延至 {day(each.until)}",
            each.reason,
            _by(each.asked_by, each.asked_at, "申请"),
        ),
        "asked_at",
        (*_OF_CASE, "finding", "asked_by"),
    ),
    "restraint": Told(
        "强制",
        lambda each: each.case.subject.name,
        lambda each, words: _join(str(each), each.ask_note),
        related=(*_OF_CASE, "asked_by"),
    ),
    "discredit": Told(
        "失信",
        lambda each: each.case.subject.name,
        lambda each, words: _join(
            each.get_ground_display(),
            f"可以陈述、申辩到 {day(each.may_decide_on)}" if each.told_on and not each.decided_on else "",
            each.ask_reason if each.asked_on else "",
            _by(each.proposed_by, each.proposed_at, "报请"),
        ),
        "proposed_at",
        (*_OF_CASE, "proposed_by"),
    ),
    "departmentword": Told(
        "联合",
        lambda each: each.case.subject.name,
        lambda each, words: _join(f"{each.department}移交", each.for_us[:60]),
        "received_at",
        _OF_CASE,
    ),
    "firmword": Told(
        "企业",
        lambda each: each.case.subject.name,
        lambda each, words: _join(each.get_kind_display(), each.text[:60]),
        "received_at",
        _OF_CASE,
    ),
    "transfer": Told(
        "移送",
        lambda each: each.case.subject.name,
        lambda each, words: _join(f"移送{each.receiver}", _by(each.proposed_by, each.proposed_at, "提出")),
        "proposed_at",
        (*_OF_CASE, "proposed_by"),
    ),
    "delivery": Told(
        "来数",
        lambda each: str(each.source),
        lambda each, words: _join(
            each.sent_back and f"退回：{each.sent_back}",
            f"{each.counts.get('plain', 0)} 行待核对" if each.counts else "",
            _by(each.checked_by, each.checked_at, "核对"),
            each.name,
        ),
        "received_at",
        ("source", "checked_by"),
    ),
    "deliveryrow": Told(
        "来数",
        lambda each: each.called,
        lambda each, words: _join(str(each.delivery.source), f"第 {each.number} 行", each.said),
        related=("delivery__source", "subject"),
    ),
    "handedrow": Told(
        "报送",
        lambda each: each.subject_name or each.thing,
        lambda each, words: _join(str(each.receiver), each.get_status_display(), _first(each.said)),
        "made_at",
        ("receiver",),
    ),
    "letter": Told("来信", lambda each: each.get_kind_display(), _letter, "received_at"),
    "publication": Told(
        "公示",
        lambda each: f"{each.get_kind_display()}：{each.title}",
        _publication,
        "prepared_at",
        ("prepared_by",),
    ),
}

# Who brought a thing on its way: the column, by the noun's name. Letters and filings come from outside.
BROUGHT_BY = {
    "consent": "asked_by",
    "delivery": "checked_by",
    "deliveryrow": "checked_by",
    "itemlist": "handed_in_by",
    "subjectevent": "recorded_by",
    "relation": "recorded_by",
    "plan": "handed_in_by",
    "task": "handed_in_by",
    "scheme": "drafted_by",
    "draw": "sealed_by",
    "change": "requested_by",
    "paper": "drafted_by",
    "report": "author",
    "directive": "drafted_by",
    "proposal": "made_by",
    "penalty": "proposed_by",
    "extension": "asked_by",
    "restraint": "asked_by",
    "discredit": "proposed_by",
    "transfer": "proposed_by",
    "publication": "prepared_by",
    "return": "handed_in_by",
}
