"""The two bureaus' plans, split into sentences the way docs/seeds.md counts them."""

import hashlib
import re


def sentences(text):
    """Plan text in, [(8 hex digits, sentence)] out: split at 。；and line ends, white
    space folded, headings kept."""
    found = []
    for line in text.splitlines():
        for part in re.split(r"(?<=[。；])", line):
            plain = re.sub(r"\[bookmark:.*?\]|\s+|\u3000", "", part)
            if len(plain) > 1:
                found.append((hashlib.sha256(plain.encode()).hexdigest()[:8], plain))
    return found
