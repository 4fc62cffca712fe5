"""数据交换: each source and each receiver in a line of words: when last, what waits, what is wrong."""

from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.models import FirmNote
from publicity.models import HandedRow, Receiver
from publicity.outgoing import shapes
from publicity.states import HandedState
from registries.models import Delivery, DeliveryRow, Source
from registries.states import DeliveryRowState, DeliveryState

FINE, WAITS, WRONG = "ok", "wait", "bad"
_OPEN = (DeliveryState.UNMAPPED, DeliveryState.READ, DeliveryState.CHECKED)


@never_cache
def page(request):
    """The page itself."""
    account = request.user
    if not account.has_perm("registries.view_source"):
        raise PermissionDenied
    stuck = FirmNote.objects.filter(bureau=account.bureau_id, done_at=None, tries__gt=0)
    facts = admin.site.each_context(request) | {
        "title": "数据交换",
        "receivers": [(each, *of_receiver(each)) for each in _receivers(account.bureau_id)],
        "sources": [(each, *in_words(each)) for each in _sources(account.bureau_id)],
        "deliveries": Delivery.objects.filter(bureau=account.bureau_id).select_related("source")[:12],
        "stuck": stuck.aggregate(number=Count("pk"), why=Max("error")),
        "shapes": shapes.known(account.bureau).values(),
        "hands": account.has_perm(shapes.MANAGE),
        "manages": account.has_perm("registries.change_source"),
        "brings": account.has_perm("registries.import_subject"),
    }
    return TemplateResponse(request, "exchange/exchange.html", facts)


def _sources(bureau):
    waits = Count("deliveries", filter=Q(deliveries__status__in=_OPEN))
    last = Delivery.objects.filter(source=OuterRef("pk")).order_by("-pk")
    failed = Subquery(last.filter(status=DeliveryState.FAILED).values("pk")[:1])
    rows = list(
        Source.objects.filter(bureau=bureau).annotate(
            last=Max("deliveries__received_at"),
            waits=waits,
            newest=Subquery(last.values("pk")[:1]),
            failed_one=failed,
            error=Subquery(last.values("error")[:1]),
        )
    )
    odd = dict(
        DeliveryRow.objects.filter(bureau=bureau, status__in=[DeliveryRowState.ODD, DeliveryRowState.MATCHED])
        .order_by()
        .values_list("delivery__source")
        .annotate(Count("pk"))
    )
    for each in rows:
        each.odd = odd.get(each.pk, 0)
        each.failed = each.error if each.failed_one and each.failed_one == each.newest else ""
    return rows


def in_words(source):
    """(how it does, [what there is to say]) of a source."""
    if not source.is_open:
        return FINE, ["已停用"]
    said, state = [], FINE
    if source.last is None:
        said.append("还没有来过")
    else:
        said.append(f"最近一次 {timezone.localtime(source.last):%Y-%m-%d %H:%M}")
    if source.waits:
        state, said = WAITS, [*said, f"{source.waits} 次等核对或确认"]
    if source.odd:
        state, said = WAITS, [*said, f"{source.odd} 行要逐条看"]
    if source.trouble and source.way in ("pull", "folder"):
        state, said = WRONG, [*said, f"没有取成：{source.trouble}"]
    if source.failed:
        state, said = WRONG, [*said, f"最近一次没有读成：{source.failed}"]
    if source.every_days and (
        source.last is None or timezone.now() - source.last > timedelta(days=source.every_days + 1)
    ):
        state, said = WRONG, [*said, f"应 {source.every_days} 天来一次，已经过了，请问对方"]
    return state, said


def _receivers(bureau):
    rows = list(Receiver.objects.filter(bureau=bureau))
    counted = {}
    found = HandedRow.objects.filter(bureau=bureau).order_by().values_list("receiver", "status")
    for key, status, number in found.annotate(Count("pk")):
        counted.setdefault(key, {})[status] = number
    late = HandedRow.objects.filter(bureau=bureau).late().order_by().values_list("receiver")
    late = dict(late.annotate(Count("pk")))
    for each in rows:
        each.counts, each.late = counted.get(each.pk, {}), late.get(each.pk, 0)
    return rows


_NEED = (HandedState.REFUSED, HandedState.FAULTY, HandedState.SILENT, HandedState.UNSURE)
_SHOWN = (
    HandedState.WAITING,
    HandedState.AGAIN,
    HandedState.SENDING,
    HandedState.HANDED,
    HandedState.ACCEPTED,
)


def of_receiver(receiver):
    """(how it does, [what there is to say]) of a receiver."""
    said = [f"{each.label} {n} 条" for each in (*_NEED, *_SHOWN) if (n := receiver.counts.get(each.value))]
    if not receiver.is_open:
        return FINE, ["已停用", *said]
    state = WAITS if any(receiver.counts.get(each.value) for each in _NEED) else FINE
    if receiver.way == "file" and receiver.counts.get(HandedState.WAITING.value):
        state, said = WAITS, ["有待报送的，请取走文件报上去", *said]
    if receiver.late:
        state, said = WRONG, [f"{receiver.late} 条过了报送期限", *said]
    if receiver.trouble:
        state, said = WRONG, [f"没有报成：{receiver.trouble}", *said]
    return state, said or ["还没有要报的"]
