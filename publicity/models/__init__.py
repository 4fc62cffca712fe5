from .disclosure import Disclosure, Ending, Release, new_token
from .letter import Enclosure, Letter
from .listing import Dump, Listing, Ticket
from .publication import Publication
from .subscription import Subscription
from .yearreport import YearReport

__all__ = [
    "Disclosure",
    "Dump",
    "Ending",
    "Enclosure",
    "Letter",
    "Listing",
    "Publication",
    "Release",
    "Subscription",
    "Ticket",
    "YearReport",
    "new_token",
]
