"""运行记录: one JSON object a line, with the request it belongs to and no personal value.

What a person typed stands in no line: of an exception its kind and where it was, never its words (a database
repeats the row it refuses), of a request its path without the question.
"""

import json
import logging
import re
import traceback
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

from registries.visitors import address_of

_MOST = 2000  # letters of a message
_KEYS = re.compile(r"(/(?:mine|subscribe)/|/calendar/(?=[^\s\"'/]+\.ics))[^\s\"']+")
_request = ContextVar("request", default=None)


class Requests:
    """Gives each request a number that its answer and its lines carry."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.number = uuid.uuid4().hex[:16]
        held = _request.set(request)
        try:
            response = self.get_response(request)
        finally:
            _request.reset(held)
        # A public page is the same bytes for everybody, and is kept: it bears nobody's number.
        if "public" not in response.get("Cache-Control", ""):
            response.headers["X-Request-Id"] = request.number
        return response


class JsonLines(logging.Formatter):
    """A record as one line."""

    def format(self, record):
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if record.exc_info and record.exc_info[0]:
            told |= {"error": record.exc_info[0].__name__, "where": _frames(record.exc_info[2])}
        if isinstance(getattr(record, "data", None), dict):  # Celery's own of a task
            told |= {"task": record.data.get("name"), "task_id": record.data.get("id")}
        request = _request.get() or getattr(record, "request", None)
        if request is not None and hasattr(request, "number"):
            user = getattr(request, "_cached_user", None)  # never asked for here: a log line loads nobody
            told |= {
                "request": request.number,
                "method": request.method,
                "path": without_keys(request.path)[:200],
                "account": user.username if user is not None and user.is_authenticated else "",
                "address": address_of(request),
            }
        return json.dumps(told, ensure_ascii=False)

    def _message(self, record):
        if record.name.startswith(("django.", "celery.")) and record.exc_info:
            return str(record.msg)[:_MOST]  # the pattern, not what was put into it
        return without_keys(" ".join(record.getMessage().split()))[:_MOST]


def without_keys(text: str) -> str:
    """Text in which the addresses that are keys themselves (a firm's own page, a calendar's feed, a
    subscription's links) are cut short."""
    return _KEYS.sub(r"\1…", text)


def _frames(trace):
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-8:]]
