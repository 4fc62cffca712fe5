"""What an address or a form asks for, read once: a key, a year; None where it is none."""

FIRST, LAST = 2000, 2100  # years that a page is asked for; before and after is a mistake
_DIGITS = 18  # of a key: more is no number that a database holds


def key(said: str | None) -> int | None:
    """The key of a row."""
    said = (said or "").strip()
    return int(said) if said.isdecimal() and len(said) <= _DIGITS else None


def keys(said: list[str]) -> list[int]:
    """The keys among many."""
    return [found for found in map(key, said) if found is not None]


def year(said: str | None, default: int) -> int:
    """A year, else the default."""
    found = key(said)
    return found if found is not None and FIRST <= found <= LAST else default
