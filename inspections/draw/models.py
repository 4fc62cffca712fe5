"""抽取: sealed, seeded by witnesses, drawn once; the changes made to it; its minutes and its partners."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from registries.models import BureauOwned, EncryptedTextField, StoredFile

from ..plan.models import Task
from ..stamps import Status, person
from ..states import DEAD_DRAW, ChangeState, DrawState

_TRIES = 5
_REST = timedelta(minutes=10)
COMPLETED_AFTER = timedelta(hours=24)


class DrawQuerySet(models.QuerySet):
    def waiting(self):
        """The draws whose seed is complete and that nobody has computed yet. One that keeps failing rests
        between tries, so that it cannot keep every worker busy."""
        return self.filter(status=DrawState.SEEDED).filter(
            Q(attempts__lt=_TRIES) | Q(attempted_at__lt=timezone.now() - _REST)
        )


class Draw(BureauOwned):
    """One draw of the bureau's series (SJS1). Nothing of it is ever edited or deleted.

    Its files stand in rows of their own (DrawFile), so that a list of draws or cases never decrypts them.
    """

    KEY = "number"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="draws", verbose_name="任务")
    number = models.CharField("抽取编号", max_length=40)
    status = Status(DrawState, default=DrawState.SEALED)
    commitment = models.CharField("封存文件的指纹", max_length=64, unique=True)
    prev = models.CharField("前一次封存的指纹", max_length=64)
    after = models.CharField("接续的抽取", max_length=64)
    public_facts = models.JSONField("封存时公布的内容")
    seed_at = models.DateTimeField("摇号时间")
    release_by = models.DateField("最迟公开日期")
    redraw_max = models.PositiveSmallIntegerField("一次性码个数")
    tell_at = models.DateTimeField(
        "通知检查组的时间", null=True, help_text="到时检查组才看到任务；不填为抽取后即通知。"
    )
    sealed_at = models.DateTimeField("封存时间", default=timezone.now, editable=False)
    sealed_by = person("封存人")
    result_digest = models.CharField("结果的指纹", max_length=64, blank=True)
    drawn_at = models.DateTimeField("抽取时间", null=True)
    attempts = models.PositiveSmallIntegerField("执行次数", default=0)
    attempted_at = models.DateTimeField("最近一次执行", null=True)
    attempt_error = models.CharField("执行未成的原因", max_length=200, blank=True)
    void_reason = models.CharField("作废原因", max_length=20, blank=True)
    void_note = models.CharField("作废说明", max_length=300, blank=True)
    void_requested_by = person("申请作废人")
    void_approved_by = person("批准作废人")
    voided_at = models.DateTimeField("作废时间", null=True)
    copy_lost_at = models.DateTimeField("封存件报失时间", null=True)
    codes_lost_at = models.DateTimeField("一次性码报失时间", null=True)
    restored_at = models.DateTimeField(
        "照公开日志补回的时间",
        null=True,
        help_text="数据库比公开日志旧，这次抽取的内容是照日志补回的。",
    )

    objects = DrawQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "抽取"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "number"], name="draw_number_once"),
            models.UniqueConstraint(fields=["bureau", "prev"], name="draw_prev_once"),
            # One living draw per approved task (SJS1 §8).
            models.UniqueConstraint(
                fields=["task"],
                condition=~Q(status__in=DEAD_DRAW),
                name="one_living_draw",
            ),
            # Void needs two persons (§8), or the public log, which says it of a draw that the database has
            # lost; a draw that has been drawn has its result.
            models.CheckConstraint(
                condition=Q(void_approved_by=None)
                | Q(void_requested_by__isnull=False) & ~Q(void_approved_by=F("void_requested_by")),
                name="void_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(status=DrawState.VOIDED)
                | Q(void_approved_by__isnull=False)
                | Q(restored_at__isnull=False),
                name="void_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[DrawState.DRAWN, DrawState.INFEASIBLE]) | ~Q(result_digest=""),
                name="drawn_has_result",
            ),
        ]

    def __str__(self):
        return self.number

    # What SJS1 calls commit.json, sealed.json, result.json and openings.json; "" as long as there is none.
    commit_json = property(lambda self: self.file("commit"))
    sealed_json = property(lambda self: self.file("sealed"))
    result_json = property(lambda self: self.file("result"))
    openings_json = property(lambda self: self.file("openings"))

    def file(self, name):
        """The text of one of its files, read once; "" where it is not written yet."""
        kept = self.__dict__.setdefault("_texts", {})
        if not kept.get(name):
            kept[name] = self.files.filter(name=name).values_list("text", flat=True).first() or ""
        return kept[name]

    def refresh_from_db(self, *args, **kwargs):
        self.__dict__.pop("_texts", None)
        super().refresh_from_db(*args, **kwargs)

    @property
    def values_by(self):
        """Until when the witnesses' values are theirs alone to enter; then the
        supervisor may complete (SJS1 §4)."""
        return self.seed_at + COMPLETED_AFTER

    @property
    def lots(self):
        """The lot table it was sealed with; a draw of before 0.16 has its task's."""
        return self.public_facts.get("lots", self.task.lot_rules)

    def public_facts_have(self, status):
        """Whether any row was sealed with a status, by the published counts alone."""
        return any(each["counts"].get(status) for each in self.public_facts["strata"])


