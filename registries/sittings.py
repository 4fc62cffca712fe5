"""How long one sits at a sign-in: an idle limit and an absolute one; what was typed when it ended is kept for
its owner. Where one's account sits at this moment, and ending it elsewhere.

The marks lie in the session itself. What was being sent lies in the browser's next, empty session until the
same account signs in again, and is thrown away when another does.
"""

import json
import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from . import cipher
from .errors import DomainError
from .models import Sitting
from .services import signins
from .visitors import address_of, device_of

_BEGAN, _SEEN, _UNSENT = "began", "seen", "unsent"
_MOST = 512 * 1024  # letters of a form; what is longer is not kept, and the page says so
_EVERY = 60  # seconds between two marks: not every look writes


def is_over(request):
    """Whether the limit of this sitting has passed; where it has not, that somebody is here is noted."""
    now, session = int(time.time()), request.session
    began, seen = session.setdefault(_BEGAN, now), session.get(_SEEN, now)
    if now - began > settings.SESSION_HOURS * 3600 or now - seen > settings.SESSION_IDLE_MINUTES * 60:
        return True
    if now - seen >= _EVERY or _SEEN not in session:
        session[_SEEN] = now
        Sitting.objects.filter(session=session.session_key).update(seen_at=timezone.now())
    return False


def begin(request):
    """Signed in: another sitting, and the clock starts anew, also where the session
    before was the same account's."""
    if (
        request.session.session_key is None
        or Sitting.objects.filter(session=request.session.session_key).exists()
    ):
        # login() keeps the key of the same account, and has none yet after another's
        request.session.cycle_key()
    request.session.update({_BEGAN: int(time.time()), _SEEN: int(time.time())})
    facts = {"account": request.user, "address": address_of(request), "device": device_of(request)}
    Sitting.objects.create(session=request.session.session_key, **facts)


def leave_seat(request):
    """Somebody signs in on this browser: whoever sat here sits here no more."""
    if request.session.session_key:
        _close(request)


def of(account):
    """(those that are going on, the last ten that are over), the latest first."""
    rows = list(Sitting.objects.filter(account=account, ended_at=None).order_by("-began_at")[:50])
    alive = set(
        Session.objects.filter(
            session_key__in=[each.session for each in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    limit = timezone.now() - timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    going_on = [each for each in rows if each.session in alive and each.seen_at > limit]
    over = Sitting.objects.filter(account=account).exclude(pk__in=[each.pk for each in going_on])
    return going_on, list(over.order_by("-began_at")[:10])


def cut(request, which=None):
    """End one's sittings elsewhere: one of them by its number, or all but this. Returns how many."""
    rows = Sitting.objects.filter(account=request.user, ended_at=None).exclude(
        session=request.session.session_key
    )
    ended = 0
    for each in rows if which is None else rows.filter(pk=which):
        with transaction.atomic():
            is_alive = Session.objects.filter(session_key=each.session).delete()[0]
            Sitting.objects.filter(pk=each.pk).update(ended_at=timezone.now())
            if is_alive:
                signins.cut(request.user, each, address_of(request))
                ended += 1
    return ended


def move(before, after):
    """The session has got another key (a new password); it is the same sitting."""
    Sitting.objects.filter(session=before).update(session=after)


@transaction.atomic
def leave(request):
    """Signed out by the button."""
    signins.leave(request.user, address_of(request), device_of(request))
    _close(request)


def clear_old(days=190):
    """Sittings that nobody looks up any more (the record is the journal). Returns how many."""
    return Sitting.objects.filter(began_at__lt=timezone.now() - timedelta(days=days)).delete()[0]


def _close(request):
    here = Sitting.objects.filter(session=request.session.session_key, ended_at=None)
    return here.update(ended_at=timezone.now())


def end(request):
    """Signed out by the clock: a form that was being sent is laid aside for its account."""
    account, kept, key = request.user, _typed(request), request.session.session_key
    with transaction.atomic():
        # Several looks at once find the same sitting over: it ends once.
        if _close(request) or not Sitting.objects.filter(session=key).exists():
            signins.expire(account, address_of(request), device_of(request))
        logout(request)
    if kept:
        # Encrypted: a form may hold what its columns keep encrypted, and the table of
        # sessions is none of them.
        sealed = cipher.encrypt(json.dumps(kept, ensure_ascii=False), _UNSENT)
        request.session[_UNSENT] = {"account": account.pk, "sealed": sealed}


def _typed(request):
    if request.method != "POST" or request.content_type not in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ):
        return None
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    if not fields or sum(len(value) for _, value in fields) > _MOST:
        return None
    return {"path": request.get_full_path(), "fields": fields, "had_files": bool(request.FILES)}


def sent_again(request):
    """The form that was laid aside comes a second time: from here on it is an ordinary one."""
    kept = unsent(request) if request.method == "POST" else None
    if kept and kept["path"] == request.get_full_path():
        forget(request)


def unsent(request):
    """{path, fields, had_files} that this account was sending when its sitting ended, or None."""
    kept = request.session.get(_UNSENT)
    if kept and kept["account"] != request.user.pk:
        forget(request)
        return None
    try:
        return kept and json.loads(cipher.decrypt(kept["sealed"], _UNSENT))
    except DomainError:  # the key of that time has been taken away
        return forget(request)


def forget(request):
    """It was sent again, or given up."""
    request.session.pop(_UNSENT, None)
