"""通报和总结的草稿: texts that somebody goes on writing, counted from what stands in the tables."""

from collections import Counter, defaultdict

from django.db.models import Q

from inspections.models import Case, Change, Draw, Finding, Paper, Penalty, Plan, RecusalRequest, Transfer
from inspections.states import ChangeState, DrawState, FindingState, PenaltyState, PlanState
from inspections.watch import shares
from registries.models import Inspector, Subject

from .models import Disclosure, Letter
from .states import LetterState

COMMON = 3  # enterprises with the same problem: from here on it is 普遍性


def problems(bureau, since, until):
    """普遍性问题通报 of a period (both days counted): problems found at several enterprises, the
    widest first. No firm is named."""
    # What a draw has drawn stays unsaid until it is released, even as a number.
    told = Case.objects.filter(
        Q(draw=None) | Q(draw__release__isnull=False), bureau=bureau, ended_at__date__range=(since, until)
    )
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


def summary(bureau, year):
    """年终总结 of a year's draws and inspections (方案：年底上报): plan against done, libraries, draws,
    recusals, results, what followed, publicity."""
    parts = [
        ("计划和完成", _planned_and_done(bureau, year)),
        ("两库", _libraries(bureau, year)),
        ("抽取", _draws(bureau, year)),
        (
            "回避",
            f"收到回避申请 {RecusalRequest.objects.filter(bureau=bureau, asked_at__year=year).count()} 件。",
        ),
        ("检查和处理", _found(bureau, year)),
        ("公开", _published(bureau, year)),
        ("存在的问题和下一年打算", "（请补充）"),
    ]
    text = "\n\n".join(f"# {head}\n{text}" for head, text in parts)
    return f"{bureau.name}{year}年“双随机、一公开”工作总结", text


def _cases(bureau, year):
    return Case.objects.filter(bureau=bureau, opened_at__year=year)


def _planned_and_done(bureau, year):
    cases = _cases(bureau, year)
    plan = Plan.objects.filter(bureau=bureau, year=year, status=PlanState.PUBLISHED).first()
    counted = shares.of(bureau, year, plan.share_rule if plan else "both")
    share = "；".join(
        f"{what}：按家次 {each.by_visits}%（{each.random_visits}/{each.visits}），按家 "
        f"{each.by_firms}%（{each.random_firms}/{each.firms}）"
        for what, each in (("已安排的", counted.arranged), ("已完成的", counted.done))
        if each.visits
    )
    return (
        f"{plan.title if plan else '（没有公布年度计划）'}。全年立项检查 {cases.count()} 户次，"
        f"完成 {cases.filter(ended_at__isnull=False).count()} 户次。双随机占比，{share or '没有检查'}。"
        f"口径：{counted.definition}。"
    )


def _libraries(bureau, year):
    entered = Subject.objects.filter(bureau=bureau, entered_on__year=year).count()
    left = Subject.objects.filter(bureau=bureau, left_on__year=year).count()
    return (
        f"检查对象名录库现有 {Subject.objects.listed().filter(bureau=bureau).count()} 户，"
        f"本年入库 {entered} 户、出库 {left} 户；执法检查人员名录库现有 "
        f"{Inspector.objects.filter(bureau=bureau, left_on=None).count()} 人。"
    )


def _draws(bureau, year):
    draws = Draw.objects.filter(bureau=bureau, sealed_at__year=year)
    changes = Change.objects.filter(draw__in=draws, status=ChangeState.COMPLETED)
    return (
        f"封存抽取 {draws.count()} 次，抽出 {draws.filter(status=DrawState.DRAWN).count()} 次，作废 "
        f"{draws.filter(status=DrawState.VOIDED).count()} 次；变更企业 "
        f"{changes.filter(kind='subject').count()} 次、检查人员 "
        f"{changes.filter(kind='inspector').count()} 次。全部过程可由任何人重新计算。"
    )


def _found(bureau, year):
    done = _cases(bureau, year).filter(ended_at__isnull=False)
    found = Finding.objects.filter(case__in=done).exclude(status=FindingState.NOTED)
    closed = found.filter(status=FindingState.CLOSED).count()
    papers = Paper.objects.filter(bureau=bureau, signed_at__year=year).count()
    filed = Penalty.objects.filter(bureau=bureau, judged_at__year=year).exclude(status=PenaltyState.REFUSED)
    sent = Transfer.objects.filter(bureau=bureau, sent_at__year=year).count()
    return (
        f"发现问题 {found.count()} 项，其中重大事故隐患 {found.filter(is_major=True).count()} 项；"
        f"已整改销号 {closed} 项。签发执法文书 {papers} 份，立案 {filed.count()} 件，移送 {sent} 件。"
    )


def _published(bureau, year):
    said = Disclosure.objects.filter(bureau=bureau, published_at__year=year)
    corrected = said.exclude(supersedes=None).exclude(reason__startswith=Disclosure.PROGRESS)
    letters = Letter.objects.filter(bureau=bureau, received_at__year=year)
    answered = letters.filter(status__in=[LetterState.ANSWERED, LetterState.REFUSED]).count()
    return (
        f"公示检查结果 {said.filter(kind='result', supersedes=None).count()} 条、行政处罚 "
        f"{said.filter(kind='penalty', supersedes=None).count()} 条，更正 "
        f"{corrected.count()} 条；收到异议和举报投诉 {letters.count()} 件，"
        f"已答复 {answered} 件。"
    )
