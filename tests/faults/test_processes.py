"""What docker-compose.yml says, started by hand: roles.sh, owner's commands, gunicorn, worker, beat, nginx in front.

No container engine runs here, so the test reads the commands out of the files and runs them on this machine.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import warnings
from contextlib import suppress
from types import SimpleNamespace

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

    def start(command, role="mingqian_app", wait=False):
        environment = env | {"DATABASE_URL": postgres.url("mingqian", role)}
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
    conf = conf.replace("web:8000", f"127.0.0.1:{web_port}").replace("listen 80;", f"listen 127.0.0.1:{port};")
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


def ask(house, path, at="127.0.0.1", **headers):
    request = urllib.request.Request(f"http://{at}:{house.port}{path}", headers=headers)
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
    house.start(house.web)
    house.start(house.nginx)
    healthz = wait_for(lambda: (found := ask(house, "/healthz")).status == 200 and found, 30)
    assert json.loads(healthz.body) == {"database": "ok", "redis": "ok", "worker": "never", "waiting": 0}
    worker = house.start(shlex.split(SERVICES["worker"]["command"]))
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
    # Redis is killed: pages stay, health says so; PostgreSQL is killed: 503 and “try again”, then it is back
    house.redis.kill()
    assert ask(house, "/draws/").status == 200
    assert json.loads(ask(house, "/healthz").body)["redis"] == "down"
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
