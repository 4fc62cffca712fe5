"""`make run` and, beside it, `make witness`: within a minute the log is signed and witnessed, and the packed
program that anybody downloads agrees with it."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from publicity.lognote import Checkpoint

from ..servers import free_port

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.trial


def test_a_witnessed_log_after_a_minute(tmp_path):
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"MINGQIAN_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    manage = [sys.executable, "manage.py"]

    def run(*words, wait=True):
        start = subprocess.run if wait else subprocess.Popen
        return start([*manage, *words], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)

    for words in (("migrate", "--verbosity", "0"), ("log_begin",), ("seed_demo",)):
        assert run(*words).returncode == 0
    port, web = free_port(), free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{web}"]
    others = [
        run("run_due", "--every", "5", wait=False),
        subprocess.Popen(gunicorn, cwd=ROOT, env=env, stderr=subprocess.DEVNULL),
    ]
    try:
        shown, began = tmp_path / "log/990101/checkpoint", time.monotonic()
        while not shown.exists():
            assert time.monotonic() - began < 30
            time.sleep(0.5)
        others.append(run("witness_here", "--port", str(port), wait=False))
        while len(Checkpoint.of(shown.read_text()).lines) < 2:
            assert time.monotonic() - began < 60
            time.sleep(0.5)
        address = f"http://127.0.0.1:{web}/log"
        (tmp_path / "log.pyz").write_bytes(urllib.request.urlopen(f"{address}/log.pyz").read())
        page = urllib.request.urlopen(f"{address}/").read().decode()
        assert "试用见证方" in page
        key = next(each for each in page.split("<code") if "localhost/log/990101+" in each)
        (tmp_path / "keys.txt").write_text(key.partition(">")[2].partition("<")[0] + "\n")
        program = [sys.executable, "log.pyz", "monitor", f"{address}/990101", "--keys", "keys.txt"]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0 and "一致" in done.stdout, done.stdout + done.stderr
    finally:
        for each in others:
            each.kill()
            each.wait()
