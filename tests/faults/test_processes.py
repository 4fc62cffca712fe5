"""What docker-compose.yml says, started by hand: roles.sh, owner's commands, gunicorn, worker, beat, nginx in front.

No container engine runs here, so the test reads the commands out of the files and runs them on this machine.
"""

import http.server
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from contextlib import suppress
from types import SimpleNamespace

import psycopg2
import pytest
import yaml
from django.conf import settings

from ..servers import Postgres, Redis, free_port
from .conftest import ROOT, wait_for

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_every_service_has_its_command_and_order():
    assert set(SERVICES) == {"db", "redis", "migrate", "web", "worker", "beat", "nginx", "owner", "backup"}
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "mingqian_app:" in SERVICES[name]["environment"]["DATABASE_URL"]
        assert "OWNER" not in str(SERVICES[name]["environment"]) and "env_file" not in SERVICES[name]
    for name in ("migrate", "owner", "backup"):
        assert "mingqian_owner:" in SERVICES[name]["environment"]["DATABASE_URL"]
    for volumes in (each.get("volumes", []) for each in SERVICES.values()):
        for source in (each.split(":")[0] for each in volumes):
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source


def test_every_variable_is_explained_in_the_example_and_reaches_its_process():
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    settings_file = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|_switch|read_secret)\("([A-Z_]+)"', settings_file))
    assert asked | read - {"DATABASE_URL"} <= named
    assert named - {"MINGQIAN_VAR"} <= asked  # the image sets where files lie
    for name in ("web", "worker", "beat", "migrate", "owner", "backup"):
        assert read - {"MINGQIAN_VAR", "DATABASE_URL"} <= set(SERVICES[name]["environment"]), name
    assert len({SERVICES[name]["image"] for name in ("web", "worker", "beat", "migrate", "owner", "backup")}) == 1


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The commands of an environment that holds requirements.txt and nothing else, as the image does."""
    home = tmp_path_factory.mktemp("production") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    install = [
        home / "bin/python",
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ]
    subprocess.run(install, cwd=ROOT, check=True)
    return home / "bin"


@pytest.fixture
def house(tmp_path, alone):
    if not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("TEST_REDIS_URL 未设置：部署进程的检验已跳过")
    postgres, redis, started = Postgres(), Redis(), []
    var, web_port, port = tmp_path / "var", free_port(), free_port()
    var.mkdir()
    passwords = {"OWNER_PASSWORD": "owner's secret", "APP_PASSWORD": "app-secret"}
    env = os.environ | {
        "PATH": f"{alone}:{os.environ['PATH']}", "MINGQIAN_VAR": str(var), "REDIS_URL": redis.url, "SWEEP_EVERY": "1",
        "SECRET_KEY": "a" * 60, "FIELD_KEYS": settings.FIELD_KEYS, "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }  # fmt: skip

    def start(command, role="mingqian_app", wait=False, service=None):
        limits = {"PGOPTIONS": SERVICES[service]["environment"]["PGOPTIONS"]} if service else {}
        environment = env | {"DATABASE_URL": postgres.url("mingqian", role)} | limits
        run = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        started.append(run)
        return run.wait(120) if wait else run

    roles = subprocess.run(
        ["sh", "config/deploy/roles.sh"], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | passwords | {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "POSTGRES_USER": "postgres"},
    )  # fmt: skip
    image = (ROOT / "Dockerfile").read_text()
    web = json.loads(re.search(r"^CMD (\[.*\])$", image, re.M)[1])
    web[web.index("0.0.0.0:8000")] = f"127.0.0.1:{web_port}"
    conf = (ROOT / "config/deploy/nginx.conf").read_text()
    conf = conf.replace("set $mingqian web:8000", f"set $mingqian 127.0.0.1:{web_port}").replace(
        "listen 80;", f"listen 127.0.0.1:{port};"
    )
    assert "listen [::]:80;" in conf
    conf = conf.replace("listen [::]:80;", f"listen [::1]:{port};" if HAS_IPV6 else "")
    conf = conf.replace("/var/lib/mingqian", str(var))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; client_body_temp_path {tmp_path}/body; "
        f"proxy_temp_path {tmp_path}/proxy; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; "
        f"scgi_temp_path {tmp_path}/s;\n{conf}\n}}"
    )
    (tmp_path / "user").write_text("")
    yield SimpleNamespace(
        roles=roles, start=start, web=web, postgres=postgres, redis=redis, port=port, var=var,
        nginx=["/usr/sbin/nginx", "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off; user root;"], env=env,
    )  # fmt: skip
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, 9)
        each.wait(10)
    redis.stop()
    postgres.stop()


def _has_ipv6():
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


HAS_IPV6 = _has_ipv6()


LETTER = urllib.parse.urlencode({"text": "某厂夜里排放烟尘，请来看看。"}).encode()


def ask(house, path, at="127.0.0.1", data=None, **headers):
    request = urllib.request.Request(f"http://{at}:{house.port}{path}", data=data, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as refused:
        answer = refused
    except OSError:
        return SimpleNamespace(status=0, headers={}, body=b"")
    return SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())


def test_the_processes_of_production_work_together(house):
    house.postgres.run("DROP ROLE mingqian_owner; DROP ROLE mingqian_app")  # this cluster is to be made by roles.sh
    assert house.roles.returncode != 0  # … which says so when they are there already
    again = subprocess.run(
        ["sh", "config/deploy/roles.sh"], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(house.postgres.port), "OWNER_PASSWORD": "owner's secret",
                          "APP_PASSWORD": "app-secret"},
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert house.start(["sh", "-c", shlex.split(SERVICES["migrate"]["command"])[2]], "mingqian_owner", wait=True) == 0
    assert (house.var / "static/css/site.css").exists()
    house.start(house.web, service="web")
    house.start(house.nginx)
    healthz = wait_for(lambda: (found := ask(house, "/healthz")).status == 200 and found, 30)
    assert json.loads(healthz.body) == {"database": "ok", "redis": "ok", "worker": "never", "waiting": 0}
    worker = house.start(shlex.split(SERVICES["worker"]["command"]), service="worker")
    house.start(shlex.split(SERVICES["beat"]["command"].replace("/var/lib/mingqian", str(house.var))))
    assert wait_for(lambda: json.loads(ask(house, "/healthz").body)["worker"] == "ok", 40)
    # pages through nginx, static files from the disk, packed
    page = ask(house, "/", **{"Accept-Encoding": "gzip"})
    assert page.status == 200 and page.headers["Content-Security-Policy"] and page.headers["Content-Encoding"] == "gzip"
    if HAS_IPV6:
        assert ask(house, "/", at="[::1]", Host="localhost").body == ask(house, "/", Host="localhost").body
    else:
        warnings.warn("本机没有 IPv6：经 IPv6 访问的检验已跳过", stacklevel=1)
    style = ask(house, "/static/css/site.css")
    assert (
        style.status == 200 and style.headers["Server"] == "nginx" and "max-age=3600" in style.headers["Cache-Control"]
    )
    assert ask(house, "/static/../secrets.json").status in (400, 404)
    assert ask(house, "/", Host="evil.example").status == 400
    # the demonstration is played on these very processes, as the application's role
    assert house.start(["python", "manage.py", "seed_demo"], wait=True) == 0
    assert ask(house, "/draws/").body.count(b"990101-") >= 3
    # what nginx answers by itself has a policy too, and what gunicorn answers has one and not two
    for answer in (style, ask(house, "/static/none.css"), page, ask(house, "/nothing/")):
        assert len(answer.headers.get_all("Content-Security-Policy")) == 1
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    # somebody's transaction stands still with the journal in its hand: every page is there, an act is refused in words,
    # and by itself it goes on
    stuck = psycopg2.connect(
        house.postgres.url("mingqian", "mingqian_app"), options=SERVICES["web"]["environment"]["PGOPTIONS"]
    )
    with stuck.cursor() as cursor:
        cursor.execute("SELECT id FROM registries_bureau ORDER BY code")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x4A4F, cursor.fetchone()[0]])
        began = time.monotonic()
        refused = ask(house, "/letters/report/", data=LETTER)
        assert refused.status == 503 and refused.headers["Retry-After"] and time.monotonic() - began < 12
        for path in ("/", "/draws/", "/results/?q=x", "/login/", "/healthz"):
            began = time.monotonic()
            assert ask(house, path).status == 200 and time.monotonic() - began < 5, path
    assert wait_for(lambda: ask(house, "/letters/report/", data=LETTER).status == 200, 30)
    # Redis is killed: pages stay, health says so; PostgreSQL is killed: 503 and “try again”, then it is back
    house.redis.kill()
    assert ask(house, "/draws/").status == 200
    assert json.loads(ask(house, "/healthz").body)["redis"] == "down"
    assert "回执号".encode() in ask(house, "/letters/report/", data=LETTER).body  # no letter is lost
    house.postgres.kill()
    assert ask(house, "/healthz").status == 503
    # a page kept by the web server may still answer for its minute; one that nobody has asked for cannot
    away = ask(house, "/results/?q=nobody")
    assert away.status == 503 and away.headers["Retry-After"] == "30" and "没有提交成功".encode() in away.body
    house.postgres.start()
    assert wait_for(lambda: ask(house, "/results/?q=nobody").status == 200, 20)
    house.redis.start()
    assert worker.poll() is None  # it waited for both to come back
    assert wait_for(lambda: json.loads(ask(house, "/healthz").body)["worker"] == "ok", 60)


def _answers(name, at):
    """A name server on loopback that knows one name, as UDP packets: the question back, with `at["address"]`."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                asked, who = server.recvfrom(512)
                end = asked.index(b"\0", 12) + 5
                is_address = asked[end - 4 : end - 2] == b"\0\1"
                answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(at["address"]) if is_address else b""
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
    servers = [http.server.ThreadingHTTPServer((address, web), _Name) for address in ("127.0.0.1", "127.0.0.2")]
    for each in servers:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    conf = (ROOT / "config/deploy/nginx.conf").read_text()
    for old, new in [
        ("resolver 127.0.0.11 valid=5s", f"resolver 127.0.0.1:{names.getsockname()[1]} valid=1s ipv6=off"),
        ("set $mingqian web:8000", f"set $mingqian web:{web}"), ("listen 80;", f"listen 127.0.0.1:{port};"), ("listen [::]:80;", ""),
    ]:  # fmt: skip
        assert old in conf
        conf = conf.replace(old, new)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\nhttp {{ access_log off; "
        + "".join(
            f"{name}_temp_path {tmp_path}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"\n{conf}\n}}"
    )
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off; user root;"])
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
