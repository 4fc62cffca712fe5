"""对方来取: rows for a receiver that comes for them with its token, and its answers."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from publicity.models import Receiver
from publicity.outgoing import handing
from publicity.writing import require_few
from registries.errors import DomainError
from registries.sentences import say

_AN_HOUR = 600  # tries with a token that is none, from one address


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def fetch(request, bureau, code):
    """GET with Authorization: Bearer …: {"rows": [...]}, the same rows until they are answered. POST
    {"answers": [{"mark", "state": accepted|refused, "reason", "receipt"}]}: what stands of each. 401 for
    everybody else."""
    receiver = Receiver.objects.filter(bureau__code=bureau, code=code).select_related("bureau").first()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not handing.is_token(receiver, token.strip()):
        try:
            require_few(request, "fetch", _AN_HOUR)
        except DomainError as wrong:
            return JsonResponse({"error": say(wrong)}, status=429, headers={"Retry-After": "3600"})
        return JsonResponse({"error": "令牌或地址不对"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    if request.method == "GET":
        rows = handing.fetch(receiver) if receiver.way == "pull" else []
        return JsonResponse({"rows": rows})
    try:
        told = json.loads(request.body)["answers"]
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"error": "要一个对象，answers 是一组对象"}, status=422)
    return JsonResponse({"answers": handing.hear(receiver, told[:1_000])})
