"""一轮抽查: how far a task is on its way from draft to release, read from the rooms; nothing is stored."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from inspections.draw import sealorders
from inspections.draw.models import Change, Draw, SeedSource
from inspections.models import Case, Scheme, Task
from inspections.plan import kinds
from inspections.states import DEAD_DRAW, ChangeState, DrawState, SchemeState, TaskState
from publicity.models import Disclosure, Release
from registries.models import InspectionKind

from . import facts, stages

STEPS = {
    "draft": ("起草", "经办人"),
    "approve": ("批准", "负责人"),
    "seal": ("封存", "经办人"),
    "throw": ("摇号", "见证人"),
    "open": ("立项", "经办人"),
    "scheme": ("方案", "经办人、负责人"),
    "visit": ("检查", "检查组"),
    "report": ("报告", "检查组、审核人"),
    "publish": ("公示", "经办人、审核人"),
    "release": ("公开", "到期自动公开"),
}
DRAWN = ["draft", "approve", "seal", "throw", "scheme", "visit", "report", "publish", "release"]
NAMED = ["draft", "approve", "open", "scheme", "visit", "report", "publish"]
_MOST = 200
WITH = ("bureau", "drafted_by", "handed_in_by", "approved_by", "plan")
_MARKS = {(True, False): "d", (False, True): "now", (False, False): ""}


@dataclass
class Round:
    """A task with its last draw and how far it is. `now`: the present step's name, "" when all are done."""

    task: Task
    draw: Draw | None = None
    scheme: Scheme | None = None
    is_drawn: bool = True
    counts: dict = field(default_factory=dict)
    published: int = 0
    release: Release | None = None
    changes: int = 0
    lodged: int = 0
    sources: int = 0
    failed: int = 0
    now: str = ""

    @property
    def names(self):
        return DRAWN if self.is_drawn else NAMED

    @property
    def steps(self):
        """[(title, whether done, whether now)] in their order."""
        at = self.names.index(self.now) if self.now else len(self.names)
        return [(STEPS[name][0], n < at, n == at) for n, name in enumerate(self.names)]

    @property
    def strip(self):
        """The steps as a strip of marks, drawn here: a list has hundreds of them."""
        marks = format_html_join(
            "", '<i class="{}"></i>', ([_MARKS[done, now]] for _, done, now in self.steps)
        )
        said = f"第 {self.number} 步，共 {len(self.names)} 步：{self.title}"
        return format_html('<span class="mini" role="img" aria-label="{}">{}</span>', said, marks)

    @property
    def number(self):
        """Which step it is, from one."""
        return self.names.index(self.now) + 1 if self.now else len(self.names)

    @property
    def title(self):
        return STEPS[self.now][0] if self.now else "走完"

    @property
    def who(self):
        return STEPS[self.now][1] if self.now else ""

    @property
    def total(self):
        return sum(self.counts.values()) - self.counts.get("not_done", 0)

    @property
    def visited(self):
        return self.total - self.counts.get("todo", 0) - self.counts.get("going", 0)

    @property
    def closed(self):
        return self.counts.get("rectify", 0) + self.counts.get("done", 0)

    @property
    def parts(self):
        """[(stage, title, mark, how many)] of the bar, the empty ones left out."""
        shown = [each for each in stages.STAGES if self.counts.get(each[0]) and each[0] != "not_done"]
        return [(code, title, stages.MARKS[code], self.counts[code]) for code, title, _ in shown]

    @property
    def slices(self):
        """As `parts`, each with where it begins."""
        begun = 0
        for part in self.parts:
            yield *part, begun
            begun += part[3]

    @property
    def is_overdue(self):
        """A witness's value lacks a day after its time."""
        waits = self.now == "throw" and self.lodged < self.sources
        return waits and timezone.now() > self.draw.values_by

    @property
    def told(self):
        """Where it stands, in a sentence's part."""
        return _TOLD[self.now](self) if self.now else f"{self.total} 户全部办完"

    @property
    def due(self):
        """(words, day) of the next day that counts, or None."""
        if self.now in ("draft", "approve", "seal", "open", "scheme"):
            return "开始检查", self.task.window_from
        if self.now == "throw":
            return "摇号", timezone.localdate(self.draw.seed_at)
        if self.now == "visit":
            return "查完", self.task.window_to
        if self.now == "release":
            return "最迟公开", self.draw.release_by
        return None

    @property
    def is_late(self):
        return bool(self.due) and self.due[1] < timezone.localdate()


def _draft(one):
    return f"被退回：{one.task.sent_back}" if one.task.sent_back else "草稿，还没有提交"


def _seal(one):
    if sealorders.open_of(one.task):
        return "名录较大，正在后台封存"
    return f"上一次抽取{one.draw.get_status_display()}，等重新封存" if one.draw else "已批准，等封存"


def _throw(one):
    if one.draw.status == DrawState.SEEDED:
        return "数值已齐，正在抽取"
    return f"已有 {one.lodged}/{one.sources} 个数值，{facts.moment(one.draw.seed_at)} 摇号"


