"""运行脉搏: when something that should happen again and again last happened."""

from django.db import models


class Pulse(models.Model):
    """One row a name: "sweep" (worker and clock are alive), "backup", "anchor", "worker draws@machine"."""

    name = models.CharField("名称", max_length=120, primary_key=True)
    at = models.DateTimeField("最近一次")
    facts = models.JSONField("情况", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "运行脉搏"

    def __str__(self):
        return self.name
