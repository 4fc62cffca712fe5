"""The demonstration's whole round, played once, each step by the act that makes it."""

import hashlib
import secrets
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inspections.case import opening, schemes
from inspections.draw import ceremony, drawing, replacements, sealing, values
from inspections.engine.changes import chain
from inspections.models import Plan, PlanDays, Task, TaskStratum
from inspections.plan import plans, tables, workload
from inspections.states import CaseState, DrawState
from inspections.visit import confirmations, exhibits, reports, uploads, visits
from inspections.watch import discs
from publicity.services import publications, releases
from registries.models import (
    Account,
    Category,
    Certificate,
    CheckLine,
    Inspector,
    Item,
    LeadingGroup,
    LeadingMember,
    Leave,
    LegalArticle,
    RecusalGround,
    Section,
    Skill,
    Subject,
    SubjectEvent,
)
from registries.services import (
    accounts,
    bureaus,
    classes,
    covers,
    groups,
    imports,
    items,
    relations,
    subjects,
)

from . import aftermath, invented

CODE = "990101"
STAFF = [
    ("clerk", "经办 林某", ["clerk"]),
    ("head", "负责人 江某", ["head"]),
    ("supervisor", "监督人 顾某（纪检）", ["supervisor"]),
    ("legal", "法制审核 程某", ["legal"]),
    ("officer", "系统管理员 秦某", ["officer"]),
    ("security", "安全管理员 苗某", ["security"]),
    ("auditor", "审计管理员 温某", ["auditor"]),
    ("witness1", "见证人 唐某（纪检监察）", ["witness"]),
    ("witness2", "见证人 宋某（人大代表）", ["witness"]),
    ("witness3", "见证人 元某（企业代表）", ["witness"]),
]


