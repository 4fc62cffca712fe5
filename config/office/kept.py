"""What is counted once for each state of the bureau: every act leaves an entry in the journal, so that what
was counted beside its last entry holds until the next one comes."""

from django.core.cache import caches
from django.db.models import Count, Max
from django.utils import timezone

from registries.models import Subject
from registries.services import journal

_HOUR = 3600


def kept(account, what, count):
    """What `count` gives for an account now; asked anew after anybody's act in its bureau, and every day.

    An inspector's draft stands in the journal only when it is handed in: whoever inspects is counted anew.
    """
    if "inspector" in account.roles():
        return count()
    if not hasattr(account, "_journal_head"):  # asked once a page: the account is read anew for each request
        account._journal_head = journal.head(account.bureau)["digest"]
    key = f"{what}:{account.pk}:{timezone.localdate()}:{account._journal_head}"
    return caches["kept"].get_or_set(key, count, _HOUR)


def kept_of_register(bureau, what, count):
    """What `count` gives for a bureau's register; asked anew when a row of it was written, and every day. It
    reads every row of the register, and most acts write none."""
    rows = Subject.objects.filter(bureau=bureau)
    stand = rows.aggregate(last=Max("changed_at"), number=Count("pk"))
    key = f"{what}:{bureau.pk}:{timezone.localdate()}:{stand['number']}:{stand['last']}"
    return caches["kept"].get_or_set(key.replace(" ", "T"), count, _HOUR)
