"""The nouns of the registers."""

from .bureau import Account, Bureau, BureauOwned, RoleGrant, Section
from .calendar import CalendarDay, CalendarYear
from .fields import EncryptedTextField
from .files import HeaderChoice, ImportLine, ImportRun, StoredFile
from .group import LeadingGroup, LeadingMember
from .inspector import Certificate, Inspector, Leave, Relation, Training
from .item import CheckLine, Item, ItemList
from .journal import AppendOnly, JournalEntry
from .pulse import Pulse
from .subject import HAZARDS, Licence, Place, Production, Subject, SubjectCode, SubjectEvent
from .tables import Category, CategoryRule, LegalArticle, LegalLimit, Reason, RecusalGround, Skill

__all__ = [
    "Account", "AppendOnly", "Bureau", "BureauOwned", "CalendarDay", "CalendarYear", "Category", "CategoryRule",
    "Certificate", "CheckLine", "EncryptedTextField", "HAZARDS", "HeaderChoice", "ImportLine", "ImportRun", "Inspector", "Item", "ItemList",
    "JournalEntry", "LeadingGroup", "LeadingMember", "Leave", "LegalArticle", "LegalLimit", "Licence", "Place", "Production", "Pulse", "Reason", "RecusalGround",
    "Relation", "RoleGrant", "Section", "Skill", "StoredFile", "Subject", "SubjectCode", "SubjectEvent", "Training",
]  # fmt: skip
