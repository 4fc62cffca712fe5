"""One person alone, with every act that there is, in any order: does anything move that takes two? Used by
tests/test_lonely.py and, ten thousand steps of it, by the trials."""

from __future__ import annotations

import inspect
from datetime import timedelta
from importlib import import_module
from random import Random

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from inspections.draw import edits
from inspections.models import Change, Draw, SeedSource, Task
from inspections.watch import redflags
from publicity.models import Disclosure, Ending
from registries import rowmarks
from registries.errors import DomainError
from registries.models import Consent, RoleGrant, SubjectEvent, SubjectMove
from registries.services import confirming

from .lonely_acts import Acts
from .test_acts import _STEP as STEP
from .test_acts import ACTS, ASKS_NOTHING

DOORS = [name for name in ACTS if ASKS_NOTHING.get(name) != STEP and not name.endswith("journal.write")]
# Who asks for a thing and who judges it: never one.
TWO = {
    "registries.Consent": ("asked_by", "judged_by"),
    "registries.SubjectEvent": ("recorded_by", "verified_by"),
    "registries.Relation": ("recorded_by", "reviewed_by"),
    "inspections.Plan": ("drafted_by", "approved_by"),
    "inspections.Task": ("drafted_by", "approved_by"),
    "inspections.Scheme": ("drafted_by", "judged_by"),
    "inspections.Draw": ("void_requested_by", "void_approved_by"),
    "inspections.Change": ("requested_by", "approved_by"),
    "inspections.Report": ("author", "reviewed_by"),
    "inspections.Proposal": ("made_by", "judged_by"),
    "inspections.RecusalRequest": ("entered_by", "decided_by"),
    "inspections.Extension": ("asked_by", "judged_by"),
    "inspections.Penalty": ("proposed_by", "judged_by"),
    "inspections.Transfer": ("proposed_by", "judged_by"),
    "inspections.RedFlag": ("by", "read_by"),
    "publicity.Publication": ("prepared_by", "judged_by"),
}
_MODELS = {each.__name__: each for each in apps.get_models()}
_WORDS = [
    "x",
    "",
    "closed",
    "withdrawn",
    "2026-01-01",
    "officer",
    "head",
    "minor",
    "direct",
    "E0",
    "A01.1",
    "R01",
]
_NONSENSE = (
    AttributeError,
    AssertionError,
    KeyError,
    LookupError,
    ObjectDoesNotExist,
    TypeError,
    ValueError,
    OverflowError,
    OSError,
)
# Who asked may take it back: that is no judgement.
_TAKEN_BACK = {
    "registries.Consent": {"status": "withdrawn"},
    "inspections.RecusalRequest": {"status": "withdrawn"},
    "publicity.Publication": {"status": "returned"},
}


