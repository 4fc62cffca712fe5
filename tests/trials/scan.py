"""Scans with their own tools, in an environment of their own: wapiti over the production processes, with a
planted hole that it must find; bandit over the code; a list of all parts (SBOM). What is excused stands
line by line in excused.json."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from ..faults.conftest import wait_for
from ..faults.production import SERVICES, ask, in_front
from ..servers import APP, OWNER, Postgres, Redis, free_port

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv/scan"
MODULES = "xss,sql,csp,http_headers,cookieflags,redirect,file,exec,crlf"
EXCUSED = json.loads(Path(__file__).with_name("excused.json").read_text(encoding="utf-8"))


def run():
    """What was looked at; raises with what was found."""
    _install()
    found = [*_bandit()]
    with (
        tempfile.TemporaryDirectory(prefix="mingqian-scan-") as home,
        _site(Path(home), "config.wsgi") as (port, name),
    ):
        found += _wapiti(port, Path(home) / "anybody", 90)
        cookie = _signed_in(port, name, Path(home))
        found += _wapiti(port, Path(home) / "clerk", 100, cookie)
    with (
        tempfile.TemporaryDirectory(prefix="mingqian-scan-") as home,
        _site(Path(home), "tests.trials.planted_wsgi") as (port, _),
    ):
        planted = _wapiti(port, Path(home) / "planted", 40, start="planted/?q=a", scope="page")
    assert any("Cross Site Scripting" in each["what"] for each in planted), f"没有找到埋下的漏洞：{planted}"
    (ROOT / "var/scan.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
    left = [each for each in found if not any(_fits(each, known) for known in EXCUSED)]
    assert not left, json.dumps(left[:5], ensure_ascii=False)
    parts = _sbom()
    return (
        f"wapiti（公众、经办人）和 bandit 无发现，{len(found)} 处逐条说明；埋下的 XSS 找到；清单 "
        f"{parts} 个组件"
    )


def _fits(found, known):
    return all(found[key] == known[key] for key in ("tool", "what", "where"))


def _install():
    if not (TOOLS / "bin/wapiti").exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS], check=True)
        list_ = Path(__file__).with_name("requirements.txt")
        subprocess.run(
            [TOOLS / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", list_], check=True
        )


def _bandit():
    rooms = [ROOT / each for each in ("config", "inspections", "publicity", "registries")]
    told = subprocess.run(
        [TOOLS / "bin/bandit", "-q", "-r", *rooms, "-ll", "-f", "json"], capture_output=True, text=True
    )
    for each in json.loads(told.stdout)["results"]:
        where = (
            f"{Path(each['filename']).relative_to(ROOT)}: "
            f"{each['code'].splitlines()[_at(each)].split(' ', 1)[1].strip()}"
        )
        yield {"tool": "bandit", "what": each["test_id"], "where": where}


def _at(each):
    numbers = [int(line.split(" ", 1)[0]) for line in each["code"].splitlines()]
    return numbers.index(each["line_number"])


def _sbom():
    """All parts of this environment, CycloneDX, in var/sbom.json."""
    target = ROOT / "var/sbom.json"
    target.parent.mkdir(exist_ok=True)
    command = [TOOLS / "bin/cyclonedx-py", "environment", str(ROOT / ".venv"), "-o", target, "--of", "JSON"]
    subprocess.run(command, check=True, capture_output=True)
    parts = json.loads(target.read_text())["components"]
    assert {"Django", "celery", "weasyprint"} <= {each["name"] for each in parts} and all(
        each["version"] for each in parts
    )
    return len(parts)


@contextmanager
def _site(home, wsgi):
    """PostgreSQL, Redis, the owner's duties, the demonstration, gunicorn and nginx.
    Yields (port, environment)."""
    cluster, redis, started = Postgres(fsync="off"), Redis(), []
    var, web_port, port = home / "var", free_port(), free_port()
    var.mkdir()
    env = os.environ | {
        "MINGQIAN_VAR": str(var),
        "MINGQIAN_SERVED": str(var),
        "REDIS_URL": redis.url,
        "SECRET_KEY": "x" * 60,
        "PROXIES": "1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "STATIC_VERSIONED": "yes",
        "HANDS_OVER": "yes",
        "SECOND_FACTOR_ROLES": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    try:
        cluster.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
        for role, command in (
            (OWNER, ["migrate", "-v0"]),
            (OWNER, ["grant", APP]),
            (OWNER, ["collectstatic", "--no-input", "-v0"]),
            (APP, ["seed_demo"]),
        ):
            there = env | {"DATABASE_URL": cluster.url("mingqian", role)}
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=there,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        env |= {
            "DATABASE_URL": cluster.url("mingqian", APP),
            "PGOPTIONS": SERVICES["web"]["environment"]["PGOPTIONS"],
        }
        web = [sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{web_port}", "--workers", "3"]
        for command in (web, in_front(home, "plain", port, web_port, var)):
            started.append(subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL))
        where = type("Where", (), {"port": port})
        assert wait_for(lambda: ask(where, "/healthz").status == 200, 30)
        yield port, env
    finally:
        for each in started:
            each.terminate()
            each.wait(15)
        redis.stop()
        cluster.stop()


def _signed_in(port, env, home):
    """The cookie of the demonstration's clerk."""
    code = (
        "from django.test import Client; from registries.models import Account; c = Client();"
        "c.force_login(Account.objects.get(username='clerk')); print(c.cookies['sessionid'].value)"
    )
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return f"sessionid={told.stdout.split()[-1]}"


def _wapiti(port, home, seconds, cookie=None, start="", scope="folder"):
    """[{tool, what, where}] of one scan."""
    out = home.with_suffix(".json")
    command = [
        TOOLS / "bin/wapiti",
        "-u",
        f"http://127.0.0.1:{port}/{start}",
        "--scope",
        scope,
        "-m",
        MODULES,
        "--max-scan-time",
        str(seconds),
        "--max-attack-time",
        "30",
        "-f",
        "json",
        "-o",
        out,
        "--no-bugreport",
        "--store-session",
        home,
        "--flush-session",
        "-v",
        "0",
        "-x",
        f"http://127.0.0.1:{port}/logout/",
        *(["-H", f"Cookie: {cookie}"] if cookie else []),
    ]
    subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    told = json.loads(out.read_text())
    assert told["infos"]["crawled_pages_nbr"] > (0 if start else 20), told["infos"]
    return [
        {
            "tool": "wapiti",
            "what": name,
            "where": f"{each['method']} {each['path'].split('?')[0]} {each.get('parameter') or ''}".strip(),
        }
        for kind in ("vulnerabilities", "anomalies")
        for name, rows in told[kind].items()
        for each in rows
    ]
