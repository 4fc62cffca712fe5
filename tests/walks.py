"""Random walks through what follows a visit: acts in and out of order, on right and wrong days, by right
and wrong hands. What is refused is refused; what is left must keep docs/law.md (tests/law.py)."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from inspections.after import gates, penalties, rectifications, restraints, transfers
from inspections.papers import issuing, service
from inspections.visit import majors, outcome, reports
from publicity.services import pending, publications
from registries.errors import DomainError
from registries.models import Discretion

from .penalties import PDF, TOLD, evidence, proposed

# The way that the procedure goes is taken more often than the others.
OFTEN = {
    "act_penalty_step": 16,
    "act_judge_penalty": 6,
    "act_transfer_step": 4,
    "act_report": 5,
    "act_approve": 5,
    "act_sign": 4,
    "act_close": 3,
    "act_publish": 3,
    "act_publish_again": 3,
    "act_judge_held": 3,
    "act_day": 3,
    "act_take": 3,
    "act_end_held": 4,
    "act_ask_time": 3,
    "act_give_time": 4,
    "act_open": 1,
    "act_void": 1,
    "act_hand_on": 1,
}
EARLY_ENDS = {"penalty.dropped", "penalty.revoked"}
RESULTS = ["E0", "E1", "E2", "E3", "E4", "E5", "E6", "E9"]


class Walk:
    """One case, its people, and dice."""

    def __init__(self, case, cast, by, seed, go):
        self.case, self.cast, self.by, self.dice, self.go = case, cast, by, Random(seed), go
        self.second = case.team()[1].inspector
        self.done, self.keeps_to_it = [], False
        self.tiers = list(Discretion.objects.filter(bureau=case.bureau))

    def set_out(self):
        """Of five walks one begins with the visit alone, the others with its papers in order; two with the
        report too; three with a penalty file."""
        way = self.dice.randrange(5)
        if way:
            for code in ("measure", "order"):
                issuing.sign(issuing.draft(self.case, code, by=self.by), by=self.by)
            for each in self.case.findings.filter(is_major=True):
                majors.report_upward(each, "市应急管理局", by=self.by)
        if way in (2, 4):
            reports.approve(
                reports.submit(reports.draft(self.case, by=self.by), by=self.by), by=self.cast.head
            )
        self.keeps_to_it = way >= 3  # a penalty file has many steps
        if way >= 2:
            evidence(self.case, self.by)
            grave = self.dice.random() < 0.3
            told = {"by": self.by, "is_grave": grave}
            made = penalties.propose(self.case, self.case.findings.all(), "案由", "情况", "立案", **told)
            penalties.judge(made, True, by=self.cast.head)
        self.case.refresh_from_db()

    def steps(self, many):
        """Take so many steps. {act: how often it was carried out}."""
        names = [each for each in dir(self) if each.startswith("act_")]
        often = OFTEN | ({"act_penalty_step": 50, "act_day": 8} if self.keeps_to_it else {})
        weights = [often.get(each, 2) for each in names]
        for _ in range(many):
            name = self.dice.choices(names, weights)[0]
            try:
                with transaction.atomic():
                    getattr(self, name)()
            except DomainError:
                continue
            except IndexError:  # nothing of the kind is there
                continue
            self.done.append(name)
            self.case.refresh_from_db()
        return self.done

    def one_of(self, found):
        return self.dice.choice(list(found))

    def hand(self):
        return self.dice.choices([self.by, self.cast.clerk, self.cast.head], [6, 2, 1])[0]

    def judge(self):
        return self.dice.choices([self.cast.head, self.by], [5, 1])[0]

    def when(self):
        """Mostly now; else some days ago, or to come."""
        ago = self.dice.choices([0, 1, 5, 40, -2], [20, 1, 1, 1, 1])[0]
        return timezone.now() - timedelta(days=ago) if ago else None

    # -- days, papers, service

    def act_day(self):
        self.go(self.dice.choice([1, 1, 2, 4, 8, 17]))

    def act_paper(self):
        code = self.dice.choice(["record", "measure", "order", "order", "report"])
        issuing.sign(issuing.draft(self.case, code, by=self.by), by=self.by)

    def act_sign(self):
        issuing.sign(self.one_of(self.case.papers.filter(status__in=["drafted", "approved"])), by=self.by)

    def act_void(self):
        issuing.void(self.one_of(self.case.papers.filter(status="signed")), "写错", by=self.cast.clerk)

    def act_serve(self):
        way = self.dice.choice(list(service.WAYS))
        on = timezone.localdate() - timedelta(days=self.dice.choice([0, 0, 1, 3, -1]))
        given = {"way": way, "on": on.isoformat()} | {
            name: "x" for name in service.ASKED if self.dice.random() < 0.8
        }
        issuing.sign(issuing.draft(self.case, "delivery", by=self.by, given=given), by=self.by)

    # -- report, majors, closing

    def act_report(self):
        draft = reports.draft(self.case, by=self.by)
        if self.dice.random() < 0.3:
            reports.save(draft, by=self.by, result_code=self.dice.choice(RESULTS))
        reports.submit(draft, by=self.by)

    def act_approve(self):
        reports.approve(self.one_of(self.case.reports.filter(status="submitted")), by=self.judge())

    def act_upward(self):
        found = self.one_of(self.case.findings.all())
        majors.report_upward(found, "市应急管理局", by=self.hand(), at=self.when())

    def act_consent(self):
        majors.consent(self.one_of(self.case.findings.all()), "派人监护", by=self.judge())

    def act_close(self):
        outcome.close(self.case, by=self.hand())

    # -- putting right

    def act_rectified(self):
        rectifications.report(self.one_of(self.case.findings.all()), "已改", by=self.hand())

    def act_look_again(self):
        found = [each for each in self.case.findings.all() if self.dice.random() < 0.7]
        verdicts = {each: (self.dice.random() < 0.6, "x") for each in found}
        told = {"by": self.by, "second": self.second, "at": self.when() or timezone.now(), "record": "核对"}
        rectifications.reinspect(self.case, verdicts, **told)

    def act_correct(self):
        found = self.one_of(self.case.findings.all())
        verdict = self.one_of(found.verdicts.all())
        rectifications.correct(verdict, self.dice.random() < 0.5, "看错了", by=self.judge())

    def act_ask_time(self):
        found = self.one_of(self.case.findings.exclude(due_on=None))
        until = found.due_on + timedelta(days=self.dice.choice([-1, 5, 20, 60]))
        rectifications.ask_extension(found, until, "配件未到", by=self.hand())

    def act_give_time(self):
        asked = self.one_of(self.case.extensions.filter(status="asked"))
        rectifications.judge_extension(asked, self.dice.random() < 0.8, "x", by=self.judge())

    # -- penalties

    def act_open(self):
        found = [each for each in self.case.findings.all() if self.dice.random() < 0.7]
        grave = self.dice.random() < 0.3
        penalties.propose(self.case, found, "案由", "情况", "立案", by=self.by, is_grave=grave)

    def act_evidence(self):
        evidence(self.case, self.hand())

    def act_judge_penalty(self):
        asked = self.one_of(self.case.penalties.filter(status="proposed"))
        penalties.judge(asked, self.dice.random() < 0.9, "x", by=self.judge())

    def act_penalty_step(self):
        made = self.one_of(self.case.penalties.exclude(status__in=["proposed", "refused"]))
        may = [code for code, why in gates.open_to(made) if why is None]
        # what ends a file early is done seldom, or no walk comes far
        may = [each for each in may if each not in EARLY_ENDS or self.dice.random() < 0.04]
        code = self.one_of(may if may and self.dice.random() < 0.8 else gates.STEPS)
        if code in EARLY_ENDS and self.dice.random() < 0.8:
            return
        told = dict(TOLD.get(code, {}))
        if code in ("penalty.told", "penalty.decided"):
            tier = self.dice.choice(self.tiers)
            fine = self.dice.choice([tier.least, tier.most, tier.most + 1, tier.most / 2, 1])
            told |= proposed(made) if self.dice.random() < 0.55 else {"tier": tier, "fine": Decimal(fine)}
            told.setdefault("kinds", self.dice.choice([["fine"], ["fine", "halt"], ["warning"], []]))
            told.setdefault("tier_reason", "情节一般")
        if self.dice.random() < 0.05 and told:
            told.pop(self.dice.choice(list(told)))
        at = self.when()
        if code == "hearing.set" and self.dice.random() < 0.7:
            at = timezone.now() + timedelta(days=8)
        penalties.note(made, code, by=self.hand(), at=at, **told)

    def act_spot(self):
        penalties.decide_on_the_spot(
            self.case,
            self.case.findings.all(),
            "案由",
            "事实",
            by=self.by,
            second=self.dice.choice([self.second, self.case.team()[0].inspector]),
            kinds=self.dice.choice([["fine"], ["warning"], ["halt"], ["warning", "fine"]]),
            fine=self.dice.choice([None, Decimal(2000), Decimal(3001)]),
            number="当场 1",
            outcome_said="罚款",
            file=PDF,
            at=self.when(),
        )

    # -- what is held, what is handed on, what is told

    def act_take(self):
        kind = self.dice.choices(list(restraints.EVENTS), [3, 6, 1, 1])[0]
        restraints.take(self.case, kind, "空压机", by=self.hand(), at=self.when())

    def act_end_held(self):
        restraints.end(self.one_of(self.case.restraints.all()), "已发还", by=self.hand(), at=self.when())

    def act_hold_longer(self):
        restraints.ask_extension(self.one_of(self.case.restraints.all()), "鉴定", by=self.hand())

    def act_judge_held(self):
        held = self.one_of(self.case.restraints.all())
        restraints.judge_extension(held, self.dice.random() < 0.8, "x", by=self.judge())

    def act_hand_on(self):
        kind = self.dice.choice(["regulator", "police", "case_office"])
        second = self.dice.choice([None, self.by, self.second.account])
        transfers.propose(self.case, kind, "某机关", "情况", by=self.by, basis="依据", second=second)

    def act_transfer_step(self):
        made = self.one_of(self.case.transfers.exclude(kind="credit"))
        verb = self.dice.choice(["judge", "send", "receive", "answer", "review"])
        if verb == "judge":
            transfers.judge(made, self.dice.random() < 0.8, "x", by=self.judge())
        elif verb == "send":
            transfers.send(made, by=self.hand(), at=self.when())
        elif verb == "receive":
            transfers.receive(made, "回执", "", by=self.hand(), at=self.when())
        elif verb == "answer":
            transfers.answer(made, "已办", by=self.hand(), accepts=self.dice.random() < 0.5)
        else:
            transfers.ask_review(made, "x", by=self.hand())

    def act_publish(self):
        report = self.one_of(pending.due().filter(case=self.case))
        publications.judge(publications.prepare_result(report, by=self.cast.clerk), True, by=self.cast.head)

    def act_publish_again(self):
        shown = self.one_of(pending.moved().filter(report__case=self.case))
        publications.judge(publications.prepare_moved(shown, by=self.cast.clerk), True, by=self.cast.head)