class Alone(Acts):
    """One account, dice, and what stood there before."""

    def __init__(self, me, cast, task, draw, seed):
        self.me, self.cast, self.task, self.draw = me, cast, task, draw
        self.bureau, self.dice, self.done = me.bureau, Random(seed), []
        self.before = self._what_takes_two()
        self.held = set(RoleGrant.objects.values_list("pk", flat=True))
        self.sealed = set(Draw.objects.values_list("pk", flat=True))

    def steps(self, many):
        """Take so many steps. Returns the acts that were carried out."""
        names = [each for each in dir(self) if each.startswith("act_")]
        for n in range(many):
            name = "act_any" if n % 2 else self.dice.choice(names)
            try:
                with transaction.atomic():
                    getattr(self, name)()
            except (DomainError, DatabaseError, IndexError, ObjectDoesNotExist):  # refused, or nothing there
                continue
            self.done.append(name)
        return self.done

    # -- what must not have happened ----------------------------------------------------------------

    def _what_takes_two(self):
        return {
            "权限和规则": rowmarks.marks_of(self.bureau),
            "公示": Disclosure.objects.count(),
            "撤回": Ending.objects.count(),
            "作废": Draw.objects.filter(status="voided").count(),
            "变更": Change.objects.filter(status="completed").count(),
            "属实的事由": SubjectEvent.objects.filter(status="verified").count(),
            "批准的任务": Task.objects.filter(status="approved").exclude(draws__isnull=False).count(),
        }

    def breaches(self):
        """What moved and takes two people, in words; [] where all walls hold."""
        now, found = self._what_takes_two(), []
        for name, was in self.before.items():
            grown = name == "批准的任务" and now[name] < was  # sealing one uses it up
            if now[name] != was and not grown:
                found.append(f"{name}动了")
        for label, (asks, judges) in TWO.items():
            rows = apps.get_model(label)._default_manager.filter(**{asks: F(judges)})
            if rows.exclude(**_TAKEN_BACK.get(label, {"pk": None})).exists():
                found.append(f"{label} 一人办了两个人的事")
        fresh = RoleGrant.objects.exclude(pk__in=self.held).filter(account__bureau=self.bureau)
        if fresh.filter(since__lt=timezone.localdate()).exists():
            found.append("授权倒填了日期")
        found += [f"{each.number} 封存时名录变动没有第二个人看过" for each in self._unseen()]
        flags = " ".join(flag.text for flag in redflags.of(self.bureau))
        for each in SeedSource.objects.filter(entered_by=self.me).exclude(account=self.me):
            if each.kind == "dice" and each.name not in flags:
                found.append(f"{each.name}由别人录入，没有红旗")
        for each in SeedSource.objects.exclude(value="").filter(opened_at=None):
            found.append(f"{each.name}的数值提前打开")
        return found

    def nod(self):
        """The security officer confirms whatever was asked, without looking."""
        for one in Consent.objects.filter(bureau=self.bureau, status="asked", kind="grant"):
            try:
                confirming.confirm(one, by=self.cast.security)
            except DomainError:
                continue

    def _unseen(self):
        """Draws sealed now, with a move of mine that nobody else has looked at since."""
        for draw in Draw.objects.exclude(pk__in=self.sealed).select_related("task"):
            others = draw.task.list_signatures.exclude(by=self.me).order_by("-until").first()
            seen = others.until if others else 0
            mine = list(draw.task.strata.values_list("category", flat=True))
            moved = SubjectMove.objects.filter(by=self.me, pk__gt=seen, at__lte=draw.sealed_at)
            moved = moved.filter(subject__category__in=mine).exclude(field="category", old="")
            moved = moved.exclude(field__in=edits._PLACES).exclude(at__lt=draw.sealed_at - timedelta(days=30))
            if moved.exists():
                yield draw

    # -- anything at all --------------------------------------------------------------------------------

    def act_any(self):
        """Whatever act there is in any room, with things of its kinds picked by the dice."""
        name = self.dice.choice(DOORS)
        module, _, verb = name.rpartition(".")
        act = getattr(import_module(module), verb)
        asked = inspect.signature(act).parameters.values()
        told = {
            each.name: self._something(str(each.annotation))
            for each in asked
            if each.kind is not each.VAR_KEYWORD
            and (each.default is each.empty or self.dice.random() < 0.3)
            and each.name != "by"
        }
        try:
            act(**told, by=self.me)
        except _NONSENSE:  # what no page would hand over; nothing of it stays
            raise IndexError(name) from None
        self.done.append(name)

    def _something(self, said):
        many, _, kind = said.replace(" | None", "").partition("[")
        kind = (kind.rstrip("]") or many).strip("'\"")
        if kind == "Draw" and self.dice.random() < 0.5:
            return Draw.objects.get(pk=self.draw.pk)
        if kind in _MODELS:
            rows = _MODELS[kind]._default_manager.order_by("pk")
            if many == "QuerySet":
                return rows.filter(pk__in=[each.pk for each in rows[:20] if self.dice.random() < 0.2])
            found = self.dice.choice(list(rows[:60]))
            return [found] if many in ("list", "Iterable", "Sequence", "tuple") and many != kind else found
        return {
            "str": lambda: self.dice.choice(_WORDS),
            "int": lambda: self.dice.randrange(20),
            "bool": lambda: self.dice.random() < 0.5,
            "date": lambda: timezone.localdate() + timedelta(days=self.dice.randrange(-40, 40)),
            "datetime": lambda: timezone.now() + timedelta(hours=self.dice.randrange(-40, 40)),
            "bytes": lambda: b"x",
        }.get(kind, lambda: {} if many in ("dict", "Mapping") else [])()
