"""The content-addressed store: a file is kept once, under its SHA-256, and never overwritten."""

import hashlib
import os
import tempfile
from pathlib import Path

from ..models import StoredFile


def keep(data, media_type):
    """Bytes in, StoredFile out. Written to disk before the row exists, so a row never lacks its file."""
    digest = hashlib.sha256(data).hexdigest()
    path = StoredFile(digest=digest).path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(draft).replace(path)
    return StoredFile.objects.get_or_create(digest=digest, defaults={"size": len(data), "media_type": media_type})[0]
