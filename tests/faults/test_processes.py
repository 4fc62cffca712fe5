"""What docker-compose.yml says, started by hand: roles.sh, owner's commands, gunicorn, worker, beat, nginx in front.

No container engine runs here, so the test reads the commands out of the files and runs them on this machine.
"""

import http.cookiejar
import http.server
import json
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest
import yaml
from django.conf import settings

from .. import ground
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
        for each in volumes:
            source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", each).split(":")[0]  # as it is where .env says nothing
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source
    fronts = re.search(r"How nginx stands in front: (.+?)\. See", (ROOT / ".env.example").read_text(), re.S)[1]
    for front in ("plain", "tls", "gateway"):
        assert front in fronts and (ROOT / f"config/deploy/nginx/{front}.conf").exists()
    ports = {re.sub(r"\$\{\w+:-(\d+)\}", r"\1", each).split(":")[1] for each in SERVICES["nginx"]["ports"]}
    listened = {
        port
        for each in (ROOT / "config/deploy/nginx").glob("*.conf")
        for port in re.findall(r"listen (\d+)", each.read_text())
    }
    assert ports == listened == {"80", "443"} and "EXPOSE 8000" in (ROOT / "Dockerfile").read_text()
    used = {volume for each in SERVICES.values() for volume in (one.split(":")[0] for one in each.get("volumes", []))}
    assert set(COMPOSE["volumes"]) <= used
    mounted = {each.split(":")[1] for each in SERVICES["nginx"]["volumes"] if ".inc" in each}
    said = "".join(each.read_text() for each in (ROOT / "config/deploy/nginx").iterdir())
    assert mounted == set(re.findall(r"include (/etc/nginx/[\w.-]+\.inc)", said))


