"""Registers out, as the list shows them now: the same filters, the same headers that the import knows. Journaled."""

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from .. import exports
from ..services import registers

WORKBOOK = 20_000  # rows; what is longer goes out as csv, line by line


def export_page(desk, request, thing):
    """The list's rows, all pages, as an xlsx; as a csv where they are many."""
    try:
        rows = desk.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist") + "?e=1")
    count, table = registers.export(rows, by=request.user)
    name = f"{desk.opts.verbose_name}{timezone.localdate():%Y%m%d}"
    if count > WORKBOOK:
        response = StreamingHttpResponse(exports.csv_lines(table), content_type="text/csv")
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv")
        return response
    response = HttpResponse(exports.workbook(table), content_type=exports.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response
