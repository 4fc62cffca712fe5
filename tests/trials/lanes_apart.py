"""Trials that are tests of the suite with other numbers."""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

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
    """Fifteen big photos over a bad line, in both browsers."""
    return _tests("tests/e2e/test_field.py", "-k", "big_photos", served=True, MINGQIAN_PHOTOS="15")


def pairs():
    """Two hundred histories of two phones, a hundred at a time; a day's bytes, a very large picture."""
    test = "tests/e2e/test_field_together.py"
    halves = []
    for seed in ("1", "2"):
        env = os.environ | {"MINGQIAN_HISTORIES": "100", "MINGQIAN_SEED": seed}
        env["MINGQIAN_VAR"] = tempfile.mkdtemp(prefix="mingqian-var-")
        command = [sys.executable, "-m", "pytest", "-q", test, "-m", "trial", "-k", "two_hundred"]
        halves.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
    for each in halves:
        said = each.communicate()[0]
        if each.returncode:
            raise AssertionError(said[-600:])
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-s",
            test,
            "-m",
            "trial",
            "-k",
            "day_of or 108 or within_a_second",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [line.lstrip(".s") for line in told.splitlines() if re.search("字节|百万像素|外勤页", line)]
    return "200 段历史都守住；" + "；".join(found)


def faults():
    """What is marked as a trial: what dies under many, fills a disk, or asks a thousand histories."""
    killed = _tests("tests/faults", "-m", "trial", served=True)
    older = _tests("tests/faults/test_restore.py", "tests/engine", "-m", "trial")
    return f"PostgreSQL：{killed.split(',')[0]}；SQLite 和引擎：{older.split(',')[0]}"


def law():
    """Three thousand random walks by two at a time, and every rule that is taken out is missed."""
    command = [sys.executable, "-m", "pytest", "tests/inspections/after/test_law.py", "-m", "trial"]
    halves = []
    for first in (1000, 2500):
        env = os.environ | {"MINGQIAN_SEED": str(first), "MINGQIAN_WALKS": "1500"}
        env["MINGQIAN_VAR"] = tempfile.mkdtemp(prefix="mingqian-var-")
        halves.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
    told = [each.communicate()[0] for each in halves]
    for each, said in zip(halves, told, strict=True):
        if each.returncode:
            raise AssertionError(said[-1500:])
    missed = _tests("tests/inspections/after/test_law_breached.py", "-m", "trial", "-n", "2")
    return f"3,000 次随机办理，规则都守住；拿掉的规则 {missed.split(',')[0]}"


def lonely():
    """One person alone, ten thousand steps and more, on both databases; every wall that is down is found."""
    served = _tests("tests/test_lonely.py", "-m", "trial", served=True)
    here = _tests("tests/test_lonely.py", "-m", "trial", "-n", "2")
    steps = "11 种身份封存前各 1,250 步、7 种抽取后各 400 步"
    return f"{steps}，PostgreSQL {served.split(',')[0]}，SQLite {here.split(',')[0]}"


def faces():
    """The public pages in all their dresses, five hundred visits by phone and server, the round on SQLite,
    the phone's pages in the old Chromium."""
    dressed = _tests("tests/e2e/test_public.py", "tests/e2e/test_desk.py", "-k", "axe or 83", served=True)
    often = [
        "inspections/visit/test_completeness",
        "test_access",
        "publicity/test_whose",
        "publicity/test_questions",
    ]
    visits = _tests(*(f"tests/{each}.py" for each in often), "-m", "trial")
    story = _tests("tests/e2e/test_story.py")
    phones = [f"tests/e2e/test_field{each}.py" for each in ("", "_papers", "_together")]
    old = _tests(*phones, "-k", "(83 or current) and not big_photos", "-m", "trial", served=True)
    told = [each.split(",")[0] for each in (dressed, visits, story, old)]
    return f"六种样子 {told[0]}；五百次检查 {told[1]}；SQLite 一整轮 {told[2]}；旧浏览器 {told[3]}"


def newcomer():
    """A draw of fifty to all its notices, by what the pages offer; (what it took, each page and what was done
    there)."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as told:
        _tests("tests/e2e/test_desk.py", "-k", "fifty", served=True, MINGQIAN_PAGES=told.name)
        done = [line.split("\t") for line in Path(told.name).read_text(encoding="utf-8").splitlines()]
    rows = [f"{n}. {who}，在“{page}”：{act}" for n, (who, page, act) in enumerate(done, 1)]
    counted = "，".join(f"{who} {count} 步" for who, count in Counter(who for who, *_ in done).items())
    return counted, "\n".join(rows)


def exchange():
    """The month of data exchange whole, on both databases; a month of deliveries undone again."""
    month = ("tests/exchange/test_month.py", "tests/registries/test_deliveries.py", "-m", "trial")
    served, here = _tests(*month, served=True), _tests(*month)
    return f"PostgreSQL {served.split(',')[0]}，SQLite {here.split(',')[0]}"


def moving():
    """A county goes to another installation and comes back, on both databases."""
    there = ("tests/faults/test_moving.py", "-m", "trial")
    return f"PostgreSQL {_tests(*there, served=True).split(',')[0]}，SQLite {_tests(*there).split(',')[0]}"


def word():
    """The yearly summary's Word file as LibreOffice shows it."""
    return _tests("tests/publicity/test_returns.py", "-m", "trial").split(",")[0]


def log():
    """The public log before strange judges; and of a million leaves."""
    done = _tests("tests/publiclog", "-m", "trial").split(",")[0]
    command = [sys.executable, "-m", "tests.servers", sys.executable, "-m", "tests.trials.leaves"]
    told = subprocess.run(command, capture_output=True, text=True)
    if told.returncode:
        raise AssertionError(told.stdout[-1500:] + told.stderr[-500:])
    return "；".join([done, *told.stdout.strip().splitlines()[-3:]])


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
