"""自己核验: was my enterprise drawn fairly; how it is computed, in which words; the program."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse

from inspections import engine
from inspections.models import Draw
from inspections.states import DrawState
from registries import creditcode
from registries.creditcode import normalise
from registries.models import Bureau, Subject

from .. import odds
from ..models import Release
from ..reading import find, lately, looks_like_code, standing
from ..window import public, show
from ..words import WORDS

_PROGRAM = Path(engine.__file__).with_name("verify.py")
_SCRIPT = Path(settings.BASE_DIR) / "static" / "js" / "verify.js"


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
    facts = lately("verify", lambda: _of_all(bureau), bureau=bureau) | {
        "hashes": _hashes(),
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


def _of_all(bureau):
    """What the page says of all draws together."""
    draws = Draw.objects.filter(bureau=bureau)
    last = draws.order_by("-pk").first()
    return {
        "draws": draws.count(),
        "voided": draws.filter(status=DrawState.VOIDED).count(),
        "bodies": [each.body or each.name for each in last.sources.order_by("position")] if last else [],
        "has_list": Bureau.objects.filter(pk=bureau, publishes_holders=True).exists(),
        "draw": Release.objects.filter(bureau=bureau)
        .exclude(result=None)
        .select_related("draw")
        .order_by("-pk")
        .first(),
    }


@cache
def _hashes():
    """The fingerprints of verify.py and verify.js, as this version hands them out."""
    return [engine.digest(each.read_bytes()) for each in (_PROGRAM, _SCRIPT)]


def _meant(bureau, typed):
    """[(name, ref)] of enterprises of which something is published and that may be meant:
    nobody knows a code by heart."""
    rows = find(standing(bureau).exclude(ref=""), typed).rows if typed else []
    return list({each.ref: (each.name, each.ref) for each in rows}.values())[:8]


@public(seconds=3600)
def protocol(request):
    """The algorithm in full, for whoever writes a verifier."""
    return show(request, "protocol", column="verify")


@public(seconds=3600)
def glossary(request):
    """One name for one thing."""
    return show(request, "words", {"words": WORDS}, column="verify")


@public(seconds=3600, stays=True, is_data=True)
def verify_program(request):
    """verify.py, as it stands in the engine."""
    response = HttpResponse(_PROGRAM.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response
