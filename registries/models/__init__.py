"""The nouns of the registers."""

from .bureau import Account, Bureau, BureauOwned, RoleGrant, SavedFilter, Section
from .calendar import CalendarDay, CalendarFeed, CalendarYear
from .consent import Consent
from .corrected import BatchChange, SubjectChange
from .delivery import Delivery, DeliveryRow, OtherVisit, Source, SourceRecord
from .fields import EncryptedTextField
from .files import HeaderChoice, ImportLine, ImportRun, StoredFile
from .group import LeadingGroup, LeadingMember
from .handing import HandedIn
from .inspector import Certificate, Course, Inspector, Leave, Training
from .item import CheckLine, Item, ItemList
from .journal import AppendOnly, ChainCheck, JournalEntry
from .loan import Lending, LoanRequest
from .marks import LedgerMark, RowMark
from .message import Dispatch, Message
from .moves import SubjectMove
from .publiclog import (
    Cosignature,
    LogBranch,
    LogEntry,
    LogFile,
    LogHead,
    LogSigner,
    LogWitness,
    PublicLog,
)
from .pulse import Pulse
from .recusal import Declaration, Relation
from .signin import OldPassword, RecoveryCode, SecondFactor, SignInTry, Sitting
from .subject import (
    HAZARDS,
    Licence,
    Place,
    Production,
    Subject,
    SubjectCode,
    SubjectEvent,
)
from .tables import (
    CapRule,
    Category,
    CategoryRule,
    Discretion,
    InspectionKind,
    LegalArticle,
    LegalLimit,
    LotRule,
    Reason,
    RecusalGround,
    Skill,
    Tag,
)

__all__ = [
    "Account",
    "AppendOnly",
    "BatchChange",
    "Bureau",
    "BureauOwned",
    "CalendarDay",
    "CalendarFeed",
    "CalendarYear",
    "CapRule",
    "Category",
    "CategoryRule",
    "Certificate",
    "ChainCheck",
    "Consent",
    "CheckLine",
    "Declaration",
    "Delivery",
    "DeliveryRow",
    "Discretion",
    "Dispatch",
    "EncryptedTextField",
    "HAZARDS",
    "HandedIn",
    "HeaderChoice",
    "ImportLine",
    "ImportRun",
    "InspectionKind",
    "Inspector",
    "Item",
    "ItemList",
    "JournalEntry",
    "LeadingGroup",
    "LeadingMember",
    "Cosignature",
    "Course",
    "Leave",
    "LegalArticle",
    "LegalLimit",
    "LoanRequest",
    "LogBranch",
    "LogEntry",
    "LogFile",
    "LogHead",
    "LogSigner",
    "LogWitness",
    "LotRule",
    "Message",
    "Licence",
    "OldPassword",
    "OtherVisit",
    "Place",
    "Production",
    "PublicLog",
    "Pulse",
    "Reason",
    "RecoveryCode",
    "RecusalGround",
    "Relation",
    "RoleGrant",
    "LedgerMark",
    "Lending",
    "RowMark",
    "SavedFilter",
    "SecondFactor",
    "Section",
    "SignInTry",
    "Sitting",
    "Skill",
    "Source",
    "SourceRecord",
    "StoredFile",
    "Subject",
    "SubjectChange",
    "SubjectCode",
    "SubjectEvent",
    "SubjectMove",
    "Tag",
    "Training",
]
