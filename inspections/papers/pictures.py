"""Photos: bytes in, what they are and a clean copy out. Plain Python on Pillow; nothing a file
says of itself is believed."""

import io
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageFile, ImageOps

MOST_PIXELS = 50_000_000
MOST_BYTES = 20 * 1024 * 1024
_LEAST_STROKE = 0.05  # of the width of the pad
_SHOWN = 2560  # the longer side of the copy that pages and documents show
_READ = ["JPEG", "PNG", "WEBP"]
# MPO is a JPEG with a second picture behind it, as some phones write by default; the reader of JPEG finds it.
_FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
BROKEN = "image/broken"  # the media type of what was sent as a photo and cannot be opened


class NotAPicture(ValueError):
    """Not a JPEG, PNG or WebP, or one that would fill the memory."""


@dataclass(frozen=True)
class Picture:
    """A clean copy: re-encoded, upright, without any of the metadata; the camera's own time beside it."""

    data: bytes
    media_type: str
    original_type: str
    width: int
    height: int
    taken_at: datetime | None


@dataclass(frozen=True)
class Glance:
    """What a photo's header says, before a pixel is read."""

    media_type: str
    width: int
    height: int
    taken_at: datetime | None


def glance(data):
    """Bytes of a photo in, Glance out, in a millisecond. Raises NotAPicture; whether it
    can be read, `clean` says."""
    with _opened(data) as opened:
        return Glance(_FORMATS[opened.format], *opened.size, _camera_time(opened))


def clean(data):
    """Bytes of a photo in, Picture out. Raises NotAPicture; an SVG, a HEIC, a
    program or a pixel bomb is none."""
    with _opened(data) as opened:
        original_type, taken_at = _FORMATS[opened.format], _camera_time(opened)
        is_drawing = opened.format == "PNG"
        if opened.format in ("JPEG", "MPO"):
            opened.draft("RGB", (_SHOWN, _SHOWN))  # decodes at a smaller scale: a third of the time
        opened.load()
        shown = ImageOps.exif_transpose(opened)
        copy = _flat(shown)
    copy.thumbnail((_SHOWN, _SHOWN))
    out = io.BytesIO()
    if is_drawing:
        copy.save(out, "PNG", optimize=False)
    else:
        copy.save(out, "JPEG", quality=85)
    return Picture(
        out.getvalue(), "image/png" if is_drawing else "image/jpeg", original_type, *copy.size, taken_at
    )


def is_empty_pad(data):
    """Whether a picture of a signature shows none: nothing at all, or no more than a dot. Raises
    NotAPicture."""
    with _opened(data) as opened:
        shown = _flat(opened).convert("L")
    shown.thumbnail((400, 400))
    darkest, lightest = shown.getextrema()
    if lightest - darkest < 32:
        return True
    middle = (darkest + lightest) // 2
    box = shown.point([255 if value < middle else 0 for value in range(256)]).getbbox()
    return box is None or max(box[2] - box[0], box[3] - box[1]) < shown.width * _LEAST_STROKE


@contextmanager
def _opened(data):
    if len(data) > MOST_BYTES:
        raise NotAPicture("size")
    ImageFile.LOAD_TRUNCATED_IMAGES = (
        False  # the PDF engine turns it on for the whole process: half a photo would pass
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_READ) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:  # said by the header, before a pixel is read
                    raise NotAPicture("pixels")
                yield opened
    except (NotAPicture, MemoryError):  # what lacks memory now is no verdict on the photo
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise NotAPicture("pixels") from bomb
    except Exception as broken:  # Pillow raises many kinds on a broken file
        raise NotAPicture("broken") from broken


def _flat(image):
    """On white: a signature is drawn on glass, documents are paper."""
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def _camera_time(image):
    """DateTimeOriginal without a zone, or None."""
    try:
        said = image.getexif().get_ifd(0x8769).get(36867) or image.getexif().get(306)
        return datetime.strptime(str(said), "%Y:%m:%d %H:%M:%S") if said else None
    except (ValueError, TypeError, AttributeError, KeyError, SyntaxError):
        return None
