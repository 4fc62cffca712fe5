"""提交、退回、撤回: what a draft carries on its way between who writes it and who approves it."""

from django.conf import settings
from django.db import models


class HandedIn(models.Model):
    """A draft that may be handed in for approval, sent back with a reason, or taken back."""

    handed_in_at = models.DateTimeField("提交时间", null=True, editable=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="提交人",
        null=True,
        editable=False,
    )
    sent_back = models.CharField("退回或撤回的原因", max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_drafted(self):
        return self.status == self.State.DRAFTED

    @property
    def is_open(self):
        """Whether it may still be written."""
        return self.is_drafted and self.handed_in_at is None

    @property
    def is_handed_in(self):
        return self.is_drafted and self.handed_in_at is not None
