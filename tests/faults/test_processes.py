"""What docker-compose.yml says, started by hand: roles.sh, owner's commands, gunicorn,
worker, beat, nginx in front.

No container engine runs here, so the test reads the commands out of the files and runs them on this machine.
"""

import http.cookiejar
import json
import os
import re
import shlex
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from types import SimpleNamespace

import psycopg2
import pytest
from django.conf import settings

from config.schedule import QUEUES

from .. import ground
from ..servers import Postgres, Redis, free_port
from .conftest import ROOT, wait_for
from .production import HAS_IPV6, LETTER, SERVICES, ask, in_front


@pytest.fixture
def house(tmp_path, alone):
    if not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("TEST_REDIS_URL 未设置：部署进程的检验已跳过")
    postgres, redis, started = Postgres(), Redis(), []
    var, served, web_port, port = tmp_path / "var", tmp_path / "served", free_port(), free_port()
    var.mkdir()
    passwords = {"OWNER_PASSWORD": "owner's secret", "APP_PASSWORD": "app-secret"}
    env = os.environ | {
        "PATH": f"{alone}:{os.environ['PATH']}",
        "MINGQIAN_VAR": str(var),
        "MINGQIAN_SERVED": str(served),
        "REDIS_URL": redis.url,
        "SWEEP_EVERY": "1",
        "SECRET_KEY": "a" * 60,
        "FIELD_KEYS": settings.FIELD_KEYS,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "STATIC_VERSIONED": "yes",
        "HANDS_OVER": "yes",
        "PROXIES": "1",
    }

    def start(command, role="mingqian_app", wait=False, service=None, database="mingqian", **more):
        limits = {"PGOPTIONS": SERVICES[service]["environment"]["PGOPTIONS"]} if service else {}
        environment = env | {"DATABASE_URL": postgres.url(database, role)} | limits | more
        run = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        started.append(run)
        return run.wait(300) if wait else run

    roles = subprocess.run(
        ["sh", "config/deploy/roles.sh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ
        | passwords
        | {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "POSTGRES_USER": "postgres"},
    )
    image = (ROOT / "Dockerfile").read_text()
    web = json.loads(re.search(r"^CMD (\[.*\])$", image, re.M)[1])
    web[web.index("0.0.0.0:8000")] = f"127.0.0.1:{web_port}"
    nginx = in_front(tmp_path, "plain", port, web_port, served)
    yield SimpleNamespace(
        roles=roles,
        start=start,
        web=web,
        postgres=postgres,
        redis=redis,
        port=port,
        var=var,
        served=served,
        nginx=nginx,
        env=env,
        web_port=web_port,
    )
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, 9)
        each.wait(10)
    redis.stop()
    postgres.stop()


