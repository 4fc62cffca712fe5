"""Who and what may be drawn, and why not: one truth for the pool, the desk and the warnings."""

from datetime import timedelta

from django.utils import timezone

from .models import Production, Reason

WARNINGS = (30, 60, 90)  # days before a certificate expires


STOPPED = (Production.CLOSED, Production.LONG_STOPPED)
_GONE = ("注销", "吊销", "撤销", "迁出", "停业", "歇业")


def of_enterprise(production, registration_status, level, own, is_secret=False, is_ours=True):
    """What the register alone says of an enterprise to a bureau of the level `own`: "E", or "X:code" with a
    code of the reasons "exclusion"."""
    if is_secret:
        return "X:secret"
    if not is_ours:
        return "X:area"
    if production in STOPPED or registration_status.startswith(_GONE):
        return "X:closed"
    return "E" if level == own else "X:level"


def of(inspector, since, until):
    """Inspector and the window of the visits in; "E", or "X:code" with a code of the reasons "absence".

    Reads certificates, leaves, trainings and declarations through all(): prefetch them for many.
    """
    if inspector.left_on is not None and inspector.left_on <= since:
        return "X:left"
    if inspector.lent_until and not inspector.lent_since <= since <= until <= inspector.lent_until:
        return "X:left"  # lent by another bureau, for other days
    if inspector.duty != "officer":
        return "X:assistant"
    if not _covers(inspector.certificates.all(), since, until):
        return "X:certificate"
    if any(each.since <= until and each.until >= since for each in inspector.leaves.all()):
        return "X:leave"
    trained = [
        each.hours
        for each in inspector.trainings.all()
        if each.passed and _year_before(since) <= each.held_on <= since
    ]
    if sum(trained) < inspector.bureau.training_hours:
        return "X:training"
    this_year = timezone.localdate().year  # of the draw, not of the visits: nobody declares ahead
    if inspector.bureau.requires_declaration and not any(
        each.year == this_year for each in inspector.declarations.all()
    ):
        return "X:undeclared"
    return "E"


def _covers(certificates, since, until):
    """Whether certificates, one after another without a gap, are in force from one day to another."""
    day = since
    for each in sorted(certificates, key=lambda each: each.issued_on):
        if each.issued_on <= day <= each.expires_on:
            day = each.expires_on + timedelta(days=1)
    return day > until


def _year_before(day):
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def say(inspector, day):
    """In words, on a day: 可以, or why not; and a certificate that will expire within 90 days."""
    status = of(inspector, day, day)
    if status != "E":
        code = status.removeprefix("X:")
        reason = Reason.objects.filter(bureau=inspector.bureau_id, kind="absence", code=code).first()
        return f"不能：{reason.title if reason else code}"
    last = max(each.expires_on for each in inspector.certificates.all() if each.issued_on <= day)
    soon = next((days for days in WARNINGS if last <= day + timedelta(days=days)), None)
    return f"可以（执法证 {last:%Y-%m-%d} 到期，不足 {soon} 天）" if soon else "可以"
