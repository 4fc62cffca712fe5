"""Who asks, as far as an address says."""

from django.conf import settings


def address_of(request):
    """The address a request came from: what the front server saw where there is one, never what a client says of itself."""
    came = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:  # the front server adds whom it saw at the end
        came = request.headers.get("X-Forwarded-For", came).rpartition(",")[2].strip()
    return came[:45]
