"""The shape of the house: contracts, tables without dead ends, ceilings, words."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from . import lanes

ROOT = Path(__file__).parent.parent
APPS = ["config", "registries", "inspections", "publicity"]
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
STANDALONE = ROOT / "inspections/engine/verify.py"  # one file on purpose


def test_the_import_contracts_hold():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout


ROOMS = ["plan", "case", "draw", "papers", "visit", "after", "watch"]  # in the order of the procedure
GATHERED = {"__init__", "models", "admin", "views", "forms"}  # what every room may have


def test_the_procedure_is_the_order_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if "stage of the procedure" in each["name"])
    assert [name.strip("()") for name in reversed(layers) if name.strip("()") in ROOMS] == ROOMS
    assert {path.name for path in (ROOT / "inspections").iterdir() if (path / "__init__.py").exists()} == {
        *ROOMS,
        "engine",
        "management",
        "states",
        "migrations",
    }


def test_no_module_name_stands_twice_among_the_rooms():
    seen = {}
    for room in [*(f"inspections/{each}" for each in [*ROOMS, "engine"]), "registries"]:
        for path in (ROOT / room).rglob("*.py"):
            inside = path.relative_to(ROOT / room).parts[:-1]
            if path.stem not in GATHERED and not {"models", "admin", "management", "migrations"} & set(
                inside
            ):
                seen.setdefault(path.stem, []).append(str(path.relative_to(ROOT)))
    assert not {name: paths for name, paths in seen.items() if len(paths) > 1}
    assert not set(seen) & set(ROOMS)


def _pages():
    """{module: its path} of what is opened from outside: pages of the admin, views, pages across rooms."""
    for path in SOURCES:
        text = path.read_text()
        is_page = re.search(
            r"^@(admin|site)\.register|^from django\.(shortcuts|views|template\.response)", text, re.M
        )
        shared = path.name in (
            "acts.py",
            "base.py",
            "export.py",
            "entrance.py",
            "talk.py",
            "looks.py",
            "window.py",
            "writing.py",
            "twohands.py",
            "middleware.py",
        )
        if is_page and not shared:
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def test_no_entrance_imports_another():
    pages = dict(_pages())
    assert len(pages) > 25 and "inspections.visit.desk" in pages
    for name, path in pages.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                base = name.split(".")[: -node.level] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                for each in node.names:
                    assert not {module, f"{module}.{each.name}"} & set(pages), (name, module, each.name)


def test_no_file_is_over_its_ceiling():
    over = {
        str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 400
    }
    over.pop(str(STANDALONE.relative_to(ROOT)))
    assert not over


def test_no_function_is_over_its_ceiling():
    over = {
        (str(path.relative_to(ROOT)), node.name): node.end_lineno
        - node.body[0].lineno
        + 1  # its signature apart
        for path in SOURCES
        if path != STANDALONE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert not {where: lines for where, lines in over.items() if lines > 50}


def test_the_headers_of_tables_have_one_reader():
    """A list of headers is read by sheets/headers.py: nobody else turns it round."""
    own = {}
    for path in SOURCES:
        if path.name == "headers.py":
            continue
        text = path.read_text()
        turned = re.findall(r"for ([\w, ]+) in (\w*HEADERS)\.(?:items|values)\(\)\s+for", text)
        folded = re.findall(r're\.sub\(r?"[^"]*\[（\(\][^"]*", "", (header|cell)', text)
        if turned or folded or re.search(r"def \w*(find|read|recogni[sz]e)_?header", text):
            own[str(path.relative_to(ROOT))] = turned or folded or True
    assert set(own) <= {"registries/sheets/enterprises.py", "inspections/plan/layouts.py"}  # both ask it


def test_what_happens_by_itself_stands_in_one_table():
    for path in SOURCES:
        if path not in (ROOT / "config/schedule.py", ROOT / "config/celery.py"):  # which reads it
            text = path.read_text()
            assert not re.search(r"crontab\(|\.add_periodic_task\(|beat_schedule\s*=\s*{", text), path


def test_the_phone_asks_the_rules_and_has_none_of_its_own():
    """What a rule speaks of is compared nowhere else in the phone's scripts."""
    rules = json.loads((ROOT / "inspections/data/completeness.json").read_text())
    asked = {each[0] for kind in ("must", "should") for rule in rules[kind] for each in rule["if"]}
    asked &= {"note", "wording", "basis", "major_reason", "due_on", "record", "unsigned_reason"}
    blank = re.compile(rf"\.({'|'.join(asked)})\b[^;\n]{{0,20}}\.trim\(\)|!\w+\.({'|'.join(asked)})\b")
    assert len(asked) > 5 and blank.search('if (!(answer.note || "").trim()) found.push("没写");')
    for path in (ROOT / "static/js").glob("field*.js"):
        if path.name != "field-rules.js":
            assert not blank.search(path.read_text()), path


