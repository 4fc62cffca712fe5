"""The content-addressed store: a file is kept once, under its SHA-256, and never overwritten."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

from ..models import StoredFile


def keep(data, media_type):
    """Bytes in, StoredFile out. Written to disk before the row exists, so a row never lacks its file."""
    digest = hashlib.sha256(data).hexdigest()
    path = StoredFile(digest=digest).path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)  # a full disk leaves no half file
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
