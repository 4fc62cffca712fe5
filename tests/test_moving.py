"""搬家: which rows go with a bureau, and the sealed file that they go in."""

import pytest

from config.moving import packing, rows

pytestmark = pytest.mark.django_db


def test_every_table_is_a_bureaus_or_is_said_to_stay():
    assert rows.left_out() == set()


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20 + 7])
def test_what_was_sealed_opens_as_it_was(tmp_path, size):
    data = bytes(range(256)) * (size // 256 + 1)
    file = tmp_path / "x"
    with file.open("wb") as out:
        sealed = packing.Sealing(out, "口令")
        for first in range(0, size, 300_000):
            sealed.write(data[first : min(size, first + 300_000)])
        sealed.close()
    with file.open("rb") as source:
        assert packing.Opening(source, "口令").readall() == data[:size]
    with file.open("rb") as source, pytest.raises(packing.Broken):
        packing.Opening(source, "另一个").readall()


@pytest.mark.parametrize("how", ["bent", "cut", "cut at a piece", "turned round", "doubled", "longer"])
def test_a_file_that_was_changed_does_not_open(tmp_path, how):
    piece = 2**20 + 16
    with (tmp_path / "x").open("wb") as out:
        sealed = packing.Sealing(out, "口令")
        sealed.write(bytes(3 * 2**20))
        sealed.close()
    whole = (tmp_path / "x").read_bytes()
    head, body = whole[:32], whole[32:]
    pieces = [body[first : first + piece] for first in range(0, len(body), piece)]
    bent = {
        "bent": head + body[:5000] + bytes([body[5000] ^ 1]) + body[5001:],
        "cut": whole[:-1],
        "cut at a piece": head + b"".join(pieces[:-1]),
        "turned round": head + b"".join([pieces[1], pieces[0], *pieces[2:]]),
        "doubled": head + b"".join([pieces[0], *pieces]),
        "longer": whole + b"x",
    }[how]
    assert bent != whole
    (tmp_path / "x").write_bytes(bent)
    with (tmp_path / "x").open("rb") as source, pytest.raises(packing.Broken):
        packing.Opening(source, "口令").readall()