def test_every_variable_is_explained_in_the_example_and_reaches_its_process():
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    set_here = {"MINGQIAN_VAR", "MINGQIAN_SERVED", "PROMETHEUS_MULTIPROC_DIR"}  # by the image or the compose file
    settings_file = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|_switch|read_secret)\("([A-Z_]+)"', settings_file))
    assert asked | read - {"DATABASE_URL", "PROMETHEUS_MULTIPROC_DIR"} <= named
    assert named - set_here <= asked  # the image sets where files lie
    for name in ("web", "worker", "beat", "migrate", "owner", "backup"):
        assert read - set_here - {"DATABASE_URL"} <= set(SERVICES[name]["environment"]), name
    assert len({SERVICES[name]["image"] for name in ("web", "worker", "beat", "migrate", "owner", "backup")}) == 1


def test_the_units_are_sound_and_start_what_the_containers_start(tmp_path, alone):
    """The second way, for offices without containers: the same commands, limits and owner's duties."""
    units = {each.name: each.read_text() for each in (ROOT / "config/deploy/systemd").glob("mingqian-*")}
    for name, text in units.items():
        led = text.replace("/srv/mingqian/.venv/bin", str(alone)).replace("/srv/mingqian", str(ROOT))
        led = led.replace("User=mingqian", "User=root")
        (tmp_path / name).write_text(led)
    for name in units:
        told = subprocess.run(["systemd-analyze", "verify", tmp_path / name], capture_output=True, text=True)
        assert told.returncode == 0 and name not in told.stderr, told.stderr

    def started(name):
        found = re.findall(r"^ExecStart=(.+)$", units[f"mingqian-{name}.service"], re.M)
        return [each.replace("/srv/mingqian/.venv/bin/", "") for each in found]

    web = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)[1])
    near = " ".join(web).replace("0.0.0.0:8000", "127.0.0.1:8000").replace("allow-ips *", "allow-ips 127.0.0.1")
    assert started("web") == [near]
    for name in ("worker", "beat"):
        assert started(name) == [SERVICES[name]["command"]]
    assert started("migrate") == [f"/bin/{SERVICES['migrate']['command']}"]
    for name in ("web", "worker", "migrate"):
        assert f'"PGOPTIONS={SERVICES[name]["environment"]["PGOPTIONS"]}"' in units[f"mingqian-{name}.service"]
    for name in ("migrate", "backup"):
        assert "owner.env" in units[f"mingqian-{name}.service"]
    assert "OnCalendar=*-*-* 02:40:00" in units["mingqian-backup.timer"]
    assert (
        "manage.py backup --folder" in started("backup")[0]
        and "manage.py backup --folder" in SERVICES["backup"]["command"]
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The commands of an environment that holds requirements.txt and nothing else, as the image does."""
    home = tmp_path_factory.mktemp("production") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    uv = Path(sys.executable).with_name("uv")  # as in the Makefile: ten times faster where it is
    pip = [uv, "pip", "install", "--python", home / "bin/python"] if uv.exists() else [home / "bin/pip", "install"]
    subprocess.run([*pip, "-q", "-r", "requirements.txt"], cwd=ROOT, check=True)
    return home / "bin"


def in_front(folder, front, port, web_port, var, names=None, tls_port=None):
    """nginx with the configuration of FRONT, its paths and ports led to this machine. Returns the command that starts it.

    `names`: the port of a name server that is asked for "web"; without one web stands on 127.0.0.1.
    """
    web = f"set $mingqian web:{web_port}" if names else f"set $mingqian 127.0.0.1:{web_port}"
    led = [
        ("set $mingqian web:8000", web), ("/var/lib/mingqian-served", str(var)), ("/etc/nginx/", f"{folder}/"),
        ("resolver 127.0.0.11 valid=5s", f"resolver 127.0.0.1:{names or 53} valid=1s ipv6=off"),
        ("listen 80;", f"listen 127.0.0.1:{port};"), ("listen [::]:80;", f"listen [::1]:{port};" if HAS_IPV6 else ""),
        ("listen 443 ssl;", f"listen 127.0.0.1:{tls_port} ssl;"),
        ("listen [::]:443 ssl;", f"listen [::1]:{tls_port} ssl;" if HAS_IPV6 else ""),
    ]  # fmt: skip
    for each in (ROOT / "config/deploy/nginx").iterdir():
        text = each.read_text()
        for old, new in led:
            text = text.replace(old, new)
        (folder / each.name).write_text(text)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        (folder / "nginx.conf")
        .read_text()
        .replace("user nginx;", "user root;")
        .replace("http {", f"http {{ {temporary}")
    )
    whole = whole.replace("/var/run/nginx.pid", f"{folder}/pid").replace("/var/log/nginx", str(folder))
    whole = whole.replace(f"{folder}/mime.types", "/etc/nginx/mime.types").replace("conf.d/*.conf", f"{front}.conf")
    (folder / "nginx.conf").write_text(whole)
    return ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


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
        "STATIC_VERSIONED": "yes", "HANDS_OVER": "yes", "PROXIES": "1",
    }  # fmt: skip

    def start(command, role="mingqian_app", wait=False, service=None, database="mingqian", **more):
        limits = {"PGOPTIONS": SERVICES[service]["environment"]["PGOPTIONS"]} if service else {}
        environment = env | {"DATABASE_URL": postgres.url(database, role)} | limits | more
        run = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        started.append(run)
        return run.wait(300) if wait else run

    roles = subprocess.run(
        ["sh", "config/deploy/roles.sh"], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | passwords | {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "POSTGRES_USER": "postgres"},
    )  # fmt: skip
    image = (ROOT / "Dockerfile").read_text()
    web = json.loads(re.search(r"^CMD (\[.*\])$", image, re.M)[1])
    web[web.index("0.0.0.0:8000")] = f"127.0.0.1:{web_port}"
    nginx = in_front(tmp_path, "plain", port, web_port, var)
    yield SimpleNamespace(
        roles=roles, start=start, web=web, postgres=postgres, redis=redis, port=port, var=var,
        nginx=nginx, env=env, web_port=web_port,
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
    assert house.start(shlex.split(SERVICES["migrate"]["command"]), "mingqian_owner", wait=True) == 0
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
    named = re.search(r'href="(/static/css/site\.[0-9a-f]{12}\.css)"', ask(house, "/").body.decode())[1]
    assert "max-age=31536000" in ask(house, named).headers["Cache-Control"]  # another version has another name
    style = ask(house, "/static/css/site.css")
    assert (
        style.status == 200 and style.headers["Server"] == "nginx" and "max-age=3600" in style.headers["Cache-Control"]
    )
    assert ask(house, "/static/../secrets.json").status in (400, 404)
    assert ask(house, "/", Host="evil.example").status == 400
    # the demonstration is played on these very processes, as the application's role
    assert house.start(["python", "manage.py", "seed_demo"], wait=True) == 0
    assert ask(house, "/draws/").body.count(b"990101-") >= 3
    # the service of the backups, by its own command but for the waiting, and back into a new database and a new folder
    copies, again = house.var.parent / "backups", house.var.parent / "again"
    command = SERVICES["backup"]["command"].partition(" --daily")[0].replace("${BACKUPS_KEPT:-14}", "14")
    command = shlex.split(command.replace("/backups", str(copies)))
    assert house.start(command, "mingqian_owner", wait=True) == 0
    house.postgres.run("CREATE DATABASE again OWNER mingqian_owner TEMPLATE template0")
    restore = ["python", "manage.py", "restore", str(next(copies.glob("*.tar")))]
    assert house.start(restore, "mingqian_owner", wait=True, database="again", MINGQIAN_VAR=str(again)) == 0
    rows = "SELECT COUNT(*), MAX(digest) FROM registries_journalentry WHERE seq = 50"
    assert house.postgres.run(rows, "again") == house.postgres.run(rows, "mingqian")
    # a whole list is written once and goes out from nginx' own hand
    listed = ask(house, "/results.csv")
    assert listed.status == 200 and "公示编号" in listed.body.decode() and "X-Accel-Redirect" not in listed.headers
    assert list((house.var / "public").glob("results-*.csv"))[0].read_bytes() == listed.body
    assert ask(house, "/kept/" + next((house.var / "public").glob("results-*.csv")).name).status == 404
    # what nginx answers by itself has a policy too, and what gunicorn answers has one and not two
    for answer in (style, ask(house, "/static/none.css"), page, ask(house, "/nothing/")):
        assert len(answer.headers.get_all("Content-Security-Policy")) == 1
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    # whoever takes too much is told when to come again, and the pages are there
    many = [ask(house, f"/results.json?q={n}").status for n in range(90)]
    assert set(many) <= {200, 429} and many[:40] == [200] * 40 and 429 in many
    late = ask(house, "/results.json?q=late")
    assert late.status == 429 and late.headers["Retry-After"] == "60" and "太多" in late.body.decode()
    assert ask(house, "/results/").status == 200 and len(late.headers.get_all("Content-Security-Policy")) == 1
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
    assert _signs_in(house), "without Redis too"
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


def _signs_in(house):
    """Whether the demonstration's officer gets in and is asked for a second factor, as in production."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    base = f"http://127.0.0.1:{house.port}"
    opener.open(f"{base}/login/", timeout=10)
    token = next(each.value for each in jar if each.name == "csrftoken")
    password = json.loads((house.var / "demo-signins.json").read_text())["password"]
    form = {"username": "officer", "password": password, "csrfmiddlewaretoken": token}
    page = opener.open(f"{base}/login/", urllib.parse.urlencode(form).encode(), timeout=10)
    return page.url.endswith("/account/second-factor/") and any(each.name == "sessionid" for each in jar)


def test_a_migration_under_readers_steps_aside_and_tries_again(house):
    """Somebody reads for long in one transaction; a migration that waited for them would make everybody wait."""
    owner, migrate = "mingqian_owner", shlex.split(SERVICES["migrate"]["command"])
    house.postgres.run("CREATE DATABASE mingqian OWNER mingqian_owner TEMPLATE template0")
    if not ground.dump_into(house.postgres, "mingqian", owner):
        assert house.start(migrate, owner, wait=True) == 0
    for command in (["grant", "mingqian_app"], ["migrate", "registries", "0017", "-v0"]):
        assert house.start(["python", "manage.py", *command], owner, wait=True) == 0
    reader = psycopg2.connect(house.postgres.url("mingqian", "mingqian_app"))
    with reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM registries_account")
    migrating, waits = house.start(migrate, owner, service="migrate"), []
    for _ in range(24):
        began = time.monotonic()
        house.postgres.run("SELECT COUNT(*) FROM registries_account", "mingqian", "mingqian_app")
        waits.append(time.monotonic() - began)
        time.sleep(0.5)
    assert migrating.poll() is None and 0.5 < max(waits) < 4  # it was in the way, and stepped aside
    reader.rollback()
    assert migrating.wait(60) == 0
    columns = "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'registries_account' AND column_name = 'sso_name'"
    assert house.postgres.run(columns, "mingqian") == [(1,)]


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


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, alone):
    """The folder of an embedded installation with one bureau, and a certificate for localhost."""
    home = tmp_path_factory.mktemp("embedded")
    env = _environment(alone, home)
    (home / "tls").mkdir()
    found = ["found_bureau", "990101", "青原县应急管理局", "青原", "--officer", "guan"]
    ground.file_into(home / "mingqian.sqlite3")
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"], found):
        subprocess.run(["python", "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", home / "tls/privkey.pem", "-out", home / "tls/fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return home


def _environment(alone, home, **more):
    env = os.environ | {
        "PATH": f"{alone}:{os.environ['PATH']}", "MINGQIAN_VAR": str(home), "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "STATIC_VERSIONED": "yes", **more,
    }  # fmt: skip
    return {name: value for name, value in env.items() if name not in ("DATABASE_URL", "REDIS_URL")}


@pytest.fixture
def served(tmp_path, alone, embedded):
    """gunicorn of the embedded installation behind one of the fronts: start(front, **environment) -> where it answers."""
    started = []

    def start(front, **more):
        web_port, port, tls_port = free_port(), free_port(), free_port()
        env = _environment(alone, embedded, **more)
        (tmp_path / "tls").symlink_to(embedded / "tls")
        web = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{web_port}", "--workers", "1"]
        for command in (web, in_front(tmp_path, front, port, web_port, embedded, tls_port=tls_port)):
            started.append(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        where = SimpleNamespace(port=port, tls_port=tls_port)
        assert wait_for(lambda: ask(where, "/healthz", Host="localhost").status in (200, 301), 30)
        return where

    yield start
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, 9)
        each.wait(10)


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
    for path in ("/", "/login/", "/nothing/", "/desk/", style, "/static/none.css", "/healthz", "/results.csv"):
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
        where, "/login/", urllib.parse.urlencode({"username": "guan", "password": "x"}).encode(),
        **{"Cookie": f"__Host-csrf={token}", "X-CSRFToken": token, "Referer": f"https://localhost:{where.tls_port}/login/"},
    )  # fmt: skip
    assert signed.status == 200 and "密码不对" in signed.read().decode()  # taken, and looked at


def test_behind_one_more_gateway_each_citizen_is_counted_apart(served):
    where = served("gateway", PROXIES="2", LETTERS_AN_HOUR="2", HAS_TLS="yes", STATIC_VERSIONED="yes")

    def write(who):
        told = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": who}
        return ask(where, "/letters/report/", data=LETTER, **told).body.decode()

    for _ in range(2):
        assert "回执号" in write("203.0.113.5")
    assert "回执号" not in write("203.0.113.5") and "回执号" not in write(
        "1.1.1.1, 203.0.113.5"
    )  # nor by a word of their own
    assert "回执号" in write("203.0.113.6")
