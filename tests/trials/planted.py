"""Faults, planted one at a time in a clone of the tree: the test that is named with each must fail.

planted.json: [{rule, file, old, new, test, database}]; `old` stands exactly once in the file. A suite that no
longer catches one of them has lost a rule, a wall, a trigger or a verifier.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = json.loads(Path(__file__).with_name("planted.json").read_text(encoding="utf-8"))


def run():
    """All faults. Returns the count; raises with those that nobody noticed."""
    with tempfile.TemporaryDirectory(prefix="mingqian-planted-") as home:
        tree = Path(home) / "tree"
        subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(tree)], check=True)
        unnoticed = [f"{fault['rule']}（{fault['file']}）" for fault in FAULTS if not is_caught(tree, fault)]
    if unnoticed:
        raise AssertionError(f"{len(unnoticed)} 处没有抓住：{'；'.join(unnoticed)}")
    return f"{len(FAULTS)} 处全部抓住"


def is_caught(tree, fault):
    """Whether the fault's test passes without it and fails with it."""
    path = tree / fault["file"]
    whole = path.read_text(encoding="utf-8")
    if whole.count(fault["old"]) != 1:
        raise AssertionError(f"{fault['file']}：找不到唯一的 {fault['old']!r}")
    if _run(tree, fault) != 0:
        raise AssertionError(f"{fault['test']} 没有差错时也不通过")
    path.write_text(whole.replace(fault["old"], fault["new"]), encoding="utf-8")
    try:
        return _run(tree, fault) == 1  # 1: tests ran and one failed; anything else is no verdict
    finally:
        path.write_text(whole, encoding="utf-8")


def _run(tree, fault):
    served = ["-m", "tests.servers", sys.executable] if fault["database"] == "postgresql" else []
    with tempfile.TemporaryDirectory(prefix="mingqian-var-") as var:
        env = os.environ | {"MINGQIAN_VAR": var}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, *served, "-m", "pytest", "-x", fault["test"]]
        return subprocess.run(command, cwd=tree, env=env, capture_output=True).returncode