def _scheme(one):
    return "方案等批准" if one.scheme else "等拟检查方案"


def _visit(one):
    left = one.counts.get("todo", 0)
    return f"已查 {one.visited}/{one.total}" + (f"，{left} 户还没有去" if left else "")


def _report(one):
    return f"待报告 {one.counts.get('report', 0)} 份，待审核 {one.counts.get('review', 0)} 份"


_TOLD = {
    "draft": _draft,
    "approve": lambda one: f"{one.task.handed_in_by} {facts.moment(one.task.handed_in_at)} 提交，等批准",
    "seal": _seal,
    "throw": _throw,
    "open": lambda one: "已批准，等立项派员",
    "scheme": _scheme,
    "visit": _visit,
    "report": _report,
    "publish": lambda one: f"已公示 {one.published}/{one.closed}",
    "release": lambda one: "等公开抽取文件",
}


def of(task):
    """The Round of one task, read with WITH."""
    return _read([task])[0]


def of_year(bureau, year):
    """[Round] of the tasks whose visits fall into a year, the latest first."""
    span = Q(window_from__year=year) | Q(window_to__year=year)
    return _read(Task.objects.filter(span, bureau=bureau).select_related(*WITH).order_by("-pk")[:_MOST])


def current(bureau):
    """([Round] on their way, [Round] that are through) of this year, or still a draft; the latest first."""
    first = date(timezone.localdate().year, 1, 1)
    tasks = Task.objects.filter(Q(window_to__gte=first) | Q(status=TaskState.DRAFTED), bureau=bureau)
    found = _read(tasks.select_related(*WITH).order_by("-pk")[:_MOST])
    return [each for each in found if each.now], [each for each in found if not each.now]


def _read(tasks):
    """The rounds of tasks, in eight questions however many there are."""
    tasks = list(tasks)
    keys = [each.pk for each in tasks]
    if not keys:
        return []
    table = {each.code: each for each in InspectionKind.objects.filter(bureau=tasks[0].bureau_id)}
    found = {each.pk: Round(each, is_drawn=_is_drawn(each, table)) for each in tasks}
    for draw in Draw.objects.filter(task__in=keys).defer("public_facts").order_by("pk"):
        one = found[draw.task_id]
        one.draw, one.failed = draw, one.failed + (draw.status in DEAD_DRAW)
    draws = {one.draw.pk: one for one in found.values() if one.draw}
    for scheme in Scheme.objects.filter(task__in=keys).exclude(status=SchemeState.RETURNED).order_by("pk"):
        one = found[scheme.task_id]
        if scheme.draw_id == (one.draw.pk if one.draw else None):
            one.scheme = scheme
    _count(keys, found)
    for each in Release.objects.filter(draw__in=draws):
        draws[each.draw_id].release = each
    pending = Change.objects.filter(draw__in=draws, status__in=[ChangeState.REQUESTED, ChangeState.APPROVED])
    for draw, count in pending.values_list("draw").annotate(Count("pk")).order_by():
        draws[draw].changes = count
    for draw, lodged, all_ in (
        SeedSource.objects.filter(draw__in=draws)
        .order_by()
        .values_list("draw")
        .annotate(lodged=Count("lodged_at"), number=Count("pk"))
    ):
        draws[draw].lodged, draws[draw].sources = lodged, all_
    for one in found.values():
        one.now = _now(one)
    return list(found.values())


def _is_drawn(task, table):
    kind = table.get(task.kind)
    return kind is None or kinds.is_drawn(task, kind)


def _count(keys, found):
    cases = Case.objects.filter(task__in=keys).order_by()
    asked = {code: Count("pk", filter=holds) for code, _, holds in stages.STAGES}
    for row in cases.values("task", "draw").annotate(**asked):
        one = found[row["task"]]
        if row["draw"] in (None, one.draw.pk if one.draw else None):
            for code in asked:
                one.counts[code] = one.counts.get(code, 0) + row[code]
    shown = Disclosure.objects.filter(kind="result", supersedes=None, report__case__task__in=keys)
    for task, count in shown.order_by().values_list("report__case__task").annotate(Count("pk")):
        found[task].published = count


def _now(one):
    task, draw, counts = one.task, one.draw, one.counts
    if task.status == TaskState.DRAFTED and not one.total:
        return "approve" if task.handed_in_at else "draft"
    if one.is_drawn and (draw is None or draw.status in DEAD_DRAW):
        return "seal"
    if one.is_drawn and draw.status != DrawState.DRAWN:
        return "throw"
    if not one.is_drawn and not counts:
        return "open"
    is_approved = one.scheme and one.scheme.status == SchemeState.APPROVED
    if one.total and not is_approved and not task.is_urgent and counts.get("todo"):
        return "scheme"
    if counts.get("todo") or counts.get("going"):
        return "visit"
    if counts.get("report") or counts.get("review"):
        return "report"
    if one.published < one.closed:
        return "publish"
    if one.is_drawn and one.release is None:
        return "release"
    return ""
