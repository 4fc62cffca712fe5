"""办理日志: append-only, each entry carrying the digest of the one before, one chain a bureau.

Refused three times over: here, in the query set, and by triggers in the database (migration 0002).
"""

from datetime import UTC

from django.db import models
from django.db.models import Q

from .bureau import Bureau, BureauOwned


class AppendOnly(Exception):
    """The journal takes new entries and nothing else."""


FIRST = "0" * 64
# What moves a public page (publicity/generation.py).
PUBLIC_ACTS = [
    "change.approved",
    "change.completed",
    "disclosure.answered",
    "disclosure.corrected",
    "disclosure.ended",
    "disclosure.published",
    "draw.drawn",
    "draw.infeasible",
    "draw.released",
    "draw.sealed",
    "draw.seeded",
    "draw.voided",
    "dump.made",
    "group.published",
    "itemlist.published",
    "letter.answered",
    "plan.published",
]


class EntryQuerySet(models.QuerySet):
    def head(self, bureau):
        """{seq, digest, at} of the bureau's last entry: what leaves the database as an anchor."""
        last = self.filter(bureau=bureau).order_by("-seq").first()
        if last is None:
            return {"seq": 0, "digest": FIRST, "at": ""}
        return {"seq": last.seq, "digest": last.digest, "at": last.at.astimezone(UTC).isoformat()}

    def update(self, **kwargs):
        raise AppendOnly

    def delete(self):
        raise AppendOnly

    def bulk_update(self, objs, fields, batch_size=None):
        raise AppendOnly


class JournalEntry(models.Model):
    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, verbose_name="机关")
    seq = models.PositiveBigIntegerField("序号")
    at = models.DateTimeField("时间")
    actor = models.CharField("办理账户", max_length=150)
    action = models.CharField("动作", max_length=60)
    about = models.CharField("对象", max_length=120)
    facts = models.TextField("事实")
    prev = models.CharField("前一条摘要", max_length=64)
    # 128 random bits: without them a digest can be guessed back to its entry. Entries of before have none.
    salt = models.CharField("随机附加数", max_length=32, blank=True, default="")
    digest = models.CharField("本条摘要", max_length=64)
    # a second chain beside it where the office asks for the national ciphers
    sm3 = models.CharField("本条 SM3 摘要", max_length=64, blank=True, default="")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理日志"
        constraints = [
            models.UniqueConstraint(fields=["bureau", "seq"], name="journal_seq_once"),
            models.UniqueConstraint(fields=["bureau", "prev"], name="journal_prev_once"),
        ]
        # What happened to one thing: asked for on every page that shows a history.
        indexes = [
            models.Index(fields=["bureau", "about", "seq"], name="journal_about"),
            models.Index(fields=["bureau", "actor", "-seq"], name="journal_actor"),
            # Who watches looks for a few rare acts among all.
            models.Index(fields=["bureau", "action", "-seq"], name="journal_action"),
            models.Index(
                fields=["bureau", "-seq"], condition=Q(action__in=PUBLIC_ACTS), name="journal_public"
            ),
        ]
        ordering = ["bureau", "seq"]

    def __str__(self):
        return f"{self.seq} {self.action}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly


class ChainCheck(BureauOwned):
    """整链核验: how far the background has walked along a bureau's journal. `state`: of the last walk that
    went to the end; `walk`: of the one that is under way."""

    state = models.JSONField("核验到", default=dict)
    checked_at = models.DateTimeField("核验完的时间", null=True)
    walk = models.JSONField("正在核验", null=True)
    asked_by = models.ForeignKey(
        "Account", on_delete=models.PROTECT, related_name="+", verbose_name="要求核验的人", null=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "整链核验"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bureau"], name="chain_check_once")]

    def __str__(self):
        return f"{self.state.get('seq', 0)}"
