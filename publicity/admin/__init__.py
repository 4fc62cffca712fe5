"""The desks of publishing and of the public's letters."""

from . import letter, publication, release

__all__ = ["letter", "publication", "release"]
