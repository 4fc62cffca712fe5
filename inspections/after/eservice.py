"""电子送达 (行政处罚法第61条): a firm's signed confirmation of its address, the link of its own page sent
there, the second code, and papers served by it. It ends when the confirmation ends."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Subject
from registries.services import journal
from registries.services.access import require

from ..case import readiness
from ..papers import fromoutside, issuing
from ..papers.models import Paper
from ..states import PaperState
from .partymodels import FirmCode, FirmNote, OnlineService, ServiceAddress

if TYPE_CHECKING:
    from datetime import date

    from registries.models import Account

HAND = "inspections.issue_document"
WAY = "电子送达（有确认书）"
MINUTES, TRIES, AN_HOUR = 10, 5, 5  # of a code: how long, how often wrong, how many an hour
SITTING = 30 * 60  # seconds after the second code
_SALT = "firm's own page"


@transaction.atomic
def confirm(
    subject: Subject,
    number: str,
    signed_on: date,
    receiver: str,
    *,
    by: Account,
    scan: bytes = b"",
    agrees: bool = False,
    phone: str = "",
    email: str = "",
    postal: str = "",
) -> ServiceAddress:
    """The firm has signed where it is to be served; the one before ends. Electronic service asks for the
    signed paper and for an electronic address; the link is then on its way. Returns the ServiceAddress."""
    require(by, HAND, subject.bureau)
    if not number.strip() or not receiver.strip() or not (postal.strip() or agrees):
        raise DomainError("address_incomplete")
    if signed_on > timezone.localdate():
        raise DomainError("day_out_of_order")
    if agrees and (not scan or not (phone.strip() or email.strip())):
        raise DomainError("address_unsigned")
    if agrees:
        _require_reach(email.strip())
    Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)  # one confirmation at a time
    for old in subject.service_addresses.filter(ended_on=None):
        _end(old, "重新确认", by)
    made = ServiceAddress.objects.create(
        bureau=subject.bureau,
        subject=subject,
        number=number.strip()[:60],
        signed_on=signed_on,
        receiver=receiver.strip(),
        postal=postal.strip(),
        phone=phone.strip(),
        email=email.strip(),
        agrees=agrees,
        file=fromoutside.keep(1, scan) if scan else None,
        recorded_by=by,
    )
    journal.write("address.confirmed", by=by, about=made.about, facts={"online": agrees})
    if agrees:
        _send_link(made, by)
    return made


def _require_reach(email):
    """Word of what is served must be able to leave here."""
    if not settings.PUBLIC_URL:
        raise DomainError("no_public_url")
    if not email and not settings.NOTIFY_URL:
        raise DomainError("address_unreachable")


@transaction.atomic
def end(address: ServiceAddress, reason: str, *, by: Account) -> ServiceAddress:
    """The firm takes its confirmation back, or it holds no more: its page is gone at once."""
    require(by, HAND, address.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    if address.ended_on:
        raise DomainError("address_ended")
    return _end(address, reason, by)


def _end(address, reason, by):
    told = {"ended_on": timezone.localdate(), "ended_why": reason.strip()[:200], "ended_by": by}
    ServiceAddress.objects.filter(pk=address.pk).update(**told, token_hash="")
    address.refresh_from_db()
    FirmNote.objects.filter(address=address, done_at=None).update(
        done_at=timezone.now(), text="", error="确认书已终止"
    )
    journal.write("address.ended", by=by, about=address.about)
    return address


@transaction.atomic
def send_link(address: ServiceAddress, *, by: Account) -> FirmNote:
    """Another token for the firm's page, sent to its confirmed address; the one before opens nothing more."""
    require(by, HAND, address.bureau)
    return _send_link(address, by)


def _send_link(address, by):
    if not address.is_open:
        raise DomainError("address_not_online")
    if not settings.PUBLIC_URL:
        raise DomainError("no_public_url")
    token = secrets.token_urlsafe(24)
    told = {"token_hash": _hash(token), "link_sent_at": timezone.now()}
    ServiceAddress.objects.filter(pk=address.pk).update(**told)
    address.refresh_from_db()
    text = (
        f"{address.bureau.name}：贵单位的电子送达网址 {settings.PUBLIC_URL}/mine/{token}/ 。"
        f"打开后凭发到这里的验证码查看文书、报告整改。请勿转发。"
    )
    note = FirmNote.objects.create(bureau=address.bureau, address=address, kind="link", text=text)
    journal.write("address.link_sent", by=by, bureau=address.bureau, about=address.about)
    return note


def _hash(text):
    return hashlib.sha256(f"{settings.SECRET_KEY}{text}".encode()).hexdigest()


def of_token(token: str) -> ServiceAddress | None:
    """The address that a token opens; None for one that was guessed, replaced or has ended."""
    if not 20 < len(token) < 60:
        return None
    rows = ServiceAddress.objects.filter(token_hash=_hash(token), ended_on=None, agrees=True)
    return rows.select_related("subject", "bureau").first()


