"""Kept files in a folder and in a bucket (moto's S3 server): whatever holds for one holds for the other, and
what is kept on one machine is there on the next."""

import socket
import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone
from moto.server import ThreadedMotoServer

from inspections.models import Upload
from inspections.papers import binding
from inspections.visit import uploads
from registries import shelf
from registries.services import storage

from ..signed import photo
from ..staircase import approve_scheme

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def s3():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def kept(request, settings, tmp_path):
    """A shelf of each kind."""
    if request.param == "bucket":
        _bucket(request, settings)
    return request.param


def _bucket(request, settings):
    endpoint, name = request.getfixturevalue("s3"), f"kept-{uuid.uuid4().hex[:8]}"
    told = {"endpoint_url": endpoint, "access_key": "k", "secret_key": "s", "region_name": "us-east-1"}
    told |= {"bucket_name": name, "default_acl": None, "file_overwrite": True}
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": told}
    settings.STORAGES = settings.STORAGES | {"kept": backend}
    storages["kept"].connection.create_bucket(Bucket=name)


def test_what_is_put_is_there_whole(kept):
    assert shelf.is_empty() and shelf.names("a/b") == []
    shelf.put("a/b/one", b"eins")
    shelf.put("a/b/one", b"eins")  # the same name is the same file
    shelf.put("a/b/two", b"z" * 300_000)
    assert shelf.names("a/b") == ["one", "two"] and not shelf.is_empty()
    assert shelf.get("a/b/one") == b"eins" and len(shelf.get("a/b/two")) == 300_000
    with shelf.open_("a/b/two") as handle:
        assert handle.read(3) == b"zzz"
    shelf.drop("a/b/one")
    shelf.drop("a/b/never")
    assert not shelf.has("a/b/one") and shelf.has("a/b/two")
    with pytest.raises(FileNotFoundError):
        shelf.get("a/b/one")


def test_a_kept_file_is_proved_when_it_is_read(kept):
    stored = storage.keep(b"an exhibit", "text/plain")
    assert stored.is_here() and stored.read() == b"an exhibit" and storage.keep(b"an exhibit", "x") == stored
    assert storage.verify() == (1, [])
    shelf.drop(stored.place)
    shelf.put(stored.place, b"another")
    assert "内容被改动" in storage.verify()[1][0]
    shelf.drop(stored.place)
    assert "文件不在" in storage.verify()[1][0]


def test_a_photo_comes_in_pieces_over_two_machines(kept, drawn, monkeypatch):
    """Whichever machine takes a piece: what is here is what the shelf says."""
    case = drawn.cases.order_by("pk").first()
    approve_scheme(case.task)
    by, data = case.team()[0].inspector.account, photo()
    digest = uploads.hashlib.sha256(data).hexdigest()
    third = len(data) // 3
    pieces = [(0, data[:third]), (third, data[third : 2 * third]), (2 * third, data[2 * third :])]
    assert uploads.put(case, digest, 0, len(data), pieces[0][1], by=by) == {"complete": False, "have": third}
    assert uploads.put(case, digest, 0, len(data), pieces[0][1], by=by)["have"] == third  # sent again
    assert uploads.put(case, digest, third + 7, len(data), b"x", by=by)["have"] == third  # with a gap
    assert uploads.state(case, digest) == {"complete": False, "have": third}
    uploads.put(case, digest, *(third, len(data)), pieces[1][1], by=by)
    ends = [uploads.put(case, digest, 2 * third, len(data), pieces[2][1], by=by) for _ in range(2)]
    assert [each["complete"] for each in ends] == [True, True]
    assert Upload.objects.get(case=case, original=digest).original.read() == data
    assert shelf.names(f"pieces/{case.pk}-{digest}") == []


def test_pieces_that_nobody_goes_on_with_are_thrown_away(kept, drawn, monkeypatch):
    case = drawn.cases.order_by("pk").first()
    approve_scheme(case.task)
    uploads.put(case, "0" * 64, 0, 99, b"half", by=case.team()[0].inspector.account)
    assert uploads.clear_stale() == 0
    later = timezone.now() + timedelta(days=31)
    monkeypatch.setattr(uploads.timezone, "now", lambda: later)
    assert uploads.clear_stale() == 1 and uploads.state(case, "0" * 64)["have"] == 0


def test_a_file_made_for_one_reader_lies_where_every_machine_finds_it(kept, drawn, cast):
    case = drawn.cases.order_by("pk").first()
    job = binding.ask(case, by=cast.head)
    binding.make(job.pk)
    assert shelf.get(binding.place_of(job)).startswith(b"%PDF")


def test_what_lay_in_the_folder_is_copied_into_the_bucket(request, settings, tmp_path, capsys):
    kept = [storage.keep(f"exhibit {n}".encode(), "text/plain") for n in range(4)]
    with pytest.raises(CommandError, match="没有设置 FILES_BUCKET"):
        call_command("copy_files")
    kept[2].path.write_bytes(b"bent")
    kept[3].path.unlink()
    _bucket(request, settings)
    with pytest.raises(SystemExit):
        call_command("copy_files")
    said = capsys.readouterr().out
    assert "抄了 2 个文件，有问题的 2 个" in said and "内容与指纹不符" in said and "文件夹里也没有" in said
    assert kept[0].read() == b"exhibit 0" and not kept[2].is_here()
    kept[2].path.write_bytes(b"exhibit 2")
    kept[3].path.write_bytes(b"exhibit 3")
    call_command("copy_files")
    assert "抄了 2 个文件，有问题的 0 个" in capsys.readouterr().out and storage.verify() == (4, [])
