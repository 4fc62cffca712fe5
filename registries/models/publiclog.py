"""公开日志: what the bureau has said in public, leaf after leaf, and who has signed how far
(docs/decisions/0060).

A leaf is written once, in the transaction of the fact it tells; the log's own row says how many there are and
is held meanwhile. What is made from the leaves (branches, tiles) can be made again at any time.
"""

from django.db import models
from django.db.models import Q

from .bureau import Bureau, BureauOwned
from .files import StoredFile


class PublicLog(BureauOwned):
    """公开日志 of a bureau. `origin`: its name, fixed when it is first signed; `number`: 2 where the bytes of
    the first were lost; `begun_at`: since when every public act writes into it (empty: the facts of before
    the upgrade have not been entered yet); `vouched`: the start of the database that the signer has looked
    at; `stopped_at`, `stopped_for`: it stands still, and why."""

    number = models.PositiveSmallIntegerField("第几本", default=1)
    origin = models.CharField("日志名", max_length=200, blank=True)
    size = models.PositiveBigIntegerField("条数", default=0)
    last_at = models.DateTimeField("末条时间", null=True)
    begun_at = models.DateTimeField("启用时间", null=True)
    is_living = models.BooleanField("在用", default=True)
    vouched = models.CharField("核对过的数据库启动", max_length=100, blank=True)
    stopped_at = models.DateTimeField("停止时间", null=True)
    stopped_for = models.CharField("停止原因", max_length=300, blank=True)
    quorum = models.PositiveSmallIntegerField("摇号前须有几方联署", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公开日志"
        ordering = ["bureau", "number"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "number"], name="log_number_once"),
            models.UniqueConstraint(fields=["bureau"], condition=Q(is_living=True), name="one_living_log"),
        ]

    def __str__(self):
        return self.origin or f"{self.bureau} 公开日志"

    @property
    def folder(self):
        """Where its files lie, below /log/."""
        return self.bureau.code if self.number == 1 else f"{self.bureau.code}/{self.number}"


class LogEntry(models.Model):
    """日志条: one leaf (MQL1), its canonical text and its hash. `kind`, `about`: to find it by."""

    log = models.ForeignKey(PublicLog, on_delete=models.PROTECT, related_name="entries", verbose_name="日志")
    n = models.PositiveBigIntegerField("序号")
    kind = models.CharField("种类", max_length=12)
    about = models.CharField("对象", max_length=200)
    text = models.TextField("内容")
    hash = models.BinaryField("叶摘要", max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "公开日志条目"
        ordering = ["log", "n"]
        constraints = [models.UniqueConstraint(fields=["log", "n"], name="log_entry_once")]
        indexes = [
            models.Index(fields=["log", "about", "n"], name="log_entry_about"),
            models.Index(fields=["log", "kind", "n"], name="log_entry_kind"),
        ]

    def __str__(self):
        return f"{self.n} {self.kind}"


class LogBranch(models.Model):
    """日志枝: the hash of a whole tile, which is one hash of the tile above. Made from the leaves."""

    log = models.ForeignKey(PublicLog, on_delete=models.PROTECT, related_name="branches", verbose_name="日志")
    level = models.PositiveSmallIntegerField("层")
    n = models.PositiveBigIntegerField("序号")
    hash = models.BinaryField("摘要", max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "公开日志枝"
        ordering = ["log", "level", "n"]
        constraints = [models.UniqueConstraint(fields=["log", "level", "n"], name="log_branch_once")]

    def __str__(self):
        return f"{self.level}/{self.n}"


class LogHead(models.Model):
    """检查点: so many leaves, this root, signed; never another root for as many."""

    log = models.ForeignKey(PublicLog, on_delete=models.PROTECT, related_name="heads", verbose_name="日志")
    size = models.PositiveBigIntegerField("条数")
    root = models.CharField("树根", max_length=64)
    note = models.TextField("签名的检查点")
    signed_at = models.DateTimeField("签署时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "检查点"
        ordering = ["log", "size"]
        constraints = [models.UniqueConstraint(fields=["log", "size"], name="log_head_once")]

    def __str__(self):
        return str(self.size)


class LogSigner(models.Model):
    """签署到哪里: held while somebody signs, so that nobody signs beside him."""

    log = models.OneToOneField(
        PublicLog, on_delete=models.PROTECT, related_name="signer", verbose_name="日志", primary_key=True
    )
    size = models.PositiveBigIntegerField("签到条数", default=0)
    made = models.PositiveBigIntegerField("文件写到条数", default=0)
    failed_at = models.DateTimeField("未签成的时间", null=True)
    failed_for = models.CharField("未签成的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日志签署"

    def __str__(self):
        return str(self.size)


class LogWitness(BureauOwned):
    """日志见证方: another office that keeps the largest tree it has seen and signs that what it is shown
    follows from it. `seen`: how many leaves it cosigned last; `said`: how it answered last."""

    name = models.CharField("见证方", max_length=60)
    key = models.CharField("公钥", max_length=200, help_text="见证方给的一行：名称+八位指纹+内容。")
    address = models.URLField("网址", max_length=200, help_text="见证程序的网址，不带 add-checkpoint。")
    since = models.DateTimeField("启用时间", auto_now_add=True)
    until = models.DateTimeField("停用时间", null=True, blank=True, editable=False)
    seen = models.PositiveBigIntegerField("联署到条数", default=0, editable=False)
    asked_at = models.DateTimeField("最近一次询问", null=True, editable=False)
    answered_at = models.DateTimeField("最近一次联署", null=True, editable=False)
    said = models.CharField("最近一次答复", max_length=300, blank=True, editable=False)
    is_alarm = models.BooleanField("报警", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "日志见证方"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "key"], condition=Q(until=None), name="log_witness_once"
            )
        ]

    def __str__(self):
        return self.name


class Cosignature(models.Model):
    """联署: a witness's line under a checkpoint, and the second it names."""

    head = models.ForeignKey(
        LogHead, on_delete=models.PROTECT, related_name="cosignatures", verbose_name="检查点"
    )
    witness = models.ForeignKey(LogWitness, on_delete=models.PROTECT, related_name="+", verbose_name="见证方")
    line = models.CharField("签名行", max_length=400)
    at = models.DateTimeField("联署时间")

    class Meta:
        verbose_name = verbose_name_plural = "联署"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="cosigned_once")]

    def __str__(self):
        return f"{self.head} {self.witness}"


class LogFile(models.Model):
    """日志所指的文件: what a leaf names by its hash and anybody may read, at /log/<code>/file/<hash>. `text`,
    or a file that is kept anyway; empty where the law has taken it away (then 410 says so)."""

    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, verbose_name="机关")
    digest = models.CharField("指纹", max_length=64)
    text = models.TextField("内容", blank=True)
    stored = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件", null=True
    )
    gone_at = models.DateTimeField("不再提供的时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公开日志文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bureau", "digest"], name="log_file_once")]

    def __str__(self):
        return self.digest[:12]
