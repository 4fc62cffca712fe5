"""动态口令: a second proof beside the password, from the owner's phone (TOTP, RFC 6238), with recovery codes on paper.

Which roles must have one is a setting (SECOND_FACTOR_ROLES). A code is taken once; whoever reads it over a shoulder has
nothing. Tries are counted with those of passwords (signins.py).
"""

import hashlib
import secrets

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import RecoveryCode, SecondFactor
from . import journal
from .access import require, require_other

STEP = 30  # seconds
_AROUND = 1  # steps that a phone's clock may be off
_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another on paper


def of(account):
    """The account's factor in force, or None."""
    return SecondFactor.objects.filter(account=account).exclude(confirmed_at=None).first()


def is_owed(account):
    """Whether one of the account's roles must have a second factor and it has none."""
    return bool(account.roles() & settings.SECOND_FACTOR_ROLES) and of(account) is None


def begin(account):
    """A secret that is not in force yet; the same one until it is. Returns (secret, address for the phone's program)."""
    factor, _ = SecondFactor.objects.get_or_create(account=account, defaults={"secret": pyotp.random_base32()})
    if factor.confirmed_at:
        raise DomainError("factor_set")
    name = f"{account.bureau.short_name if account.bureau else ''} {account.username}".strip()
    return factor.secret, pyotp.TOTP(factor.secret).provisioning_uri(name=name, issuer_name="明签")


@transaction.atomic
def confirm(account, typed):
    """The phone shows the right code: from now on it is asked for. Returns the recovery codes, which are kept nowhere.

    Raises factor_set and code_wrong.
    """
    factor = SecondFactor.objects.select_for_update().filter(account=account).first()
    if factor is None or factor.confirmed_at:
        raise DomainError("factor_set")
    if not _takes(factor, typed):
        raise DomainError("code_wrong")
    factor.confirmed_at = timezone.now()
    factor.save(update_fields=["confirmed_at"])
    journal.write("factor.set", by=account, about=f"account {account.pk}")
    return _fresh_codes(factor)


@transaction.atomic
def passes(account, typed):
    """Whether this is the phone's code of now, or a recovery code; each is taken once."""
    factor = SecondFactor.objects.select_for_update().filter(account=account).exclude(confirmed_at=None).first()
    if factor is None:
        return False
    if _takes(factor, typed):
        return True
    code = factor.codes.filter(digest=_digest(factor, typed), used_at=None).first()
    if code is None:
        return False
    code.used_at = timezone.now()
    code.save(update_fields=["used_at"])
    left = factor.codes.filter(used_at=None).count()
    journal.write("factor.recovery_used", by=account, about=f"account {account.pk}", facts={"left": left})
    return True


@transaction.atomic
def renew_codes(account, typed):
    """New recovery codes; those of before are good no more. Raises code_wrong."""
    if not passes(account, typed):
        raise DomainError("code_wrong")
    factor = of(account)
    journal.write("factor.codes_renewed", by=account, about=f"account {account.pk}")
    return _fresh_codes(factor)


@transaction.atomic
def give_up(account, typed):
    """Its owner wants none any more. Raises code_wrong, and factor_owed where a role must have one."""
    if account.roles() & settings.SECOND_FACTOR_ROLES:
        raise DomainError("factor_owed")
    if not passes(account, typed):
        raise DomainError("code_wrong")
    SecondFactor.objects.filter(account=account).delete()
    journal.write("factor.given_up", by=account, about=f"account {account.pk}")


@transaction.atomic
def take_away(account, *, by):
    """The phone and the codes are lost: the next sign-in sets up another. `by` None is the machine's keeper (a command)."""
    if by is not None:
        require(by, "registries.change_account", account.bureau)
        require_other(by, account)
    SecondFactor.objects.filter(account=account).delete()
    journal.write("factor.taken_away", by=by, bureau=account.bureau, about=f"account {account.pk}")


def codes_left(account):
    """How many recovery codes are still good."""
    return RecoveryCode.objects.filter(factor__account=account, used_at=None).count()


def _takes(factor, typed):
    typed = "".join(typed.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return False
    now = int(timezone.now().timestamp()) // STEP
    totp = pyotp.TOTP(factor.secret)
    for step in range(now - _AROUND, now + _AROUND + 1):
        if step > factor.last_step and pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    return False


def _fresh_codes(factor):
    factor.codes.all().delete()
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes)
    return codes


def _digest(factor, code):
    # Sixty random bits: no slow hash is needed, and the account's own secret keeps two accounts' codes apart.
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(f"{factor.secret}:{plain}".encode()).hexdigest()
