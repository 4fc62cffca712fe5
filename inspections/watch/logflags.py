"""Red flags of the public log: it stands still, a witness cries or is silent, a sealing that nobody has
cosigned at its hour."""

from datetime import timedelta

from django.utils import timezone

from registries.models import LogWitness, PublicLog
from registries.services import logpolicy

from ..draw import values, voiding
from ..draw.models import Draw
from ..states import DrawState
from .flagging import Flag, of_draw

_SOON = timedelta(minutes=10)  # before the throw


def _log(bureau, now):
    log = PublicLog.objects.filter(bureau=bureau, is_living=True).exclude(stopped_at=None).first()
    if log is not None:
        yield Flag("公开日志", f"公开日志停着，什么也不能公开：{log.stopped_for}", grave=True)
    for each in LogWitness.objects.filter(bureau=bureau, until=None):
        where = ("admin:registries_logwitness_change", each.pk)
        if each.is_alarm:
            yield Flag("公开日志", f"见证方“{each.name}”报警：{each.said}", grave=True, where=where)
        elif each.said and (each.answered_at or each.since) < now - timedelta(hours=logpolicy.SILENT):
            since = timezone.localtime(each.answered_at or each.since)
            said = f"见证方“{each.name}”从 {since:%Y-%m-%d %H:%M} 起没有联署：{each.said}"
            yield Flag("公开日志", said, where=where)


def _uncosigned(bureau, now):
    for draw, count in uncosigned(bureau, now):
        said = f"{draw.number} 到了摇号时间，封存还差 {count} 方联署"
        yield Flag("公开日志", said, grave=draw.seed_at <= now, where=of_draw(draw))


def uncosigned(bureau, now):
    """[(Draw, how many are lacking)] of sealed draws whose hour is near or has come."""
    if not logpolicy.needed(bureau):
        return []
    sealed = Draw.objects.filter(bureau=bureau, status=DrawState.SEALED, seed_at__lte=now + _SOON)
    found = [(each, values.lacking(each)) for each in sealed.select_related("bureau", "task")]
    return [(draw, count) for draw, count in found if count]


def _restored(bureau, now):
    for draw in Draw.objects.filter(bureau=bureau).exclude(restored_at=None).select_related("task"):
        at = timezone.localtime(draw.restored_at)
        said = f"{draw.number} 在 {at:%Y-%m-%d %H:%M} 照公开日志补回：数据库恢复过，比日志旧"
        if voiding.is_log_lost(draw):
            said = f"{draw.number} 随找不回的公开日志作废"
        yield Flag("公开日志", said, where=of_draw(draw))


LOOKS = [_log, _uncosigned, _restored]
