"""nginx in front, each of its three ways: whom it finds, what it adds, whom it keeps waiting."""

import http.server
import os
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.urls import get_resolver

from .. import ground
from ..servers import free_port
from .conftest import ROOT, wait_for
from .production import LETTER, ask, in_front


def _answers(name, at):
    """A name server on loopback that knows one name, as UDP packets: the question
    back, with `at["address"]`."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                asked, who = server.recvfrom(512)
                end = asked.index(b"\0", 12) + 5
                is_address = asked[end - 4 : end - 2] == b"\0\1"
                answer = (
                    b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(at["address"]) if is_address else b""
                )
                head = asked[:2] + b"\x81\x80\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
                server.sendto(head + asked[12:end] + answer, who)

    threading.Thread(target=serve, daemon=True).start()
    return server


class _Name(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args):
        pass


def test_nginx_finds_a_web_that_was_made_again_under_another_address(tmp_path):
    at, port, web = {"address": "127.0.0.1"}, free_port(), free_port()
    names = _answers("web", at)
    servers = [
        http.server.ThreadingHTTPServer((address, web), _Name) for address in ("127.0.0.1", "127.0.0.2")
    ]
    for each in servers:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    nginx = subprocess.Popen(in_front(tmp_path, "plain", port, web, tmp_path, names.getsockname()[1]))
    try:
        where = SimpleNamespace(port=port)
        assert wait_for(lambda: ask(where, "/").body == b"127.0.0.1", 10)
        servers[0].shutdown()
        servers[0].server_close()
        at["address"] = "127.0.0.2"
        assert wait_for(lambda: ask(where, "/").body == b"127.0.0.2", 10)
    finally:
        nginx.terminate()
        nginx.wait(10)
        names.close()
        servers[1].shutdown()


class _Lane(_Name):
    """Says whose place it is."""

    def do_GET(self):
        said = self.server.lane.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def _addresses(patterns=None, before="/"):
    """(an address of each page, its view), built from the patterns."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = before + re.sub(
            r"<(?:(int):)?[^>]+>", lambda named: "1" if named[1] else "x", str(each.pattern)
        )
        if hasattr(each, "url_patterns"):
            yield from _addresses(each.url_patterns, path)
        else:
            yield re.sub(r"\(.*?\)|[\^$\\]", "x", path), each.callback


def test_the_desk_the_window_and_the_phones_have_places_of_their_own(tmp_path):
    """However many read or hand in, the desk does not stand in their queue: every address by its lane."""
    ports, port = {name: free_port() for name in ("web", "window", "phones")}, free_port()
    servers = []
    for name, at in ports.items():
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", at), _Lane))
        servers[-1].lane = name
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
    nginx = subprocess.Popen(in_front(tmp_path, "plain", port, ports["web"], tmp_path, apart=ports))
    where = SimpleNamespace(port=port)
    try:
        assert wait_for(lambda: listens(port), 20)
        seen = {"web": 0, "window": 0, "phones": 0}
        for path, view in _addresses():
            is_phones = path.startswith("/desk/field/")
            is_public = getattr(view, "is_window", False) and not is_phones
            lane = "phones" if is_phones else "window" if is_public else "web"
            paths = [path, f"/b/990101{path}"] if is_public else [path]
            for each in paths:
                while (answer := ask(where, each)).status == 429:  # a reader of heavy pages waits
                    time.sleep(1)
                assert answer.body == lane.encode(), (each, answer.body)
            seen[lane] += 1
        assert seen["web"] > 300 and seen["window"] > 30 and seen["phones"] > 3, seen
    finally:
        nginx.terminate()
        nginx.wait(10)
        for each in servers:
            each.shutdown()


def balancer(folder, port, ports):
    """nginx with config/deploy/several/balancer.conf, led to two servers of this machine, without TLS.
    Returns the command that starts it."""
    text = (ROOT / "config/deploy/several/balancer.conf").read_text()
    text = text[: text.index("server {\n    listen 80;")] + text[text.index("server {\n    listen 443") :]
    for old, new in (
        ("app1:80", f"127.0.0.1:{ports[0]}"),
        ("app2:80", f"127.0.0.1:{ports[1]}"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:443 ssl;", ""),
        ("X-Forwarded-Proto https", "X-Forwarded-Proto http"),
    ):
        assert old in text
        text = text.replace(old, new)
    text = "\n".join(line for line in text.splitlines() if "ssl_" not in line)
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (folder / "nginx.conf").write_text(
        f"user root; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; "
        + "".join(f"{each}_temp_path {folder}/{each}; " for each in places)
        + f"{text} }}"
    )
    return ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


def test_in_front_of_several_machines_one_that_dies_is_not_missed(tmp_path):
    """What is asked for is asked of another; what was sent is not sent twice."""
    port, ports = free_port(), [free_port(), free_port()]
    servers = []
    for name, at in zip("ab", ports, strict=True):
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", at), _Lane))
        servers[-1].lane = name
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
    nginx = subprocess.Popen(balancer(tmp_path, port, ports))
    where = SimpleNamespace(port=port)
    try:
        assert wait_for(lambda: listens(port), 20)
        assert {ask(where, "/").body for _ in range(10)} == {b"a", b"b"}
        servers[0].shutdown()
        servers[0].server_close()
        assert [ask(where, "/").body for _ in range(10)] == [b"b"] * 10
    finally:
        nginx.terminate()
        nginx.wait(10)
        servers[1].shutdown()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, alone):
    """The folder of an embedded installation with one bureau, and a certificate for localhost."""
    home = tmp_path_factory.mktemp("embedded")
    env = _environment(alone, home)
    (home / "tls").mkdir()
    found = ["found_bureau", "990101", "青原县应急管理局", "青原", "--officer", "guan", "--security", "an"]
    ground.file_into(home / "mingqian.sqlite3")
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"], found):
        subprocess.run(
            ["python", "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL
        )
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            home / "tls/privkey.pem",
            "-out",
            home / "tls/fullchain.pem",
        ],
        check=True,
        capture_output=True,
    )
    return home


