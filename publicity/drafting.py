"""通报和总结的草稿: texts that somebody goes on writing, counted from what stands in the tables."""

from collections import Counter, defaultdict

from django.db.models import Q, Sum

from inspections.models import Case, Change, Draw, Finding, Paper, Penalty, Plan, RecusalRequest, Transfer
from inspections.states import (
    ChangeState,
    DrawState,
    FindingState,
    PenaltyState,
    PlanState,
    RecusalState,
)
from inspections.watch import shares
from registries.models import Inspector, Subject, Training

from .models import Disclosure, Letter
from .states import LetterState

COMMON = 3  # enterprises with the same problem: from here on it is 普遍性


def problems(bureau, since, until):
    """普遍性问题通报 of a period (both days counted): problems found at several enterprises, the
    widest first. No firm is named."""
    # What a draw has drawn stays unsaid until it is released, even as a number.
    told = _told(bureau).filter(ended_at__date__range=(since, until))
    found = Finding.objects.filter(case__in=told).exclude(status=FindingState.NOTED)
    firms, words, basis, classes = defaultdict(set), {}, {}, defaultdict(Counter)
    for line, wording, law, firm, category in found.values_list(
        "line", "wording", "basis", "case__subject", "case__subject__category__name"
    ):
        key = line or wording
        if firm not in firms[key]:
            classes[key][category or "未分类"] += 1
        firms[key].add(firm)
        words.setdefault(key, wording)
        basis.setdefault(key, law)
    common = sorted(
        (key for key in firms if len(firms[key]) >= COMMON), key=lambda key: (-len(firms[key]), words[key])
    )
    checked = told.values("subject").distinct().count()
    text = [
        f"{since:%Y年%-m月%-d日}至{until:%Y年%-m月%-d日}，{bureau.name}检查企业 {checked} 家，"
        f"发现问题 {found.count()} 项，"
        f"其中重大事故隐患 {found.filter(is_major=True).count()} 项。{COMMON} "
        f"家以上企业都存在的问题有 {len(common)} 项，通报如下。",
        "# 普遍性问题",
    ]
    for number, key in enumerate(common, 1):
        spread = "、".join(f"{name} {n} 家" for name, n in classes[key].most_common())
        text.append(
            f"{number}. {words[key]}\n存在于 {len(firms[key])} 家企业（{spread}）。依据：{basis[key] or '—'}"
        )
    if not common:
        text.append("本期没有发现普遍性问题。")
    text += ["# 建议", "请各乡镇（街道）、有关部门督促辖区和行业内企业对照上述问题自查自改。（请按实际补充）"]
    span = f"{since:%Y年%-m月}" + (
        "" if (since.year, since.month) == (until.year, until.month) else f"至{until:%Y年%-m月}"
    )
    return f"关于{span}安全生产检查普遍性问题的通报", "\n\n".join(text)


def summary(bureau, since, until, is_internal=False):
    """年终总结 of a period (both days counted): plan against done, libraries, training, draws, recusals,
    results, what followed, publicity. As it is made public, what a draw has drawn is counted once it is
    released; `is_internal`: as it is handed in, all is counted."""
    days, told = (since, until), Case.objects.filter(bureau=bureau) if is_internal else _told(bureau)
    parts = [
        ("计划和完成", _planned_and_done(bureau, days, told, is_internal)),
        ("两库", _libraries(bureau, days)),
        ("培训", _training(bureau, days)),
        ("抽取", _draws(bureau, days, told)),
        ("回避", _recused(days, told)),
        ("检查和处理", _found(days, told)),
        ("公开", _published(bureau, days)),
        ("存在的问题和下一年打算", "（请补充）"),
    ]
    text = "\n\n".join(f"# {head}\n{text}" for head, text in parts)
    return f"{bureau.name}{_span(since, until)}“双随机、一公开”工作总结", text


def _span(since, until):
    """ "2026年", or from month to month."""
    if (since.month, since.day, until.month, until.day) == (1, 1, 12, 31) and since.year == until.year:
        return f"{since.year}年"
    then = f"{until:%-m月%-d日}" if since.year == until.year else f"{until:%Y年%-m月%-d日}"
    return f"{since:%Y年%-m月%-d日}至{then}"


def _told(bureau):
    """Cases that no secret of a draw covers any more."""
    return Case.objects.filter(Q(draw=None) | Q(draw__release__isnull=False), bureau=bureau)


def _training(bureau, days):
    held = Training.objects.filter(inspector__bureau=bureau, held_on__range=days)
    hours = held.aggregate(hours=Sum("hours"))["hours"] or 0
    people = held.values("inspector").distinct().count()
    return f"培训 {people} 人，共 {hours} 学时" + (f"，人均 {hours / people:.1f} 学时。" if people else "。")