class Story:
    """The staircase: each step stands on the one before it and is made by its service."""

    def __init__(self, password, tell):
        self.password = password
        self.tell = tell
        self.today = timezone.localdate()
        self.envelopes = []

    @transaction.atomic
    def play(self):
        self.found_bureau()
        self.fill_registers()
        self.publish_group()
        self.publish_items()
        self.approve_plan()
        self.first_round()
        self.second_round()
        self.third_round()
        aftermath.complain(self.list, self.today, clerk=self.clerk, head=self.head)
        # One hash for all: the demonstration shares one password, and hashing is slow on purpose.
        (people := Account.objects.filter(bureau=self.bureau)).update(password=make_password(self.password))
        covers.touch(self.bureau, [self.bureau, *people], by=None)

    def found_bureau(self):
        self.bureau = bureaus.found(CODE, "青原县应急管理局", "青")
        # The demonstration shows all of it: with the openings anyone can check the teams too.
        self.bureau.publishes_openings = True
        self.bureau.government, self.bureau.court = "青原县人民政府", "青原县人民法院"
        self.bureau.save()
        self.people = {
            username: accounts.open_account(self.bureau, username, name, roles)
            for username, name, roles in STAFF
        }
        self.clerk, self.head = self.people["clerk"], self.people["head"]
        self.supervisor = self.people["supervisor"]

    def fill_registers(self):
        self.tell("名录：导入企业、确认分类、录入检查人员 …")
        run = imports.preview(invented.register_csv(), "检查对象名录.csv", by=self.clerk)
        imports.apply(run, by=self.clerk)
        classes.propose(self.bureau, by=self.clerk)
        proposed = Subject.objects.filter(bureau=self.bureau).exclude(proposed_category=None)
        classes.confirm(proposed, by=self.clerk)
        sections = {
            code: Section.objects.create(bureau=self.bureau, code=code, name=name)
            for code, name in invented.SECTIONS
        }
        for number in range(1, 17):
            self.add_inspector(number, list(sections.values())[number % 4])
        Leave.objects.create(
            inspector=Inspector.objects.get(bureau=self.bureau, ref="R0016"),
            since=self.today,
            until=self.today + timedelta(days=200),
            reason="脱产学习",
        )
        firms = list(Subject.objects.filter(bureau=self.bureau).order_by("ref"))[3::10]
        for number, firm in enumerate(firms):
            relation = relations.record(
                Inspector.objects.get(bureau=self.bureau, ref=f"R{number % 16 + 1:04d}"),
                firm,
                RecusalGround.objects.get(bureau=self.bureau, code="R07"),
                by=self.people["legal"],
                since=self.today,
                relative="亲属任职（演示）",
            )
            relations.review(relation, True, "与纸质申报一致（演示）", by=self.supervisor)
        # All but two have made this year's declaration; the two are shown as missing.
        for inspector in Inspector.objects.filter(bureau=self.bureau).order_by("ref")[:14]:
            relations.declare(inspector, by=inspector.account)
        for firm in firms[::4]:
            SubjectEvent.objects.create(
                subject=firm,
                code="complaint",
                happened_on=self.today - timedelta(days=30),
                source="举报核查记录（演示）",
                recorded_by=self.clerk,
            )
        for event in SubjectEvent.objects.filter(subject__bureau=self.bureau):
            subjects.judge_event(event, True, by=self.head)

    def add_inspector(self, number, section):
        account = accounts.open_account(
            self.bureau, f"i{number:02d}", invented.person(number), ["inspector"], section=section
        )
        inspector = Inspector.objects.create(
            bureau=self.bureau,
            ref=f"R{number:04d}",
            name=invented.person(number),
            section=section,
            account=account,
            may_lead=number % 3 != 0,
            entered_on=self.today,
        )
        inspector.skills.set(
            Skill.objects.filter(bureau=self.bureau, name__in=invented.SKILLS_OF[section.code])
        )
        Certificate.objects.create(
            inspector=inspector,
            number=f"99010100{number:03d}",
            issued_on=self.today - timedelta(days=400),
            expires_on=self.today + timedelta(days=55 if number == 15 else 1400),
        )

    def publish_group(self):
        group = LeadingGroup.objects.create(
            bureau=self.bureau, since=self.today, basis="青应急〔2026〕1号（演示）", office="综合股"
        )
        for order, (role, name, post) in enumerate(invented.LEADERS):
            LeadingMember.objects.create(group=group, role=role, name=name, post=post, order=order)
        groups.publish(group, by=self.head)

    def publish_items(self):
        self.list = items.draft("青原县应急管理局随机抽查事项清单", self.today, by=self.clerk)
        for code, name, basis, content, classes_of, lines in invented.ITEMS:
            item = Item.objects.create(
                item_list=self.list,
                code=code,
                name=name,
                basis=basis,
                content=content,
                authority=self.bureau.name,
                objects_text="生产经营单位",
                method="现场检查",
                frequency="按年度计划；同一企业每年一般不超过一次",
                rules=invented.RULES,
            )
            item.categories.set(Category.objects.filter(bureau=self.bureau, code__in=classes_of))
            if basis.startswith("安全生产法"):
                article, _ = LegalArticle.objects.get_or_create(
                    bureau=self.bureau,
                    law="中华人民共和国安全生产法",
                    article=basis.removeprefix("安全生产法")[:40],
                    since=date(2021, 9, 1),
                )
                item.articles.add(article)
            for number, line in enumerate(lines, 1):
                requirement, violation, ground, measure, penalty, mandatory, major = line
                CheckLine.objects.create(
                    item=item,
                    number=number,
                    requirement=requirement,
                    violation=violation,
                    basis=ground,
                    measure=measure,
                    penalty_basis=penalty,
                    is_mandatory=mandatory,
                    is_major=major,
                    how="查、看、问",
                )
        items.publish(self.list, by=self.head)

    def approve_plan(self):
        self.plan = Plan.objects.create(
            bureau=self.bureau,
            year=self.today.year,
            title=f"{self.today.year}年度安全生产监督检查计划",
            text="一般检查事项采用双随机抽查方式，每年两轮；重点单位每年全覆盖。",
            drafted_by=self.clerk,
            staff=16,
        )
        workload.list_usual(self.plan, by=self.clerk)
        for title, days in (
            ("综合监管", 240),
            ("举报核查", 160),
            ("行政许可", 200),
            ("值班", 320),
            ("学习会议", 400),
            ("年休假", 160),
        ):
            PlanDays.objects.filter(plan=self.plan, title=title).update(days=days)
        tables.bring(self.plan, invented.plan_csv(), "年度计划表.csv", by=self.clerk)
        plans.approve(self.plan, by=self.head)
        plans.publish(self.plan, by=self.clerk)

    def sealed_draw(self, title, strata, **rules):
        task = Task.objects.create(
            bureau=self.bureau,
            plan=self.plan,
            title=title,
            item_list=self.list,
            window_from=self.today,
            window_to=self.today + timedelta(days=45),
            drafted_by=self.clerk,
            **rules,
        )
        # What is asked must apply to somebody: the items for all classes, and those for these.
        mine = Q(categories=None) | Q(categories__name__in=[name for name, _, _ in strata])
        task.items.set(self.list.items.filter(mine).distinct())
        for name, rate, minimum in strata:
            category = Category.objects.get(bureau=self.bureau, name=name)
            TaskStratum.objects.create(task=task, category=category, rate_bp=rate, minimum=minimum)
        plans.approve_task(task, by=self.head)
        tip, self.codes = chain(secrets.token_hex(32), 20)
        witnesses = [(f"骰子{'甲乙丙'[n]}", "dice", self.people[f"witness{n + 1}"]) for n in range(3)]
        draw = sealing.seal(
            task,
            by=self.clerk,
            seed_at=timezone.now().replace(second=0, microsecond=0),
            release_by=task.window_to + timedelta(days=30),
            sources=[*witnesses, (f"排列五{self.today:%y}300期", "lottery", self.supervisor)],
            redraw_tip=tip,
            redraw_max=20,
            seconds={f"排列五{self.today:%y}300期": self.clerk},
            bodies={"骰子甲": "县纪委监委派驻组", "骰子乙": "县人大代表", "骰子丙": "企业代表"},
        )
        self.envelopes += [(draw.number, n, code) for n, code in enumerate(self.codes, 1)]
        return draw

    def throw(self, draw):
        for source in draw.sources.order_by("position"):
            value = (
                f"{secrets.randbelow(10**10):010d}"
                if source.kind == "dice"
                else f"{secrets.randbelow(10**5):05d}"
            )
            values.lodge(source, value, by=source.account)
            if source.second:
                values.lodge(source, value, by=source.second)
        draw = drawing.run(draw.pk)
        if draw.status != DrawState.DRAWN:
            raise RuntimeError(drawing.explain_infeasible(draw))
        schemes.approve(schemes.draft(draw.task, by=self.clerk), by=self.head)
        return draw

    def inspect(self, case, has_fault):
        seat = case.team()[0]
        by = seat.inspector.account
        visits.start(case, by=by)
        answers = {line["key"]: ("pass", "") for line in opening.lines_of(case)}
        if has_fault:
            answers["A03.1"] = ("fail", "近三个月的排查记录缺两次，已向现场负责人指出")
            answers["A01.3"] = ("na", "")
        visits.answer(case, answers, by=by)
        for n, (kind, signer) in enumerate(
            [("photo", ""), ("signature", "officer"), ("signature", "second"), ("signature", "met")]
        ):
            upload = uploads.keep(
                case, (invented.signature if signer else invented.picture)(case.pk * 10 + n), by=by
            )
            exhibits.keep(case, upload, kind, by=by, signer=signer, caption="演示")
        visits.end(
            case,
            by=by,
            met="何某",
            met_title="安全员",
            site=case.subject.address,
            recorder_number=f"JLY-{case.pk:03d}",
            record="出示执法证件，送达检查通知书，告知陈述申辩和申请回避的权利。按检查表逐项检查，情况见检查表。",
        )
        confirmations.confirm(case, by=case.team()[1].inspector.account)
        report = reports.draft(case, by=by)
        return reports.submit(report, by=by)

    def first_round(self):
        self.tell("第一轮：封存、摇号、抽取、检查、报告、公示、公开 …")
        draw = self.throw(
            self.sealed_draw(
                "上半年工贸、烟花爆竹双随机抽查",
                [
                    ("烟花爆竹", 1000, 1),
                    ("工贸-建材", 500, 1),
                    ("工贸-机械", 1000, 1),
                    ("工贸-轻工", 1000, 1),
                ],
            )
        )
        self.keep(draw)
        self.change_one(draw)
        for number, case in enumerate(draw.cases.filter(status=CaseState.OPENED)):
            if number == 0:
                self.faulty = case
            report = reports.approve(self.inspect(case, number % 3 == 0), "情况属实，同意。", by=self.head)
            prepared = publications.prepare_result(report, by=self.clerk)
            publications.judge(prepared, True, by=self.head, holds=False)
        releases.release(draw, by=self.clerk)
        aftermath.follow_up(self.faulty, head=self.head)
        aftermath.speak(self.faulty, clerk=self.clerk, head=self.head)

    def keep(self, draw):
        """The minutes, and the disc burnt after the draw."""
        ceremony.write_minutes(
            draw,
            by=self.clerk,
            place="青原县应急管理局三楼会议室",
            host="负责人 江某",
            operator="经办 林某",
            supervisor="顾某（纪检）",
            witnesses="唐某（纪检监察）、宋某（人大代表）、元某（企业代表）",
            video_number="SP-001",
        )
        image = discs.export(draw, by=self.supervisor)
        discs.enter(
            draw,
            by=self.supervisor,
            number=f"GP-{self.today:%Y}-001",
            moment="drawn",
            edition="inner",
            digest=hashlib.sha256(image).hexdigest(),
            burnt_by="林某",
            witness="顾某",
            kept_at="监察室保险柜",
        )

    def change_one(self, draw):
        seat = draw.cases.first().team()[0]
        change = replacements.request(
            draw,
            "inspector",
            seat.inspector.ref,
            by=self.clerk,
            reason="ill",
            note="病假，有诊断证明（演示）",
            task=seat.case.subject.ref,
            scope="task",
        )
        replacements.approve(change, by=self.head)
        replacements.open_code(change, self.codes[0], by=self.supervisor)

    def second_round(self):
        self.tell("第二轮：已抽取，检查中，名单未公开 …")
        draw = self.throw(
            self.sealed_draw(
                "矿山、危化品双随机抽查",
                [("非煤矿山", 1500, 2), ("危险化学品", 1000, 2), ("金属冶炼", 2500, 1)],
                others="any",
            )
        )
        cases_open = list(draw.cases.filter(status=CaseState.OPENED))
        self.inspect(cases_open[0], has_fault=True)
        visits.start(cases_open[1], by=cases_open[1].team()[0].inspector.account)

    def third_round(self):
        self.sealed_draw("下半年商贸、纺织双随机抽查", [("工贸-商贸", 1000, 1), ("工贸-纺织", 1000, 1)])
