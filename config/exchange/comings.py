"""一次来数: its rows by what became of them, and the buttons of whoever it waits for."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries.look import waits_on, waits_on_each
from registries.models import Delivery
from registries.sheets.delivered import CONTENTS, title_of
from registries.states import DeliveryRowState, DeliveryState

from ..office import lines

_A_PAGE = 60
_BUTTONS = {  # what may be done with a row, by the name of its act, though it waits for nobody
    DeliveryRowState.STRANGER: ("match",),
    DeliveryRowState.PLAIN: ("reject",),
}


@never_cache
def page(request, pk):
    """`?tab=` a state of its rows; the first that holds something, else."""
    account = request.user
    if not account.has_perm("registries.view_delivery"):
        raise PermissionDenied
    rows = Delivery.objects.select_related("source", "received_by", "checked_by", "confirmed_by", "undone_by")
    one = get_object_or_404(rows, pk=pk, bureau=account.bureau_id)
    counts = dict(one.rows.order_by().values_list("status").annotate(Count("pk")))
    tabs = [(each.value, each.label, counts[each.value]) for each in DeliveryRowState if each.value in counts]
    tab = request.GET.get("tab")
    if tab not in {name for name, *_ in tabs}:
        tab = tabs[0][0] if tabs else ""
    found = one.rows.filter(status=tab).select_related("subject", "record", "checked_by", "delivery__source")
    shown = Paginator(found.order_by("number"), _A_PAGE).get_page(request.GET.get("page"))
    waits = waits_on_each(account, list(shown))
    for row in shown:
        row.told = [(title, text) for title, text in row.said_values if text][:8]
        row.buttons = _row_buttons(account, row, waits[row.pk], request.get_full_path())
    facts = admin.site.each_context(request) | {
        "title": str(one),
        "one": one,
        "tab": tab,
        "tabs": tabs,
        "rows": shown,
        "weighs": one.rows.filter(status=DeliveryRowState.PLAIN, weighs=True).count(),
        "columns": [title_of(one.source.content, name) for name in CONTENTS[one.source.content]["fields"]],
        "buttons": _buttons(account, one, request.path),
        "is_over": one.status in (DeliveryState.TAKEN, DeliveryState.UNDONE, DeliveryState.FAILED),
        "today": timezone.localdate(),
    }
    return TemplateResponse(request, "exchange/delivery.html", facts)


def _buttons(account, one, back):
    found = [button for wait in waits_on(account, one) for button in lines.buttons(one, wait, back)]
    return found + lines.acts_of(account, one, back, ("undo", "original"))


def _row_buttons(account, row, waits, back):
    found = [button for wait in waits for button in lines.buttons(row, wait, back)]
    names = _BUTTONS.get(DeliveryRowState(row.status), ())
    if row.status == DeliveryRowState.PLAIN and row.delivery.status != DeliveryState.READ:
        names = ()
    return found + lines.acts_of(account, row, back, names)
