"""Whole lists are written once for each state and handed out from the disk; what is
taken back is in none of them."""

import csv
import hashlib
import io
import json
import threading
import time

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.visit import reports
from publicity import downloads, generation, tasks
from publicity.models import Disclosure, Dump, Ending, Listing
from publicity.services import dumps, publications
from publicity.views import results as pages
from publicity.whose import everybody
from registries import exports
from registries.models import StoredFile
from registries.services import journal

from ..staircase import inspect, publish
from ..walls import behind_the_walls, clear_caches

pytestmark = pytest.mark.django_db
NAMES = ["results.csv", "results.json", "penalties.csv", "penalties.json", "data/gsxt.csv"]


def text(answer):
    return answer.getvalue().decode() if not answer.streaming else b"".join(answer.streaming_content).decode()


def let_out(case, cast):
    return publish(reports.approve(inspect(case), by=cast.head), cast)


def withdraw(said, cast):
    asked = publications.prepare_ending(said, "withdrawn", "检查结果认定有误", "复查记录", by=cast.clerk)
    publications.judge(asked, True, by=cast.head)


@pytest.fixture
def said(drawn, cast):
    return let_out(drawn.cases.first(), cast)


def test_the_second_reader_gets_the_file_of_the_first(client, said, monkeypatch):
    first = {name: text(client.get(f"/{name}")) for name in NAMES}
    assert said.token in first["results.csv"] and json.loads(first["results.json"])[0]["id"] == said.token
    monkeypatch.setattr(downloads, "_pieces", None)  # nothing is made again
    for name in NAMES:
        answer = client.get(f"/{name}")
        assert text(answer) == first[name] and answer["ETag"]
        assert client.get(f"/{name}", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_what_is_let_out_or_taken_back_is_another_file_at_once(client, drawn, cast, said):
    before = client.get("/results.json")
    other = let_out(drawn.cases.order_by("-pk").first(), cast)
    assert {each["id"] for each in json.loads(text(client.get("/results.json")))} == {said.token, other.token}
    withdraw(said, cast)
    after = client.get("/results.json")
    assert [each["id"] for each in json.loads(text(after))] == [other.token] and after["ETag"] != before[
        "ETag"
    ]


def test_a_long_list_is_written_apart_and_whoever_comes_meanwhile_is_told_when(
    client, said, settings, monkeypatch
):
    settings.PUBLIC_URL = "https://example.test"
    monkeypatch.setattr(downloads, "AT_ONCE", 0)
    answer = client.get("/results.json")
    assert answer.status_code == 503 and answer["Retry-After"] == "60" and "正在生成" in text(answer)
    tasks.write_lists()
    assert said.token in text(client.get("/results.json"))
    assert downloads.write_all() == []  # it stands


def test_a_list_of_a_moment_ago_serves_while_the_next_is_written_unless_something_was_taken_back(
    client, drawn, cast, said, settings, monkeypatch
):
    settings.PUBLIC_URL = "https://example.test"
    tasks.write_lists()
    monkeypatch.setattr(downloads, "AT_ONCE", 0)
    let_out(drawn.cases.order_by("-pk").first(), cast)
    assert [each["id"] for each in json.loads(text(client.get("/results.json")))] == [said.token]
    withdraw(said, cast)
    assert client.get("/results.json").status_code == 503
    tasks.write_lists()
    assert said.token not in text(client.get("/results.json"))


def test_what_was_taken_back_while_a_list_was_written_is_in_no_list_that_serves(
    client, drawn, cast, said, settings, monkeypatch
):
    """The list of before is named by what stood when its rows were read: it is of another generation now."""
    settings.PUBLIC_URL, pieces = "https://example.test", downloads._pieces
    let_out(drawn.cases.order_by("-pk").first(), cast)

    def meanwhile(name, whose, base):
        rows = list(pieces(name, whose, base))
        if name == "results.json" and not Ending.objects.exists():
            withdraw(said, cast)
        return rows

    monkeypatch.setattr(downloads, "_pieces", meanwhile)
    monkeypatch.setattr(downloads, "AT_ONCE", 0)
    tasks.write_lists()
    assert any(said.token in each.read_text() for each in settings.PUBLIC_DIR.glob("results-*.json"))
    assert client.get("/results.json").status_code == 503
    tasks.write_lists()
    assert said.token not in text(client.get("/results.json"))


def test_an_earlier_row_that_is_committed_later_makes_another_list(said, drawn, cast):
    """By the last key alone it would never come in."""
    let_out(drawn.cases.order_by("-pk").first(), cast)
    last = Disclosure.objects.order_by("pk").last().pk
    with behind_the_walls():
        first = Listing.objects.order_by("pk").first()
        Listing.objects.filter(pk=first.pk).delete()
        before = downloads._path("results.csv", everybody()[0], "x")
        first.save(force_insert=True)
    assert (
        Disclosure.objects.order_by("pk").last().pk == last
        and downloads._path("results.csv", everybody()[0], "x") != before
    )


def test_the_index_made_again_is_written_out_again(
    client, said, settings, django_capture_on_commit_callbacks
):
    before = text(client.get("/results.csv"))
    with django_capture_on_commit_callbacks(execute=True):
        call_command("rebuild_listings", stdout=io.StringIO())
    assert not list(settings.PUBLIC_DIR.glob("results-*")) and text(client.get("/results.csv")) == before


def test_the_servers_own_copy_names_no_file_that_is_gone(client, said, settings):
    """An answer that leads nginx to a file is made anew for each reader; the public may keep the bytes."""
    settings.HANDS_OVER, settings.PUBLIC_SECONDS = True, 60
    first = client.get("/results.csv")
    assert "max-age=60" in first["Cache-Control"]
    for each in settings.PUBLIC_DIR.glob("results-*"):
        each.unlink()
    again = client.get("/results.csv")
    assert (settings.PUBLIC_DIR / again["X-Accel-Redirect"].removeprefix("/kept/")).exists()


def test_the_training_installation_has_its_own_corner(client, said, settings):
    settings.HANDS_OVER, settings.PUBLIC_PREFIX = True, "training/"
    assert client.get("/results.csv")["X-Accel-Redirect"].startswith("/kept/training/results-")


def test_six_who_ask_at_once_have_it_written_once(said, settings, monkeypatch):
    settings.PUBLIC_URL, written, made = "https://example.test", [], threading.Event()

    def pieces(name, whose, base):
        written.append(name)
        made.wait(2)
        yield b"[]"

    monkeypatch.setattr(downloads, "_pieces", pieces)
    state = downloads._path("results.json", everybody()[0], "x")
    monkeypatch.setattr(downloads, "_path", lambda name, whose, base: state)
    asking = [
        threading.Thread(target=downloads.write, args=("results.json", everybody()[0], "x")) for _ in range(6)
    ]
    for each in asking:
        each.start()
    made.set()
    for each in asking:
        each.join()
    assert written == ["results.json"] and state.read_bytes() == b"[]"


def test_a_disk_that_is_full_leaves_no_half_file(said, monkeypatch, settings):
    def pieces(name, whose, base):
        yield b"["
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "_pieces", pieces)
    with pytest.raises(OSError, match="No space"):
        downloads.write("results.json", everybody()[0], "x")
    assert [each.name for each in settings.PUBLIC_DIR.iterdir()] == [
        f".{everybody()[0].code}-results.json.lock"
    ]


