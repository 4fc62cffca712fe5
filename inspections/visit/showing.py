"""An exhibit as a browser gets it: the clean copy, run by nobody, kept by nobody."""

from django.http import FileResponse, Http404

from . import exhibits


def served(exhibit):
    """An exhibit as an answer that no browser runs."""
    kept = exhibits.to_show(exhibit)
    if kept is None:
        raise Http404
    response = FileResponse(kept.open(), content_type=kept.media_type)
    response["Content-Disposition"] = f'inline; filename="{exhibit.pk}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
