"""The nouns of planning, drawing and inspecting."""

from .case import Answer, Assignment, Case, JointVisit, Visit
from .ceremony import Disc, DiscCheck, LotteryEntry, Minutes
from .document import Document, NumberSeries
from .draw import Change, Draw, SeedSource
from .field import Confirmation, Exhibit, Filing, Look, Upload
from .finding import Finding, Reinspection, Verdict
from .matter import CaseEvent, Penalty, Transfer
from .paper import Paper, PaperForm
from .partner import PartnerDraw
from .plan import Plan, PlanDays, PlanLine, Task, TaskStratum, TaskSubject
from .proposal import Proposal
from .recusal import RecusalRequest
from .report import Report
from .scheme import Scheme

__all__ = [
    "Answer", "Assignment", "Case", "CaseEvent", "Change", "Confirmation", "Disc", "DiscCheck", "Document", "Draw", "Exhibit",
    "Filing", "Finding", "JointVisit", "Look", "LotteryEntry", "Minutes", "NumberSeries", "Paper", "PaperForm",
    "PartnerDraw", "Penalty", "Plan", "PlanDays", "PlanLine", "Proposal", "RecusalRequest", "Reinspection", "Report", "Scheme",
    "SeedSource", "Task", "TaskStratum", "TaskSubject", "Transfer", "Upload", "Verdict", "Visit",
]  # fmt: skip
