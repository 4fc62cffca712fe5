"""检查: the case, who goes, the scheme it is carried out under, what happened and who looked."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from registries.models import BureauOwned, Inspector, ItemList, Place, StoredFile, Subject

from ..plan.models import MODES, Task
from ..stamps import Status, person
from ..states import CaseState, JointState, SchemeState


def new_token():
    """128 random bits: what a URL may carry without saying anything."""
    return secrets.token_urlsafe(16)


def in_vain():
    """没查成: whether a case was gone to in vain, and never inspected since; an expression over cases."""
    went = Case.visits.through.objects.filter(case=OuterRef("pk"))
    return Exists(went.exclude(visit__undone="")) & ~Exists(went.filter(visit__undone=""))


class CaseQuerySet(models.QuerySet):
    def inspected(self):
        """Those whose visit is over and was an inspection."""
        over = self.exclude(ended_at=None).exclude(status=CaseState.NOT_DONE)
        return over.exclude(in_vain())

    def visible_to(self, account):
        """The cases an account sits in now, or is named for. Everybody else's do not exist for them."""
        seated = Q(assignments__inspector__account=account, assignments__until=None)
        return self.filter(
            Q(draw=None) | Q(draw__tell_at=None) | Q(draw__tell_at__lte=timezone.now()),
            seated | Q(delegates__inspector__account=account),
            bureau=account.bureau_id,
        ).distinct()


class Case(BureauOwned):
    """One enterprise to be inspected, with the items and texts it was drawn under."""

    token = models.CharField("标识", max_length=32, unique=True, default=new_token, editable=False)
    draw = models.ForeignKey(
        "Draw", on_delete=models.PROTECT, related_name="cases", verbose_name="抽取", null=True
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="cases", verbose_name="任务", null=True
    )
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="cases", verbose_name="检查对象"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, verbose_name="场所", null=True, blank=True)
    item_list = models.ForeignKey(ItemList, on_delete=models.PROTECT, verbose_name="事项清单版本")
    checklist = models.JSONField("检查表")
    mode = models.CharField("检查方式", max_length=10, default="onsite", choices=MODES)
    status = Status(CaseState, default=CaseState.OPENED)
    opened_at = models.DateTimeField("立项时间", auto_now_add=True)
    written_record = models.TextField("书面或网络检查记录", blank=True)
    ended_at = models.DateTimeField("检查结束时间", null=True)
    ended_by = models.ForeignKey(
        Inspector,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="结束人",
        null=True,
        editable=False,
    )
    named_leader = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="指定组长", null=True, blank=True
    )
    report_due_on = models.DateField("报告期限", null=True)
    planned_on = models.DateField("打算哪天去", null=True, blank=True)
    file_number = models.CharField("案号", max_length=60, blank=True, editable=False)
    # The rules under which no limit runs on it any more (resting.py); "": somebody has to look.
    rested_under = models.CharField("期限都已了结", max_length=16, default="", db_default="", editable=False)
    entry_code = models.CharField("执法码", max_length=60, blank=True, help_text="本省涉企检查平台赋的码。")
    joint = models.ForeignKey(
        "JointVisit",
        on_delete=models.PROTECT,
        related_name="cases",
        verbose_name="联合检查",
        null=True,
        blank=True,
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "subject"], name="one_case_a_draw")]
        # What a page shows of a year, a month or a state is found without the years before it, and the newest
        # without the newer ones of other bureaus.
        indexes = [
            models.Index(fields=["bureau", "-id"], name="case_newest"),
            models.Index(fields=["bureau", "opened_at"], name="case_opened"),
            models.Index(fields=["bureau", "ended_at"], name="case_ended"),
            models.Index(fields=["bureau", "planned_on"], name="case_planned"),
            models.Index(fields=["bureau", "status"], name="case_status"),
            models.Index(fields=["bureau", "rested_under"], name="case_rested"),
        ]

    @property
    def is_onsite(self):
        """Whether somebody goes to the place; a case may be inspected in several ways."""
        return self.mode.startswith("on")

    def __str__(self):
        return self.subject.name

    def wake(self):
        """Something has happened: its limits are looked at again."""
        type(self).objects.filter(pk=self.pk).exclude(rested_under="").update(rested_under="")
        self.rested_under = ""  # or saving it would let it rest again

    def source(self):
        """Where the case comes from, in words: its draw, or its task's kind."""
        return self.draw.number if self.draw_id else self.task.number or self.task.title

    def last_visit(self):
        """The visit that its record, its papers and its pages speak of: the one that began last; or None."""
        return self.visits.order_by("-started_at").first()

    def team(self):
        """The assignments in force, in the order of the seats."""
        return self.assignments.filter(until=None).select_related("inspector").order_by("seat")


