"""一面红旗: what somebody who watches should look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Flag:
    """kind: what it is about; text: the sentence; grave: against the rule, not only worth a look; by: the
    account whose own act it is, who does not read it away himself; where: a page of the desk, as (name of the
    address, its argument); about: the firm that has come back; for it, reading the flag has a consequence."""

    kind: str
    text: str
    grave: bool = False
    by: int | None = None
    where: tuple = ()
    about: str = ""

    @property
    def key(self):
        """One flag is the same as long as it says the same."""
        return hashlib.sha256(f"{self.kind}|{self.text}".encode()).hexdigest()
