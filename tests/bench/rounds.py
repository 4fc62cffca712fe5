"""What the database adds: the whole run of a draw beside engine + COPY, the journal beside a
plain insert, the import."""

import base64
import io
import os
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from django.db import connection, connections, transaction
from playwright.sync_api import sync_playwright

from inspections import engine
from inspections.draw import drawing
from inspections.engine import verify
from registries.services import journal

from . import county
from .measure import ROUNDS, Ratio, beside

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
TABLES = ("inspections_case", "inspections_assignment", "registries_journalentry")


def run_draw():
    """20,000 enterprises, 120 inspectors, 1,500 tasks; wall clock, inside a
    transaction that is rolled back."""
    bureau, cast = county.found("990301", 20_000, 120)
    draw = county.thrown(bureau, cast, 1_500)
    files = draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump([["骰子", "0123456789"]])
    last = journal.head(bureau)["seq"]
    written = {}
    with transaction.atomic():
        drawing.run(draw.pk)
        for table, which in zip(
            TABLES,
            (
                f"draw_id = {draw.pk}",
                f"case_id IN (SELECT id FROM inspections_case WHERE draw_id = {draw.pk})",
                f"bureau_id = {bureau.pk} AND seq > {last}",
            ),
            strict=True,
        ):
            written[table] = _copy_out(table, which)
        done = draw.cases.count()
        transaction.set_rollback(True)

    def ours():
        with transaction.atomic():
            assert drawing.run(draw.pk).status == "drawn"
            transaction.set_rollback(True)

    def floor():
        with transaction.atomic():
            assert engine.draw(*files).is_feasible
            with connection.cursor() as cursor:
                for table, rows in written.items():
                    rows.seek(0)
                    cursor.copy_expert(f"COPY {table} FROM STDIN", rows)
            transaction.set_rollback(True)

    yield beside(f"20,000 户、120 人，抽 {done:,} 户", ours, floor, 2, clock=time.perf_counter)


_COMPUTE = """async (files) => {
    const packed = {};
    for (const name in files) packed[name] = Uint8Array.from(atob(files[name]), (each) => each.charCodeAt(0));
    packed.commitment = new TextDecoder().decode(packed.commitment);
    let last = performance.now(), longest = 0;
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 10);
    const began = performance.now();
    const outcome = await new Promise((done) => {
        const worker = new Worker("/check-worker.js");
        worker.onmessage = (event) => { done(event.data.outcome); worker.terminate(); };
        worker.postMessage({ files: packed });
    });
    clearInterval(beat);
    const seconds = (performance.now() - began) / 1000;
    return { ok: outcome.ok, seconds, pause: longest, secure: isSecureContext };
}"""


def browser():
    """The same draws computed again in a reader's browser, as the page does it (a worker, an address
    without TLS), and by verify.py: enterprises, teams, every skip. Beside it how long the page stood still
    meanwhile, at the longest."""
    draws = []  # made before there is a browser: its driver runs a loop that Django's database does not like
    for code, enterprises, people, tasks in (("990309", 3_000, 30, 225), ("990310", 20_000, 120, 1_500)):
        draws.append(
            (
                f"{enterprises:,} 户、{people} 人",
                _drawn(county.thrown(*county.found(code, enterprises, people), tasks)),
            )
        )
    with _scripts() as port, sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[*FLAGS, "--host-resolver-rules=MAP window.test 127.0.0.1"],
        )
        page = chromium.new_page()
        page.goto(f"http://window.test:{port}/")
        for title, drawn in draws:
            yield from _computed(page, title, *drawn)
        chromium.close()


def _drawn(draw):
    made = engine.draw(
        draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump([["骰子", "0123456789"]])
    )
    files = {
        "commit": draw.commit_json.encode(),
        "result": made.result_bytes,
        "openings": made.openings_bytes,
    }
    return files, draw.commitment, len(made.result["order"])


def _computed(page, title, files, commitment, teams):
    packed = {name: base64.b64encode(data).decode() for name, data in files.items()}
    packed["commitment"] = base64.b64encode(commitment.encode()).decode()
    ours, theirs, pauses = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, f"{name}.json") for name in files}
        for name, data in files.items():
            paths[name].write_bytes(data)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            verify.verify(paths["commit"], paths["result"], openings=paths["openings"], commitment=commitment)
            theirs.append(time.perf_counter() - began)
            told = page.evaluate(_COMPUTE, packed)
            assert told["ok"] and not told["secure"], told
            ours.append(told["seconds"])
            pauses.append(told["pause"] / 1000)
    paired = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    yield Ratio(f"{title}、{teams:,} 组", median(ours), median(theirs), 3, "", paired)
    yield Ratio("　其间页面最长的停顿（对照：0.1 秒）", median(pauses), 0.1, 1)


@contextmanager
def _scripts():
    """static/js on a free port, and an empty page. The port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=ROOT / "static/js"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def _copy_out(table, which):
    rows = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE {which}) TO STDOUT", rows)
    return rows


def chain():
    """50 writers × 40 rows: the journal's chain beside a plain insert of the same row by
    the same writers. Seconds."""
    bureau, cast = county.found("990302", 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')")

    def chained(n):
        for row in range(40):
            journal.write("bench.done", by=cast["clerk"], about=f"writer {n}", facts={"row": row})

    def plain(n):
        for row in range(40):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO django_admin_log (action_time, user_id, object_repr, action_flag, "
                    "change_message) "
                    "VALUES (now(), %s, %s, 1, %s)",
                    [cast["clerk"].pk, f"writer {n}", f"{row}" * 60],
                )

    found = beside(
        "50 个写入者 × 40 条",
        lambda: _at_once(chained),
        lambda: _at_once(plain),
        clock=time.perf_counter,
        rounds=3,
    )
    count, faults = journal.verify(bureau)
    assert not faults, faults
    found.note = (
        f"链 {2000 / found.ours:,.0f} 条/秒，普通插入 {2000 / found.beside:,.0f} 条/秒；核验 "
        f"{count:,} 条无分叉无缺号"
    )
    yield found


def _at_once(write):
    def run(n):
        try:
            write(n)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
