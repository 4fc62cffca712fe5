"""A log's own files, where anybody reads them: tiles, checkpoints, who cosigned which. All of them can be
written again from the leaves and the signed heads."""

from __future__ import annotations

from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import storages


def put(name: str, data: bytes) -> None:
    """Bytes under a name; what was there is written over. When it returns they are kept."""
    _files().save(name, ContentFile(data))


def get(name: str) -> bytes | None:
    """The bytes under a name; None where nothing is."""
    try:
        with _files().open(name, "rb") as handle:
            return bytes(handle.read())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def drop_all(place: str) -> None:
    """What lies at a place, and the place."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in _files().listdir(place)[1]:
            _files().delete(f"{place}/{name}")
        _files().delete(place)


def _files():
    return storages["log"]
