"""快到期、已超期: once a day whoever must act is told of what is due tomorrow and of what has become late."""

from datetime import timedelta

from django.utils import timezone

from inspections.visit import duties
from registries.models import Bureau, Message
from registries.services import messages

_ROLES = {"head": "head", "clerk": "clerk", "supervisor": "supervisor"}


def tell():
    """Of every bureau; told once each, however often it runs."""
    for bureau in Bureau.objects.here():
        _tell(bureau, timezone.localdate())


def _tell(bureau, today):
    running = [each for each in duties.running(bureau) if each.is_ours and each.case is not None]
    for clock in running:
        if clock.due.on == today + timedelta(days=1):
            _one(clock, "due", f"{clock.title}明天到期：{clock.case.subject.name}")
        elif clock.is_late:
            _one(clock, "late", f"{clock.title}已超期（{clock.due.on:%m月%d日}）：{clock.case.subject.name}")


def _one(clock, kind, said):
    whom = [each for each in _people(clock) if not _knows(each, kind, clock, said)]
    messages.tell(whom, kind, clock.case, said)


def _people(clock):
    if clock.who == "team":
        seats = clock.case.team().select_related("inspector__account")
        return [each.inspector.account for each in seats if each.inspector.account]
    role = _ROLES.get(clock.who)
    return list(messages.holders(clock.case.bureau_id, "registries.enter_admin", role)) if role else []


def _knows(account, kind, clock, said):
    return Message.objects.filter(
        account=account, kind=kind, thing=clock.case.about, said=said[:300]
    ).exists()
