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

from inspections.draw import drawing, edits, replacements, sealing, values, voiding
from inspections.engine.changes import chain
from inspections.models import Change, Draw, SeedSource, Task
from inspections.plan import plans
from inspections.visit import reports
from inspections.watch import redflags
from publicity.models import Disclosure, Ending, Publication
from publicity.services import publications, releases
from registries import rowmarks
from registries.errors import DomainError
from registries.models import (
    Account,
    BatchChange,
    Category,
    Consent,
    InspectionKind,
    LegalLimit,
    LotRule,
    RoleGrant,
    Subject,
    SubjectEvent,
    SubjectMove,
)
from registries.services import (
    accounts,
    classes,
    confirming,
    consents,
    corrections,
    duplicates,
    imports,
    jurisdiction,
    rules,
    subjects,
)

from .staircase import CODES, seal_with
from .test_acts import _STEP as STEP
from .test_acts import ACTS, ASKS_NOTHING

FIELDS = {
    "level": ["市级", "县级"],
    "production": ["stopped", "normal"],
    "is_secret": [True, False],
    "risk": ["重大", ""],
    "registration_status": ["注销", "存续"],
}


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


class Alone:
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

    # -- accounts and rules --------------------------------------------------------------------------

    def other(self):
        return self.dice.choice(list(Account.objects.filter(bureau=self.bureau).exclude(pk=self.me.pk)))

    def act_ask_account(self):
        name = f"n{self.dice.randrange(10**6)}"
        accounts.ask_account(self.bureau, name, "某", ["head", "clerk"], by=self.me)

    def act_ask_reset(self):
        accounts.ask_reset(self.other(), by=self.me)

    def act_ask_factor(self):
        accounts.ask_factor(self.other(), by=self.me)

    def act_ask_grant(self):
        whom = self.dice.choice([self.me, self.other()])
        ago = timedelta(days=self.dice.choice([0, 0, -2000, 5]))
        role = self.dice.choice(["head", "clerk", "supervisor", "security", "witness"])
        accounts.ask_grant(whom, role, timezone.localdate() + ago, by=self.me)

    def act_ask_end(self):
        accounts.ask_end(self.other(), self.dice.choice(["supervisor", "witness", "auditor"]), by=self.me)

    def act_ask_identity(self):
        accounts.ask_identity(self.other(), f"x{self.dice.randrange(10**6)}", by=self.me)

    def act_ask_leave(self):
        accounts.ask_leave(self.other(), "x", by=self.me)

    def act_confirm(self):
        confirming.confirm(self.dice.choice(list(Consent.objects.filter(status="asked"))), by=self.me)

    def act_withdraw(self):
        consents.withdraw(self.dice.choice(list(Consent.objects.filter(status="asked"))), by=self.me)

    def act_rule(self):
        model, field, value = self.dice.choice(
            [
                (InspectionKind, "draw", "forbidden"),
                (LegalLimit, "length", 900),
                (LotRule, "lots", 40),
                (Category, "yearly_cap", 0),
            ]
        )
        old = self.dice.choice(list(model.objects.filter(bureau=self.bureau)))
        new = model.objects.get(pk=old.pk)
        setattr(new, field, value)
        rules.ask(new, old, [field], by=self.me)

    def act_remove_rule(self):
        rules.ask_removal(self.dice.choice(list(LotRule.objects.filter(bureau=self.bureau))), by=self.me)

    # -- the register ----------------------------------------------------------------------------------

    def firm(self):
        mine = self.task.strata.values("category")
        return self.dice.choice(list(Subject.objects.filter(bureau=self.bureau, category__in=mine)[:12]))

    def act_amend(self):
        firm, field = self.firm(), self.dice.choice(list(FIELDS))
        before = {field: corrections.raw(firm, field)}
        setattr(firm, field, self.dice.choice(FIELDS[field]))
        corrections.amend(firm, before, by=self.me)

    def act_batch(self):
        rows = Subject.objects.filter(pk__in=[self.firm().pk for _ in range(3)])
        corrections.change_many(rows, "production", self.dice.choice(FIELDS["production"]), "x", by=self.me)

    def act_undo_batch(self):
        corrections.undo(self.dice.choice(list(BatchChange.objects.filter(undone_at=None))), by=self.me)

    def act_import(self):
        firm = self.firm()
        state = self.dice.choice(["停产", "正常"])
        table = f"单位名称,统一社会信用代码,生产状态\n{firm.name},{firm.credit_code},{state}\n"
        imports.apply(imports.preview(table.encode(), f"{self.dice.random()}.csv", by=self.me), by=self.me)

    def act_reclass(self):
        other = self.dice.choice(list(Category.objects.filter(bureau=self.bureau)[:6]))
        classes.confirm(Subject.objects.filter(pk=self.firm().pk), by=self.me, category=other)

    def act_take_out(self):
        subjects.take_out(self.firm(), "x", by=self.me)

    def act_bring_back(self):
        subjects.bring_back(self.firm(), by=self.me)

    def act_merge(self):
        duplicates.merge(self.firm(), self.firm(), "x", by=self.me)

    def act_area(self):
        jurisdiction.decide(self.firm(), self.dice.random() < 0.5, "x", by=self.me)

    def act_record_event(self):
        if not self.me.has_perm("registries.add_subjectevent"):
            raise IndexError
        told = {"code": "complaint", "source": "x", "happened_on": timezone.localdate()}
        SubjectEvent.objects.create(subject=self.firm(), recorded_by=self.me, **told)

    def act_judge_event(self):
        subjects.judge_event(self.dice.choice(list(SubjectEvent.objects.all())), True, by=self.me)

    # -- task and draw -----------------------------------------------------------------------------------

    def act_draft_task(self):
        if not self.me.has_perm("inspections.add_task"):
            raise IndexError
        like = Task.objects.get(pk=self.task.pk)
        made = Task.objects.create(
            bureau=self.bureau,
            plan=like.plan,
            title="又一次",
            item_list=like.item_list,
            window_from=like.window_from,
            window_to=like.window_to,
            drafted_by=self.me,
        )
        made.items.set(like.items.all())
        row = like.strata.first()
        made.strata.create(category=row.category, rate_bp=row.rate_bp, minimum=row.minimum)

    def act_approve_task(self):
        plans.approve_task(self.dice.choice(list(Task.objects.filter(status="drafted"))), by=self.me)

    def act_sign_edits(self):
        edits.sign(self.task, by=self.me)

    def act_seal(self):
        tasks = list(Task.objects.filter(status="approved"))
        tip, _ = chain(f"{self.dice.getrandbits(256):064x}", 20)
        seal_with(self.cast, self.dice.choice(tasks), by=self.me, redraw_tip=tip)

    def act_take_sealed(self):
        sealing.take_sealed(self.draw, by=self.me)

    def act_lodge(self):
        source = self.dice.choice(list(self.draw.sources.all()))
        values.lodge(source, f"{self.dice.randrange(10**10):010d}", by=self.me)

    def act_run(self):
        drawing.run(self.draw.pk)

    def act_ask_void(self):
        voiding.request_void(self.draw, "pool", "x", by=self.me)

    def act_approve_void(self):
        voiding.approve_void(Draw.objects.get(pk=self.draw.pk), by=self.me)

    def act_ask_change(self):
        rows = Draw.objects.filter(status="drawn").first()
        case = self.dice.choice(list(rows.cases.all())) if rows else [][0]
        replacements.request(rows, "subject", case.subject.ref, by=self.me, reason="closed", note="x")

    def act_approve_change(self):
        replacements.approve(self.dice.choice(list(Change.objects.all())), by=self.me)

    def act_open_code(self):
        change = self.dice.choice(list(Change.objects.filter(status="approved")))
        replacements.open_code(change, CODES[1][0], by=self.me)

    # -- publication ---------------------------------------------------------------------------------------

    def act_prepare(self):
        news = ("notice", "关于" + self.dice.choice(["自查", "培训", "演练"]), "请各企业照办。")
        publications.prepare_news(self.bureau, *news, by=self.me)

    def act_prepare_ending(self):
        publications.prepare_ending(
            self.dice.choice(list(Disclosure.objects.all())), "withdrawn", "x", by=self.me
        )

    def act_judge(self):
        publications.judge(self.dice.choice(list(Publication.objects.all())), True, by=self.me)

    def act_approve_report(self):
        for case in self.draw.cases.all():
            reports.approve(case.reports.get(status="submitted"), by=self.me)

    def act_release(self):
        releases.release(self.draw, by=self.me)
