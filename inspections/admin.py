"""The desks of all rooms, gathered for Django: importing a room's desk registers it. watch comes last: it
offers its acts to pages of the rooms before it."""

from .after import admin as after
from .after import discreditadmin as discredit
from .after import penaltyadmin as penalty
from .case import admin as case
from .draw import admin as draw
from .draw import taskadmin as task
from .papers import admin as papers
from .plan import admin as plan
from .plan import directiveadmin as directive
from .visit import admin as visit
from .visit import entryadmin as entry
from .visit import filingadmin as filing
from .visit import recusaladmin as recusal

from .after import partyadmin as party  # isort: skip  (offers an act to the page of papers)
from .watch import admin as watch

__all__ = [
    "after",
    "case",
    "directive",
    "discredit",
    "draw",
    "entry",
    "filing",
    "papers",
    "party",
    "penalty",
    "plan",
    "recusal",
    "task",
    "visit",
    "watch",
]
