"""Every noun of planning, drawing, inspecting and watching, gathered for Django and for the apps above."""

from .after.models import Extension, Penalty, PenaltyStep, Reinspection, Restraint, Transfer, Verdict
from .case.models import Assignment, Case, CaseEvent, Delegate, Document, JointVisit, Look, Scheme
from .draw.models import Change, Draw, DrawFile, LotteryEntry, Minutes, PartnerDraw, SeedSource
from .numbers import NumberSeries
from .papers.models import CleanCopy, DossierJob, Paper, PaperForm
from .plan.models import Plan, PlanDays, PlanLine, Task, TaskStratum, TaskSubject
from .visit.models import (
    Answer,
    Confirmation,
    Exhibit,
    Filing,
    Finding,
    Outcome,
    Proposal,
    RecusalRequest,
    Report,
    Upload,
    Visit,
)
from .watch.models import Disc, DiscCheck

__all__ = [
    "Answer",
    "Assignment",
    "Case",
    "CaseEvent",
    "Change",
    "CleanCopy",
    "Confirmation",
    "Delegate",
    "Disc",
    "DiscCheck",
    "Document",
    "DossierJob",
    "Draw",
    "DrawFile",
    "Exhibit",
    "Extension",
    "Filing",
    "Finding",
    "JointVisit",
    "Look",
    "LotteryEntry",
    "Minutes",
    "NumberSeries",
    "Outcome",
    "Paper",
    "PaperForm",
    "PartnerDraw",
    "Penalty",
    "PenaltyStep",
    "Plan",
    "PlanDays",
    "PlanLine",
    "Proposal",
    "RecusalRequest",
    "Reinspection",
    "Report",
    "Restraint",
    "Scheme",
    "SeedSource",
    "Task",
    "TaskStratum",
    "TaskSubject",
    "Transfer",
    "Upload",
    "Verdict",
    "Visit",
]
