"""门口核对: is this paper genuine, who should stand at the door, is this a certificate of ours."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inspections.models import LentNumber, Paper
from inspections.states import OPEN_CASE
from registries import workdays
from registries.errors import DomainError
from registries.models import Bureau, Certificate

from ..reading import plain
from ..sentences import say
from ..window import entrance, public, show
from ..writing import require_few, require_ours, when, writes

_DAYS = 2  # working days in which a paper that was signed on the spot should have come
_TYPED = 8  # letters of the code that a person types
_AN_HOUR = 30  # certificates that one reader may ask about


@entrance(stays=True)
@login_not_required
@require_safe
@never_cache
def find_paper(request):
    """For whoever holds a paper and cannot scan: the code that stands under its QR code, typed."""
    asked = request.GET.get("code", "").strip()
    typed = "".join(letter for letter in asked.upper() if letter.isalnum())
    found = None
    if len(typed) == _TYPED:
        found = Paper.objects.exclude(signed_at=None).filter(typed=typed).first()
        found = found or LentNumber.objects.filter(typed=typed).first()
    if found:
        return redirect("public:paper", found.token)
    response = show(request, "find_paper", {"asked": asked}, column="verify")
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@entrance
@login_not_required
@require_safe
@never_cache
def paper(request, token):
    """Behind a paper's QR code: whoever holds the paper sees whether it is genuine and
    still holds, and who may come."""
    rows = Paper.objects.filter(bureau=request.whose.pk).select_related("form", "bureau", "case")
    rows = rows.exclude(signed_at=None)
    found = rows.filter(token=token).first()
    if found is None:
        return _on_its_way(
            request,
            get_object_or_404(
                LentNumber.objects.filter(bureau=request.whose.pk).select_related("bureau"), token=token
            ),
        )
    is_over = found.code == "notice" and found.case.status not in OPEN_CASE
    team = [[seat.inspector.ref, seat.leads] for seat in found.case.team()]
    is_changed = found.code == "notice" and not is_over and found.facts["team"] != team
    signed = found.case.sheets.exclude(kind="refusal").order_by("pk") if found.code == "notice" else []
    facts = {"paper": found, "is_over": is_over, "is_changed": is_changed, "signed": signed}
    response = show(request, "paper", facts, column="verify")
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _on_its_way(request, lent):
    """A number that was lent to a team: its paper may have been signed where there is no network. Never
    "real" before its content has come."""
    block = LentNumber.objects.filter(
        case=lent.case_id, code=lent.code, device=lent.device, at__date=timezone.localdate(lent.at)
    )
    facts = {
        "lent": lent,
        "numbers": list(block.order_by("serial").values_list("number", flat=True)),
        "until": workdays.Book.load().add(timezone.localdate(lent.at), _DAYS)[0],
        "team": [seat.inspector.name for seat in lent.case.team()],
    }
    response = show(request, "paper_on_way", facts, column="verify")
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


class OfficerForm(forms.Form):
    number = forms.CharField(label="执法证号", max_length=40)
    name = forms.CharField(label="证上的姓名", max_length=50)


@writes
def officer(request):
    """A certificate that is shown at the door: both its number and its name are typed, and the answer is
    yes or no. Nobody learns a name or a number here that he does not hold in his hand."""
    form, found, refused, status = OfficerForm(request.POST or None), None, "", 200
    if request.method == "POST":
        require_ours(request)
        try:
            require_few(request, "officer", _AN_HOUR)
            if form.is_valid():
                asked = {each: plain(form.cleaned_data[each]) for each in ("number", "name")}
                found = _valid(request.whose.pk).filter(
                    number__iexact=asked["number"].replace(" ", ""), inspector__name__iexact=asked["name"]
                )
                found = found.first()
        except DomainError as limit:
            refused, status = say(limit), 429
    facts = {
        "form": form,
        "asked": form.is_bound and form.is_valid() and not refused,
        "one": found,
        "refused": refused,
    }
    response = show(
        request, "officer", facts | {"has_list": _has_list(request)}, column="verify", status=status
    )
    response["X-Robots-Tag"] = "noindex, nofollow"
    return when(response)


@public
def holders(request):
    """执法证持有人: who carries a certificate that holds today, where the bureau has them public. It says
    nothing of who goes where."""
    if not _has_list(request):
        raise Http404
    rows = _valid(request.whose.pk).select_related("inspector").order_by("inspector__name", "number")
    return show(request, "holders", {"rows": list(rows), "today": timezone.localdate()}, column="verify")


def _has_list(request):
    return Bureau.objects.filter(pk=request.whose.pk, publishes_holders=True).exists()


def _valid(bureau):
    """Certificates that hold today, of people who are still with the bureau."""
    today = timezone.localdate()
    rows = Certificate.objects.filter(issued_on__lte=today, expires_on__gte=today)
    return rows.filter(inspector__bureau=bureau, inspector__left_on=None)
