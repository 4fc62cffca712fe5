"""The acts that one person alone tries (lonely.py), each written out with what a page would hand it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from inspections.draw import drawing, edits, replacements, sealing, values, voiding
from inspections.engine.changes import chain
from inspections.models import Change, Draw, Task
from inspections.plan import plans
from inspections.visit import reports
from publicity.models import Disclosure, Publication
from publicity.services import publications, releases
from registries.models import (
    Account,
    BatchChange,
    Category,
    Consent,
    InspectionKind,
    LegalLimit,
    LotRule,
    Subject,
    SubjectEvent,
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

FIELDS = {
    "level": ["市级", "县级"],
    "production": ["stopped", "normal"],
    "is_secret": [True, False],
    "risk": ["重大", ""],
    "registration_status": ["注销", "存续"],
}


class Acts:
    """One button each; `me`, `dice`, `cast`, `task` and `draw` are those of Alone."""

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
