"""Another machine that is down, slow, lying, cut short or elsewhere gets a sentence in Chinese, never a
crash."""

import re
import socket
import threading
import time

import pytest

from registries import wire


class Server:
    """One that says the bytes it was given, then hangs up or drips."""

    def __init__(self, said, *, drip=0.0):
        self.said, self.drip, self.heard = said, drip, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.door.getsockname()[1]}/x"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        line, _ = self.door.accept()
        with line:
            self.heard = line.recv(65_536)
            for n in range(len(self.said) if self.drip else 1):
                try:
                    line.sendall(self.said[n : n + 1] if self.drip else self.said)
                except OSError:
                    return
                time.sleep(self.drip)


def reply(body=b"", head="HTTP/1.1 200 OK", length=None):
    return f"{head}\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


@pytest.mark.parametrize("code", [200, 202, 302, 401, 404, 500])
def test_any_status_is_an_answer(code):
    answer = wire.talk(Server(reply(b"{}", f"HTTP/1.1 {code} X")).address, b"{}")
    assert (answer.code, answer.body) == (code, b"{}")


def test_a_redirect_is_not_followed_with_the_key():
    there = Server(reply(b"gotten"))
    here = Server(reply(b"", f"HTTP/1.1 302 Found\r\nLocation: {there.address}"))
    assert wire.talk(here.address, headers={"Authorization": "Bearer s"}).code == 302
    assert b"Bearer s" in here.heard and there.heard == b""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "断开|不是 HTTP"),
        (b"SSH-2.0-OpenSSH\r\n", "不是 HTTP"),
        (reply(b"half", length=400), "没有传完|断开"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "没有传完|断开"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "没有传完|断开|不是 HTTP"),
    ],
)
def test_what_breaks_off_may_have_been_heard(said, words):
    with pytest.raises(wire.NoAnswer) as raised:
        wire.talk(Server(said).address, b"{}", wait=2)
    assert raised.value.was_sent and re.search(words, str(raised.value)), str(raised.value)


def test_one_that_drips_is_left_when_the_time_is_over():
    begun = time.monotonic()
    with pytest.raises(wire.NoAnswer) as raised:
        wire.talk(Server(reply(b"x" * 500), drip=0.05).address, wait=0.5)
    assert raised.value.was_sent and time.monotonic() - begun < 8


def test_nobody_there_was_not_heard():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    closed = f"http://127.0.0.1:{port}/"
    for address in (
        closed,
        "http://no-such-host.invalid/",
        "ftp://x/",
        "",
        "http://县平台/ 口",
        "http://[::1",
    ):
        with pytest.raises(wire.NoAnswer) as raised:
            wire.talk(address, b"{}", wait=2)
        assert not raised.value.was_sent and not re.search(r"Error|Errno", str(raised.value)), address


def test_no_more_is_read_than_was_asked_for():
    assert len(wire.talk(Server(reply(b"x" * 5_000)).address, most=100).body) == 101
