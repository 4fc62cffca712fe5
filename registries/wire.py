"""What the system says to another machine over HTTP, and what that answers. It goes nowhere else than where
it was told to, waits no longer than it was told, and says in Chinese why there is no answer."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from email.message import Message


def signature(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256 of "seconds.body", in hexadecimal digits: both sides count it."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def signed(secret: str, body: bytes, **more: str) -> dict[str, str]:
    """The headers of a request that is signed now; `more` are others of ours, by their last word."""
    at = str(int(time.time()))
    told = {f"X-Mingqian-{name}": text for name, text in more.items()}
    return told | {"X-Mingqian-Time": at, "X-Mingqian-Signature": signature(secret, at, body)}


class Answer(NamedTuple):
    """`code`: the HTTP status, any of them."""

    code: int
    body: bytes
    headers: Message


class NoAnswer(Exception):
    """str(): why, in Chinese. `was_sent`: whether the other side can have heard what was said."""

    def __init__(self, words: str, was_sent: bool) -> None:
        super().__init__(words)
        self.was_sent = was_sent


class _Stay(urllib.request.HTTPRedirectHandler):
    # A redirect would take the key to somebody else, and make a GET of a POST.
    def redirect_request(self, *_args):
        return None


_OPENER = urllib.request.build_opener(_Stay)


def talk(
    address: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    wait: float = 15,
    most: int = 65_536,
) -> Answer:
    """GET, or POST where there is a body. `wait`: seconds for the whole; `most`: bytes that are read, and one
    more. Raises NoAnswer."""
    until = time.monotonic() + wait
    if not address.startswith(("https://", "http://")):
        raise NoAnswer("网址没有写，或者不是以 http:// 或 https:// 开头", was_sent=False)
    try:
        asked = urllib.request.Request(address, body, headers or {})  # noqa: S310 (looked at above)
        asked.host.encode("idna")
    except (ValueError, http.client.InvalidURL) as wrong:
        raise NoAnswer("网址写得不对", was_sent=False) from wrong
    try:
        with _open(asked, wait) as answer:
            data = _read(answer, most + 1, until)
            return Answer(answer.status, data, answer.headers)
    except urllib.error.URLError as wrong:
        raise NoAnswer(*_why(wrong.reason)) from wrong
    except (UnicodeError, http.client.InvalidURL) as wrong:
        raise NoAnswer("网址写得不对", was_sent=False) from wrong
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        raise NoAnswer(_why(wrong)[0], was_sent=True) from wrong


def _open(asked, wait):
    try:
        return _OPENER.open(asked, timeout=wait)
    except urllib.error.HTTPError as wrong:  # an answer too
        return wrong


def _read(answer, most, until):
    parts, length = [], 0
    while length < most and (part := answer.read1(min(most - length, 65_536))):
        parts.append(part)
        length += len(part)
        if time.monotonic() > until:
            raise TimeoutError
    said = answer.headers.get("Content-Length", "")
    if said.isdecimal() and length < min(int(said), most):
        raise http.client.IncompleteRead(b"", int(said) - length)
    return b"".join(parts)


def why(wrong: Exception) -> str:
    """Why a line to somebody else broke, in Chinese: for other lines than HTTP's too."""
    return _why(wrong)[0]


def _why(wrong):
    """(words, whether it may have been heard)."""
    if isinstance(wrong, TimeoutError):
        return "等了太久，对方没有答复", True
    if isinstance(wrong, ConnectionRefusedError):
        return "连不上：对方没有开着", False
    if isinstance(wrong, socket.gaierror):
        return "连不上：找不到网址里的主机", False
    if isinstance(wrong, ssl.SSLError):
        return "连不上：对方的证书不对", False
    if isinstance(wrong, ConnectionError):
        return "对方中途断开了", True
    if isinstance(wrong, http.client.IncompleteRead):
        return "对方的答复没有传完", True
    if isinstance(wrong, http.client.HTTPException):
        return "对方的答复不是 HTTP", True
    return "连不上：网络不通", not isinstance(wrong, OSError)
