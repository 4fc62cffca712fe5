"""动态口令: a second proof beside the password, from the owner's phone (TOTP, RFC 6238),
with recovery codes on paper.

Which roles must have one is a setting (SECOND_FACTOR_ROLES). A code is taken once; whoever reads it over a
shoulder has nothing. Tries are counted with those of passwords (signins.py).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from .. import rowmarks
from ..errors import DomainError
from ..models import RecoveryCode, SecondFactor
from ..passwords import on_paper
from . import covers, journal

if TYPE_CHECKING:
    from ..models import Account

STEP = 30  # seconds
_AROUND = 1  # steps that a phone's clock may be off
_CODES = 10


def of(account):
    """The account's factor, or None."""
    return SecondFactor.objects.filter(account=account).first()


def is_demanded(account):
    """Whether one of the account's roles must have a second factor."""
    return bool(settings.SECOND_FACTOR_ROLES & account.roles())


def fresh_secret():
    """A secret for a phone, kept nowhere yet."""
    return pyotp.random_base32()


def address_of(account, secret):
    """What the phone's program reads off the screen (otpauth:)."""
    name = f"{account.bureau.short_name if account.bureau else ''} {account.username}".strip()
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="明签")


@transaction.atomic
def confirm(account, secret, typed):
    """The phone shows the right code of this secret: from now on it is asked for. Returns the recovery
    codes, which are kept nowhere.

    Raises factor_set and code_wrong.
    """
    if of(account) is not None:
        raise DomainError("factor_set")
    step = _step_of(secret, typed, after=0)
    if step is None:
        raise DomainError("code_wrong")
    factor, is_new = SecondFactor.objects.get_or_create(
        account=account, defaults={"secret": secret, "last_step": step}
    )
    if not is_new:  # another sitting was first
        raise DomainError("factor_set")
    journal.write("factor.set", by=account, about=account.about)
    covers.touch(account.bureau, [factor], by=account)
    return _fresh_codes(factor)


@transaction.atomic
def passes(account, typed):
    """Whether this is the phone's code of now, or a recovery code; each is taken once."""
    factor = SecondFactor.objects.select_for_update().filter(account=account).first()
    if factor is None:
        return False
    step = _step_of(factor.secret, typed, after=factor.last_step)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    code = factor.codes.filter(digest=_digest(factor, typed), used_at=None).first()
    if code is None:
        return False
    code.used_at = timezone.now()
    code.save(update_fields=["used_at"])
    left = factor.codes.filter(used_at=None).count()
    journal.write("factor.recovery_used", by=account, about=account.about, facts={"left": left})
    return True


def require(account, typed):
    """As passes, or raises code_wrong."""
    if not passes(account, typed):
        raise DomainError("code_wrong")


@transaction.atomic
def renew_codes(account, typed):
    """New recovery codes; those of before are good no more. Raises code_wrong."""
    require(account, typed)
    factor = of(account)
    journal.write("factor.codes_renewed", by=account, about=account.about)
    return _fresh_codes(factor)


@transaction.atomic
def give_up(account, typed):
    """Its owner wants none any more. Raises code_wrong, and factor_owed where a role must have one."""
    if is_demanded(account):
        raise DomainError("factor_owed")
    require(account, typed)
    _drop(account, by=account)
    journal.write("factor.given_up", by=account, about=account.about)


@transaction.atomic
def take_away(account: Account, *, by: Account | None) -> None:
    """The phone and the codes are lost: the next sign-in sets up another. Called by what another has
    confirmed (confirming.py); `by` None is the machine's keeper (a command)."""
    _drop(account, by=by)
    journal.write("factor.taken_away", by=by, bureau=account.bureau, about=account.about)


def codes_left(account):
    """How many recovery codes are still good."""
    return RecoveryCode.objects.filter(factor__account=account, used_at=None).count()


def _step_of(secret, typed, after):
    """The step of half a minute whose code this is, later than the one last taken; None where it is none."""
    typed = "".join(typed.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return None
    now, totp = int(timezone.now().timestamp()) // STEP, pyotp.TOTP(secret)
    for step in range(now - _AROUND, now + _AROUND + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            return step
    return None


def _fresh_codes(factor):
    factor.codes.all().delete()
    codes = [on_paper() for _ in range(_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return codes


def _digest(factor, code):
    # Sixty random bits: no slow hash is needed, and the account's own secret keeps two accounts' codes apart.
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(f"{factor.secret}:{plain}".encode()).hexdigest()


def _drop(account, by):
    gone = [rowmarks.key_of(each) for each in SecondFactor.objects.filter(account=account)]
    SecondFactor.objects.filter(account=account).delete()
    covers.touch(account.bureau, gone, by=by)
