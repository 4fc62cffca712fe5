"""公众写入: what the entrances of the window that take a form share: no cookie, from our own pages, so many
an hour from one address."""

import hashlib
import logging

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from redis import RedisError

from registries.errors import DomainError
from registries.visitors import address_of

from .window import entrance

_log = logging.getLogger(__name__)


def writes(view):
    """An entrance that takes a form, without a cookie."""
    # No cookie, so no token of a form: what a token guards against is acting in the name of an
    # account, and here is none.
    asked = require_http_methods(["GET", "HEAD", "POST"])(view)
    return entrance(login_not_required(csrf_exempt(never_cache(asked))))


def when(answer):
    """Too many in an hour: when it is over (RFC 6585)."""
    if answer.status_code == 429:
        answer["Retry-After"] = "3600"
    return answer


def require_ours(request):
    """Raises PermissionDenied where the form was sent from a page of another site."""
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and origin.partition("://")[2] != request.get_host():
        raise PermissionDenied


def require_few(request, what, most, counts=True):
    """So many an hour from one address; the address is kept as a hash, for an hour. `counts`: whether this
    one is one of them, or only asks whether another may come."""
    key = f"{what}-{hashlib.sha256(f'{settings.SECRET_KEY}{address_of(request)}'.encode()).hexdigest()[:24]}"
    if (_count(key) if counts else _counted(key) + 1) > most:
        raise DomainError("too_many")


def _counted(key):
    """How often it was in this hour so far."""
    for name in ("counters", "template_fragments"):
        try:
            return caches[name].get(key, 0)
        except (RedisError, OSError):
            _log.warning("the common counter is away")
    return 0


def _count(key):
    """How often in this hour. Where the common counter is away, this process counts by itself: a limit that
    is generous for an hour is better than a letter refused."""
    for name in ("counters", "template_fragments"):
        try:
            caches[name].add(key, 0, 3600)
            return caches[name].incr(key)
        except ValueError:  # gone in between
            return 1
        except (RedisError, OSError):
            _log.warning("the common counter is away")
    return 1


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each a clean one."""

    def clean(self, data, initial=None):
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(each, initial) for each in given]
