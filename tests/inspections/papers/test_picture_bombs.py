"""Pictures that are small on the wire and large in memory: refused by the one door of photos, papers and
letters, in a process of its own, within a second of its CPU and a hundred megabytes."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image

from ...ground import ROOT


def _chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(width, height, *more):
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(more) + body + _chunk(b"IEND", b"")


def _jpeg(side):
    """A JPEG whose frame says it is `side` wide and high."""
    out = BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(data)


SQUEEZED = zlib.compress(bytes(200_000_000), 9)
BOMBS = {
    "900 megapixels, says a PNG": (_png(30000, 30000), "pixels"),
    "a PNG of a line": (_png(2_000_000_000, 1), "pixels"),
    "4000 megapixels, says a JPEG": (_jpeg(64000), "pixels"),
    "a comment of 200 MB in a PNG": (_png(100, 100, _chunk(b"zTXt", b"a\0\0" + SQUEEZED)), "broken"),
    "a colour profile of 200 MB": (_png(100, 100, _chunk(b"iCCP", b"a\0\0" + SQUEEZED)), "broken"),
    "a hundred thousand chunks": (_png(100, 100, _chunk(b"tEXt", b"a\0b") * 100_000), "broken"),
    "a page and a picture at once": (b"GIF89a" + b"<script>alert(1)</script>" * 1000, "broken"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 100_000, "broken"),
    "41 megabytes": (b"\xff\xd8" + bytes(41_000_000), "size"),
}
PROGRAM = """
import sys, time
from inspections.papers import pictures
data, began = open(sys.argv[1], "rb").read(), time.process_time()
try:
    pictures.clean(data)
    said = "taken"
except pictures.NotAPicture as wrong:
    said = str(wrong)
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
print(said, time.process_time() - began, int(peak) / 1024)
"""


def _run(path):
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, cwd=ROOT
    )
    said, took, peak = told.stdout.split()
    return said, float(took), float(peak)


@pytest.mark.slow
def test_picture_bombs_are_refused_within_a_second_and_a_hundred_megabytes(tmp_path):
    sound = tmp_path / "sound.jpg"
    Image.new("RGB", (800, 600), "#486").save(sound, "JPEG")
    taken, _, idle = _run(sound)
    assert taken == "taken"
    for what, (data, code) in BOMBS.items():
        path = tmp_path / "bomb"
        path.write_bytes(data)
        said, took, peak = _run(path)
        assert said == code, (what, said)
        assert took < 1 and peak < idle + 100, (what, took, peak - idle)
