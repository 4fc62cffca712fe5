"""运行记录: one line each, with the request, the account and the address, and nothing that somebody typed."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest
from django.db import IntegrityError

from config import celery_app, logs
from registries.models import Section

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines():
    """What is written while a test runs, line by line."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(each) for each in out.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_fault_is_one_line_with_its_request_and_no_word_of_the_row(client, cast, lines, monkeypatch):
    client.force_login(cast.clerk)
    client.raise_request_exception = False

    def refuse(*args, **kwargs):
        raise IntegrityError("duplicate key\nDETAIL: Key (name)=(沈某癸 13912345678) already exists.")

    monkeypatch.setattr(Section, "save", refuse)
    answer = client.post(
        "/admin/registries/section/add/?q=13900001111",
        {"code": "09", "name": "13912345678"},
        REMOTE_ADDR="10.7.7.7",
    )
    assert answer.status_code == 500
    mine = [each for each in lines() if each.get("request") == answer["X-Request-Id"]]
    assert (
        mine
        and {each["account"] for each in mine} == {"clerk"}
        and {each["address"] for each in mine} == {"10.7.7.7"}
    )
    assert any(each.get("error") == "IntegrityError" and each["where"] for each in mine)
    assert not any(
        word in json.dumps(mine, ensure_ascii=False) for word in ("13912345678", "13900001111", "沈某癸")
    )


@pytest.mark.parametrize("path", ["/nothing/", "/admin/nothing/", "/results/x/"])
def test_a_bad_request_is_one_line(client, cast, lines, path):
    client.force_login(cast.clerk)
    answer = client.get(f"{path}?secret=13912345678")
    mine = [each for each in lines() if each.get("request") == answer["X-Request-Id"]]
    assert len(mine) == 1 and "13912345678" not in json.dumps(mine)


def test_a_long_message_is_cut_and_a_broken_one_stays_one_line(lines):
    logging.getLogger("x").error("第一行\n第二行 %s", "长" * 5000)
    (line,) = lines()
    assert (
        line["message"].startswith("第一行 第二行") and len(line["message"]) == 2000 and "request" not in line
    )


def test_a_task_that_fails_is_one_line_with_its_name_and_no_word_of_the_row(lines):
    @celery_app.task(name="tests.refused")
    def refused(words):
        raise IntegrityError(f"Key (name)=({words}) already exists.")

    refused.apply(["沈某癸 13912345678"])
    (line,) = lines()
    assert line["task"] == "tests.refused" and line["error"] == "IntegrityError" and line["where"]
    assert not any(word in json.dumps(line, ensure_ascii=False) for word in ("13912345678", "沈某癸"))


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_worker_and_beat_write_the_lines_that_web_writes(part, tmp_path):
    said = (
        "import django, logging; django.setup(); from config.celery import app\n"
        f"from celery.apps.{part} import {part.title()}\n"
        + (
            "app.log.setup('WARNING')"
            if part == "worker"
            else "Beat(app=app, loglevel='WARNING').setup_logging()"
        )
        + "\nlogging.getLogger('inspections.tasks').error('kept %s', 1)"
    )
    env = os.environ | {
        "LOG_FORMAT": "json",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MINGQIAN_VAR": str(tmp_path),
    }
    run = subprocess.run([sys.executable, "-c", said], env=env, capture_output=True, text=True)
    (line,) = run.stderr.splitlines()
    assert json.loads(line)["message"] == "kept 1", run.stderr


@pytest.mark.parametrize(
    "path",
    [
        "/mine/K3yK3yK3yK3yK3yK3yK3yK3y/in/S1tt1ng/papers/1.pdf",
        "/calendar/K3yK3yK3yK3yK3yK3yK3yK3y.ics",
        "/subscribe/K3yK3yK3yK3yK3yK3y/",
    ],
)
def test_an_address_that_is_a_key_is_not_written_down(client, cast, lines, path):
    assert client.get(path).status_code == 404
    logging.getLogger("django.request").warning("Not Found: %s", path)
    said = json.dumps(lines(), ensure_ascii=False)
    assert lines() and "K3y" not in said and "S1tt1ng" not in said
    assert logs.without_keys("/admin/calendar/2026-11-01/") == "/admin/calendar/2026-11-01/"
