"""表格文件: rows as a workbook to keep, under a Chinese name."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from registries import exports


def answer(table, name):
    """Rows of values, or the bytes of a workbook, and a file name in; the answer out."""
    data = table if isinstance(table, bytes) else exports.workbook(table)
    told = HttpResponse(data, content_type=exports.XLSX)
    told["Content-Disposition"] = content_disposition_header(True, name)
    return told
