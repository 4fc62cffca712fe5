"""What the database adds: the whole run of a draw beside engine + COPY, the journal beside a plain insert, the import."""

import base64
import io
import os
import tempfile
import threading
import time
from pathlib import Path

from django.db import connection, connections, transaction
from playwright.sync_api import sync_playwright

from inspections import engine
from inspections.engine import verify
from inspections.services import draws
from registries.services import journal

from . import county
from .measure import beside

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TABLES = ("inspections_case", "inspections_assignment", "registries_journalentry")


def run_draw():
    """20,000 enterprises, 120 inspectors, 1,500 tasks; wall clock, inside a transaction that is rolled back."""
    bureau, cast = county.found("990301", 20_000, 120)
    draw = county.thrown(bureau, cast, 1_500)
    files = draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump([["骰子", "0123456789"]])
    last = journal.head(bureau)["seq"]
    written = {}
    with transaction.atomic():
        draws.run(draw.pk)
        for table, which in zip(TABLES, (
            f"draw_id = {draw.pk}",
            f"case_id IN (SELECT id FROM inspections_case WHERE draw_id = {draw.pk})",
            f"bureau_id = {bureau.pk} AND seq > {last}",
        ), strict=True):  # fmt: skip
            written[table] = _copy_out(table, which)
        done = draw.cases.count()
        transaction.set_rollback(True)

    def ours():
        with transaction.atomic():
            assert draws.run(draw.pk).status == "drawn"
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


def browser():
    """The same draw computed again by verify.js in Chromium and by verify.py: enterprises, teams, every skip."""
    bureau, cast = county.found("990310", 20_000, 120)
    draw = county.thrown(bureau, cast, 1_500)
    made = engine.draw(draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump([["骰子", "0123456789"]]))
    files = {"commit": draw.commit_json.encode(), "result": made.result_bytes, "openings": made.openings_bytes}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        paths = {name: Path(folder, f"{name}.json") for name in files}
        for name, data in files.items():
            paths[name].write_bytes(data)
        chromium = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
        page = chromium.new_page()
        page.add_script_tag(path=str(ROOT / "static/js/verify.js"))
        page.evaluate(
            """files => {
                window.files = {};
                for (const name in files) window.files[name] = Uint8Array.from(atob(files[name]), c => c.charCodeAt(0));
                window.files.commitment = files.commitment;
            }""",
            {name: base64.b64encode(data).decode() for name, data in files.items()},
        )

        def ours():
            assert page.evaluate("() => window.Mingqian.verify(Object.assign({}, window.files)).ok")

        def python():
            verify.verify(paths["commit"], paths["result"], openings=paths["openings"], commitment=draw.commitment)

        yield beside(f"20,000 户、120 人、{len(made.result['order']):,} 组", ours, python, 3, clock=time.perf_counter)
        chromium.close()


def _copy_out(table, which):
    rows = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE {which}) TO STDOUT", rows)
    return rows


def chain():
    """50 writers × 40 rows: the journal's chain beside a plain insert of the same row by the same writers. Seconds."""
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
                    "INSERT INTO django_admin_log (action_time, user_id, object_repr, action_flag, change_message) "
                    "VALUES (now(), %s, %s, 1, %s)", [cast["clerk"].pk, f"writer {n}", f"{row}" * 60],
                )  # fmt: skip

    found = beside(
        "50 个写入者 × 40 条", lambda: _at_once(chained), lambda: _at_once(plain), clock=time.perf_counter, rounds=3
    )
    count, faults = journal.verify(bureau)
    assert not faults, faults
    found.note = (
        f"链 {2000 / found.ours:,.0f} 条/秒，普通插入 {2000 / found.beside:,.0f} 条/秒；核验 {count:,} 条无分叉无缺号"
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
