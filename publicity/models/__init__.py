from .daily import DailyDigest
from .disclosure import Disclosure, Ending, Release, new_token
from .letter import Enclosure, Letter
from .listing import Dump, Listing, Ticket
from .outgoing import Batch, HandedRow, Receiver, Shape
from .publication import Publication
from .returns import Reply, Return, ReturnLayout
from .subscription import Subscription

__all__ = [
    "Batch",
    "DailyDigest",
    "Disclosure",
    "Dump",
    "Ending",
    "Enclosure",
    "HandedRow",
    "Letter",
    "Listing",
    "Publication",
    "Receiver",
    "Release",
    "Reply",
    "Return",
    "ReturnLayout",
    "Shape",
    "Subscription",
    "Ticket",
    "new_token",
]
