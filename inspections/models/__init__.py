"""The nouns of planning, drawing and inspecting."""

from .case import Answer, Assignment, Case, Visit
from .document import Document, NumberSeries
from .draw import Change, Draw, SeedSource
from .plan import Plan, PlanDays, Task, TaskStratum
from .proposal import Proposal
from .report import Report

__all__ = [
    "Answer", "Assignment", "Case", "Change", "Document", "Draw", "NumberSeries", "Plan", "PlanDays", "Proposal", "Report", "SeedSource",
    "Task", "TaskStratum", "Visit",
]  # fmt: skip
