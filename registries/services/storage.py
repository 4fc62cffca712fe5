"""The content-addressed store: a file is kept once, under its SHA-256, and never overwritten."""

import hashlib
import tempfile

from django.conf import settings

from .. import shelf
from ..models import StoredFile

_IN_MEMORY = 8 * 2**20  # bytes; a longer file waits on the disk until its name is known


def keep(data, media_type):
    """Bytes in, StoredFile out. Written before the row exists, so a row never lacks its file."""
    return keep_pieces([data], media_type)


def keep_pieces(pieces, media_type):
    """The same of what is too long to hold: pieces of bytes in, the StoredFile of the whole out."""
    digests = {"sha256": hashlib.sha256()}
    if settings.NATIONAL_CIPHERS:
        digests["sm3"] = hashlib.new("sm3")
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole:
        for piece in pieces:
            whole.write(piece)
            for each in digests.values():
                each.update(piece)
        told = {"size": whole.tell(), "media_type": media_type}
        digest = digests.pop("sha256").hexdigest()
        name = StoredFile(digest=digest).place
        if not shelf.has(name):
            whole.seek(0)
            shelf.put(name, whole)
    told |= {name: each.hexdigest() for name, each in digests.items()}
    return StoredFile.objects.get_or_create(digest=digest, defaults=told)[0]


def verify():
    """Read every kept file again. Returns (number of files, [faults in Chinese])."""
    faults, known = [], set()
    for stored in StoredFile.objects.order_by("digest").iterator():
        known.add(stored.digest)
        try:
            stored.read()
        except FileNotFoundError:
            faults.append(f"{stored.digest}：文件不在（{stored.media_type}，{stored.size} 字节）")
        except ValueError:
            faults.append(f"{stored.digest}：文件内容被改动或损坏")
    return len(known), faults
