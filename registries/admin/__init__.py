"""The registers' desks."""

from . import inspector, item, subject, tables

__all__ = ["inspector", "item", "subject", "tables"]
