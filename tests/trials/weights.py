"""A register of a million rows, the sealing of a pool of two hundred thousand (each in a database of its
own), a draw over a million."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def register():
    """One million rows of csv: received, compared and written by processes of their own."""
    return _apart("register")


def pool():
    """Two hundred thousand enterprises sealed, and an eighth of them, to see that
    it grows with the number."""
    return _apart("pool")


def million():
    """A province's draw: drawn, and verified by three verifiers."""
    command = [sys.executable, "-m", "tests.trials.million"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if told.returncode:
        raise AssertionError((told.stderr.strip() or told.stdout.strip()).splitlines()[-1])
    return re.search(r"结果：(.+)", told.stdout)[1]


def province():
    """A hundred bureaus on the processes of production."""
    command = [sys.executable, "-m", "tests.servers", sys.executable, "-m", "tests.trials.province"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if told.returncode:
        raise AssertionError((told.stderr.strip() or told.stdout.strip()).splitlines()[-1])
    return re.search(r"结果：(.+)", told.stdout)[1]


def _apart(name):
    command = [sys.executable, "-m", "tests.servers", sys.executable, "-m", "tests.trials.weighing", name]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if told.returncode:
        raise AssertionError((told.stderr.strip() or told.stdout.strip()).splitlines()[-1])
    return re.search(r"结果：(.+)", told.stdout)[1]
