"""另一侧: the address that a firm has confirmed, what was sent there, what the firm hands in; and what the
department that went with us has found."""

import uuid

from django.db import models

from registries.models import BureauOwned, EncryptedTextField, StoredFile, Subject

from ..case.models import Case
from ..papers.models import Paper
from ..stamps import Status, person
from ..states import DepartmentWordState, FirmWordState
from ..visit.models import Finding


class ServiceAddress(BureauOwned):
    """送达地址确认书: where a firm wants to be served, signed by it. One with an electronic address opens the
    firm's own page; the page's token stands only as a hash."""

    ABOUT = "address"

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="service_addresses", verbose_name="企业"
    )
    number = models.CharField("确认书编号", max_length=60)
    signed_on = models.DateField("签署日期")
    receiver = EncryptedTextField("收件人")
    postal = EncryptedTextField("邮寄地址", blank=True)
    phone = EncryptedTextField("手机", blank=True)
    email = EncryptedTextField("电子邮箱", blank=True)
    agrees = models.BooleanField("同意电子送达", default=False)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="确认书扫描件", null=True
    )
    token_hash = models.CharField("标识的摘要", max_length=64, blank=True, db_index=True)
    link_sent_at = models.DateTimeField("网址发出时间", null=True)
    ended_on = models.DateField("终止日期", null=True)
    ended_why = models.CharField("终止原因", max_length=200, blank=True)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    ended_by = person("终止人")

    class Meta:
        verbose_name = verbose_name_plural = "送达地址确认书"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(ended_on=None),
                name="one_address_in_force",
            )
        ]

    def __str__(self):
        return f"{self.subject.name} {self.number}"

    @property
    def is_open(self):
        """Whether the firm may be served there electronically."""
        return self.agrees and self.ended_on is None


class FirmNote(BureauOwned):
    """发给企业的信息: a link or a code, to the confirmed address and nowhere else; its text goes when it is
    sent."""

    KINDS = [("link", "网址"), ("code", "验证码"), ("paper", "送达文书的提示")]

    address = models.ForeignKey(
        ServiceAddress, on_delete=models.PROTECT, related_name="notes", verbose_name="送达地址"
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    text = EncryptedTextField("内容", blank=True)
    mark = models.UUIDField("标记", unique=True, default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField("时间", auto_now_add=True)
    not_before = models.DateTimeField("不早于", auto_now_add=True)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    done_at = models.DateTimeField("发出时间", null=True)
    error = models.CharField("没有发出的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "发给企业的信息"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.address}"


class FirmCode(BureauOwned):
    """验证码: the second code for a firm's page; for some minutes, a few tries, once."""

    address = models.ForeignKey(
        ServiceAddress, on_delete=models.PROTECT, related_name="codes", verbose_name="送达地址"
    )
    code_hash = models.CharField("验证码的摘要", max_length=64)
    made_at = models.DateTimeField("时间", auto_now_add=True)
    tries = models.PositiveSmallIntegerField("试过几次", default=0)
    used_at = models.DateTimeField("用掉的时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "验证码"
        ordering = ["-pk"]

    def __str__(self):
        return str(self.pk)


class OnlineService(BureauOwned):
    """电子送达: a paper that was put on the firm's own page under its confirmation."""

    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="online", verbose_name="文书")
    address = models.ForeignKey(
        ServiceAddress, on_delete=models.PROTECT, related_name="served", verbose_name="送达地址"
    )
    served_by = person("办理人")
    served_at = models.DateTimeField("送达时间", auto_now_add=True)
    opened_at = models.DateTimeField("企业打开时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "电子送达"
        ordering = ["-pk"]

    def __str__(self):
        return str(self.paper)


class FirmWord(BureauOwned):
    """企业提交: what a firm hands in on its own page: put right, a reply, an objection; with photos. Kept as
    it came."""

    KINDS = [("rectified", "已整改"), ("reply", "陈述、回复"), ("objection", "异议")]

    address = models.ForeignKey(
        ServiceAddress, on_delete=models.PROTECT, related_name="words", verbose_name="送达地址"
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="firm_words", verbose_name="检查")
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, related_name="firm_words", verbose_name="问题", null=True
    )
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    text = EncryptedTextField("内容")
    mark = models.UUIDField("提交标记", unique=True)
    status = Status(FirmWordState, default=FirmWordState.RECEIVED)
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = person("答复人")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "企业提交"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.case.subject.name} {self.get_kind_display()}"


class FirmFile(models.Model):
    """企业提交的照片和文件: cleaned; only what one can see."""

    word = models.ForeignKey(
        FirmWord, on_delete=models.PROTECT, related_name="files", verbose_name="企业提交"
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")

    class Meta:
        verbose_name = verbose_name_plural = "企业提交的文件"

    def __str__(self):
        return str(self.file)


class DepartmentWord(BureauOwned):
    """协同部门的检查结果: what the department that went with us says of one firm; `for_us`: what it hands
    over to us, which is answered. The last of a firm stands; the former stay."""

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="department_words", verbose_name="检查"
    )
    department = models.CharField("部门", max_length=60)
    on = models.DateField("检查日期")
    items = models.TextField("检查事项", blank=True)
    result = models.TextField("检查结果")
    handling = models.TextField("处理", blank=True)
    for_us = models.TextField("移交本机关的问题", blank=True)
    digest = models.CharField("内容的摘要", max_length=64)
    status = Status(DepartmentWordState, default=DepartmentWordState.RECEIVED)
    received_by = person("接收人")
    received_at = models.DateTimeField("接收时间", auto_now_add=True)
    answer = models.CharField("答复", max_length=300, blank=True)
    answered_by = person("答复人")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "协同部门的检查结果"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.department}：{self.case.subject.name}"