class SealOrder(BureauOwned):
    """封存委托: a large pool that the background seals for the clerk who asked; nothing is fixed before it
    has. `facts`: what the clerk said; `refused`: why it could not be done."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="seal_orders", verbose_name="任务")
    asked_by = person("经办人")
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    facts = models.JSONField("封存的内容")
    claimed_at = models.DateTimeField("开始时间", null=True)
    attempts = models.PositiveSmallIntegerField("做过几次", default=0)
    is_open = models.BooleanField("在办", default=True)
    finished_at = models.DateTimeField("办完时间", null=True)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="+", verbose_name="抽取", null=True)
    refused = models.CharField("没有封存的原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "封存委托"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(is_open=True), name="one_seal_order_at_a_time"
            )
        ]

    def __str__(self):
        return str(self.task)


class KeptPreview(models.Model):
    """名录预览 of a large register, as the background has last counted it. No record of anything: it may be
    made again at any time. `head`: the journal's head it was counted beside; `refused`: why there is none."""

    task = models.OneToOneField(
        Task, on_delete=models.CASCADE, primary_key=True, related_name="kept_preview", verbose_name="任务"
    )
    head = models.CharField("日志指纹", max_length=64)
    made_at = models.DateTimeField("计算时间")
    facts = models.JSONField("内容", null=True)
    refused = models.CharField("没有算出的原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名录预览"

    def __str__(self):
        return str(self.task)


class DrawFile(models.Model):
    """抽取文件: one of a draw's files, byte for byte as it was hashed, under FIELD_KEYS. Written once."""

    NAMES = [("commit", "封存文件"), ("sealed", "回避封存"), ("result", "抽取结果"), ("openings", "回避开封")]

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="files", verbose_name="抽取")
    name = models.CharField("文件", max_length=10, choices=NAMES)
    text = EncryptedTextField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "抽取文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "name"], name="draw_file_once")]

    def __str__(self):
        return f"{self.draw} {self.get_name_display()}"


