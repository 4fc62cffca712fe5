"""消息外发: to a gateway (政务微信, 钉钉, 短信) by a signed webhook as each message comes due, and by
e-mail once a day as a digest. What leaves says of what kind and how many, never who or which enterprise;
nothing leaves before the time that was sealed. A message stays to be sent until the other side has taken
it: a repeat has the same id."""

import json
import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.after import eservice
from inspections.models import FirmNote
from registries import wire
from registries.models import Account, Dispatch, Message
from registries.onebyone import one_by_one

from . import lines

log = logging.getLogger(__name__)
_AT_ONCE = 200  # in one turn
_LONGEST = timedelta(hours=1)  # between two tries
_WAIT = 5  # seconds for the gateway
_CODE_LASTS = timedelta(minutes=eservice.MINUTES)


def sweep():
    """Send what is due, one by one, and not at night. Returns how many went out."""
    if is_quiet(timezone.localtime()):
        return 0
    due = Dispatch.objects.filter(done_at=None, not_before__lte=timezone.now()).order_by("not_before", "pk")
    keys = due.values_list("pk", flat=True)[:_AT_ONCE]
    return sum(bool(each) for each in one_by_one(keys, _send, log))


def sweep_firms():
    """What is for enterprises leaves at once, day or night: somebody waits for a code. Returns how many."""
    keys = FirmNote.objects.filter(done_at=None, not_before__lte=timezone.now()).order_by("pk")
    return sum(
        bool(each) for each in one_by_one(keys.values_list("pk", flat=True)[:_AT_ONCE], send_firm, log)
    )


def send_firm(pk):
    """One note to the address that a firm has confirmed: by e-mail where it has one, else by the gateway. Its
    text is gone from here when it has left."""
    with transaction.atomic():
        rows = FirmNote.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        one = rows.select_related("address").filter(pk=pk, done_at=None).first()
        if one is None:
            return False
        if one.kind == "code" and timezone.now() - one.made_at > _CODE_LASTS:
            FirmNote.objects.filter(pk=pk).update(done_at=timezone.now(), text="", error="过期没有发出")
            return False
        try:
            _to_firm(one)
        except (wire.NoAnswer, OSError, ValueError) as wrong:
            rest = min(timedelta(seconds=10 * 2 ** min(one.tries, 8)), _LONGEST)
            told = {"tries": one.tries + 1, "not_before": timezone.now() + rest}
            FirmNote.objects.filter(pk=pk).update(**told, error=_words(wrong))
            return False
        FirmNote.objects.filter(pk=pk).update(done_at=timezone.now(), tries=one.tries + 1, text="", error="")
        return True


def _to_firm(one):
    if one.address.email:
        send_mail(one.text[:30], one.text, None, [one.address.email])
        return
    if not settings.NOTIFY_URL:
        raise ValueError("没有设置短信网关（NOTIFY_URL），也没有邮箱")
    said = {"id": str(one.mark), "to": one.address.phone, "kind": f"firm-{one.kind}", "words": one.text}
    _post(json.dumps(said, ensure_ascii=False, sort_keys=True).encode(), one.mark)


def digests():
    """A digest for each account that has an address and something waiting, once a day."""
    if not settings.NOTIFY_MAIL:
        return
    today = timezone.localdate()
    for account in Account.objects.filter(is_active=True).exclude(email="").exclude(bureau=None):
        facts = {"bureau_id": account.bureau_id}
        Dispatch.objects.get_or_create(account=account, channel="mail", day=today, defaults=facts)


def is_quiet(now):
    """Whether it is night by the bureau's setting: 22-7 is from ten to seven."""
    first, _, last = settings.NOTIFY_QUIET.partition("-")
    if not last:
        return False
    first, last = int(first), int(last)
    return now.hour >= first or now.hour < last if first > last else first <= now.hour < last


def _send(pk):
    """One, with its row held: two sweeps at once send it once."""
    with transaction.atomic():
        rows = Dispatch.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        one = rows.select_related("account", "message").filter(pk=pk, done_at=None).first()
        if one is None:
            return False
        if one.message is not None and one.message.read_at is not None:
            return _done(one, "已读，不再外发")
        try:
            (_by_hook if one.channel == "hook" else _by_mail)(one)
        except (wire.NoAnswer, OSError, ValueError) as wrong:  # SMTP's are OSErrors
            _again(one, _words(wrong))
            return False
        return _done(one, "")


def _words(wrong):
    if isinstance(wrong, smtplib.SMTPException):  # an OSError too, whose words are the other side's
        return "邮件服务器没有收"
    return (str(wrong) if isinstance(wrong, (wire.NoAnswer, ValueError)) else wire.why(wrong))[:200]


def _done(one, why):
    Dispatch.objects.filter(pk=one.pk).update(done_at=timezone.now(), tries=one.tries + 1, error=why)
    return True


def _again(one, why):
    rest = min(timedelta(minutes=2 ** min(one.tries, 6)), _LONGEST)
    later = timezone.now() + rest
    Dispatch.objects.filter(pk=one.pk).update(tries=one.tries + 1, not_before=later, error=why[:200])
    log.warning("message %s could not be sent: %s", one.mark, why)


def body_of(one):
    """What leaves: an id, who it is for, the kind in words, a link. No name, no
    enterprise, no number of a case."""
    said = {
        "id": str(one.mark),
        "to": one.account.username,
        "kind": one.message.kind,
        "words": f"明签：{one.message.get_kind_display()}，请登录查看",
        "link": f"{settings.PUBLIC_URL}{reverse('inbox')}",
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def _by_hook(one):
    _post(body_of(one), one.mark)


def _post(body, mark):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    headers |= wire.signed(settings.NOTIFY_SECRET, body, Id=str(mark))
    answer = wire.talk(settings.NOTIFY_URL, body, headers, wait=_WAIT)
    if answer.code >= 300:
        raise ValueError(f"网关答 {answer.code}")


def _by_mail(one):
    waiting = lines.of(one.account) if one.account.has_perm("registries.enter_admin") else []
    number, late = sum(each.number for each in waiting), sum(each.late for each in waiting)
    unread = Message.objects.of(one.account).unread().count()
    if not number and not unread:
        return
    said = f"等您办 {number} 件" + (f"，其中 {late} 件已超期" if late else "") + f"；未读消息 {unread} 条。"
    text = (
        f"{said}\n\n请登录办理：{settings.PUBLIC_URL}/admin/\n\n这封信由系统每天发一次，"
        f"不含企业和个人的信息。"
    )
    send_mail(f"明签：{said}", text, None, [one.account.email])