def _recused(days, told):
    asked = RecusalRequest.objects.filter(case__in=told, asked_at__date__range=days)
    upheld = asked.filter(status=RecusalState.UPHELD).count()
    return f"收到回避申请 {asked.count()} 件，同意 {upheld} 件。"


def _planned_and_done(bureau, days, told, is_internal):
    since, until = days
    cases = told.filter(opened_at__date__range=days)
    plan = Plan.objects.filter(bureau=bureau, year=until.year, status=PlanState.PUBLISHED).first()
    share = "（全年查完、各次抽取都公开以后填写）"
    counted = shares.of(bureau, until.year, plan.share_rule if plan else "both")
    if is_internal or shares.is_settled(bureau, until.year):
        share = "；".join(
            f"{what}：按家次 {each.by_visits}%（{each.random_visits}/{each.visits}），按家 "
            f"{each.by_firms}%（{each.random_firms}/{each.firms}）"
            for what, each in (("已安排的", counted.arranged), ("已完成的", counted.done))
            if each.visits
        )
    done = told.filter(ended_at__date__range=days)
    joint = done.exclude(joint=None).count()
    return (
        f"{plan.title if plan else '（没有公布年度计划）'}。立项检查 {cases.count()} 户次，"
        f"完成 {done.count()} 户次，其中合并到场 {joint} 户次。"
        f"{until.year} 年双随机占比：{share or '没有检查'}。"
        f"口径：{counted.definition}。"
    )


def _libraries(bureau, days):
    since, until = days
    entered = Subject.objects.filter(bureau=bureau, entered_on__range=days).count()
    left = Subject.objects.filter(bureau=bureau, left_on__range=days).count()
    stood = Q(left_on=None) | Q(left_on__gt=until)
    firms = Subject.objects.filter(stood, bureau=bureau, entered_on__lte=until)
    people = Inspector.objects.filter(stood, bureau=bureau, entered_on__lte=until)
    return (
        f"到 {until:%Y年%-m月%-d日}，检查对象名录库有 {firms.count()} 户，其间入库 {entered} 户、"
        f"出库 {left} 户；"
        f"执法检查人员名录库有 {people.count()} 人。"
    )


def _draws(bureau, days, told):
    draws = Draw.objects.filter(bureau=bureau, sealed_at__date__range=days)
    counted = draws.filter(pk__in=told.exclude(draw=None).values("draw"))
    changes = Change.objects.filter(draw__in=counted, status=ChangeState.COMPLETED)
    hidden = draws.filter(status=DrawState.DRAWN).exclude(pk__in=counted).count()
    left = f"（不含还没有公开的 {hidden} 次）" if hidden else ""
    return (
        f"封存抽取 {draws.count()} 次，抽出 {draws.filter(status=DrawState.DRAWN).count()} 次，作废 "
        f"{draws.filter(status=DrawState.VOIDED).count()} 次；变更企业 "
        f"{changes.filter(kind='subject').count()} 次、检查人员 "
        f"{changes.filter(kind='inspector').count()} 次{left}。全部过程可由任何人重新计算。"
    )


def _found(days, told):
    done = told.filter(ended_at__date__range=days)
    found = Finding.objects.filter(case__in=done).exclude(status=FindingState.NOTED)
    closed = found.filter(status=FindingState.CLOSED).count()
    papers = Paper.objects.filter(case__in=told, signed_at__date__range=days).count()
    filed = Penalty.objects.filter(case__in=told, judged_at__date__range=days).exclude(
        status=PenaltyState.REFUSED
    )
    sent = Transfer.objects.filter(case__in=told, sent_at__date__range=days).count()
    return (
        f"发现问题 {found.count()} 项，其中重大事故隐患 {found.filter(is_major=True).count()} 项；"
        f"已整改销号 {closed} 项。签发执法文书 {papers} 份，立案 {filed.count()} 件，移送 {sent} 件。"
    )


def _published(bureau, days):
    said = Disclosure.objects.filter(bureau=bureau, published_at__date__range=days)
    corrected = said.exclude(supersedes=None).exclude(reason__startswith=Disclosure.PROGRESS)
    letters = Letter.objects.filter(bureau=bureau, received_at__date__range=days)
    answered = letters.filter(status__in=[LetterState.ANSWERED, LetterState.REFUSED]).count()
    return (
        f"公示检查结果 {said.filter(kind='result', supersedes=None).count()} 条、行政处罚 "
        f"{said.filter(kind='penalty', supersedes=None).count()} 条，更正 "
        f"{corrected.count()} 条；收到异议和举报投诉 {letters.count()} 件，"
        f"已答复 {answered} 件。"
    )
