"""邮件订阅: asked for, said yes to, told each morning, ended. What a mail says stands on the public pages,
and nothing else does."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.onebyone import one_by_one

from ..models import Disclosure, Subscription
from ..reading import stands
from ..whose import of, place

if TYPE_CHECKING:
    from datetime import datetime

log = logging.getLogger(__name__)
DAYS = 3  # in which somebody has to say yes
_MOST = 50  # of a mail's lines


def ask(bureau: int, email: str, kind: str, value: str = "") -> Subscription:
    """Somebody types an address in: it gets one mail, with a link that says yes, or, where it said so before,
    one that ends it. Raises mail_away. What the page says is the same either way."""
    known = hmac.new(settings.SECRET_KEY.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()
    wanted = {"bureau_id": bureau, "mark": known, "kind": kind, "value": value}
    with transaction.atomic():
        made, _ = Subscription.objects.get_or_create(**wanted, defaults={"email": email.strip()})
        if made.confirmed_at is None:
            text = (
                f"有人（可能是您）用这个邮箱订阅“{what(made)}”的公示变动。\n\n"
                f"要订阅的，请打开这个网址，按“确认订阅”：\n{_link(made)}\n\n"
                f"不是您，或者不想订了，不用理会：{DAYS} 天内没有确认的，邮箱从系统里删去。"
            )
        else:
            text = f"这个邮箱已经订阅“{what(made)}”。要停的，请打开：\n{_link(made)}"
        _send(made, "确认订阅", text)
    return made


def what(one: Subscription) -> str:
    """What is subscribed to, in words."""
    name = of(one.bureau_id).name
    told = {"town": one.value, "ref": f"编号 {one.value} 的企业"}.get(one.kind, "全部结果和公告")
    return f"{name}双随机抽查公示：{told}"


def confirm(one: Subscription) -> None:
    """Its owner says yes: from now on."""
    now = timezone.now()
    Subscription.objects.filter(pk=one.pk, confirmed_at=None).update(confirmed_at=now, told_until=now)


def end(one: Subscription) -> None:
    """Its owner has enough; nothing of the address stays."""
    Subscription.objects.filter(pk=one.pk).delete()


def tell_all() -> int:
    """The morning's mails; and what nobody said yes to is forgotten. Returns how many went out."""
    Subscription.objects.filter(
        confirmed_at=None, asked_at__lt=timezone.now() - timedelta(days=DAYS)
    ).delete()
    keys = Subscription.objects.exclude(confirmed_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(bool(each) for each in one_by_one(keys, _tell, log))


def _tell(pk):
    """One: its row is held, so that two at once send it once; a mail that does not go out comes tomorrow."""
    with transaction.atomic():
        one = Subscription.objects.select_for_update(no_key=True).filter(pk=pk).first()
        until = timezone.now()
        rows = news_of(one, until) if one else []
        if not rows:
            return False
        base = place(of(one.bureau_id))
        lines = [
            f"{each.subject_name}：{_words(each)}\n{base}/results/{each.token}/" for each in rows[:_MOST]
        ]
        more = f"\n\n还有 {len(rows) - _MOST} 条，见 {base}/changes/" if rows[_MOST:] else ""
        text = "\n\n".join(lines) + more + f"\n\n——\n您订阅了“{what(one)}”。不想再收：{_link(one)}"
        _send(one, f"{len(rows)} 条新的公示", text)
        Subscription.objects.filter(pk=pk).update(told_until=until)
        return True


def news_of(one: Subscription, until: datetime) -> list[Disclosure]:
    """What was published since it was last told, and still stands; the oldest first."""
    rows = Disclosure.objects.filter(
        bureau=one.bureau_id, published_at__gt=one.told_until, published_at__lte=until
    ).order_by("pk")
    if one.kind == "town":
        rows = rows.filter(payload__town=one.value)
    elif one.kind == "ref":
        rows = rows.filter(payload__ref=one.value)
    return [each for each in rows if stands(each)[0] and not hasattr(each, "superseded_by")]


def _words(each):
    said = each.payload
    told = said.get("result") or said.get("outcome") or said.get("news_title") or each.get_kind_display()
    return f"{told}（更新）" if each.supersedes_id else told


def _link(one):
    return f"{place(of(one.bureau_id))}/subscribe/{one.token}/"


def _send(one, title, text):
    mail = EmailMessage(f"{of(one.bureau_id).name}公示：{title}", text, None, [one.email])
    mail.extra_headers = {"List-Unsubscribe": f"<{_link(one)}>"}
    try:
        mail.send()
    except (OSError, ValueError) as wrong:
        log.warning("a subscriber's mail could not be sent: %s", type(wrong).__name__)
        raise DomainError("mail_away") from wrong
