"""The version that was landed before this one, its demonstration played, upgraded to this tree: every
verifier agrees with the anchor taken before. On SQLite and on PostgreSQL with its two roles."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ..servers import APP, OWNER, Postgres

ROOT = Path(__file__).parents[2]
# The commit that was landed before the issues now at work; moved on when a new version has landed.
LANDED = "92668f2"

_KEPT = (
    "from registries.models import Account; found = [each for each in Account.objects.all() if "
    "each.has_usable_password()];"
    "print('kept', sum(each.check_password('{password}') for each in found), 'of', len(found))"
)


def run():
    """Both databases. Returns what was compared; raises with what a verifier says."""
    with tempfile.TemporaryDirectory(prefix="mingqian-upgrade-") as home:
        old = Path(home) / "old"
        subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(old)], check=True)
        subprocess.run(["git", "checkout", "-q", LANDED], cwd=old, check=True)
        draws = upgrade(old, Path(home) / "sqlite", None)
        cluster = Postgres(fsync="off")
        try:
            cluster.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
            upgrade(old, Path(home) / "postgresql", cluster)
        finally:
            cluster.stop()
    return f"{LANDED} 起，两种数据库，{draws} 次抽取、日志、存档文件全部一致"


def upgrade(old, var, cluster):
    """One database. Returns how many draws were re-computed."""
    var.mkdir()

    def manage(tree, *arguments, role=APP):
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"MINGQIAN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
        if cluster:
            env |= {"DATABASE_URL": cluster.url("mingqian", role), "SECRET_KEY": "x" * 60}
        told = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
        )
        if told.returncode:
            raise AssertionError(f"{arguments[0]}: {told.stdout[-800:]}{told.stderr[-800:]}")
        return told.stdout

    for tree in (old, ROOT):
        manage(tree, "migrate", "--verbosity", "0", role=OWNER)
        manage(tree, "grant", role=OWNER)
        if tree == old:
            manage(tree, "seed_demo")
            manage(tree, "anchor", "-o", var / "anchor.json")
        else:
            assert "公开日志已启用" in manage(tree, "log_begin", role=OWNER)
    manage(ROOT, "verify_journal", "--anchor", var / "anchor.json")
    password = json.loads((var / "demo-signins.json").read_text())["password"]
    told = manage(ROOT, "shell", "-v0", "-c", _KEPT.format(password=password))
    # every account, with its password
    assert re.search(r"kept (\d+) of \1\b", told) and "kept 0" not in told, told
    manage(ROOT, "verify_files")
    told = manage(ROOT, "verify_draw", "--all", "--anchor", var / "anchor.json")
    assert "不一致" not in told, told
    manage(ROOT, "run_due")
    manage(ROOT, "verify_journal", "--anchor", var / "anchor.json")
    return told.count("：一致")
