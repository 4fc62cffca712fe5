"""What comes after a visit and what the public reads, for the demonstration: told through
the services like all of it."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from weasyprint import HTML

from inspections.after import penalties, rectifications, transfers
from inspections.case import events, opening, schemes
from inspections.models import Case, Task, TaskSubject
from inspections.papers import issuing
from inspections.plan import plans
from inspections.states import ReportState
from publicity.services import dumps, letters, publications
from registries.models import Bureau, Discretion, Inspector, Subject
from registries.services import relations

from . import invented


def follow_up(case, *, head):
    """What comes after a visit: the order, its delivery, a second look, a penalty file, a
    letter to another regulator."""
    case.refresh_from_db()
    by, second = case.team()[0].inspector.account, case.team()[1].inspector
    finding = case.findings.first()
    for code in ("record", "order", "report"):
        issuing.sign(issuing.draft(case, code, by=by), by=by)
    issuing.deliver(case.papers.get(code="order"), by=by)
    rectifications.report(finding, "已补齐排查记录（演示）", by=by)
    again = rectifications.reinspect(
        case,
        {finding: (True, "")},
        by=by,
        second=second,
        at=timezone.now(),
        record="现场查看，记录已补齐。",
        met="何某",
    )
    issuing.sign(again.papers.get(), by=by)
    made = transfers.propose(
        case,
        "regulator",
        "青原县消防救援大队（演示）",
        "疏散通道堆放杂物",
        by=by,
        basis="消防法第28条",
        attachments="现场检查记录 1 份",
    )
    transfers.judge(made, True, by=head)
    transfers.send(made, by=by)


def speak(case, *, clerk, head):
    """What else the public reads: announcements, a penalty, an enterprise's word, a report and its answer."""

    bureau = case.bureau

    def out(prepared):
        return publications.judge(prepared, True, by=head, holds=False)

    Bureau.objects.filter(pk=bureau.pk).update(
        site_code="9901010001", site_record="演示备 00000000 号", site_contact="青原县人民路 1 号（演示）"
    )
    for kind, title, text in invented.NEWS:
        out(publications.prepare_news(bureau, kind, title, text, by=clerk))
    by = case.team()[0].inspector.account
    penalty = penalties.propose(
        case,
        case.findings.all(),
        "未如实记录事故隐患排查治理情况",
        "检查发现排查记录缺失。",
        "建议立案调查。",
        by=by,
    )
    penalties.judge(penalty, True, by=head)
    punish(penalty, by=by)
    out(publications.prepare_penalty(penalty, "general", by=clerk))
    shown = case.reports.get(status=ReportState.APPROVED).disclosures.first()
    word = letters.hand_in(
        bureau, "statement", "本单位已补齐记录，并组织全员学习（演示）。", disclosure=shown
    )
    letters.accept(word, by=clerk)
    out(publications.prepare_statement(word, word.text, by=clerk))
    told = letters.hand_in(bureau, "report", "某厂夜间无证动火（演示）。", subject_said="不详")
    letters.accept(told, by=clerk)
    letters.answer(told, "经现场核查，未发现所述情况。", False, by=clerk)
    letters.hand_in(bureau, "report", "路口的门市堆放烟花爆竹（演示）。")
    dumps.make_all()


def punish(penalty, *, by):
    """A penalty file from the investigation to the service of its decision."""
    year, signer = timezone.localdate().year, "乌某（演示）"
    tier = Discretion.objects.get(bureau=penalty.bureau, code="97-1")
    told = {
        "kinds": ["warning", "fine"],
        "fine": Decimal(10000),
        "tier": tier,
        "tier_reason": "初次发现，已改正",
    }
    for code, more in (
        ("penalty.investigated", {}),
        ("penalty.told", told | {"number": f"（青）应急罚告〔{year}〕1号（演示）"}),
        ("statement.waived", {"said": "当事人书面放弃陈述、申辩"}),
        (
            "penalty.decided",
            told | {"number": f"（青）应急罚〔{year}〕1号（演示）", "outcome": "警告，罚款一万元"},
        ),
        ("penalty.delivered", {"way": "直接送达", "receiver": "何某"}),
    ):
        paper = HTML(string=f"<h1>{events.TITLES[code]}（演示）</h1><p>{penalty.cause}</p>").write_pdf()
        penalties.note(penalty, code, by=by, file=paper, **{"signer": signer} | more)
    penalty.refresh_from_db()


def complain(item_list, today, *, clerk, head):
    """A complaint is looked into without a draw: the enterprise is named, the people are sent."""
    task = Task.objects.create(
        bureau=item_list.bureau,
        title="举报核查（演示）",
        kind="complaint",
        item_list=item_list,
        lead_note="举报登记〔演示〕7号",
        window_from=today,
        window_to=today + timedelta(days=7),
        drafted_by=clerk,
    )
    task.items.set(item_list.items.filter(code="A03"))
    drawn = Case.objects.filter(bureau=item_list.bureau).values("subject")
    firm = (
        Subject.objects.filter(bureau=item_list.bureau, category__name="工贸-商贸")
        .exclude(pk__in=drawn)
        .first()
    )
    named = TaskSubject.objects.create(task=task, subject=firm, reason="举报称消防通道堵塞")
    recused = {
        ref
        for firm_ref, ref in relations.pairs(item_list.bureau, today, task.window_to)
        if firm_ref == firm.ref
    }
    fit = [
        each
        for each in Inspector.objects.filter(bureau=item_list.bureau).order_by("ref")[:12]
        if each.ref not in recused
    ]
    named.inspectors.set(fit[:2])
    plans.approve_task(task, by=head)
    opening.open_named(task, by=clerk)
    schemes.draft(task, by=clerk)
