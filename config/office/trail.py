"""最近看过: the rounds and cases that somebody has opened in this sitting, the latest first."""

_KEY, _MOST = "trail", 8


def note(request, title):
    """The page that is open now goes to the top."""
    seen, here = request.session.get(_KEY, []), [request.path, str(title)[:60]]
    if seen[:1] != [here]:
        request.session[_KEY] = [here, *(each for each in seen if each[0] != request.path)][:_MOST]


def of(request):
    """[(address, title)]."""
    return request.session.get(_KEY, [])