def test_behind_nginx_the_bytes_go_from_its_hand(client, said, settings):
    settings.HANDS_OVER = True
    answer = client.get("/results.csv")
    path = settings.PUBLIC_DIR / answer["X-Accel-Redirect"].removeprefix("/kept/")
    assert answer.content == b"" and said.token in path.read_text() and path.stat().st_mode & 0o777 == 0o644
    dumps.make_all()
    version = client.get(f"/data/{timezone.localdate()}/results.csv")
    kept = settings.PUBLIC_DIR / version["X-Accel-Redirect"].removeprefix("/kept/")
    assert kept.name == Dump.objects.first().files["results.csv"]["sha256"] and said.token in kept.read_text()
    # on another disk, for another reader
    assert kept.stat().st_mode & 0o777 == 0o644 and kept.stat().st_nlink == 1
    assert (settings.PUBLIC_DIR / "versions").stat().st_mode & 0o005


def test_a_question_is_answered_up_to_a_number_of_rows(client, drawn, cast, said, monkeypatch):
    let_out(drawn.cases.order_by("-pk").first(), cast)
    monkeypatch.setattr(pages, "MOST", 1)
    refused = client.get("/results.csv?since=2000-01-01")
    assert refused.status_code == 400 and "下载全部数据" in text(refused)
    assert said.token in text(client.get(f"/results.csv?q={said.subject_name}"))


def test_what_was_taken_back_is_gone_from_what_is_kept_within_two_seconds(client, released, cast, settings):
    """Each process keeps pages of its own and is told of nothing: it sees the bureau's last public act."""
    settings.PUBLIC_SECONDS = 60
    clear_caches()
    said = Disclosure.objects.filter(kind="result").order_by("pk").last()
    page, total = f"/results/{said.token}/", "/results/"
    before = client.get(page), client.get(total), client.get("/")
    assert all(said.subject_name in each.content.decode() for each in before[:2])
    journal.write("report.approved", by=cast.head, about="x")  # what is not public moves no page that is kept
    time.sleep(generation.SECONDS + 0.1)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).content == before[0].content
    assert len(asked) == 1, asked.captured_queries
    withdraw(said, cast)
    began = time.monotonic()
    while said.subject_name in client.get(total).content.decode() and time.monotonic() < began + 5:
        time.sleep(0.1)
    assert time.monotonic() - began < 2
    assert client.get(page).content != before[0].content
    assert said.subject_name not in client.get("/").content.decode()


def test_a_version_is_written_piece_by_piece_and_says_the_same_in_each_form(released, bureau, monkeypatch):
    """However many results there are, no more than a piece of one file is held; the list's hashes are
    true."""
    longest = []
    keep = dumps.storage.keep_pieces

    def counted(pieces, media_type):
        return keep((longest.append(len(each)) or each for each in pieces), media_type)

    monkeypatch.setattr(dumps.storage, "keep_pieces", counted)
    monkeypatch.setattr(exports, "PIECE", 1)
    made = dumps.make(bureau)
    kept = {name: StoredFile.objects.get(pk=each["sha256"]) for name, each in made.files.items()}
    told = {name: each.read() for name, each in kept.items()}
    results = json.loads(told["results.json"])
    rows = {
        name: list(csv.reader(told[name].decode("utf-8-sig").splitlines()))
        for name in ("results.csv", "gsxt.csv")
    }
    assert len(results) == Listing.objects.filter(kind="result").count() > 1
    assert [row[0] for row in rows["results.csv"][1:]] == [each["id"] for each in results]
    assert [row[-1] for row in rows["gsxt.csv"][1:]] == [each["subject"] for each in results]
    assert max(longest) < len(told["results.json"])
    for each in json.loads(told["datapackage.json"])["resources"]:
        assert each["bytes"] == len(told[each["path"]])
        assert each["hash"] == f"sha256:{hashlib.sha256(told[each['path']]).hexdigest()}"
