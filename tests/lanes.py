"""The suite in lanes side by side: PostgreSQL with its roles, the faults, the browsers, SQLite, the engine.

    python -m tests.lanes [pytest's arguments]     all lanes, five at once; what each said when
    it ends, then the slowest

What the database makes no difference to runs once: the engine; axe, the HTML checker, the keyboard, the first
load and old Chromium, the story of a whole round (with PostgreSQL; on SQLite the story is a trial).
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
    "tests/inspections/papers/test_binding.py": "draws pages",
    "tests/inspections/watch/test_discs.py": "writes discs",
    "tests/registries/test_odd_files.py": "reads files",
    "tests/registries/test_codes_in_files.py": "reads files",
    "tests/test_matrix.py": "asks every address as another bureau; no line of it knows the database",
    "tests/registries/test_national_ciphers.py": "known answers; the trials rotate on both",
    "tests/test_access.py": "asks every address as every role; the story and the desk walk both",
    "tests/test_public_access.py": "asks every address as nobody",
    # No line of these rooms asks which database it is. `make quick` runs them on SQLite; here the steps of
    # the staircase, the draws, the walls, the registers, the story and the demonstration are walked on both.
    "tests/inspections/plan": "asks through the ORM alone",
    "tests/inspections/case": "asks through the ORM alone",
    "tests/inspections/visit": "asks through the ORM alone; the story files a visit on SQLite",
    "tests/inspections/after": "asks through the ORM alone",
    "tests/publicity": "asks through the ORM alone; the story publishes on SQLite",
    "tests/test_real_round.py": "the demonstration and the draws are walked on both",
    "tests/registries/test_second_factor.py": "asks through the ORM alone",
    "tests/registries/test_signin.py": "asks through the ORM alone",
    "tests/test_attacks.py": "knocks at doors",
    "tests/test_attacks_on_results.py": "knocks at doors",
    "tests/test_comfort.py": "looks at pages",
    "tests/test_desk.py": "looks at pages",
    "tests/test_lines.py": "looks at pages",
    "tests/test_a_firms_page.py": "looks at pages",
    "tests/test_people_page.py": "looks at pages",
    "tests/test_lists_page.py": "looks at pages",
    "tests/test_plan_sheet.py": "looks at pages",
    "tests/test_calendar_page.py": "looks at pages",
    "tests/test_others.py": "looks at pages",
    "tests/test_oversight.py": "looks at pages",
    "tests/test_below.py": "looks at pages",
    "tests/test_moving.py": "reads the tables' own descriptions, seals files",
    "tests/test_flags.py": "looks at pages",
    "tests/test_promises.py": "looks at pages",
    "tests/test_lonely.py": "asks through the ORM alone; the trial walks on both",
    "tests/inspections/draw/test_hands.py": "asks through the ORM alone",
    "tests/test_sentences.py": "reads sentences",
    "tests/test_states.py": "reads the tables of states",
    "tests/faults/test_deployment.py": "reads what is shipped",
    "tests/faults/test_fronts.py": "has servers of its own",
    "tests/faults/test_processes.py": "has servers of its own",
    "tests/faults/test_full_disk.py": "fills the disk of the kept files",
}
_ONCE = [part for path in ONCE for part in ("--ignore", path)]
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
    "SQLite, engine": [*PYTEST, "tests", "--ignore", "tests/e2e", *_ONCE],
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
