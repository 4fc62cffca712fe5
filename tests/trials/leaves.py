"""python -m tests.trials.leaves [LEAVES]: a log of a million leaves on PostgreSQL: one more leaf, its
signature, the proof in a browser and the monitor's whole way, each with seconds, megabytes and bytes."""

import functools
import http.server
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from registries.models import LogEntry, PublicLog  # noqa: E402
from registries.publiclog import leaf, merkle  # noqa: E402
from registries.services import bureaus, leaves, logsigning  # noqa: E402
from tests.levels import APP, OWNER  # noqa: E402
from tests.walls import act_as  # noqa: E402

ROOT = Path(__file__).parents[2]
MOST = 1_000_000
AGAIN = 21


def main(most=MOST):
    act_as(OWNER)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("grant", APP, verbosity=0)
    act_as(APP)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings.LOG_DIR, settings.LOG_KEYS_DIR = home / "log", home / "keys"
        settings.LOG_KEY_BY_ITSELF, settings.LOG_HOST = True, "gov.example"
        bureau = bureaus.found("990101", "青原县应急管理局", "青")
        say(bureau)
        logsigning.sign_all()
        log = PublicLog.objects.select_related("bureau").get(bureau=bureau)
        small = one(bureau), one_signature(bureau)
        grow(log, most)
        began = time.monotonic()
        logsigning.sign_all()
        signed = time.monotonic() - began
        large = one(bureau), one_signature(bureau)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = sum(each.stat().st_size for each in home.glob("log/**/*") if each.is_file())
        print(
            f"{most:,} 条：多写一条 {large[0]:.1f} 毫秒（千条时 {small[0]:.1f}），"
            f"多签一次 {large[1]:.0f} 毫秒（千条时 {small[1]:.0f}）；"
            f"从头签完 {signed:.0f} 秒，文件 {size // 2**20} MB，内存 {memory} MB"
        )
        with served(home / "log") as port:
            print(browser(port, PublicLog.objects.get(pk=log.pk).size))
            print(monitor(home, log, port))
    act_as(OWNER)
    connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def say(bureau):
    with transaction.atomic():
        token, digest = leaves.nonce()[:16], leaves.nonce() * 2
        leaves.write("said", bureau=bureau, about=token, digest=digest, sub="result", until="", version=1)


def median(act):
    took = []
    for _ in range(AGAIN):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def one(bureau):
    return median(lambda: say(bureau))


def one_signature(bureau):
    logsigning.sign_all()

    def act():
        logsigning.sign_all()

    took = []
    for _ in range(AGAIN):
        say(bureau)
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def grow(log, most):
    """So many leaves, as if they had been written one by one."""
    log.refresh_from_db()
    first, at = log.size, leaves.minute(timezone.now())
    PublicLog.objects.filter(pk=log.pk).update(size=most, last_at=timezone.now())
    for start in range(first, most, 10_000):
        rows = []
        for n in range(start, min(start + 10_000, most)):
            token, digest = f"{n:016x}", f"{n:064x}"
            frame = {"bureau": "990101", "n": n, "at": at, "about": token, "digest": digest}
            text = leaf.text_of("said", {"sub": "result", "until": "", "version": 1}, **frame)
            hashed = merkle.leaf_hash(text.encode())
            rows.append(LogEntry(log=log, n=n, kind="said", about=token, text=text, hash=hashed))
        LogEntry.objects.bulk_create(rows)


class served:
    """The log's files and our scripts, over HTTP."""

    def __init__(self, folder):
        os.symlink(ROOT / "static/js", folder / "js")
        (folder / "page.html").write_text("<!doctype html><title>x</title>")
        handler = functools.partial(Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass


def browser(port, size):
    """Ten leaves from all over, proved in a worker of Chromium."""
    numbers = [size * n // 10 for n in range(10)]
    with sync_playwright() as driver:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        window = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = window.new_page()
        page.goto(f"http://127.0.0.1:{port}/page.html")
        page.add_script_tag(url="/js/verify.js")
        page.add_script_tag(url="/js/logproof.js")
        told = page.evaluate(
            """async (numbers) => { const began = performance.now();
            const found = await MingqianLog.prove("/990101", numbers);
            return { ms: performance.now() - began, bytes: found.bytes, count: found.leaves.length,
                     memory: performance.memory.usedJSHeapSize }; }""",
            numbers,
        )
        window.close()
    assert told["count"] == 10
    return (
        f"浏览器证明十条：{told['ms'] / 1000:.2f} 秒，取 {told['bytes'] // 1024} KB，"
        f"内存 {told['memory'] // 2**20} MB"
    )


def monitor(home, log, port):
    """The program as anybody runs it, in a process of its own; the whole way, then what is new."""
    key = json.loads(LogEntry.objects.filter(log=log, kind="key").first().text)["about"]
    (home / "keys.txt").write_text(key + "\n")
    given = ["--keys", "keys.txt", "--state", "state.json", "--no-files"]
    run = [sys.executable, "-m", "publicity.monitor", f"http://127.0.0.1:{port}/990101", *given]
    said = []
    for _ in range(2):
        done = subprocess.run(
            ["/usr/bin/time", "-f", "%e %M", *run],
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        seconds, kilobytes = re.findall(r"[\d.]+", done.stderr)[-2:]
        said.append(f"{float(seconds):.0f} 秒、{int(kilobytes) // 1024} MB")
    state = (home / "state.json").stat().st_size // 2**20
    return f"监看从头看完 {said[0]}，再看一次 {said[1]}；它的状态文件 {state} MB"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
