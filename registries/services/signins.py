"""登录: tries are counted before a password is looked at; each sign-in, failure, lock
and sign-out is journaled.

A browser that has signed in as an account before is counted apart (OWASP's device cookies): whoever tries
passwords from elsewhere locks neither the owner nor a colleague behind the same gateway out.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Account, JournalEntry, SignInTry
from . import journal

YEAR, _SALT = 366 * 86400, "registries.signins"
_ACCOUNTS = 8  # that one browser remembers: a desk shared in shifts


def known(cookie):
    """{account key: mark} of a browser's cookie; {} where it is none of ours."""
    try:
        return signing.loads(cookie or "", salt=_SALT, max_age=YEAR)
    except signing.BadSignature:
        return {}


def remembered(cookie, account):
    """The cookie with this account in it, the latest last."""
    marks = known(cookie)
    mark = marks.pop(str(account.pk), None) or secrets.token_hex(16)
    return signing.dumps(dict(list({**marks, str(account.pk): mark}.items())[-_ACCOUNTS:]), salt=_SALT)


def begin(username, address, cookie, machine=""):
    """A try, written down before the password is looked at, so that many at once are counted too. Returns it.
    `machine` says in a few words what is being used (visitors.device_of).

    Raises signin_locked with the minutes until the next one is taken: after so many failures of an
    account from one address or on one known browser, from one address at all, and, on unknown
    browsers, of an account at all.
    """
    account = Account.objects.filter(username=username).first()
    device = known(cookie).get(str(account.pk), "") if account else ""
    made = SignInTry.objects.create(username=username[:150], address=address, device=device)
    made.machine = machine
    since = timezone.now() - timedelta(minutes=settings.SIGNIN_MINUTES)
    failed = SignInTry.objects.filter(has_failed=True, at__gt=since, pk__lte=made.pk)
    own = failed.filter(username=made.username, device=device)
    counts = [(own if device else own.filter(address=address), settings.SIGNIN_TRIES)]
    if not device:
        counts += [
            (failed.filter(address=address, device=""), settings.SIGNIN_ADDRESS_TRIES),
            (own, settings.SIGNIN_ACCOUNT_TRIES),
        ]
    for rows, most in counts:
        if rows.count() > most:
            # Not counted itself: the lock ends when it was said to, however often somebody goes on.
            first = (
                rows.order_by("-pk")[most - 1 : most].values_list("at", flat=True).first() or timezone.now()
            )
            _lock(account, made, since)
            left = (first + timedelta(minutes=settings.SIGNIN_MINUTES) - timezone.now()).total_seconds()
            raise DomainError("signin_locked", minutes=max(1, round(left / 60)))
    return made


@transaction.atomic
def _lock(account, made, since):
    """The try is not counted, and the lock is noted once, however long and with how
    many hands somebody goes on."""
    SignInTry.objects.filter(pk=made.pk).delete()
    if account and not _is_noted("signin.locked", account, since):
        journal.hold(account.bureau)
        if not _is_noted("signin.locked", account, since):
            _note("signin.locked", account, made)


def fail(made):
    """The password or the code was wrong, or the account is over."""
    account = Account.objects.filter(username=made.username).first()
    if account:
        _note("signin.failed", account, made)


@transaction.atomic
def enter(account, made, by_what):
    """Signed in: the try and those of this browser before it count no more. `by_what`: password
    or sso, either with +code."""
    own = SignInTry.objects.filter(username=made.username, device=made.device)
    (own if made.device else own.filter(address=made.address)).update(has_failed=False)
    _note("signin.passed", account, made, by=account, by_what=by_what)
    if is_outworn(account):
        Account.objects.filter(pk=account.pk).update(must_change_password=True)


def is_outworn(account):
    """Whether the password is older than the office allows (PASSWORD_DAYS; 0: it does not ask)."""
    if not settings.PASSWORD_DAYS:
        return False
    last = (
        account.old_passwords.order_by("-pk").values_list("since", flat=True).first() or account.date_joined
    )
    return last < timezone.now() - timedelta(days=settings.PASSWORD_DAYS)


def leave(account, address, machine=""):
    """Signed out by the button."""
    _tell("signin.left", account, {"address": address, "device": machine})


def expire(account, address, machine=""):
    """Signed out by the clock."""
    _tell("signin.expired", account, {"address": address, "device": machine})


def cut(account, sitting, address):
    """A sitting that its owner has ended from another browser."""
    facts = {"address": address, "its_address": sitting.address, "its_device": sitting.device}
    _tell("signin.cut", account, facts)


def clear_old(days=30):
    """Tries that nothing counts any more. Returns how many."""
    return SignInTry.objects.filter(at__lt=timezone.now() - timedelta(days=days)).delete()[0]


def _is_noted(action, account, since):
    of_account = JournalEntry.objects.filter(bureau=account.bureau, about=account.about)
    return of_account.filter(action=action, at__gt=since).exists()


def require_here(account):
    """Who may still sign in where the bureau has moved away: whoever audits, to read. Raises bureau_moved."""
    if _has_moved(account) and not account.has_perm("registries.view_journalentry"):
        raise DomainError("bureau_moved", to=account.bureau.moved_to)


def _has_moved(account):
    return account.bureau is not None and account.bureau.moved_at is not None


def _note(action, account, made, by=None, **more):
    if _has_moved(account):
        return  # its journal goes on elsewhere, and takes nothing here
    facts = {
        "address": made.address,
        "browser": "known" if made.device else "new",
        "device": made.machine,
    } | more
    journal.write(action, by=by, bureau=account.bureau, about=account.about, facts=facts)


def _tell(action, account, facts):
    if _has_moved(account):
        return
    journal.write(action, by=account, about=account.about, facts=facts)
