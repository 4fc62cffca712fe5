"""最近变动: what a bureau published, corrected, ended, one after the other."""

import base64
import binascii
import json
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from .models import Disclosure
from .reading import packed, stands


def changes(bureau, limit=50, after="", since=None):
    """What a bureau published, corrected, ended, the latest first: [(at, words, Disclosure, name,
    reason, mark)]. The name is empty where the statement does not stand any more: that it ended is
    said, of whom it spoke is not. `after`: the mark of the last row seen; `since`: the first day."""
    own = Disclosure.objects.filter(bureau=bureau)
    own = own.select_related("ending", "supersedes", "superseded_by", "answers")
    rows, ended = own.order_by("-published_at", "-pk"), own.exclude(ending=None)
    ended = ended.order_by("-ending__at", "-ending__pk")
    if since:
        rows, ended = rows.filter(published_at__date__gte=since), ended.filter(ending__at__date__gte=since)
    if mark := change_mark(after):
        at, is_end, key = mark
        here = Q(published_at=at) if is_end else Q(published_at=at, pk__lt=key)
        rows = rows.filter(Q(published_at__lt=at) | here)
        ended = ended.filter(
            Q(ending__at__lt=at) | (Q(ending__at=at, ending__pk__lt=key) if is_end else Q(pk=None))
        )
    told = [(each.published_at, 0, each.pk, _how(each), each, each.reason) for each in rows[:limit]]
    told += [
        (each.ending.at, 1, each.ending.pk, each.ending.get_kind_display(), each, each.ending.reason)
        for each in ended[:limit]
    ]
    told = sorted(told, key=lambda each: each[:3], reverse=True)[:limit]
    return [
        (
            at,
            words,
            each,
            each.subject_name if _stands(each) else "",
            reason,
            packed([at.isoformat(), is_end, key]),
        )
        for at, is_end, key, words, each, reason in told
    ]


def _stands(disclosure):
    """Most have neither end nor correction, which the row says; of the others it is asked."""
    has_more = getattr(disclosure, "ending", None) or getattr(disclosure, "superseded_by", None)
    if has_more or disclosure.answers_id:
        return stands(disclosure)[0]
    return disclosure.ends_on is None or disclosure.ends_on > timezone.localdate()


def change_mark(text):
    """(at, whether it is an end, its key) of a mark that changes() gave out; None for any other text."""
    try:
        at, is_end, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        at = datetime.fromisoformat(at)
        is_ours = at.tzinfo is not None and 1970 <= at.year < 9000 and type(key) is int and abs(key) < 2**62
        return (at, is_end, key) if is_ours and type(is_end) is int and is_end in (0, 1) else None
    except (ValueError, TypeError, binascii.Error):
        return None


def _how(disclosure):
    if not disclosure.supersedes_id:
        return "公示"
    return "办理进展" if disclosure.is_progress else "更正"
