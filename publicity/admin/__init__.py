"""The desks of publishing and of the public's letters."""

from . import disclosure, letter, outgoing, publication, release, returns

__all__ = ["disclosure", "letter", "outgoing", "publication", "release", "returns"]
