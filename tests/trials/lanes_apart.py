"""Trials that are tests of the suite with other numbers."""

import os
import re
import subprocess
import sys
import tempfile

SEEDS = (1, 20, 300)


def _tests(*arguments, served=False, **env):
    """Run pytest; what its last line says. Raises with the end of its output when a test fails."""
    command = [
        sys.executable,
        "-m",
        *(["tests.servers", sys.executable, "-m"] if served else []),
        "pytest",
        *arguments,
    ]
    with tempfile.TemporaryDirectory(prefix="mingqian-var-") as var:
        told = subprocess.run(
            command, env=os.environ | {"MINGQIAN_VAR": var} | env, capture_output=True, text=True
        )
    if told.returncode:
        raise AssertionError(told.stdout[-1500:] + told.stderr[-500:])
    return re.findall(r"^=*\s*(\d+ passed.*?) in ", told.stdout, re.M)[-1]


def shuffled():
    """The suite without browsers and faults in three other orders."""
    apart = ("--ignore", "tests/e2e", "--ignore", "tests/faults")
    told = [
        _tests("tests", *apart, "-n", "2", "--dist", "loadfile", "--shuffle", str(seed)) for seed in SEEDS
    ]
    return f"种子 {'、'.join(map(str, SEEDS))}：{told[-1].split(',')[0]}"


def photos():
    """Thirty big photos over a bad line, in both browsers."""
    return _tests("tests/e2e/test_field.py", "-k", "big_photos", served=True, MINGQIAN_PHOTOS="30")


def drill():
    """Back up, restore into a fresh cluster, verify."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.servers", sys.executable, "-m", "tests.drill"],
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise AssertionError(told.stdout[-1500:] + told.stderr[-500:])
    return "一致"


def phones():
    """Five hundred phones at once through nginx, each with a photo of twelve megapixels."""
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.servers",
            sys.executable,
            "-m",
            "pytest",
            "-s",
            "-q",
            "tests/faults/test_filings_through_nginx.py",
        ],
        env=os.environ | {"MINGQIAN_PHONES": "500"},
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise AssertionError(told.stdout[-1500:] + told.stderr[-500:])
    return re.search(r"手机 .+", told.stdout)[0]