def _environment(alone, home, **more):
    env = os.environ | {
        "PATH": f"{alone}:{os.environ['PATH']}",
        "MINGQIAN_VAR": str(home),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "STATIC_VERSIONED": "yes",
        **more,
    }
    return {name: value for name, value in env.items() if name not in ("DATABASE_URL", "REDIS_URL")}


def listens(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture
def served(tmp_path, alone, embedded):
    """gunicorn of the embedded installation behind one of the fronts: start(front,
    **environment) -> where it answers."""
    started = []

    def start(front, **more):
        web_port, port, tls_port = free_port(), free_port(), free_port()
        env = _environment(alone, embedded, **more)
        (tmp_path / "tls").symlink_to(embedded / "tls")
        web = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{web_port}", "--workers", "1"]
        for command in (web, in_front(tmp_path, front, port, web_port, embedded, tls_port=tls_port)):
            started.append(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        where = SimpleNamespace(port=port, tls_port=tls_port)
        assert wait_for(lambda: listens(web_port) and listens(port), 120)
        return where

    yield start
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, 9)
        each.wait(10)


def test_who_sends_a_byte_a_second_keeps_nobody_waiting(served):
    """One process of gunicorn behind it; fifty slow ones: in the middle of their head, of a
    letter, of reading an answer."""
    where = served("plain", PROXIES="1")
    assert wait_for(lambda: ask(where, "/", Host="localhost").status == 200, 120)
    head = b"POST /letters/report/ HTTP/1.1\r\nHost: localhost\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
    read = b"GET /static/js/view.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = []
    for n in range(50):
        slow.append(socket.create_connection(("127.0.0.1", where.port)))
        slow[-1].sendall((head + form, head, read)[n % 3])
    for _ in range(5):
        for n, each in enumerate(slow):
            each.recv(1) if n % 3 == 2 else each.send(b"x")
        for path in ("/", "/results/", "/login/", "/healthz"):
            began = time.monotonic()
            assert ask(where, path, Host="localhost").status == 200 and time.monotonic() - began < 2, path
        began = time.monotonic()
        assert "回执号".encode() in ask(where, "/letters/report/", data=LETTER, Host="localhost").body
        assert time.monotonic() - began < 3
        time.sleep(1)
    for each in slow:
        each.close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def over_tls(where, path, data=None, **headers):
    """An answer of the TLS door, as it comes: no redirect is followed, the certificate is our own."""
    anyones = ssl.create_default_context()
    anyones.check_hostname, anyones.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=anyones))
    request = urllib.request.Request(f"https://localhost:{where.tls_port}{path}", data=data, headers=headers)
    try:
        return opener.open(request, timeout=20)
    except urllib.error.HTTPError as refused:
        return refused


def test_over_tls_http_leads_to_it_and_cookies_are_this_hosts_alone(served):
    where = served("tls", HAS_TLS="yes", STATIC_VERSIONED="yes", HANDS_OVER="yes")
    plain = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError) as led:
        plain.open(f"http://127.0.0.1:{where.port}/draws/?page=2", timeout=10)
    assert led.value.code == 301 and led.value.headers["Location"] == "https://127.0.0.1/draws/?page=2"
    page = over_tls(where, "/login/")
    cookies = page.headers.get_all("Set-Cookie")
    assert [each.split("=")[0] for each in cookies] == ["__Host-csrf"]
    assert all("Secure" in each and "Path=/" in each and "Domain" not in each for each in cookies)
    style = re.search(r'href="(/static/css/site[^"]+)"', page.read().decode())[1]
    for path in (
        "/",
        "/login/",
        "/nothing/",
        "/desk/",
        style,
        "/static/none.css",
        "/healthz",
        "/results.csv",
    ):
        headers = over_tls(where, path).headers
        for name in (
            "Strict-Transport-Security",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
        ):
            assert len(headers.get_all(name) or []) == 1, (path, name, headers.get_all(name))
    token = re.search(r"__Host-csrf=(\w+)", cookies[0])[1]
    signed = over_tls(
        where,
        "/login/",
        urllib.parse.urlencode({"username": "guan", "password": "x"}).encode(),
        **{
            "Cookie": f"__Host-csrf={token}",
            "X-CSRFToken": token,
            "Referer": f"https://localhost:{where.tls_port}/login/",
        },
    )
    assert signed.status == 200 and "密码不对" in signed.read().decode()  # taken, and looked at


def test_behind_one_more_gateway_each_citizen_is_counted_apart(served):
    where = served("gateway", PROXIES="2", LETTERS_AN_HOUR="2", HAS_TLS="yes", STATIC_VERSIONED="yes")

    def write(who):
        told = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": who}
        return ask(where, "/letters/report/", data=LETTER, **told).body.decode()

    for _ in range(2):
        assert "回执号" in write("203.0.113.5")
    # nor by a word of their own
    assert "回执号" not in write("203.0.113.5") and "回执号" not in write("1.1.1.1, 203.0.113.5")
    assert "回执号" in write("203.0.113.6")