@transaction.atomic
def send_code(address: ServiceAddress) -> FirmNote:
    """Six digits to the confirmed address. Raises too_many for more than some an hour."""
    since = timezone.now() - timedelta(hours=1)
    if address.codes.filter(made_at__gt=since).count() >= AN_HOUR:
        raise DomainError("too_many")
    address.codes.filter(used_at=None).update(used_at=timezone.now())  # the last one sent is the one
    code = f"{secrets.randbelow(1_000_000):06d}"
    FirmCode.objects.create(bureau=address.bureau, address=address, code_hash=_code_hash(address, code))
    text = f"{address.bureau.name}：验证码 {code}，{MINUTES} 分钟内有效。不是本单位操作的请不要告诉别人。"
    journal.write("address.code_sent", by=None, bureau=address.bureau, about=address.about)
    return FirmNote.objects.create(bureau=address.bureau, address=address, kind="code", text=text)


def _code_hash(address, code):
    return hmac.new(settings.SECRET_KEY.encode(), f"{address.pk}:{code}".encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def enter(address: ServiceAddress, code: str) -> str:
    """The second code in, a key for a sitting out; "" for a wrong one. A code dies after some tries, and when
    it was used."""
    since = timezone.now() - timedelta(minutes=MINUTES)
    last = address.codes.select_for_update(no_key=True).filter(used_at=None, made_at__gt=since).first()
    if last is None or last.tries >= TRIES:
        return ""
    if not hmac.compare_digest(last.code_hash, _code_hash(address, "".join(code.split()))):
        FirmCode.objects.filter(pk=last.pk).update(tries=F("tries") + 1)
        return ""
    FirmCode.objects.filter(pk=last.pk).update(used_at=timezone.now())
    journal.write("address.entered", by=None, bureau=address.bureau, about=address.about)
    return signing.dumps([address.pk, address.token_hash[:16], last.pk], salt=_SALT)


def is_inside(address: ServiceAddress, key: str) -> bool:
    """Whether a key belongs to a sitting of this page that is not over."""
    try:
        said = signing.loads(key, salt=_SALT, max_age=SITTING)
    except signing.BadSignature:
        return False
    return said[:2] == [address.pk, address.token_hash[:16]]


@transaction.atomic
def serve(paper: Paper, *, by: Account) -> OnlineService:
    """A signed paper onto the firm's own page, with word to its address: served by that (民事诉讼法第90条),
    and the 送达回证 says so. Raises address_not_online, address_unreachable, no_public_url,
    served_already."""
    readiness.require_hand(paper.case, by)
    readiness.hold(paper.case)
    address = paper.case.subject.service_addresses.filter(ended_on=None, agrees=True).first()
    if address is None:
        raise DomainError("address_not_online")
    if paper.status != PaperState.SIGNED:
        raise DomainError("stale", what=str(paper), status=paper.get_status_display())
    _require_reach(address.email)
    if OnlineService.objects.filter(paper=paper).exists():
        raise DomainError("served_already")
    issuing.file_of(paper)
    made = OnlineService.objects.create(bureau=paper.bureau, paper=paper, address=address, served_by=by)
    if paper.code in issuing.DELIVERED:
        given = {"way": WAY, "consent": address.number, "receiver": address.receiver}
        given |= {"on": timezone.localdate().isoformat(), "place": "电子送达网址"}
        slip = issuing.draft(paper.case, "delivery", by=by, given=given)
        issuing.sign(slip, by=by)
    facts = {"paper": paper.pk, "number": paper.number}
    journal.write("paper.served_online", by=by, about=paper.case.about, facts=facts)
    _send_link(address, by) if not address.token_hash else _send_word(address, paper)
    return made


def _send_word(address, paper):
    text = (
        f"{address.bureau.name}：向贵单位电子送达《{paper.form.title}》{paper.number}，"
        f"请打开先前收到的网址查看；找不到网址的请联系我们重发。"
    )
    FirmNote.objects.create(bureau=address.bureau, address=address, kind="paper", text=text)


@transaction.atomic
def open_paper(address: ServiceAddress, pk: int) -> Paper | None:
    """A paper that was served on this firm's page, and that it was opened; None for any other."""
    found = OnlineService.objects.filter(address__subject=address.subject, paper=pk)
    one = found.select_related("paper__form", "paper__case").first()
    if one is None:
        return None
    if one.opened_at is None:
        OnlineService.objects.filter(pk=one.pk, opened_at=None).update(opened_at=timezone.now())
        facts = {"paper": one.paper_id}
        journal.write(
            "paper.opened_online", by=None, bureau=one.bureau, about=one.paper.case.about, facts=facts
        )
    return one.paper