def test_imports_inside_a_function_are_the_four_that_have_a_reason():
    inside = set()
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
                isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(function)
            ):
                inside.add(f"{path.relative_to(ROOT)} {function.name}")
    assert inside == {
        "registries/documents.py _library",
        "registries/search.py _readings",
        "inspections/watch/onboard/check.py log",
        "inspections/watch/onboard/check.py main",
    }


def test_nothing_in_the_draws_path_is_random_or_floating():
    allowed = {"probability.py", "__main__.py"}  # published chances; fresh one-time codes
    for path in (ROOT / "inspections/engine").glob("*.py"):
        tree = ast.parse(path.read_text())
        imports = {
            name
            for node in ast.walk(tree)
            for name in (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        if path.name not in allowed:
            assert not imports & {"random", "secrets", "time", "datetime", "numpy", "math", "os", "uuid"}, (
                path
            )
            assert not any(
                isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree)
            ), path
            assert not any(
                isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and path.name != "series.py"
                for node in ast.walk(tree)
            ), path
    text = "".join(path.read_text() for path in SOURCES)
    assert not re.search(r"order_by\(\s*[\"']\?", text)


def test_tables_go_out_through_one_writer():
    """registries/exports.py knows what a spreadsheet would compute; nobody writes cells past it."""
    for path in SOURCES:
        if path.name != "exports.py" and "demo" not in path.parts:
            assert not re.search(r"csv\.(writer|DictWriter)\(|Workbook\(", path.read_text()), path


def test_no_signals_no_utils_no_generic_foreign_keys():
    for path in SOURCES:
        text = path.read_text()
        assert path.stem not in ("utils", "helpers", "common", "core", "signals"), path
        assert "django.dispatch" not in text and "GenericForeignKey" not in text, path


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_production_settings_raise_no_warning(tmp_path):
    env = os.environ | {
        "HAS_TLS": "yes",
        "SECRET_KEY": "x" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
        "MINGQIAN_VAR": str(tmp_path),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env)
    assert run.returncode == 0, run.stderr
    # to be on the browsers' own list is the domain owner's to ask
    assert settings.SILENCED_SYSTEM_CHECKS == ["security.W021"]


def test_no_door_is_left_open_in_the_code():
    """What the linters do not ask: forms without a token, a question of the reader's as a
    filter, secrets by chance."""
    exempt = {path.name for path in SOURCES if "csrf_exempt" in path.read_text(encoding="utf-8")}
    # where no account stands behind a form; where the request itself is signed
    assert exempt == {"writing.py", "arriving.py", "fetching.py"}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\*\*(?:self\.)?request\.(GET|POST)|\(\*\*request", text), path
        if "demo" not in path.parts and path.name != "fairness.py":  # which plays years that nobody had
            assert not re.search(r"^(import|from) random\b", text, re.M), path
    for path in (ROOT / "templates").rglob("*.html"):
        assert "|safe" not in path.read_text(encoding="utf-8") and "autoescape off" not in path.read_text(
            encoding="utf-8"
        ), path


def test_every_test_of_faults_runs_in_a_lane():
    named = {
        part
        for lane in ("faults", "processes")
        for part in lanes.LANES[lane]
        if part.startswith("tests/faults")
    }
    assert all((ROOT / each).exists() for each in lanes.ALSO)
    assert named == {str(path.relative_to(ROOT)) for path in (ROOT / "tests/faults").glob("test_*.py")}


def test_the_day_of_a_moment_is_the_day_here():
    """A moment is kept in UTC: between midnight and eight its own date is yesterday's."""
    found = {
        (str(path.relative_to(ROOT)), match[0])
        for path in SOURCES
        for match in re.finditer(
            r"\.\w*_?at\.(?:date\(\)|year|month|day)\b|now\(\)\.(?:date\(\)|year|month|day)\b",
            path.read_text(),
        )
    }
    assert not found


def test_a_walk_takes_the_elements_of_a_whole_page():
    """`.all()` takes what has arrived at that moment; on a busy machine that was no line and no box."""
    for path in (ROOT / "tests" / "e2e").glob("test_*.py"):
        assert not re.search(r"locator\([^)]*\)\.all\(\)", path.read_text()), path
