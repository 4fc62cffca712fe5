"""Registers out, as the list shows them now: the same filters, the same headers that
the import knows. Journaled."""

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from .. import exports
from ..services import registers

WORKBOOK = 20_000  # rows; what is longer goes out as csv, line by line


def export_page(desk, request, thing):
    """The list's rows, all pages, as an xlsx; as a csv where they are many. Asked once more,
    for it leaves the system."""
    try:
        rows = desk.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(
            reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist") + "?e=1"
        )
    if request.method != "POST":
        count = rows.count()
        warning = (
            f"现在的条件下共 {count} 行，将存成 {'csv' if count > WORKBOOK else 'xlsx'} 文件。"
            f"谁在何时导出了多少行，记入办理日志。"
        )
        return desk.ask(request, "导出", warning)
    count, table = registers.export(rows, by=request.user)
    name = f"{desk.opts.verbose_name}{timezone.localdate():%Y%m%d}"
    if count > WORKBOOK:
        response = StreamingHttpResponse(exports.csv_lines(table), content_type="text/csv")
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv")
        return response
    response = HttpResponse(exports.workbook(table), content_type=exports.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response
