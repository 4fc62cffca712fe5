"""The desks of publishing and of the public's letters."""

from . import disclosure, letter, publication, release, yearreport

__all__ = ["disclosure", "letter", "publication", "release", "yearreport"]
