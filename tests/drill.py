"""make drill: the demonstration on PostgreSQL, a backup of it, a fresh cluster, the restore, every verifier.

A bureau drills the same way with its own backup: README, 备份与恢复.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .servers import APP, OWNER, Postgres

ROOT = Path(__file__).parents[1]


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = {"FIELD_KEYS": "1:" + "A" * 43 + "=", "SECRET_KEY": "drill"}
        clusters = [Postgres(), Postgres()]
        try:
            for cluster in clusters:
                cluster.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
            here, there = (
                lambda role, *command, cluster=cluster, var=f"{folder}/var{n}": subprocess.run(
                    [sys.executable, "manage.py", *command],
                    cwd=ROOT,
                    check=True,
                    env=os.environ
                    | keys
                    | {"DATABASE_URL": cluster.url("mingqian", role), "MINGQIAN_VAR": var},
                )
                for n, cluster in enumerate(clusters)
            )
            print("== 演示数据", flush=True)
            here(OWNER, "migrate", "--verbosity", "0")
            here(OWNER, "grant", APP)
            here(APP, "seed_demo")
            print("== 备份", flush=True)
            here(APP, "backup", "-o", f"{folder}/backup.tar")
            print("== 恢复到新的数据库，逐项核验", flush=True)
            there(OWNER, "restore", f"{folder}/backup.tar")
            print("== 应用角色再核验一遍", flush=True)
            for command in (["verify_journal"], ["verify_draw", "--all"], ["verify_files"]):
                there(APP, *command)
        finally:
            for cluster in clusters:
                cluster.stop()
    print("演练通过")


if __name__ == "__main__":
    main()
