"""办理日志 at the desk: read in words, searched, taken along."""

from itertools import chain

from django.contrib import admin
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from .. import exports
from ..models import JournalEntry
from ..services import journal
from .acts import Act
from .base import ViewOnlyAdmin


def journal_page(desk, request, thing):
    """The list's entries, all pages, in words, as a csv; asked once more, for it leaves the system."""
    rows = desk.get_changelist_instance(request).get_queryset(request)
    if request.method != "POST":
        return desk.ask(request, "导出", f"现在的条件下共 {rows.count()} 条。谁在何时导出，记入办理日志。")
    count = rows.count()
    journal.write("register.exported", by=request.user, about="journalentry", facts={"rows": count})
    head = [["序号", "时间", "谁", "办理事项", "对象", "内容", "指纹"]]
    body = (
        [
            str(each.seq),
            timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M:%S"),
            each.actor,
            journal.in_words(each.action),
            each.about,
            each.facts,
            each.digest,
        ]
        for each in rows.order_by("seq").iterator(chunk_size=2000)
    )
    response = StreamingHttpResponse(
        exports.csv_lines(chain(head, body)), content_type="text/csv; charset=utf-8"
    )
    name = f"办理日志{timezone.localdate():%Y%m%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@admin.register(JournalEntry)
class JournalEntryAdmin(ViewOnlyAdmin):
    intro = "办理日志只增不改，每条带前一条的摘要；核验：manage.py verify_journal。"
    list_display = ["seq", "at", "actor", "title", "about", "digest"]
    fields = ["seq", "at", "actor", "title", "action", "about", "facts", "prev", "digest"]
    readonly_fields = ["title"]
    search_fields = ["action", "about", "actor"]
    search_help_text = "办理事项的说法（如：封存、重置密码）、编号，或者谁办的。"
    date_hierarchy = "at"
    ordering = ["-seq"]
    list_acts = (Act("export", "导出", "registries.view_journalentry", page=journal_page),)

    def get_search_results(self, request, queryset, search_term):
        rows, distinct = super().get_search_results(request, queryset, search_term)
        said = [action for action, words in journal.ACTIONS.items() if search_term and search_term in words]
        return (rows | queryset.filter(action__in=said) if said else rows), distinct

    @admin.display(description="办理事项")
    def title(self, entry):
        return journal.in_words(entry.action)
