"""现场: the visit, its answers and findings, what was kept and handed in, the report,
recusals and suggestions."""

from .entry import CodeAsk, CodePlatform
from .evidence import Exhibit, Filing, Upload
from .onsite import Answer, Finding, Visit
from .reporting import Confirmation, Outcome, Proposal, RecusalRequest, Report
from .together import Entry, Ruling, Share, Sheet, Supplement

__all__ = [
    "Answer",
    "CodeAsk",
    "CodePlatform",
    "Confirmation",
    "Entry",
    "Exhibit",
    "Filing",
    "Finding",
    "Outcome",
    "Proposal",
    "RecusalRequest",
    "Report",
    "Ruling",
    "Share",
    "Sheet",
    "Supplement",
    "Upload",
    "Visit",
]
