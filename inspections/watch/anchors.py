"""The anchor (锚点): what leaves the database so that its owner cannot rewrite it unseen (SJS1 §9).

Journal heads and the commitment and result hash of every draw. Nothing in it names an enterprise or a person, so it
may be given to anybody; the supervisor keeps it, and the verifiers compare.
"""

from django.utils import timezone

from registries.models import Bureau, JournalEntry

from ..draw.models import Draw


def take():
    """{v, taken_at, bureaus: {code: {seq, digest, at, draws: [[number, commitment, result digest or ""]]}}}."""
    return {
        "v": 1,
        "taken_at": timezone.now().isoformat(timespec="seconds"),
        "bureaus": {bureau.code: of(bureau) for bureau in Bureau.objects.order_by("code")},
    }


def of(bureau):
    """One bureau's part."""
    draws = Draw.objects.filter(bureau=bureau).order_by("pk").values_list("number", "commitment", "result_digest")
    return JournalEntry.objects.head(bureau) | {"draws": [list(each) for each in draws]}
