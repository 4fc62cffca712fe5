"""What two rows of one enterprise have in common however they are written: a key of the name and one of who
runs it and where. Plain Python; kept with the row, so that doubles are found by an index."""

import hashlib
import re
import unicodedata

_DROPPED = re.compile(r"有限责任公司|有限公司|股份|[\W_]")
_SHORTEST = 7  # letters: a shorter address is a village's name, not a place


def keys_of(name, head, address):
    """Name, head and registered address in; {column: key} out, "" where it would say nothing."""
    plain = _plain(unicodedata.normalize("NFKC", name))
    place = f"{head}|{_plain(address)}" if head and len(address) >= _SHORTEST else ""
    return {"alike_name": _key(plain), "alike_place": _key(place)}


def _plain(text):
    return _DROPPED.sub("", text)


def _key(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
