from .disclosure import Disclosure, Ending, Release, new_token
from .letter import Enclosure, Letter
from .listing import Dump, Listing, Ticket
from .publication import Publication
from .returns import Reply, Return, ReturnLayout
from .subscription import Subscription

__all__ = [
    "Disclosure",
    "Dump",
    "Ending",
    "Enclosure",
    "Letter",
    "Listing",
    "Publication",
    "Release",
    "Reply",
    "Return",
    "ReturnLayout",
    "Subscription",
    "Ticket",
    "new_token",
]
