"""自己核验: was my enterprise drawn fairly; the program; is this paper genuine."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inspections import engine
from inspections.models import LentNumber, Paper
from inspections.states import OPEN_CASE
from registries import creditcode, workdays
from registries.creditcode import normalise
from registries.models import Subject

from .. import odds
from ..models import Release
from ..reading import find, looks_like_code, standing
from ..window import entrance, public, show

_PROGRAM = Path(engine.__file__).with_name("verify.py")
_MOST = 50
_DAYS = 2  # working days in which a paper that was signed on the spot should have come
_TYPED = 8  # letters of the code that a person types


@public(asks=["code"])
def verify(request):
    """How anyone checks a draw, in words; and where an enterprise stood in each
    draw that has been released."""
    typed = request.GET.get("code", "").replace("\x00", "").strip()[:40]
    code = normalise(typed) or typed.upper()
    bureau = request.whose.pk
    hidden = Subject.objects.filter(bureau=bureau, ref=code, is_secret=True).exists()
    stood = odds.of(bureau, [code]) if code and not hidden else []
    asked_code = bool(code) and looks_like_code(typed)
    facts = {
        "draw": Release.objects.filter(bureau=bureau).exclude(result=None).order_by("-pk").first(),
        "asked": code,
        "typed": typed,
        "meant": [] if stood or asked_code else _meant(bureau, typed),
        "stood": stood,
        "said": odds.said(stood),
        "is_code": asked_code,
        "fault": creditcode.fault(code) if asked_code and len(code) == 18 and not stood else None,
        "registers": odds.registers(bureau) if asked_code and not stood else None,
    }
    return show(request, "verify", facts, column="verify")


def _meant(bureau, typed):
    """[(name, ref)] of enterprises of which something is published and that may be meant:
    nobody knows a code by heart."""
    rows = find(standing(bureau).exclude(ref=""), typed).rows if typed else []
    return list({each.ref: (each.name, each.ref) for each in rows}.values())[:8]


@public(seconds=3600, stays=True, is_data=True)
def verify_program(request):
    """verify.py, as it stands in the engine."""
    response = HttpResponse(_PROGRAM.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


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
        case=lent.case_id, code=lent.code, device=lent.device, at__date=lent.at.date()
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