class SeedSource(models.Model):
    """摇号来源: one name of the seed plan, the account that enters its value, and the value once opened."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="sources", verbose_name="抽取")
    position = models.PositiveSmallIntegerField("次序")
    name = models.CharField("来源", max_length=40)
    kind = models.CharField(
        "种类", max_length=10, choices=[("dice", "见证人掷骰"), ("lottery", "公开彩票期号")]
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="seed_sources",
        verbose_name="录入账户",
    )
    body = models.CharField("来自哪个单位", max_length=60, blank=True)
    lodged_digest = models.CharField("数值的指纹", max_length=64, blank=True)
    lodged_at = models.DateTimeField("提交时间", null=True)
    hidden_value = EncryptedTextField("未公开的数值", blank=True)
    nonce = models.CharField("随机附加数", max_length=32, blank=True)
    value = models.CharField("数值", max_length=64, blank=True)
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="second_sources",
        verbose_name="复核账户",
        null=True,
    )
    opened_at = models.DateTimeField("公开时间", null=True)
    entered_by = person("实际录入人")

    class Meta:
        verbose_name = verbose_name_plural = "摇号来源"
        ordering = ["draw", "position"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "position"], name="source_position_once"),
            models.UniqueConstraint(fields=["draw", "name"], name="source_name_once"),
        ]

    @property
    def typists(self):
        """Who types it. Of a throw that was read back from the public log nobody is named: they may be
        lost."""
        if self.lodged_at and not self.entered_by_id and self.draw.restored_at:
            return "照公开日志补回"
        return "、".join(str(each) for each in (self.account, self.second) if each)

    def __str__(self):
        return self.name


class Change(models.Model):
    """变更 (SJS1 §7): who goes out is asked for and approved; who comes in is drawn."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="changes", verbose_name="抽取")
    n = models.PositiveSmallIntegerField("次序", null=True)
    kind = models.CharField(
        "种类", max_length=10, choices=[("subject", "更换企业"), ("inspector", "更换人员")]
    )
    task_ref = models.CharField("任务企业编号", max_length=40, blank=True)
    out_ref = models.CharField("换出编号", max_length=40)
    in_ref = models.CharField("换入编号", max_length=40, blank=True)
    scope = models.CharField(
        "范围", max_length=10, blank=True, choices=[("task", "只在本任务"), ("draw", "本次抽取全部任务")]
    )
    reason = models.CharField("原因代码", max_length=20)
    note = models.CharField("情况说明与证据", max_length=300)
    nonce = models.CharField("随机附加数", max_length=32, blank=True)
    request_digest = models.CharField("申请的指纹", max_length=64, blank=True)
    code = models.CharField("一次性码", max_length=64, blank=True)
    status = Status(ChangeState, default=ChangeState.REQUESTED)
    requested_by = person("申请人")
    requested_at = models.DateTimeField("申请时间", auto_now_add=True)
    approved_by = person("批准人")
    approved_at = models.DateTimeField("批准时间", null=True)
    opened_by = person("开码人")
    completed_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "变更"
        ordering = ["draw", "n", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "n"], name="change_n_once"),
            models.UniqueConstraint(
                fields=["draw"], condition=Q(status=ChangeState.APPROVED), name="one_change_at_a_time"
            ),
        ]

    def __str__(self):
        return f"{self.draw} 第 {self.n or '—'} 次变更"


class LotteryEntry(models.Model):
    """彩票号码录入: one person's typing. Two must agree; none is ever changed."""

    source = models.ForeignKey(
        SeedSource, on_delete=models.PROTECT, related_name="entries", verbose_name="来源"
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="录入人"
    )
    value = models.CharField("号码", max_length=20)
    at = models.DateTimeField("录入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "彩票号码录入"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.account} {self.value}"


class Minutes(models.Model):
    """抽取会记录: who, where, on which video. Written anew when it must be
    amended; the last one is printed."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="minutes", verbose_name="抽取")
    place = models.CharField("地点", max_length=100)
    host = models.CharField("主持人", max_length=60)
    operator = models.CharField("操作人", max_length=60)
    supervisor = models.CharField("监督人", max_length=60)
    witnesses = models.CharField("见证人及身份", max_length=200)
    video_number = models.CharField("录像编号", max_length=60)
    note = models.TextField("情况说明", blank=True)
    written_by = person("记录人")
    written_at = models.DateTimeField("记录时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽取会记录"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.draw} {self.place}"


class PartnerDraw(models.Model):
    """协同部门的抽取: its files as received, verified against the commitment it published before."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="partners", verbose_name="抽取")
    department = models.CharField("部门", max_length=60)
    number = models.CharField("对方抽取编号", max_length=40)
    commitment = models.CharField("对方公布的指纹", max_length=64)
    result_digest = models.CharField("结果的指纹", max_length=64)
    teams = models.JSONField("检查组", default=dict)
    names = models.JSONField("人员姓名", default=dict)
    items = models.JSONField("检查事项", default=list)
    commit_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="封存文件"
    )
    result_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="结果文件"
    )
    received_by = person("接收人")
    received_at = models.DateTimeField("接收时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "协同部门抽取"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "department"], name="partner_once")]

    def __str__(self):
        return f"{self.department} {self.number}"


class CodeChain(BureauOwned):
    """一次性码的交接: the supervisor has made a chain of codes in her own browser and hands its tip to the
    sealing of one task. The codes themselves never come here."""

    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="code_chains", verbose_name="抽查任务"
    )
    tip = models.CharField("码链顶端", max_length=64, unique=True)
    count = models.PositiveSmallIntegerField("个数")
    lodged_by = person("移交人")
    lodged_at = models.DateTimeField("移交时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "一次性码的交接"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.task} {self.count} 张"
