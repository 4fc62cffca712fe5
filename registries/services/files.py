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
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(draft).replace(path)
    return StoredFile.objects.get_or_create(digest=digest, defaults={"size": len(data), "media_type": media_type})[0]


def read(stored):
    """StoredFile in, bytes out. ValueError when the bytes are not those that were kept."""
    data = path_of(stored.digest).read_bytes()
    if hashlib.sha256(data).hexdigest() != stored.digest:
        raise ValueError(f"stored file {stored.digest} has changed on disk")
    return data


def path_of(digest):
    """Where a file lies: FILES_DIR/ab/cd/abcd…"""
    return Path(settings.FILES_DIR) / digest[:2] / digest[2:4] / digest
