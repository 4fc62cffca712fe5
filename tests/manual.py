"""Pictures for the manual: python -m tests.manual starts the demonstration and writes docs/manual/*.png, each
role's own pages at 1366×768."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from .servers import free_port

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/manual"
SHOWN = {
    "clerk": {
        "首页": "/admin/",
        "抽查": "/admin/rounds/",
        "起草": "/admin/rounds/new/",
        "一轮": "/admin/rounds/2/",
        "检查台账": "/admin/cases/",
        "消息": "/messages/",
    },
    "head": {"首页": "/admin/", "一轮": "/admin/rounds/3/"},
    "supervisor": {"首页": "/admin/", "一次性码": "/desk/codes/"},
    "witness1": {"首页": "/desk/"},
    "legal": {"首页": "/admin/"},
    "officer": {"首页": "/admin/"},
    "auditor": {"首页": "/admin/"},
    "i01": {"首页": "/desk/"},
}


def main():
    with tempfile.TemporaryDirectory(prefix="mingqian-manual-") as var:
        env, port = os.environ | {"MINGQIAN_VAR": var}, free_port()
        for command in (["migrate", "--verbosity", "0"], ["seed_demo"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        password = json.loads((Path(var) / "demo-signins.json").read_text())["password"]
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
        server = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        try:
            _wait(port)
            _take(port, password)
        finally:
            server.terminate()
            server.wait(20)


def _take(port, password):
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, pages in SHOWN.items():
            context = browser.new_context(
                viewport={"width": 1366, "height": 768}, base_url=f"http://127.0.0.1:{port}"
            )
            page = context.new_page()
            page.goto("/login/")
            page.fill("#id_username", name)
            page.fill("#id_password", password)
            page.click("main button")
            for title, address in pages.items():
                page.goto(address)
                page.screenshot(path=OUT / f"{name}-{title}.png")
            context.close()
        browser.close()


def _wait(port):
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")


if __name__ == "__main__":
    main()
