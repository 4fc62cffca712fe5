"""现场照片: what is no photo is refused, what is shown is never the photo as it came, and
large ones are copied later."""

import hashlib
import struct
import zlib

import pytest
from django.utils import timezone
from PIL import Image, ImageFile

from inspections import tasks
from inspections.models import CleanCopy, Upload, Visit
from inspections.papers import copies, dossier, pictures
from inspections.visit import completeness, exhibits, uploads, visits

from ...staircase import refused_with
from .test_filings import jpeg

pytestmark = pytest.mark.django_db


def bomb(side=30000):
    """A PNG of a few hundred bytes that says it is 900 megapixels."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bomb(), "upload_pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "upload_broken"),
        (b"GIF89a" + b"\0" * 50, "upload_broken"),
        (b"MZ" + b"\0" * 500, "upload_broken"),
        (b"<html><body>photo</body></html>", "upload_broken"),
        (jpeg()[:200], "upload_broken"),
        (b"", "upload_broken"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "upload_broken"),
    ],
    ids=["bomb", "svg", "gif", "program", "page", "cut off", "empty", "heic"],
)
def test_what_is_no_photo_is_refused(case, member, data, code):
    with refused_with(code):
        uploads.keep(case, data, by=member)
    assert not Upload.objects.exists()


def test_half_a_photo_is_none_also_after_a_document_was_made(case, member):
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # as the PDF engine leaves it
    with refused_with("upload_broken"):
        uploads.keep(case, jpeg()[:3000], by=member)


def test_a_photo_is_shown_without_what_the_camera_says_of_its_owner(case, member):
    exif = Image.Exif()
    exif[271], exif[36867] = "SECRET-CAMERA", "2026:03:01 10:00:00"
    data = jpeg(exif=exif)
    kept = uploads.keep(case, data, by=member)
    assert b"SECRET-CAMERA" in kept.original.read() and b"SECRET-CAMERA" not in kept.file.read()
    made = exhibits.keep(case, kept, "photo", by=member, line="A01.1", caption="现场")
    assert made.original_id == hashlib.sha256(data).hexdigest()


def test_a_large_photo_from_the_phone_is_copied_by_the_worker_or_when_somebody_looks(case, member, client):
    exif = Image.Exif()
    exif[271] = "SECRET-CAMERA"
    photos = [jpeg((1600, 1200), colour=colour, exif=exif) for colour in ("#abc", "#cba")]
    for data in photos:
        uploads.put(case, hashlib.sha256(data).hexdigest(), 0, len(data), data, by=member)
    first, second = Upload.objects.order_by("pk")
    assert first.file_id == first.original_id and (first.width, first.height) == (1600, 1200)
    made = exhibits.keep(case, first, "photo", by=member)
    client.force_login(member)
    shown = b"".join(client.get(f"/desk/cases/{case.token}/files/{made.pk}/").streaming_content)
    assert b"SECRET-CAMERA" in photos[0] and b"SECRET-CAMERA" not in shown and shown[:3] == b"\xff\xd8\xff"
    tasks.look_at_pictures()
    assert {each.original_id for each in CleanCopy.objects.all()} == {first.original_id, second.original_id}
    assert b"SECRET-CAMERA" not in copies.to_show(second.original, second.file).read()


def out_of_memory(data):
    raise MemoryError


def test_a_photo_that_nobody_can_read_is_said_to_the_team(case, member, client, monkeypatch):
    visits.start(case, by=member)
    whole = jpeg((1600, 1200))
    broken = whole[: len(whole) // 2]  # its header is sound
    uploads.put(case, hashlib.sha256(broken).hexdigest(), 0, len(broken), broken, by=member)
    made = exhibits.keep(case, Upload.objects.get(), "photo", by=member, caption="配电箱")
    with monkeypatch.context() as planted:
        planted.setattr(pictures, "clean", out_of_memory)
        tasks.look_at_pictures()
        assert not CleanCopy.objects.exists()  # what lacks memory now is no verdict on the photo
    tasks.look_at_pictures()
    assert CleanCopy.objects.get().file is None
    Visit.objects.update(ended_at=timezone.now())
    assert any("配电箱打不开，请换一张" in each for each in completeness.missing(case))
    client.force_login(member)
    assert client.get(f"/desk/cases/{case.token}/files/{made.pk}/").status_code == 404
    assert dossier.as_pdf(case, by=member)[:4] == b"%PDF"  # and the file of the case is made all the same
