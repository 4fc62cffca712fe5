"""The suite in lanes side by side: PostgreSQL with its roles, the faults, the browsers, SQLite, the engine.

    python -m tests.lanes [pytest's arguments]     all lanes, four at once; what each said when
    it ends, then the slowest

What the database makes no difference to runs once: the engine; axe, the HTML checker, the keyboard, the first
load and old Chromium (with PostgreSQL). The story of a whole round runs in the browser on both.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

PYTEST = [sys.executable, "-m", "pytest", "--durations", "20", "--durations-min", "1"]
SERVED = [sys.executable, "-m", "tests.servers", *PYTEST]
# What the database makes no difference to, and why: with PostgreSQL alone (docs/decisions/0032).
ONCE = {
    "tests/test_architecture.py": "reads the code",
    "tests/test_acts.py": "reads the code",
    "tests/test_floors.py": "reads lists of packages",
    "tests/test_seeds.py": "reads documents",
    "tests/test_logs.py": "looks at lines of processes",
    "tests/registries/test_limits.py": "counts days",
    "tests/registries/test_calendar.py": "counts days",
    "tests/registries/test_tablefile.py": "reads files",
    "tests/registries/test_documents.py": "draws pages",
    "tests/inspections/papers/test_papers.py": "draws pages",
    "tests/inspections/papers/test_paper_pictures.py": "draws pages",
    "tests/publicity/test_interface.py": "asks oddly",
    "tests/publicity/test_guessing.py": "looks through bytes",
    "tests/publicity/test_canaries.py": "looks through bytes",
    "tests/inspections/papers/test_binding.py": "draws pages",
    "tests/inspections/watch/test_discs.py": "writes discs",
    "tests/registries/test_odd_files.py": "reads files",
    "tests/registries/test_codes_in_files.py": "reads files",
    "tests/test_access.py": "asks every address as every role; the story and the desk walk both",
    "tests/test_public_access.py": "asks every address as nobody",
    "tests/faults/test_deployment.py": "reads what is shipped",
    "tests/faults/test_fronts.py": "has servers of its own",
    "tests/faults/test_processes.py": "has servers of its own",
    "tests/faults/test_full_disk.py": "fills the disk of the kept files",
}
_ONCE = [part for path in ONCE for part in ("--ignore", path)]
APART = ["--ignore", "tests/engine", "--ignore", "tests/e2e", "--ignore", "tests/faults"]
ROOMS = ["tests/inspections", "tests/publicity"]
_NO_ROOMS = [part for room in ROOMS for part in ("--ignore", room)]
# The longest first, so that the last to end ends soon.
LANES = {
    "browsers": [*SERVED, "tests/e2e"],
    "faults": [
        *SERVED,
        *(f"tests/faults/test_{each}.py" for each in ("filings", "worker", "at_once", "leaks")),
    ],
    "processes": [
        *SERVED,
        *(
            f"tests/faults/test_{each}.py"
            for each in ("processes", "deployment", "fronts", "restore", "full_disk", "filings_through_nginx")
        ),
    ],
    "PostgreSQL, rooms": [*SERVED, *ROOMS],
    "SQLite, rooms": [*PYTEST, *ROOMS, *_ONCE],
    "PostgreSQL": [*SERVED, "tests", *APART, *_NO_ROOMS],
    "SQLite": [*PYTEST, "tests", "--ignore", "tests/engine", "--ignore", "tests/e2e", *_ONCE, *_NO_ROOMS],
    "SQLite, browser": [*PYTEST, "tests/e2e/test_story.py"],
    "engine": [*PYTEST, "tests/engine"],
}
AT_ONCE = 4  # on two cores: the faults mostly wait for processes that were killed


def run(name, more):
    """One lane. Returns (name, exit code, seconds, what it said)."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mingqian-var-") as var:
        env = os.environ | {"MINGQIAN_VAR": var}
        lane = subprocess.run(
            [*LANES[name], *more], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    return name, lane.returncode, time.monotonic() - began, lane.stdout


def main(more):
    """Runs all lanes; 0 when all passed."""
    began, codes, slow = time.monotonic(), [], []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, code, seconds, said in pool.map(lambda each: run(each, more), LANES):
            codes.append(code)
            slow += re.findall(r"^ *([\d.]+)s (\w+) +(\S.*)$", said, re.M)
            said = re.sub(r"^=+ slowest .*?(?=^=|\Z)", "", said, flags=re.M | re.S)
            print(f"== {name}: {seconds:.0f} s\n{said}", flush=True)
    print("== slowest twenty")
    for seconds, part, test in sorted(slow, key=lambda each: -float(each[0]))[:20]:
        print(f"{float(seconds):6.1f} s {part:8} {test}")
    print(f"== {time.monotonic() - began:.0f} s in all")
    return int(any(codes))  # a lane that was killed ends with less than nothing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
