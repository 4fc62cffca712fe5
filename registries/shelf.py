"""档案架: where kept files lie: a folder of this machine, or a bucket (S3 and what speaks like it) that
all machines share. A file is written whole or not at all, under a name that says what it is; nobody changes
one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class Folder(FileSystemStorage):
    """FILES_DIR. What was said to be written is on the disk."""

    mode = 0o700

    @property
    def base_location(self):
        return settings.FILES_DIR

    @property
    def location(self):
        return str(Path(settings.FILES_DIR).absolute())

    def get_available_name(self, name, max_length=None):
        return name  # the same name is the same file

    def _save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(mode=self.mode, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
        os.fchmod(descriptor, self.mode & 0o666)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                for part in content.chunks():
                    handle.write(part)
                handle.flush()
                os.fsync(handle.fileno())
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)  # a full disk leaves no half file
        return name


class ServedFolder(Folder):
    """LOG_DIR: what anybody may read; a front server hands it out by itself."""

    mode = 0o755

    @property
    def base_location(self):
        return settings.LOG_DIR

    @property
    def location(self):
        return str(Path(settings.LOG_DIR).absolute())


def put(name: str, data: bytes | BinaryIO) -> None:
    """Bytes, or an open file of them, under a name: when it returns they are kept."""
    _shelf().save(name, ContentFile(data) if isinstance(data, bytes) else File(data, name))


def get(name: str) -> bytes:
    """The bytes under a name. Raises FileNotFoundError."""
    with open_(name) as handle:
        return handle.read()


def open_(name: str) -> File | BinaryIO:
    """An open file, read from its beginning. Raises FileNotFoundError."""
    return _shelf().open(name, "rb")


def has(name: str) -> bool:
    """Whether it is here."""
    return _shelf().exists(name)


def drop(name: str) -> None:
    """Take away what is no record: a piece that was put together, a file made for one reader."""
    _shelf().delete(name)


def leave(place: str) -> None:
    """Take away an empty place; one into which something has come meanwhile stays."""
    with suppress(OSError):
        _shelf().delete(place)


def names(place: str) -> list[str]:
    """The names of the files at a place, in their order; [] where nothing is."""
    return sorted(name for name in _listed(place)[1] if name and not name.startswith("."))


def older(place: str, than: datetime) -> Iterator[str]:
    """Names of files two levels below `place` that nobody has touched since a moment."""
    for inner in _folders(place):
        for name in names(f"{place}/{inner}"):
            full = f"{place}/{inner}/{name}"
            if _shelf().get_modified_time(full) < than:
                yield full


def is_folder() -> bool:
    """Whether the shelf is a folder of this machine."""
    return isinstance(_shelf(), Folder)


def is_empty() -> bool:
    """Whether nothing at all is kept."""
    return not _folders("") and not names("")


def _folders(place):
    return sorted(_listed(place)[0])


def _listed(place):
    try:
        return _shelf().listdir(place)
    except FileNotFoundError:
        return [], []


def _shelf():
    return storages["kept"]