class Assignment(models.Model):
    """派员: a seat of the team. Replaced people stay on the list with the day they left."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments", verbose_name="检查")
    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="assignments", verbose_name="检查人员"
    )
    seat = models.PositiveSmallIntegerField("座次")
    leads = models.BooleanField("组长", default=False)
    since = models.DateTimeField("自", auto_now_add=True)
    until = models.DateTimeField("至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "派员"
        ordering = ["case", "seat", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "inspector"], condition=Q(until=None), name="once_in_a_team"
            ),
            models.UniqueConstraint(fields=["case", "seat"], condition=Q(until=None), name="one_on_a_seat"),
        ]

    def __str__(self):
        return f"{self.inspector}"


class Delegate(models.Model):
    """指定人员: named by the head where no code can be opened any more: a case that no draw has made, and
    what follows a visit. The drawn team and its changes stay as they were."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="delegates", verbose_name="检查")
    inspector = models.ForeignKey(
        Inspector, on_delete=models.PROTECT, related_name="+", verbose_name="指定的人员"
    )
    reason = models.CharField("理由", max_length=200)
    named_by = person("指定人")
    named_at = models.DateTimeField("指定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "指定人员"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "inspector"], name="delegate_once")]

    def __str__(self):
        return f"{self.inspector}"


class JointVisit(BureauOwned):
    """联合检查: cases of one enterprise that several sections' tasks have drawn; one visit,
    each side its own people."""

    ABOUT = "joint"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name="企业")
    status = Status(JointState, default=JointState.PROPOSED)
    lead = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="+", verbose_name="牵头的检查", null=True, editable=False
    )
    reason = models.CharField("不合并的原因", max_length=20, blank=True)
    decided_by = person("决定人")
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    proposed_at = models.DateTimeField("发现时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "联合检查"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.subject}"


class Look(models.Model):
    """查看记录: who has seen whom a case names, when and where. Only grows."""

    PAGES = [
        ("desk", "检查页面"),
        ("field", "带到现场"),
        ("paper", "文书"),
        ("admin", "工作台"),
        ("file", "案卷导出"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="looks", verbose_name="检查")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人"
    )
    page = models.CharField("页面", max_length=10, choices=PAGES)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "查看记录"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.account} {self.at:%Y-%m-%d %H:%M}"


class Scheme(BureauOwned):
    """检查方案 of a task: how its visits are made. Holds for every case of the task."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="schemes", verbose_name="任务")
    draw = models.ForeignKey(
        "Draw",
        on_delete=models.PROTECT,
        related_name="schemes",
        verbose_name="抽取",
        null=True,
        editable=False,
    )
    number = models.CharField("方案编号", max_length=60, blank=True, editable=False)
    method = models.TextField("检查方式")
    content = models.TextField("检查内容")
    arrangement = models.TextField("时间和人员安排")
    discipline = models.TextField("工作要求", blank=True)
    due_on = models.DateField("补办期限", null=True, editable=False)
    status = Status(SchemeState, default=SchemeState.DRAFTED)
    drafted_by = person("拟制人")
    drafted_at = models.DateTimeField("拟制时间", auto_now_add=True)
    judged_by = person("审批人")
    judged_at = models.DateTimeField("审批时间", null=True, editable=False)
    judge_note = models.CharField("审批意见", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "检查方案"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"],
                condition=~Q(status=SchemeState.RETURNED) & Q(draw=None),
                name="one_living_scheme",
                violation_error_message="这个任务已有检查方案。",
            ),
            models.UniqueConstraint(
                fields=["draw"],
                condition=~Q(status=SchemeState.RETURNED),
                name="one_living_scheme_a_draw",
                violation_error_message="这次抽取已有检查方案。",
            ),
        ]

    def __str__(self):
        return self.number or f"{self.task} 检查方案"


class Document(BureauOwned):
    """文书: rendered once, kept as bytes; corrected by issuing another."""

    KINDS = [
        ("draw_record", "抽取记录"),
        ("seal_notice", "封存公告"),
        ("scheme", "检查方案"),
        ("task_notice", "任务通知书"),
        ("names", "编号与名称对照"),
    ]

    kind = models.CharField("种类", max_length=20, choices=KINDS)
    edition = models.CharField("版本", max_length=10, choices=[("inner", "内部"), ("public", "公开")])
    draw = models.ForeignKey(
        "Draw", on_delete=models.PROTECT, related_name="documents", verbose_name="抽取", null=True
    )
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, related_name="documents", verbose_name="检查方案", null=True
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="documents", verbose_name="检查", null=True
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, verbose_name="文件")
    issued_at = models.DateTimeField("制作时间", auto_now_add=True)
    issued_by = person("制作人")
    # A public record carries the public digest of this day; one of before carried the
    # journal's head, and has none.
    public_day = models.DateField("总指纹截至", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}（{self.get_edition_display()}）"


class CaseEvent(BureauOwned):
    """办理节点: something that happened to a case or one of its matters, on a day. The
    clocks are read from these."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", verbose_name="检查")
    thread = models.CharField("事项", max_length=30, blank=True)
    code = models.CharField("节点", max_length=30, db_index=True)
    at = models.DateTimeField("发生时间")
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    by = person("登记人")

    class Meta:
        verbose_name = verbose_name_plural = "办理节点"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["case", "thread", "code"], name="event_thread"),
            # The clocks ask which events of a kind began first.
            models.Index(fields=["bureau", "code", "at"], name="event_began"),
        ]

    def __str__(self):
        return f"{self.code} {self.at:%Y-%m-%d}"
