"""The nouns of planning, drawing and inspecting."""

from .case import Answer, Assignment, Case, Visit
from .document import Document, NumberSeries
from .draw import Change, Draw, SeedSource
from .plan import Plan, Task, TaskStratum
from .proposal import Proposal
from .report import Report

__all__ = [
    "Answer", "Assignment", "Case", "Change", "Document", "Draw", "NumberSeries", "Plan", "Proposal", "Report", "SeedSource",
    "Task", "TaskStratum", "Visit",
]  # fmt: skip
