"""The content-addressed store: a file is kept once, under its SHA-256, and never overwritten."""

import hashlib

from django.conf import settings

from .. import shelf
from ..models import StoredFile


def keep(data, media_type):
    """Bytes in, StoredFile out. Written before the row exists, so a row never lacks its file."""
    digest = hashlib.sha256(data).hexdigest()
    name = StoredFile(digest=digest).place
    if not shelf.has(name):
        shelf.put(name, data)
    told = {"size": len(data), "media_type": media_type}
    if settings.NATIONAL_CIPHERS:
        told["sm3"] = hashlib.new("sm3", data).hexdigest()
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
