"""待拟办: what is approved, decided or has moved, and that nobody has prepared for the public."""

from django.db.models import F, OuterRef, Subquery

from inspections.models import Discredit, Outcome, Penalty, Report
from inspections.states import DiscreditState, ReportState

from ..models import Disclosure, Listing, Publication
from ..reading import living
from ..states import PREPARING, PublicationState

_ON_THE_LIST = (DiscreditState.LISTED, DiscreditState.ASKED)


def due():
    """Approved reports that nobody has prepared for the public."""
    taken = Publication.objects.filter(status__in=[*PREPARING, PublicationState.PUBLISHED]).exclude(
        report=None
    )
    return (
        Report.objects.filter(status=ReportState.APPROVED, disclosures=None)
        .exclude(pk__in=taken.values("report"))
        .select_related("case__subject", "case__bureau")
        .order_by("pk")
    )


def penalties_due():
    """Decided penalties that nobody has prepared for the public."""
    taken = Publication.objects.filter(status__in=[*PREPARING, PublicationState.PUBLISHED]).exclude(
        penalty=None
    )
    decided = Penalty.objects.in_force().filter(disclosures=None)
    return decided.exclude(pk__in=taken.values("penalty")).select_related("case__subject", "bureau")


def listings_due():
    """Firms on the list of 严重失信主体 that nobody has prepared for the public."""
    on = Discredit.objects.filter(status__in=_ON_THE_LIST)
    shown = living().filter(kind="listing").values("discredit")
    waits = Publication.objects.filter(kind="listing", status__in=PREPARING).values("discredit")
    return on.exclude(pk__in=shown).exclude(pk__in=waits).select_related("case__subject", "bureau")


def listings_off():
    """Statements of the list that still stand though the firm is off it, or what it rests on was revoked, and
    whose end nobody has prepared."""
    taken = Publication.objects.filter(kind__in=["withdrawn", "repaired"], status__in=PREPARING)
    on = Discredit.objects.filter(status__in=[*_ON_THE_LIST, DiscreditState.ENDED])  # a term ends by itself
    on = on.filter(penalty__in=Penalty.objects.in_force())
    stale = living().filter(kind="listing").exclude(discredit__in=on)
    return stale.exclude(pk__in=taken.values("disclosure")).order_by("pk")


def moved():
    """The standing statements of results whose case has moved since, and whose next version nobody has
    prepared: put right, overdue, punished, a decision revoked."""
    taken = Publication.objects.filter(kind="correction", status__in=PREPARING)
    last = Outcome.objects.filter(case=OuterRef("report__case")).order_by("-pk").values("code")[:1]
    any_move = Outcome.objects.filter(is_first=False).values("case")  # few; only these are compared
    standing = Disclosure.objects.filter(kind="result", ending=None, superseded_by=None)
    standing = standing.filter(report__case__in=any_move)
    standing = standing.alias(
        said=Subquery(Listing.objects.filter(disclosure=OuterRef("pk")).values("result_code")[:1])
    )
    found = standing.alias(now=Subquery(last)).exclude(now=None).exclude(said=F("now"))
    return (
        found.exclude(pk__in=taken.values("disclosure"))
        .select_related("report__case__subject")
        .order_by("pk")
    )


def revoked():
    """The standing statements of penalties that have been revoked since, and whose withdrawal nobody has
    prepared (行政处罚法第48条: within three days)."""
    taken = Publication.objects.filter(kind="withdrawn", status__in=PREPARING)
    dead = Penalty.objects.exclude(decision_number="").exclude(pk__in=Penalty.objects.in_force().values("pk"))
    standing = Disclosure.objects.filter(kind="penalty", ending=None, superseded_by=None, penalty__in=dead)
    return standing.exclude(pk__in=taken.values("disclosure")).order_by("pk")
