"""Pages under gunicorn, four readers at once: time to answer, beside a page of the same
server that asks nothing."""

import http.client
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from config.demo import invented as demo
from inspections.models import Draw
from registries import alike, bulk
from registries.models import Account, Category, Subject
from registries.search import initials, key_of

from ..levels import APP
from ..servers import free_port
from ..walls import act_as
from . import county
from .measure import Ratio

ROOT = Path(__file__).parents[2]
READERS, EACH = 4, 60
ROWS, BAR = 180_000, 150


def pages():
    """Milliseconds, p95; the bare page is /robots.txt."""
    with server() as port:
        bare = quantiles(_ask(port, "/robots.txt"), n=20)[-1] * 1000
        drawn = Draw.objects.filter(bureau__code="990301").latest("pk")
        desk = _signed_in("990301-clerk")
        for title, path, cookie in [
            ("公示首页", "/", ""),
            ("抽取公告", "/draws/", ""),
            ("一次抽取", f"/draws/{drawn.number}/", ""),
            ("检查结果", "/results/", ""),
            ("查询", "/search/?" + urlencode({"q": "机械"}), ""),
            ("工作台：抽取", f"/admin/inspections/draw/{drawn.pk}/change/", desk),
        ]:
            yield _told(title, _ask(port, path, cookie), bare)


def lists():
    """Milliseconds, p95 with four readers, of the register's list and its searches at 180,000 enterprises."""
    bureau, cast = county.found("990306", 0, 0)
    rows = list(invented(bureau))
    bulk.create(Subject, rows)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; ANALYZE registries_subject")  # autovacuum does so within a minute
    act_as(APP)
    category = Category.objects.get(bureau=bureau, name="非煤矿山")
    some = rows[len(rows) // 2]
    with server() as port:
        desk = _signed_in(cast["clerk"].username)
        for title, asked in [
            ("名录首页", {}),
            ("第 40 页", {"p": 40}),
            ("按监管分类筛选", {"category__id__exact": category.pk}),
            ("分类加两个字", {"category__id__exact": category.pk, "q": some["name"][2:4]}),
            ("名称两个字", {"q": some["name"][3:5]}),
            ("名称四个字", {"q": some["name"][2:6]}),
            ("常见词“有限公司”", {"q": "有限公司"}),
            ("信用代码中间五位", {"q": some["ref"][9:14]}),
            ("拼音首字母四位", {"q": initials(some["name"])[2:6]}),
            ("没有的名称", {"q": "查无此户"}),
            ("一个少见的字", {"q": "龘"}),
        ]:
            yield _told(title, _ask(port, "/admin/registries/subject/?" + urlencode(asked), desk), BAR, 1.0)


def invented(bureau):
    """Rows as the register holds them, names drawn from 1,500 characters, twelve classes."""
    letters = [chr(code) for code in random.Random(1).sample(range(0x4E00, 0x8000), 1500)]
    pick = random.Random(2)
    classes = list(Category.objects.filter(bureau=bureau).values_list("pk", flat=True))
    for n in range(ROWS):
        name = (
            "青原县"
            + "".join(pick.choices(letters, k=4))
            + pick.choice(["机械", "矿业", "建材", "化工"])
            + "有限公司"
        )
        code = demo.credit_code(n, "990306")
        yield {
            "bureau_id": bureau.pk,
            "ref": code,
            "credit_code": code,
            "name": name,
            "search": key_of(name, "", code, code),
            **alike.keys_of(name, "", f"工业园区{n}号"),
            "town": f"清水镇{n % 9}",
            "address": f"工业园区{n}号",
            "entered_on": "2026-01-01",
            "category_id": pick.choice(classes),
            "scope": "机械零部件加工、销售；金属结构制造；货物进出口（依法须经批准的项目，"
            "经相关部门批准后方可开展经营活动）",
        }


def _told(title, took, beside, bar=None):
    return Ratio(
        title, quantiles(took, n=20)[-1] * 1000, beside, bar, note=f"中位 {median(took) * 1000:.0f} ms"
    )


@contextmanager
def server(wsgi="config.wsgi", **env):
    """gunicorn on a free port with the bench's database; its port."""
    port = free_port()
    made = connection.settings_dict
    env = (
        os.environ
        | env
        | {
            "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_KEYS": settings.FIELD_KEYS,
            "SECOND_FACTOR_ROLES": "",  # the sittings of a bench have given none
        }
    )
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            f"{wsgi}:application",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
        ],
        cwd=ROOT,
        env=env,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _signed_in(username):
    clerk = Account.objects.get(username=username)
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


def _ask(port, path, cookie="", each=EACH):
    took = []

    def read():
        to = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in range(each + 5):
            began = time.perf_counter()
            _once(to, path, cookie)
            if n >= 5:
                took.append(time.perf_counter() - began)

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(took) == READERS * each, path
    return took
