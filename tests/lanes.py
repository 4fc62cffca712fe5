"""The suite in lanes side by side: PostgreSQL with its roles, the faults, the browsers, SQLite, the engine.

    python -m tests.lanes [pytest's arguments]     all lanes, five at once; what each said when
    it ends, then the slowest

PostgreSQL runs everything. SQLite runs what is written for each database, and one walk through each room.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

PYTEST = [sys.executable, "-m", "pytest", "--durations", "20", "--durations-min", "1", "-m", "not trial"]
SERVED = [sys.executable, "-m", "tests.servers", *PYTEST]
# What SQLite runs every time, and why it must: what is written for each database, and one walk through each
# room, for `make run` stands on it. All else asks through the ORM alone; `make quick` and the trial
# "shuffled" run all of it on SQLite (docs/decisions/0032).
ALSO = {
    "tests/engine": "no database: here once",
    "tests/inspections/test_walls.py": "the triggers are written for each",
    "tests/inspections/draw": "the draw, its locks and its files",
    "tests/inspections/watch/test_verification.py": "what was edited behind the triggers",
    "tests/inspections/visit/test_filings.py": "a visit comes in once",
    "tests/registries/test_import.py": "COPY there, INSERT here",
    "tests/registries/test_corrections.py": "many rows changed at once",
    "tests/registries/test_journal.py": "the chain with one writer",
    "tests/registries/test_ledger.py": "what no role forbids is found",
    "tests/registries/test_search.py": "no index of three letters",
    "tests/publicity/test_publish_and_release.py": "what is public, in SQL of our own",
    "tests/publicity/test_letters.py": "the letterbox's locks",
    "tests/test_desk.py": "the desk's pages",
    "tests/test_health.py": "what a file of a database tells of itself",
    "tests/test_schedule.py": "run_due, which stands in for the beat",
    "tests/test_unnoticed.py": "threads and one writer",
    "tests/faults/test_at_once.py": "skips, and says so",
    "tests/faults/test_moving.py": "a county moved, half done",
    "tests/faults/test_restore.py": "the backup of a file",
    "tests/faults/test_worker.py": "draws without a broker",
}
APART = ["--ignore", "tests/engine", "--ignore", "tests/e2e", "--ignore", "tests/faults"]
ROOMS = ["tests/inspections", "tests/publicity"]
_NO_ROOMS = [part for room in ROOMS for part in ("--ignore", room)]
_PHONE = ["tests/e2e/test_field.py", "tests/e2e/test_field_together.py"]
# The longest first, so that the last to end ends soon.
LANES = {
    "PostgreSQL, rooms": [
        *SERVED,
        "tests/inspections",
        "--ignore",
        "tests/inspections/papers",
        "--ignore",
        "tests/inspections/watch",
    ],
    "PostgreSQL, whole": [*SERVED, "tests", *APART, *_NO_ROOMS, "--ignore", "tests/registries"],
    "browsers": [*SERVED, "tests/e2e", *(part for path in _PHONE for part in ("--ignore", path))],
    "browsers, phone": [*SERVED, *_PHONE],
    "faults": [
        *SERVED,
        *(
            f"tests/faults/test_{each}.py"
            for each in (
                "filings",
                "worker",
                "at_once",
                "leaks",
                "two_nodes",
                "replica",
                "primary",
                "moving",
                "story_on_two",
            )
        ),
    ],
    "processes": [
        *SERVED,
        *(
            f"tests/faults/test_{each}.py"
            for each in ("processes", "deployment", "fronts", "restore", "full_disk", "filings_through_nginx")
        ),
    ],
    "PostgreSQL, window and registers": [*SERVED, "tests/publicity", "tests/registries"],
    "PostgreSQL, papers and watch": [*SERVED, "tests/inspections/papers", "tests/inspections/watch"],
    "SQLite, engine": [*PYTEST, *ALSO],
}
AT_ONCE = 5  # on two cores: the faults mostly wait for processes that were killed


def run(name, more):
    """One lane. Returns (name, exit code, seconds, seconds of CPU with all its processes, what it said)."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mingqian-var-") as var:
        env = os.environ | {"MINGQIAN_VAR": var}
        lane = subprocess.Popen(
            [*LANES[name], *more], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = lane.stdout.read()
        _, status, used = os.wait4(lane.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return name, code, time.monotonic() - began, used.ru_utime + used.ru_stime, said


def main(more):
    """Runs all lanes; 0 when all passed."""
    began, codes, slow = time.monotonic(), [], []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, code, seconds, used, said in pool.map(lambda each: run(each, more), LANES):
            codes.append(code)
            slow += re.findall(r"^ *([\d.]+)s (\w+) +(\S.*)$", said, re.M)
            said = re.sub(r"^=+ slowest .*?(?=^=|\Z)", "", said, flags=re.M | re.S)
            print(f"== {name}: {seconds:.0f} s, CPU {used:.0f} s\n{said}", flush=True)
    print("== slowest twenty")
    for seconds, part, test in sorted(slow, key=lambda each: -float(each[0]))[:20]:
        print(f"{float(seconds):6.1f} s {part:8} {test}")
    print(f"== {time.monotonic() - began:.0f} s in all")
    return int(any(codes))  # a lane that was killed ends with less than nothing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
