"""计划与任务: what the year holds, and what one task inspects."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registries.models import (
    BureauOwned,
    Category,
    HandedIn,
    Inspector,
    Item,
    ItemList,
    Section,
    Subject,
    SubjectMove,
)

from ..stamps import Status, person
from ..states import PlanState, TaskState
from .modes import MODES


class PlanQuerySet(models.QuerySet):
    def standing(self, bureau, year):
        """The plan of a year that holds: the published one, else the approved one; None where there is
        neither."""
        rows = self.filter(bureau=bureau, year=year, status__in=[PlanState.APPROVED, PlanState.PUBLISHED])
        return max(rows, key=lambda each: (each.status == PlanState.PUBLISHED, each.pk), default=None)


class Plan(HandedIn, BureauOwned):
    """年度监督检查计划 (安全生产法第62条)."""

    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("计划名称", max_length=100)
    text = models.TextField("计划说明", blank=True)
    staff = models.PositiveSmallIntegerField(
        "执法人员数", null=True, blank=True, help_text="用于测算工作日；不填按名录库现有执法人员计。"
    )
    rounds = models.PositiveSmallIntegerField(
        "每年抽查轮次",
        default=2,
        validators=[MinValueValidator(1)],
        help_text="随机抽查每年几轮（汶上方案：每年两次）。",
    )
    random_share = models.PositiveSmallIntegerField(
        "双随机占比不低于（%）",
        default=30,
        validators=[MaxValueValidator(100)],
        help_text="年度计划中双随机抽查所占的比例，并逐年提高。",
    )
    specials = models.PositiveSmallIntegerField(
        "全年专项检查不超过（项）",
        null=True,
        blank=True,
        help_text="国办发〔2024〕54号：专项检查实行年度数量控制。不填为不限；超过的先调整计划。",
    )
    key_least = models.PositiveSmallIntegerField(
        "重点单位每户每年至少（次）",
        default=1,
        help_text="危险性较大的重点单位每年全覆盖；与随机抽查的轮次是两件事。",
    )
    share_rule = models.CharField(
        "占比口径",
        max_length=10,
        default="both",
        choices=[
            ("both", "企业和人员都抽取的才算"),
            ("team", "人员抽取的就算"),
            ("kind", "双随机任务中的都算"),
        ],
        help_text="通行口径是第一种；用别的，计划执行和公示页会写明。",
    )
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name="调整自",
        null=True,
        editable=False,
    )
    reason = models.CharField(
        "调整原因", max_length=200, blank=True, help_text="调整计划时填写；与原计划同样批准、公布。"
    )
    status = Status(PlanState, default=PlanState.DRAFTED)
    drafted_by = person("起草人")
    approved_by = person("批准人")
    approved_at = models.DateTimeField("批准时间", null=True, editable=False)
    published_at = models.DateTimeField("公布时间", null=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度检查计划"
        ordering = ["-year", "-pk"]

    def __str__(self):
        return self.title

    def line_of_versions(self):
        """This plan and those that it adjusts, latest first: what was done under any of
        them counts for the year."""
        found = [self]
        while found[-1].replaces_id:
            found.append(found[-1].replaces)
        return found


class PlanLine(models.Model):
    """计划表的一行: what is to be inspected, how many, how often. A cell that was not
    understood is asked about."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines", verbose_name="年度计划")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("检查事项", max_length=200)
    content = models.TextField("检查内容", blank=True)
    basis = models.TextField("依据", blank=True)
    objects_text = models.TextField("检查对象", blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, verbose_name="监管分类", null=True, blank=True, related_name="+"
    )
    kind = models.CharField("检查类型", max_length=20, default="random", help_text="检查类型表中的代码。")
    base = models.PositiveIntegerField("对象总数", null=True, blank=True)
    rate_bp = models.PositiveIntegerField(
        "比例（万分之）",
        null=True,
        blank=True,
        validators=[MaxValueValidator(10000)],
        help_text="500 即 5%。",
    )
    count = models.PositiveIntegerField("户数", null=True, blank=True)
    times = models.PositiveSmallIntegerField("每年次数", null=True, blank=True)
    cap = models.PositiveSmallIntegerField("年度上限（次）", null=True, blank=True)
    least = models.PositiveSmallIntegerField(
        "每户每年至少（次）",
        null=True,
        blank=True,
        help_text="这一分类的每户企业一年最少检查几次；计划执行页逐户跟踪。",
    )
    method = models.CharField("检查方式", max_length=100, blank=True)
    months = models.CharField("时间安排", max_length=60, blank=True)
    schedule = models.JSONField(
        "各月户数",
        default=dict,
        blank=True,
        editable=False,
        help_text="{月份: 户数}；写了的，全年户数是它们的和。",
    )
    section = models.CharField("承办股室", max_length=100, blank=True)
    partners = models.CharField("配合部门", max_length=200, blank=True)
    note = models.TextField("备注", blank=True)
    cells = models.JSONField("原表各栏", default=dict, blank=True, editable=False)
    asks = models.JSONField("待确认", default=list, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "计划表"
        ordering = ["plan", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_line_once")]

    def __str__(self):
        return f"{self.number} {self.title}"


class PlanDays(models.Model):
    """不用于监督检查的工作日: what the year's person-days are spent on besides inspecting
    (监督检查计划编制办法, 安监总政法〔2017〕150号)."""

    KINDS = [("enforcement", "其他执法工作日"), ("other", "非执法工作日")]

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="days", verbose_name="年度计划")
    kind = models.CharField("类别", max_length=12, choices=KINDS)
    title = models.CharField("事项", max_length=40)
    days = models.PositiveIntegerField("人日", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "工作日测算"
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "title"], name="plan_days_once")]

    def __str__(self):
        return f"{self.title} {self.days}"