def test_the_processes_of_production_work_together(house):
    # this cluster is to be made by roles.sh
    house.postgres.run("DROP ROLE mingqian_owner; DROP ROLE mingqian_app")
    assert house.roles.returncode != 0  # … which says so when they are there already
    again = subprocess.run(
        ["sh", "config/deploy/roles.sh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ
        | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(house.postgres.port),
            "OWNER_PASSWORD": "owner's secret",
            "APP_PASSWORD": "app-secret",
        },
    )
    assert again.returncode == 0, again.stderr
    assert house.start(shlex.split(SERVICES["migrate"]["command"]), "mingqian_owner", wait=True) == 0
    assert (house.served / "static/css/site.css").exists()
    house.start(house.web, service="web")
    for name in ("window", "phones"):  # the same program in processes of their own
        alone = free_port()
        said = (
            SERVICES[name]["command"]
            .replace("0.0.0.0:8000", f"127.0.0.1:{alone}")
            .replace(" *", " 127.0.0.1")
        )
        house.start(shlex.split(said), service=name)
        assert wait_for(lambda at=alone: ask(SimpleNamespace(port=at), "/healthz").status == 200, 120), name
    house.start(house.nginx)
    # the first start of a fresh environment compiles everything; how fast it comes back is asked further down
    healthz = wait_for(lambda: (found := ask(house, "/healthz")).status == 200 and found, 120)
    assert json.loads(healthz.body) == {"database": "ok", "redis": "ok", "worker": "never", "waiting": 0}
    worker = house.start(shlex.split(SERVICES["worker"]["command"]), service="worker")
    house.start(shlex.split(SERVICES["people"]["command"]), service="people")
    slow = house.start(shlex.split(SERVICES["slow"]["command"]), service="slow")
    house.start(shlex.split(SERVICES["log"]["command"]), service="log")
    house.start(shlex.split(SERVICES["beat"]["command"].replace("/var/lib/mingqian", str(house.var))))
    assert wait_for(lambda: json.loads(ask(house, "/healthz").body)["worker"] == "ok", 120)
    alive = "SELECT DISTINCT split_part(name, '@', 1) FROM registries_pulse WHERE name LIKE 'worker %'"
    queues = {f"worker {each}" for each in QUEUES}
    assert wait_for(lambda: {row[0] for row in house.postgres.run(alive, "mingqian")} == queues, 60)
    # the public log's files from the disk: a tile is kept for long; a checkpoint, and what lacks, by nobody
    tile = house.served / "log/990101/tile/0/000.p/1"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(b"x" * 32)
    (house.served / "log/990101/checkpoint").write_text("x")
    answers = [ask(house, f"/log/990101/{name}") for name in ("tile/0/000.p/1", "checkpoint", "tile/0/001")]
    assert [(each.status, each.headers["Cache-Control"]) for each in answers] == [
        (200, "public, max-age=31536000, immutable"),
        (200, "no-store"),
        (404, "no-store"),
    ]
    # pages through nginx, static files from the disk, packed
    page = ask(house, "/", **{"Accept-Encoding": "gzip"})
    assert (
        page.status == 200
        and page.headers["Content-Security-Policy"]
        and page.headers["Content-Encoding"] == "gzip"
    )
    if HAS_IPV6:
        assert ask(house, "/", at="[::1]", Host="localhost").body == ask(house, "/", Host="localhost").body
    else:
        warnings.warn("本机没有 IPv6：经 IPv6 访问的检验已跳过", stacklevel=1)
    named = re.search(r'href="(/static/css/site\.[0-9a-f]{12}\.css)"', ask(house, "/").body.decode())[1]
    # another version has another name
    assert "max-age=31536000" in ask(house, named).headers["Cache-Control"]
    style = ask(house, "/static/css/site.css")
    assert (
        style.status == 200
        and style.headers["Server"] == "nginx"
        and "max-age=3600" in style.headers["Cache-Control"]
    )
    assert ask(house, "/static/../secrets.json").status in (400, 404)
    assert ask(house, "/", Host="evil.example").status == 400
    # the demonstration is played on these very processes, as the application's role
    assert house.start(["python", "manage.py", "seed_demo"], wait=True) == 0
    assert ask(house, "/draws/").body.count(b"990101-") >= 3
    # the service of the backups, by its own command but for the waiting, and back into a new
    # database and a new folder
    copies, again = house.var.parent / "backups", house.var.parent / "again"
    command = SERVICES["backup"]["command"].partition(" --daily")[0].replace("${BACKUPS_KEPT:-14}", "14")
    command = shlex.split(command.replace("/backups", str(copies)))
    assert house.start(command, "mingqian_owner", wait=True) == 0
    house.postgres.run("CREATE DATABASE again OWNER mingqian_owner TEMPLATE template0")
    restore = ["python", "manage.py", "restore", str(next(copies.glob("*.tar")))]
    assert (
        house.start(
            restore,
            "mingqian_owner",
            wait=True,
            database="again",
            MINGQIAN_VAR=str(again),
            MINGQIAN_SERVED=str(again),
        )
        == 0
    )
    rows = "SELECT COUNT(*), MAX(digest) FROM registries_journalentry WHERE seq = 50"
    assert house.postgres.run(rows, "again") == house.postgres.run(rows, "mingqian")
    # a whole list is written once and goes out from nginx' own hand
    listed = ask(house, "/results.csv")
    assert (
        listed.status == 200
        and "公示编号" in listed.body.decode()
        and "X-Accel-Redirect" not in listed.headers
    )
    assert list((house.served / "public").glob("results-*.csv"))[0].read_bytes() == listed.body
    assert ask(house, "/kept/" + next((house.served / "public").glob("results-*.csv")).name).status == 404
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
    # somebody's transaction stands still with the journal in its hand: every page is there,
    # an act is refused in words,
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
    assert wait_for(lambda: ask(house, "/letters/report/", data=LETTER).status == 200, 60)
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
    # They wait for both to come back; one that Celery itself gives up is started again, as compose does.
    for each, name in ((worker, "worker"), (slow, "slow")):
        assert SERVICES[name]["restart"] == "unless-stopped"
        if each.poll() is not None:
            house.start(shlex.split(SERVICES[name]["command"]), service=name)
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


BEFORE = ("registries", "0038_ledger")  # the step after it widens a table


@pytest.mark.trial
def test_a_migration_under_readers_steps_aside_and_tries_again(house):
    """Somebody reads for long in one transaction; a migration that waited for them
    would make everybody wait."""
    owner, migrate = "mingqian_owner", shlex.split(SERVICES["migrate"]["command"])
    house.postgres.run("CREATE DATABASE mingqian OWNER mingqian_owner TEMPLATE template0")
    if not ground.dump_into(house.postgres, "mingqian", owner):
        assert house.start(migrate, owner, wait=True) == 0
    for command in (["manage.py", "grant", "mingqian_app"], ["-m", "tests.backwards", *BEFORE]):
        assert house.start(["python", *command], owner, wait=True) == 0
    reader = psycopg2.connect(house.postgres.url("mingqian", "mingqian_app"))
    with reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM registries_storedfile")
    migrating, waits = house.start(migrate, owner, service="migrate"), []
    until = time.monotonic() + 60  # until it was in the way once
    while max(waits, default=0) < 0.5 and time.monotonic() < until:
        began = time.monotonic()
        house.postgres.run("SELECT COUNT(*) FROM registries_storedfile", "mingqian", "mingqian_app")
        waits.append(time.monotonic() - began)
        time.sleep(0.5)
    assert migrating.poll() is None and 0.5 < max(waits) < 4  # it was in the way, and stepped aside
    reader.rollback()
    assert migrating.wait(60) == 0
    columns = (
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'registries_storedfile' "
        "AND column_name = 'sm3'"
    )
    assert house.postgres.run(columns, "mingqian") == [(1,)]
