"""python -m tests.servers python -m tests.trials.weighing register|pool: time beside a floor,
memory above an idle process."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from inspections.models import Draw  # noqa: E402
from registries.models import ImportRun, Subject  # noqa: E402

from ..bench import county, registers  # noqa: E402
from ..levels import APP, OWNER  # noqa: E402
from ..walls import act_as  # noqa: E402

ROOT = Path(__file__).parents[2]
ROWS, POOL = 1_000_000, 200_000
MOST_TIME, MOST_MEMORY = 2.0, 450  # of the floor; MB above an idle process
POOL_MEMORY = 300


def _step(path, username, mode):
    """A process of its own. Returns (seconds, MB at most)."""
    made = connection.settings_dict
    env = os.environ | {
        "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "IMPORT_MOST_MB": "2048",  # as an office of a province has it
    }
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.trials.weighed", str(path), username, mode]
    told = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr[-800:]
    return time.monotonic() - began, int(told.stdout.split()[-1]) / 1024


def _register():
    bureau, cast = county.found("990306", 0, 0)
    data = registers.as_csv(ROWS, "990306")
    # the floor grows with the rows: a quarter of it is enough to see
    quarter = data[: data.index(b"\n", len(data) // 4) + 1]
    began = time.monotonic()
    with transaction.atomic():
        registers._floor(bureau, quarter, "名录.csv")
        transaction.set_rollback(True)
    floor = (time.monotonic() - began) * len(data) / len(quarter)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        del data
        who = cast["clerk"].username
        start, idle = _step(file.name, who, "idle")
        steps = [_step(file.name, who, mode) for mode in ("receive", "compare", "write")]
    run = ImportRun.objects.get()
    assert run.status == "applied" and run.counts["new"] == ROWS, (run.status, run.counts, run.error)
    assert Subject.objects.filter(bureau=bureau).count() == ROWS
    seconds = sum(took for took, _ in steps) - 3 * start
    memory = max(peak for _, peak in steps) - idle
    assert seconds <= MOST_TIME * floor, f"{seconds:.0f} 秒，对照 {floor:.0f} 秒，多用内存 {memory:.0f} MB"
    assert memory <= MOST_MEMORY, f"多用内存 {memory:.0f} MB（{[round(peak - idle) for _, peak in steps]}）"
    return (
        f"{ROWS:,} 行 csv：{seconds:.0f} 秒，对照 {floor:.0f} 秒（{seconds / floor:.2f} 倍，限 2 倍）"
        f"，比空闲多 {memory:.0f} MB（限 450）"
    )


def _pool():
    took = {}
    for code, count in (("990307", POOL // 8), ("990308", POOL)):
        bureau, cast = county.found(code, count, 60, recusals=0.002)
        task = county.approved(bureau, cast, 200)
        who = cast["clerk"].username
        start, idle = _step(task.pk, who, "idle")
        seconds, peak = _step(task.pk, who, "seal")
        took[count], memory = seconds - start, peak - idle
        draw = Draw.objects.get(task=task)
        assert sum(each["rows"] for each in draw.public_facts["strata"]) == count
    growth = took[POOL] / took[POOL // 8]
    assert growth <= 8 * 1.5, f"八倍的户数用了 {growth:.1f} 倍的时间"
    assert memory <= POOL_MEMORY, f"多用内存 {memory:.0f} MB"
    return (
        f"{POOL // 8:,} 户 {took[POOL // 8]:.1f} 秒，{POOL:,} 户 {took[POOL]:.1f} 秒（{growth:.1f} "
        f"倍，随户数成比例），比空闲多 {memory:.0f} MB（限 {POOL_MEMORY}）"
    )


def main(name):
    """Runs one in a database made for it, and prints what it found."""
    act_as(OWNER)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("grant", APP, verbosity=0)
    act_as(APP)
    try:
        print("结果：" + {"register": _register, "pool": _pool}[name]())
    finally:
        act_as(OWNER)
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1])
