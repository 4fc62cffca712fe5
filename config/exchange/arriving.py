"""推送来数: a signed request of another department. It is told apart from nothing by its answer: whoever does
not sign learns neither which bureaus nor which sources there are."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from publicity.writing import require_few
from registries.errors import DomainError
from registries.models import Source
from registries.sentences import say
from registries.services import arrivals, deliveries
from registries.sheets import bounds

_AN_HOUR = 600  # requests that were not signed rightly, from one address


@login_not_required
@csrf_exempt
@never_cache
@require_POST
def arrive(request, bureau, code):
    """Headers X-Mingqian-Time (seconds), X-Mingqian-Signature (HMAC-SHA256 of "seconds.body"), and
    X-Mingqian-Name for a file. 202 with the receipt; the same bytes again: 200 with the same receipt. 401
    where the signature is not right, 413 too large, 422 not taken and why."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length[:20]) > bounds.MAX_BYTES:
        return JsonResponse({"error": "文件过大"}, status=413)
    source = (
        Source.objects.filter(bureau__code=bureau, code=code, way="request").select_related("bureau").first()
    )
    given, at = (request.headers.get(f"X-Mingqian-{name}", "") for name in ("Signature", "Time"))
    if not arrivals.is_signed(source.secret if source else "", at, request.body, given):
        try:
            require_few(request, "arrive", _AN_HOUR)
        except DomainError as wrong:
            return JsonResponse({"error": say(wrong)}, status=429, headers={"Retry-After": "3600"})
        return JsonResponse({"error": "签名、时间或地址不对"}, status=401)
    is_json = request.content_type == "application/json"
    name = request.headers.get("X-Mingqian-Name") or ("message.json" if is_json else "message.csv")
    try:
        one, is_new = deliveries.receive(source, request.body, name, by=None, way="request")
    except DomainError as wrong:
        return JsonResponse({"error": say(wrong)}, status=422)
    return JsonResponse(
        {"receipt": one.pk, "sha256": one.digest, "is_new": is_new, "state": one.get_status_display()},
        status=202 if is_new else 200,
    )
