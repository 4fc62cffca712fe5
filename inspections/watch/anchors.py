"""The anchor (锚点): what leaves the database so that its owner cannot rewrite it unseen (SJS1 §9).

Journal heads and the commitment and result hash of every draw. It is the supervisor's: a head moves
with every act, so the public is given a digest a day over what is public instead
(publicity/daily.py). The verifiers compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.models import Bureau, JournalEntry
from registries.services import journal, pulses
from registries.services.access import require

from ..draw.models import Draw

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account


def take():
    """{v, taken_at, bureaus: {code: {seq, digest, at, draws: [[number, commitment,
    result digest or ""]]}}}."""
    return {
        "v": 1,
        "taken_at": timezone.now().isoformat(timespec="seconds"),
        "bureaus": {bureau.code: of(bureau) for bureau in Bureau.objects.order_by("code")},
    }


def of(bureau):
    """One bureau's part."""
    draws = (
        Draw.objects.filter(bureau=bureau).order_by("pk").values_list("number", "commitment", "result_digest")
    )
    return JournalEntry.objects.head(bureau) | {"draws": [list(each) for each in draws]}


@transaction.atomic
def hand_out(bureau: Bureau, *, by: Account) -> dict[str, Any]:
    """The anchor of one bureau for its supervisor to keep elsewhere. Each taking is
    journaled; it stands in the anchor."""
    require(by, "inspections.watch_draws", bureau)
    journal.write("anchor.taken", by=by, about=bureau.about)
    kept = of(bureau)
    pulses.beat("anchor", seqs={bureau.code: kept["seq"]})
    return {"v": 1, "taken_at": timezone.now().isoformat(timespec="seconds"), "bureaus": {bureau.code: kept}}
