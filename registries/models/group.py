"""领导小组: a dated, published body with its roles; a change of it is a new one."""

from django.db import models

from .bureau import BureauOwned


class LeadingGroup(BureauOwned):
    """双随机、一公开工作领导小组 (乌审旗方案三（一）、汶上县方案)."""

    ABOUT = "group"

    title = models.CharField("名称", max_length=100, default="“双随机、一公开”监管工作领导小组")
    basis = models.CharField("设立文件", max_length=100, blank=True)
    office = models.CharField("办公室设在", max_length=60, blank=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True, editable=False)
    published_on = models.DateField("公布日期", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "领导小组"
        ordering = ["-since", "-pk"]

    def __str__(self):
        return f"{self.title}（{self.since}）"


class LeadingMember(models.Model):
    """领导小组成员: name, post and role."""

    ROLES = [("head", "组长"), ("deputy", "副组长"), ("member", "成员"), ("office", "办公室主任")]

    group = models.ForeignKey(
        LeadingGroup, on_delete=models.PROTECT, related_name="members", verbose_name="领导小组"
    )
    role = models.CharField("职责", max_length=10, choices=ROLES, default="member")
    name = models.CharField("姓名", max_length=50)
    post = models.CharField("职务", max_length=60, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=10)

    class Meta:
        verbose_name = verbose_name_plural = "领导小组成员"
        ordering = ["order", "pk"]

    def __str__(self):
        return f"{self.get_role_display()} {self.name}"
