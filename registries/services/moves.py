"""名录变动的署名: what the database has written down of an act on the register gets its author."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..models import SubjectMove

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..models import Account, Bureau


@contextmanager
def signed(bureau: Bureau, how: str, *, by: Account | None, reason: str = "") -> Iterator[None]:
    """Inside the act's own transaction: whatever it moves in the register is signed by whoever does it. `how`
    tells one act from another ("批量更正 12"): what has the same one is listed as one."""
    last = SubjectMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    yield
    fresh = SubjectMove.objects.filter(pk__gt=last, by=None, subject__bureau=bureau)
    fresh.update(by=by, how=how[:80], reason=reason[:200])
