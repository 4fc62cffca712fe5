"""查看记录: who sees which enterprise a case names, and when."""

from django.shortcuts import get_object_or_404

from .models import Case, Look


def note(case, account, page):
    """One look of an account at a case, from one of Look.PAGES."""
    Look.objects.create(case=case, account=account, page=page)


def note_all(cases, account, page):
    """One look at each of several cases."""
    Look.objects.bulk_create(Look(case=each, account=account, page=page) for each in cases)


def mine(request, token):
    """One of my cases, or 404."""
    return get_object_or_404(
        Case.objects.visible_to(request.user).select_related("subject", "task"), token=token
    )