def default_lot_rules():
    """None of its own: the bureau's table holds, and a draw keeps what it was sealed with."""
    return []


class Task(HandedIn, BureauOwned):
    """抽查任务: one approved task is drawn once."""

    plan = models.ForeignKey(
        Plan,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name="年度计划",
        null=True,
        blank=True,
        help_text="投诉、交办、即时检查等不列入年度计划的，不选。",
    )
    plan_line = models.ForeignKey(
        PlanLine,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name="完成计划表的哪一行",
        null=True,
        blank=True,
        help_text="计划执行页按行列出已安排、已完成和还差多少。",
    )
    number = models.CharField("任务编号", max_length=60, blank=True, editable=False)
    title = models.CharField("任务名称", max_length=100)
    kind = models.CharField("检查类型", max_length=20, default="random")
    round = models.PositiveSmallIntegerField(
        "第几轮", null=True, blank=True, help_text="双随机抽查在本年度的轮次。"
    )
    section = models.ForeignKey(
        Section,
        on_delete=models.PROTECT,
        verbose_name="主办股室",
        null=True,
        blank=True,
        related_name="+",
        help_text="选了只在这个股室主管的企业中抽取；不选为全局。",
    )
    lead_note = models.CharField(
        "任务来源", max_length=200, blank=True, help_text="投诉编号、交办文号、监测预警等。"
    )
    approval_number = models.CharField(
        "批准文号", max_length=60, blank=True, help_text="专项检查：县级以上政府的批准文号。"
    )
    filing_number = models.CharField(
        "备案号", max_length=60, blank=True, help_text="专项检查：司法行政部门备案号。"
    )
    undrawn_reason = models.CharField(
        "不抽取的理由", max_length=200, blank=True, help_text="一般应抽取的类型不抽取时填写。"
    )
    is_urgent = models.BooleanField("情况紧急，先检查后补批准", default=False)
    partners = models.CharField("联合部门", max_length=200, blank=True)
    mode = models.CharField("检查方式", max_length=10, default="onsite", choices=MODES)
    item_list = models.ForeignKey(ItemList, on_delete=models.PROTECT, verbose_name="事项清单")
    items = models.ManyToManyField(Item, verbose_name="抽查事项")
    sections = models.ManyToManyField(
        Section, verbose_name="派员股室", blank=True, help_text="从这些股室的人员中抽取；不选为全部股室。"
    )
    window_from = models.DateField("检查自")
    window_to = models.DateField("检查至")
    team = models.PositiveSmallIntegerField("每组人数", default=2, validators=[MinValueValidator(2)])
    core = models.PositiveSmallIntegerField(
        "其中专业人员至少",
        default=1,
        validators=[MinValueValidator(1)],
        help_text="具备该类企业所需专业的人数。",
    )
    core_leads = models.BooleanField("专业人员须可任组长", default=True)
    others = models.CharField(
        "其余人员", max_length=10, choices=[("any", "不限专业"), ("skill", "须具备专业")], default="any"
    )
    slack_pct = models.PositiveSmallIntegerField(
        "任务数余量（%）", default=25, help_text="人均任务数之上的余量；完全平均会使最后几组可被猜到。"
    )
    excludes_drawn = models.BooleanField(
        "本年度已抽查的不再抽", default=True, help_text="投诉举报、经营异常、受处罚和上级规定的企业不受此限。"
    )
    excludes_inspected = models.BooleanField(
        "本年度已检查的也不抽", default=False, help_text="连重点、投诉等其他检查也算；同样有四种例外。"
    )
    includes_key = models.BooleanField("重点单位必查", default=False)
    lot_rules = models.JSONField(
        "加签规则", default=default_lot_rules, help_text="0.16 以前封存的；以后的在抽取里。", editable=False
    )
    cap_reason = models.CharField(
        "超过年度上限的理由",
        max_length=200,
        blank=True,
        help_text="必查、恢复生产、指名的企业已达上限仍要查的，写明理由，由负责人批准。",
    )
    status = Status(TaskState, default=TaskState.DRAFTED)
    drafted_by = person("起草人")
    approved_by = person("批准人")
    approved_at = models.DateTimeField("批准时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "抽查任务"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "number"], condition=~models.Q(number=""), name="task_number_once"
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.plan_line_id and self.plan_line.plan_id != self.plan_id:
            raise ValidationError({"plan_line": "这一行不在所选的年度计划中。"})
        if self.window_from and self.window_to and self.window_to < self.window_from:
            raise ValidationError({"window_to": "检查期限的止日不能早于起日。"})
        if self.core and self.team and self.core > self.team:
            raise ValidationError({"core": "专业人员人数不能多于每组人数。"})


class TaskStratum(models.Model):
    """抽取分层: one class, its rate and its least number."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="strata", verbose_name="任务")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, verbose_name="监管分类")
    risk = models.CharField(
        "风险等级",
        max_length=4,
        blank=True,
        choices=Subject._meta.get_field("risk").choices,
        help_text="只抽这一等级的；不选为全部。同一分类可以按等级分几行，各定比例。",
    )
    town = models.CharField(
        "乡镇（街道）", max_length=50, blank=True, help_text="只抽这个乡镇的，与名录写法一致；不填为全部。"
    )
    rate_bp = models.PositiveIntegerField(
        "比例（万分之）",
        default=500,
        validators=[MaxValueValidator(10000)],
        help_text="500 即 5%，10000 为全部。按户数抽的填 0，户数填在“最少户数”。",
    )
    minimum = models.PositiveIntegerField("最少户数", default=1, help_text="按户数抽的填户数，比例填 0。")
    sealed_as = models.CharField("封存时的名称", max_length=160, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "抽取分层"
        constraints = [
            models.UniqueConstraint(fields=["task", "category", "risk", "town"], name="stratum_once")
        ]
        ordering = ["category__name", "risk", "town"]

    def __str__(self):
        return f"{self.title} {self.rate_bp / 100:g}%"

    @property
    def title(self):
        """Its name in commit.json: the class, and what narrows it; once sealed, as it was sealed,
        whatever the class is called now."""
        return self.sealed_as or "·".join(filter(None, [self.category.name, self._narrowed]))

    @property
    def class_title(self):
        """The class as it is, or was sealed."""
        return self.title.removesuffix(f"·{self._narrowed}") if self._narrowed else self.title

    @property
    def _narrowed(self):
        return "·".join(filter(None, [self.risk and f"{self.risk}风险", self.town]))


class TaskSubject(models.Model):
    """任务名单: an enterprise that a task names, why, and who is sent where no draw is made."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="named", verbose_name="任务")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name="企业")
    reason = models.CharField("列入理由", max_length=200, blank=True)
    inspectors = models.ManyToManyField(
        Inspector,
        verbose_name="检查人员",
        blank=True,
        help_text="不抽取的任务在此指派；第一位能任组长的为组长。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "任务名单"
        ordering = ["task", "pk"]
        constraints = [models.UniqueConstraint(fields=["task", "subject"], name="named_once")]

    def __str__(self):
        return f"{self.subject}"


class ListSignature(models.Model):
    """名录变动的签阅: somebody has looked at what was done to the register for a task, up to a move of it. By
    approving the task, and again for what was done since."""

    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="list_signatures", verbose_name="任务"
    )
    until = models.PositiveBigIntegerField("看到哪一条")
    by = person("签阅人")
    at = models.DateTimeField("签阅时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "名录变动签阅"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.task} {self.by}"

    @classmethod
    def put(cls, task, by):
        """`by` has looked at all that stands there now."""
        last = SubjectMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return cls.objects.create(task=task, by=by, until=last)
