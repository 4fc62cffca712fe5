"""通报和总结的草稿: texts that somebody goes on writing, counted from what stands in the tables."""

from collections import Counter, defaultdict

from django.utils import timezone

from inspections.models import Draw, Finding, Plan, Report
from inspections.states import DrawState, FindingState, ReportState
from inspections.watch import progress, shares
from registries.models import Reason

from .counts import sets, tables
from .counts.span import Span

COMMON = 3  # enterprises with the same problem: from here on it is 普遍性


def problems(bureau, since, until):
    """普遍性问题通报 of a period (both days counted): problems found at several enterprises, the
    widest first. No firm is named."""
    # What a draw has drawn stays unsaid until it is released, even as a number.
    span, cases = Span(since, until), sets.told(bureau)
    found = Finding.objects.filter(case__in=sets.sides(cases, span)).exclude(status=FindingState.NOTED)
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
    checked = tables.value("inspected_units", bureau, span, is_internal=False)
    text = [
        f"{since:%Y年%-m月%-d日}至{until:%Y年%-m月%-d日}，{bureau.name}检查企业 {checked} 家"
        f"（抽取已公开的），发现问题 {found.count()} 项，"
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
    days = f"{since:%Y年%-m月}" + (
        "" if (since.year, since.month) == (until.year, until.month) else f"至{until:%Y年%-m月}"
    )
    return f"关于{days}安全生产检查普遍性问题的通报", "\n\n".join(text)


def summary(bureau, since, until, is_internal=False):
    """年终总结 of a period (both days counted): plan against done, both libraries, training, draws,
    recusals, results, what followed, publicity; every number that of the returns. As it is made public, what
    a draw has drawn is counted once it is released; `is_internal`: as it is handed in, all is counted."""
    span = Span(since, until)

    def n(code, unit=""):
        found = tables.value(code, bureau, span, is_internal)
        return "—" if found is None else f"{found:.12g}{unit}"

    parts = [
        ("计划和完成", _planned_and_done(bureau, span, n, is_internal)),
        ("两库", _libraries(span, n)),
        ("培训", _training(n)),
        ("抽取", _draws(bureau, span, n, is_internal)),
        ("回避和更换", _recused(n)),
        ("检查和结果", _found(bureau, span, n, is_internal)),
        ("整改、处罚和移送", _followed(n)),
        ("公开", _published(n)),
        ("存在的问题", "（请补充）"),
        ("下一年打算", "（请补充）"),
    ]
    text = "\n\n".join(f"# {head}\n{text}" for head, text in parts)
    return f"{bureau.name}{span}“双随机、一公开”工作总结", text


def _planned_and_done(bureau, span, n, is_internal):
    year = span.until.year
    plan = Plan.objects.standing(bureau, year)
    told = [
        f"{f'《{plan.title}》' if plan else '（没有公布年度计划）'}：立项检查 {n('opened')} 户次，"
        f"查完 {n('inspections')} 家次、{n('inspected_units')} 家企业，其中合并到场 {n('joint')} 次、"
        f"与其他部门联合检查 {n('shared')} 家次；"
        f"到过场没有查成的 {n('undone')} 家次。重点单位 {n('key_units')} 家，查过 {n('key_inspected')} 家，"
        f"覆盖率 {n('key_coverage', '%')}。",
        _share(bureau, year, plan, is_internal),
    ]
    if plan and is_internal and span == Span.year(year):
        found = progress.of(plan)
        rounds = "；".join(f"{name} {done} 轮（应有 {wanted} 轮）" for name, done, wanted, _ in found.rounds)
        lines = "；".join(
            f"{line.title} 计划 {planned} 户次、完成 {done} 户次"
            for line, planned, _, done in found.lines
            if planned
        )
        told += [f"各类已安排的轮次：{rounds}。"] if rounds else []
        told += [f"计划表各行：{lines}。"] if lines else []
    return "\n".join(told)


def _share(bureau, year, plan, is_internal):
    """The share of the plan's page, with its definition."""
    counted = shares.of(bureau, year, plan.share_rule if plan else "both")
    share = "（全年查完、各次抽取都公开以后填写）"
    if is_internal or shares.is_settled(bureau, year):
        share = "；".join(
            f"{what}：按家次 {each.by_visits}%（{each.random_visits}/{each.visits}），按家 "
            f"{each.by_firms}%（{each.random_firms}/{each.firms}）"
            for what, each in (("已安排的", counted.arranged), ("已完成的", counted.done))
            if each.visits
        )
    return f"{year} 年双随机占比：{share or '没有检查'}。口径：{counted.definition}。"


def _libraries(span, n):
    day = min(span.until, timezone.localdate())
    return (
        f"到 {day:%Y年%-m月%-d日}，检查对象名录库有 {n('units')} 户，其间入库 {n('entered')} 户、"
        f"出库 {n('left')} 户；执法检查人员名录库有 {n('people')} 人，持证率 {n('certified_share', '%')}。"
    )


def _training(n):
    return f"培训 {n('trained')} 人，共 {n('hours')} 学时。"


def _draws(bureau, span, n, is_internal):
    hidden = Draw.objects.filter(
        span.within("sealed_at"), bureau=bureau, status=DrawState.DRAWN, release=None
    )
    left = f"（不含还没有公开的 {hidden.count()} 次）" if not is_internal and hidden.exists() else ""
    return (
        f"封存抽取 {n('draws')} 次，抽出 {n('drawn')} 次，作废 {n('voided')} 次{left}。"
        "全部过程可由任何人重新计算。"
    )


def _recused(n):
    return (
        f"收到回避申请 {n('recusals')} 件，同意 {n('upheld')} 件；更换检查人员 {n('replaced')} 次，"
        f"变更企业 {n('swapped')} 次。"
    )


def _found(bureau, span, n, is_internal):
    titles = dict(Reason.objects.filter(bureau=bureau, kind="result").values_list("code", "title"))
    cases = tables.rows("inspections", bureau, span, is_internal)
    codes = Counter(
        Report.objects.filter(case__in=cases, status=ReportState.APPROVED).values_list(
            "result_code", flat=True
        )
    )
    told = [(titles.get(code, code), count) for code, count in codes.most_common()]
    if left := tables.value("inspections", bureau, span, is_internal) - sum(codes.values()):
        told.append(("报告还没有审核通过", left))
    results = "，".join(f"{title} {count} 家次" for title, count in told)
    return (
        f"发现问题的检查 {n('troubled')} 家次，问题发现率 {n('troubled_share', '%')}；"
        f"发现问题 {n('found')} 项，"
        f"其中重大事故隐患 {n('major')} 项。" + (f"检查结果：{results}。" if results else "")
    )


def _followed(n):
    return (
        f"签发执法文书 {n('papers')} 份。已整改销号 {n('righted')} 项，整改率 {n('righted_share', '%')}；"
        f"其间到期应整改 {n('due')} 项，按期整改率 {n('in_time_share', '%')}，"
        f"到期复查率 {n('reinspected_share', '%')}。"
        f"立案 {n('filed')} 件，作出处罚 {n('penalties')} 次，罚款 {n('fines')} 元，"
        f"责令停产停业 {n('halts')} 家；"
        f"移送其他部门 {n('moved')} 件，移送公安机关 {n('crimes')} 件。"
    )


def _published(n):
    return (
        f"公示检查结果 {n('shown')} 条、行政处罚 {n('shown_penalties')} 条，更正 {n('corrected')} 条，"
        f"撤回 {n('withdrawn')} 条；收到异议和举报投诉 {n('letters')} 件，已答复 {n('answered')} 件。"
    )
