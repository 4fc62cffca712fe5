"""The states of the procedure's nouns, stage by stage: what may follow, whom each waits for and by which act.

The form of a table is said in registries/states.py; registries/transitions.py is the only mover.
"""

from .after import (
    GONE_TRANSFER,
    OPEN_PENALTY,
    OPEN_TRANSFER,
    DiscreditState,
    ExtensionState,
    FirmWordState,
    PenaltyState,
    RestraintState,
    TransferState,
)
from .before import (
    DEAD_DRAW,
    DONE_CASE,
    FOLLOWED_CASE,
    OPEN_CASE,
    OWED_PAPERS,
    CaseState,
    ChangeState,
    DrawState,
    JointState,
    LentState,
    PaperState,
    PlanState,
    SchemeState,
    TaskState,
)
from .visit import (
    UNSETTLED,
    EntryState,
    FilingState,
    FindingState,
    ProposalState,
    RecusalState,
    ReportState,
)

__all__ = [
    "CaseState",
    "ChangeState",
    "DEAD_DRAW",
    "DONE_CASE",
    "DiscreditState",
    "DrawState",
    "EntryState",
    "ExtensionState",
    "FOLLOWED_CASE",
    "FilingState",
    "FirmWordState",
    "FindingState",
    "GONE_TRANSFER",
    "JointState",
    "LentState",
    "OPEN_CASE",
    "OPEN_PENALTY",
    "OPEN_TRANSFER",
    "OWED_PAPERS",
    "PaperState",
    "PenaltyState",
    "PlanState",
    "ProposalState",
    "RecusalState",
    "ReportState",
    "RestraintState",
    "SchemeState",
    "TaskState",
    "TransferState",
    "UNSETTLED",
]
