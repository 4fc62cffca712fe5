"""The desks of publishing and of the public's letters."""

from . import disclosure, letter, publication, release, returns

__all__ = ["disclosure", "letter", "publication", "release", "returns"]
