"""The disc: the same byte for byte, verified by itself, entered and read back."""

import hashlib
import io
import json
import subprocess
import sys
import time

import pycdlib
import pytest
from django.core.management import CommandError, call_command

from inspections.draw import ceremony, drawing
from inspections.watch import discs
from publicity.services import releases
from registries.models import JournalEntry
from registries.services import journal

from ...staircase import refused_with, throw

pytestmark = pytest.mark.django_db


def extract(image, folder):
    """Every file of an ISO, by its Joliet name."""
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(image))
    folder.mkdir()
    for child in iso.list_children(joliet_path="/"):
        if child.is_file():
            name = child.file_identifier().decode("utf-16_be")
            iso.get_file_from_iso(str(folder / name), joliet_path=f"/{name}")
    iso.close()
    return folder


def check(folder):
    run = subprocess.run(
        [sys.executable, "-I", "-S", folder / "check.py"],
        capture_output=True,
        text=True,
        cwd="/",
        env={"LANG": "C.UTF-8"},
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.slow
def test_made_twice_it_is_the_same_and_verifies_itself(drawn, cast, tmp_path):
    first = discs.export(drawn, by=cast.supervisor)
    time.sleep(1.1)
    again = discs.export(drawn, by=cast.supervisor)
    assert first == again
    folder = extract(first, tmp_path / "disc")
    code, said = check(folder)
    assert code == 0 and drawn.commitment in said and drawn.result_digest in said and "光盘核验通过" in said
    assert {
        "commit.json",
        "sealed.json",
        "result.json",
        "openings.json",
        "record.pdf",
        "journal.json",
        "verify.py",
    } <= {each.name for each in folder.iterdir()}


@pytest.mark.parametrize(
    "name", ["result.json", "commit.json", "sealed.json", "journal.json", "facts.json", "index.html"]
)
def test_one_byte_changed_on_it_is_named(drawn, cast, tmp_path, name):
    folder = extract(discs.export(drawn, by=cast.supervisor), tmp_path / "disc")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    code, said = check(folder)
    assert code == 1 and f"{name} 与 SHA256SUMS 不符" in said
    # … and whoever mends the list of hashes too is caught by what the files say of each other.
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    mended = [
        f"{hashlib.sha256(data).hexdigest()}  {name}" if line.endswith(f"  {name}") else line for line in sums
    ]
    (folder / "SHA256SUMS").write_text("\n".join(mended) + "\n")
    if name not in ("facts.json", "index.html"):
        assert check(folder)[0] == 1


def test_the_public_disc_holds_what_the_public_has(released, tmp_path, cast):
    draw = released.draw
    image = discs.export(draw, "public", by=cast.clerk, released=releases.files_of(draw))
    folder = extract(image, tmp_path / "disc")
    names = {each.name for each in folder.iterdir()}
    assert "sealed.json" not in names and "commit.json" in names and check(folder)[0] == 0
    assert not json.loads((folder / "journal.json").read_text())["entries"]
    inner = {each.inspector.name for case in draw.cases.all() for each in case.assignments.all()}
    said = "".join(
        each.read_text(errors="replace") for each in folder.iterdir() if each.suffix in (".json", ".js")
    )
    assert not any(name in said for name in inner)


def test_before_the_release_there_is_no_public_disc_of_the_result(drawn, sealed, cast, tmp_path):
    with refused_with("disc_not_ready"):
        discs.export(drawn, "public", by=cast.clerk, released=releases.files_of(drawn))
    image = discs.export(drawn, "public", "sealed", by=cast.clerk)
    folder = extract(image, tmp_path / "disc")
    said = b"".join(each.read_bytes() for each in folder.iterdir())
    for case in drawn.cases.all():
        assert case.subject.name.encode() not in said and case.subject.ref.encode() not in said


def test_the_disc_at_sealing(sealed, cast, tmp_path):
    with refused_with("disc_not_ready"):
        discs.export(sealed, by=cast.supervisor)
    image = discs.export(sealed, moment="sealed", by=cast.supervisor)
    assert check(extract(image, tmp_path / "disc"))[0] == 0
    drawing.run(throw(sealed).pk)
    sealed.refresh_from_db()
    assert discs.export(sealed, moment="sealed", by=cast.supervisor) == image


def test_the_minutes_are_on_the_record_and_a_new_one_is_issued(drawn, cast):
    with refused_with("minutes_incomplete"):
        ceremony.write_minutes(drawn, by=cast.clerk, place="会议室")
    before = discs.export(drawn, by=cast.supervisor)
    fields = dict.fromkeys(ceremony.FIELDS, "某处某人")
    ceremony.write_minutes(drawn, by=cast.clerk, **fields)
    assert discs.export(drawn, by=cast.supervisor) != before


def test_the_ledger_takes_only_what_was_made_here(drawn, cast):
    image = discs.export(drawn, by=cast.supervisor)
    digest = hashlib.sha256(image).hexdigest()
    entry = {
        "number": "GP-1",
        "moment": "drawn",
        "edition": "inner",
        "burnt_by": "甲",
        "witness": "乙",
        "kept_at": "柜",
    }
    with refused_with("disc_differs"):
        discs.enter(drawn, by=cast.clerk, digest="0" * 64, **entry)
    with refused_with("disc_digest_wrong"):
        discs.enter(drawn, by=cast.clerk, digest="abc", **entry)
    disc = discs.enter(drawn, by=cast.clerk, digest=digest.upper(), **entry)
    assert disc.size == len(image)
    with refused_with("disc_number_used"):
        discs.enter(drawn, by=cast.clerk, digest=digest, **entry)
    assert discs.check(disc, digest, by=cast.supervisor).is_same
    assert not discs.check(disc, "f" * 64, by=cast.supervisor).is_same
    assert disc.checks.count() == 2


def test_an_image_of_before_the_action_had_its_name_can_still_be_entered(drawn, cast):
    facts = {"edition": "inner", "moment": "drawn", "digest": "ab" * 32, "size": 7}
    journal.write(
        "evidence.exported",
        by=cast.supervisor,
        bureau=drawn.bureau,
        about=f"draw {drawn.number}",
        facts=facts,
    )
    entry = {
        "number": "GP-1",
        "moment": "drawn",
        "edition": "inner",
        "burnt_by": "甲",
        "witness": "乙",
        "kept_at": "柜",
    }
    assert discs.enter(drawn, by=cast.clerk, digest="ab" * 32, **entry).size == 7


def test_the_command_writes_and_never_overwrites(drawn, tmp_path, capsys):
    target = tmp_path / "a.iso"
    call_command("export_disc", drawn.number, "-o", str(target))
    said = capsys.readouterr().out
    assert hashlib.sha256(target.read_bytes()).hexdigest() in said
    assert JournalEntry.objects.filter(action="disc.exported").count() == 1
    for arguments, words in (
        ([drawn.number, "-o", str(target)], "已存在"),
        (["990101-2026-777", "-o", str(tmp_path / "b.iso")], "没有这次抽取"),
        ([drawn.number, "-o", str(tmp_path / "c.iso"), "--edition", "public"], "不能制作"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("export_disc", *arguments)
