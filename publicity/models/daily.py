"""每日公开摘要, as it was written when its day was over."""

from django.db import models

from registries.models import BureauOwned


class DailyDigest(BureauOwned):
    """每日公开摘要 of one day (publicity/daily.py). Written once: who asks later is not counted for anew, and
    the verifier counts it again."""

    day = models.DateField("日期")
    digest = models.CharField("总指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "每日公开摘要"
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["bureau", "day"], name="daily_digest_once")]

    def __str__(self):
        return f"{self.day} {self.digest[:16]}"
