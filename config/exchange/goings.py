"""一个接收方: its rows by what became of them; a shape: its columns, each with how sure it is."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from publicity.models import Batch, Receiver, Shape
from publicity.outgoing import facts as told_facts
from publicity.outgoing import shapes
from publicity.sentences import say
from publicity.states import NOT_HANDED, HandedState
from registries.admin.acts import download
from registries.errors import DomainError
from registries.services import journal

from ..office import lines

_A_PAGE = 60
_DOUBTS = {"length": "长度", "required": "必填", "codes": "代码"}
_ASKED = (HandedState.SILENT, HandedState.UNSURE, HandedState.FAULTY, HandedState.REFUSED)


@never_cache
def page(request, pk):
    """`?tab=` a state of its rows; what needs a person first, else."""
    account = request.user
    if not account.has_perm("publicity.view_receiver"):
        raise PermissionDenied
    one = get_object_or_404(Receiver, pk=pk, bureau=account.bureau_id)
    counts = dict(one.rows.order_by().values_list("status").annotate(Count("pk")))
    order = [*_ASKED, *(each for each in HandedState if each not in _ASKED)]
    tabs = [(each.value, each.label, counts[each.value]) for each in order if counts.get(each.value)]
    tab = request.GET.get("tab")
    if tab not in {name for name, *_ in tabs}:
        tab = tabs[0][0] if tabs else ""
    rows = one.rows.filter(status=tab).select_related("batch").order_by("-pk")
    shown, known = Paginator(rows, _A_PAGE).get_page(request.GET.get("page")), shapes.known(account.bureau)
    today = timezone.localdate()
    for row in shown:
        row.titled = known.get(row.shape, {}).get("title", row.shape)
        row.late = row.due_on and row.due_on < today and row.status in NOT_HANDED
        row.buttons = lines.acts_of(account, row, request.get_full_path())
    facts = admin.site.each_context(request) | {
        "title": str(one),
        "one": one,
        "tab": tab,
        "tabs": tabs,
        "rows": shown,
        "batches": one.batches.all()[:12],
        "shapes": [known[code] for code in one.shapes if code in known],
        "buttons": lines.acts_of(account, one, request.path),
    }
    return TemplateResponse(request, "exchange/receiver.html", facts)


@never_cache
def batch(request, pk):
    """The file of a batch again: it is the same."""
    account = request.user
    if not account.has_perm("publicity.hand_row"):
        raise PermissionDenied
    one = get_object_or_404(Batch, pk=pk, bureau=account.bureau_id)
    journal.write("handing.file_read", by=account, about=one.receiver.about, facts={"batch": one.number})
    return download(one.file.read(), one.name, "application/octet-stream")


class MeaningForm(forms.Form):
    """What a word of ours is in theirs."""

    column = forms.ChoiceField(label="哪一栏")
    ours = forms.CharField(label="本系统的写法", max_length=60)
    theirs = forms.CharField(label="对方的代码", max_length=60)


class SourceForm(forms.Form):
    """Against which paper of the receiver's the columns were held."""

    source = forms.CharField(label="对方哪份文件", max_length=200)


@never_cache
def shape(request, code):
    """The columns of a shape. A POST says what a word is in theirs, or that the columns were held against the
    receiver's own paper."""
    account = request.user
    if not account.has_perm("publicity.view_shape"):
        raise PermissionDenied
    one = shapes.known(account.bureau).get(code)
    if one is None:
        raise Http404
    meaning, source = MeaningForm(), SourceForm()
    if request.method == "POST":
        answer, meaning, source = _said(request, one)
        if answer:
            return answer
    meaning.fields["column"].choices = [(each["name"], each["title"]) for each in one["columns"]]
    columns = [
        each
        | {
            "said": shapes.SURE[each["sure"]],
            "fills": told_facts.TITLES.get(each.get("from", ""), ""),
            "doubts": [_DOUBTS[name] for name, sure in each.get("less_sure", {}).items() if sure == "memory"],
        }
        for each in one["columns"]
    ]
    facts = admin.site.each_context(request) | {
        "title": one["title"],
        "one": one,
        "of": told_facts.KINDS[one["of"]],
        "columns": columns,
        "told": [(column, table.items()) for column, table in one["meanings"].items()],
        "versions": Shape.objects.filter(bureau=account.bureau_id, code=code).select_related("made_by"),
        "manages": account.has_perm(shapes.MANAGE),
        "meaning": meaning,
        "source": source,
    }
    return TemplateResponse(request, "exchange/shape.html", facts)


def _said(request, one):
    """(where to go, or None; the two forms as they were filled in)."""
    by, adopts = request.user, "adopt" in request.POST
    meaning = MeaningForm(None if adopts else request.POST)
    meaning.fields["column"].choices = [(each["name"], each["title"]) for each in one["columns"]]
    source = SourceForm(request.POST if adopts else None)
    form = source if adopts else meaning
    if not form.is_valid():
        return None, meaning, source
    try:
        if adopts:
            shapes.adopt(by.bureau, one["code"], form.cleaned_data["source"], by=by)
        else:
            shapes.say_meaning(by.bureau, one["code"], **form.cleaned_data, by=by)
    except DomainError as wrong:
        form.add_error(None, say(wrong))
        return None, meaning, source
    messages.success(request, "已成新的一版，以后报的照它；已生成的不合格的，请“补齐再生成”。")
    return HttpResponseRedirect(request.path), meaning, source
