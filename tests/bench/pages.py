"""Pages under gunicorn, four readers at once: time to answer, beside a page of the same server that asks nothing."""

import http.client
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from inspections.models import Draw
from registries.models import Account

from ..conftest import APP
from ..servers import free_port
from .measure import Ratio

ROOT = Path(__file__).parents[2]
READERS, EACH = 4, 60


def pages():
    """Milliseconds, p95; the bare page is /robots.txt."""
    port = free_port()
    made = connection.settings_dict
    env = os.environ | {
        "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
        "SECRET_KEY": settings.SECRET_KEY, "FIELD_KEYS": settings.FIELD_KEYS,
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"],
        cwd=ROOT, env=env, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port)
        bare = _ask(port, "/robots.txt")
        number = Draw.objects.order_by("-pk").first().number
        desk = _signed_in()
        for title, path, cookie in [
            ("公示首页", "/", ""), ("抽取公告", "/draws/", ""), ("一次抽取", f"/draws/{number}/", ""),
            ("检查结果", "/results/", ""), ("查询", "/search/?" + urlencode({"q": "机械"}), ""),
            ("工作台：名录", "/admin/registries/subject/", desk),
            ("工作台：名录查找", "/admin/registries/subject/?" + urlencode({"q": "测速000123"}), desk),
            ("工作台：抽取", f"/admin/inspections/draw/{Draw.objects.order_by('-pk').first().pk}/change/", desk),
        ]:  # fmt: skip
            took = _ask(port, path, cookie)
            p95 = quantiles(took, n=20)[-1]
            note = f"中位 {median(took) * 1000:.0f} ms"
            yield Ratio(title, p95 * 1000, quantiles(bare, n=20)[-1] * 1000, note=note)
    finally:
        server.terminate()
        server.wait(20)


def _signed_in():
    clerk = Account.objects.get(username="990301-clerk")
    session = SessionStore()
    session[SESSION_KEY] = str(clerk.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = clerk.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _wait(port):
    for _ in range(200):
        try:
            _once(http.client.HTTPConnection("127.0.0.1", port), "/healthz", "")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")


def _once(to, path, cookie):
    to.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = to.getresponse()
    answer.read()
    assert answer.status == 200, (path, answer.status)


def _ask(port, path, cookie=""):
    took = []

    def read():
        to = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in range(EACH + 5):
            began = time.perf_counter()
            _once(to, path, cookie)
            if n >= 5:
                took.append(time.perf_counter() - began)

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(took) == READERS * EACH, path
    return took
