"""The nouns of planning, drawing and inspecting."""

from .case import Answer, Assignment, Case, JointVisit, Visit
from .ceremony import Disc, DiscCheck, LotteryEntry, Minutes
from .document import Document, NumberSeries
from .draw import Change, Draw, SeedSource
from .partner import PartnerDraw
from .plan import Plan, PlanDays, PlanLine, Task, TaskStratum, TaskSubject
from .proposal import Proposal
from .recusal import RecusalRequest
from .report import Report
from .scheme import Scheme

__all__ = [
    "Answer", "Assignment", "Case", "Change", "Disc", "DiscCheck", "Document", "Draw", "JointVisit", "LotteryEntry", "Minutes",
    "NumberSeries", "PartnerDraw", "Plan", "PlanDays", "PlanLine", "Proposal", "RecusalRequest", "Report", "Scheme",
    "SeedSource", "Task", "TaskStratum", "TaskSubject", "Visit",
]  # fmt: skip
