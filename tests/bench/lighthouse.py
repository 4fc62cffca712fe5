"""lighthouse on the demonstration as `make run` shows it: a small phone on a slow line, five times a page."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from ..servers import free_port
from .measure import Ratio

ROOT = Path(__file__).parents[2]
TOOL = ROOT / ".venv/npm-bench/node_modules/.bin/lighthouse"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)
TIMES = 5


def scores():
    """From 0 to 1: performance of at least 0.95, accessibility of 1."""
    with tempfile.TemporaryDirectory() as folder, _demonstration(Path(folder)) as port:
        results, draw = _read(port, "/results/"), _read(port, "/draws/")
        ref = re.search(r"/enterprises/([^/]+)/", _read(port, re.search(r"/results/\w{16}/", results)[0]))[1]
        for title, path in {
            "首页": "/",
            "抽查结果": "/results/",
            "一条结果": re.search(r"/results/\w{16}/", results)[0],
            "一次抽取": re.findall(r'href="(/draws/[0-9-]+/)"', draw)[-1],
            "自己核验": f"/verify/?code={ref}",
            "统计": "/statistics/",
            "写信": "/letters/report/",
        }.items():
            told = [_ask(port, path, folder) for _ in range(TIMES)]
            for category, words, least in (("performance", "性能", 0.95), ("accessibility", "无障碍", 1.0)):
                score = median(each["categories"][category]["score"] for each in told)
                yield Ratio(f"{title}：{words}", score, least, least=1.0)


def _ask(port, path, folder, tries=3):
    """lighthouse's report of one visit. A browser that does not come up gives no score; it is asked again."""
    out = Path(folder, "told.json")
    command = [
        TOOL,
        f"http://127.0.0.1:{port}{path}",
        "--quiet",
        "--output=json",
        f"--output-path={out}",
        f"--chrome-flags={FLAGS}",
        "--only-categories=performance,accessibility",
    ]
    env = os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
    for left in reversed(range(tries)):
        subprocess.run(command, env=env, check=not left, stderr=subprocess.DEVNULL)
        told = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        out.unlink(missing_ok=True)
        if told and told["categories"]["performance"]["score"] is not None:
            return told
    raise RuntimeError(f"lighthouse gave no score of {path}")


def _read(port, path):
    to = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    to.request("GET", path)
    return to.getresponse().read().decode()


@contextmanager
def _demonstration(folder):
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS"}
    env = {name: said for name, said in os.environ.items() if name not in ours} | {
        "MINGQIAN_VAR": str(folder / "var")
    }
    for command in ("migrate", "seed_demo"):
        subprocess.run(
            [sys.executable, "manage.py", command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL
        )
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"],
        cwd=ROOT,
        env=env,
        stderr=(folder / "log").open("w"),
    )
    try:
        for _ in range(100):
            try:
                _read(port, "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)
