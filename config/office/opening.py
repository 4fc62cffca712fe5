"""开张清单: the eight steps after which a new bureau can draw for the first time. Nothing is stored: each
tick is a question to the registers."""

from typing import NamedTuple

from django.urls import reverse

from inspections.models import Draw, Plan
from inspections.states import PlanState
from registries.models import Account, Inspector, ItemList, RoleGrant, Section, Subject
from registries.states import ItemListState

_NEEDED = {"head": "负责人", "clerk": "经办人", "supervisor": "监督人", "witness": "见证人"}


class Step(NamedTuple):
    """One step: its title, what it is for, who does it, whether it is done, how far, where, and whether the
    account may."""

    title: str
    what: str
    who: str
    is_done: bool
    told: str
    address: str
    may: bool
    is_now: bool = False


def is_new(bureau):
    """Whether the bureau has never drawn."""
    return not Draw.objects.filter(bureau=bureau).exists()


def steps(account):
    """[Step] as they stand; the first that is not done is the present one."""
    found, seen = [], False
    for title, what, who, page, right, look in _STEPS:
        is_done, told = look(account.bureau_id)
        name, _, query = page.partition("?")
        name, *args = name.split()
        address = reverse(name, args=args) + (f"?{query}" if query else "")
        is_now = not is_done and not seen
        found.append(Step(title, what, who, is_done, told, address, account.has_perm(right), is_now))
        seen = seen or not is_done
    return found


def _accounts(bureau):
    accounts = Account.objects.filter(bureau=bureau, is_active=True)
    held = set(RoleGrant.objects.filter(account__in=accounts).values_list("role", flat=True))
    lacking = "、".join(title for role, title in _NEEDED.items() if role not in held)
    return not lacking, f"{accounts.count()} 个账户" + (f"，还没有{lacking}" if lacking else "")


def _sections(bureau):
    count = Section.objects.filter(bureau=bureau).count()
    return count > 0, f"{count} 个股室"


def _inspectors(bureau):
    count = Inspector.objects.filter(bureau=bureau, left_on=None).count()
    return count > 1, f"{count} 人"


def _firms(bureau):
    count = Subject.objects.filter(bureau=bureau).listed().count()
    return count > 0, f"{count} 户"


def _classes(bureau):
    firms = Subject.objects.filter(bureau=bureau).listed()
    count, loose = firms.count(), firms.filter(category=None).count()
    told = f"还有 {loose} 户没有分类" if loose else f"{count} 户都有分类"
    return count > 0 and not loose, told if count else "名录里还没有企业"


def _lists(bureau):
    lists = ItemList.objects.filter(bureau=bureau)
    is_done = lists.filter(status=ItemListState.PUBLISHED).exists()
    return is_done, "已公布" if is_done else f"草稿 {lists.count()} 份"


def _plans(bureau):
    plans = Plan.objects.filter(bureau=bureau)
    is_done = plans.filter(status__in=[PlanState.APPROVED, PlanState.PUBLISHED]).exists()
    return is_done, "已批准" if is_done else f"草稿 {plans.count()} 份"


# The step, what it is for, who does it, its page, the right it needs, and how far it is: (done, in words).
_STEPS = [
    (
        "账户和角色",
        "每人一个账户，角色说明各办什么；一人提出，另一人确认",
        "系统管理员",
        "accounts",
        "registries.add_account",
        _accounts,
    ),
    (
        "股室",
        "企业由哪个股室主管，人员属哪个股室；导入人员时，表里的股室一并建立",
        "经办人",
        "people-bring",
        "registries.add_section",
        _sections,
    ),
    (
        "执法检查人员",
        "一张表导入，账户由系统管理员一次开好；执法证过期的抽不到",
        "经办人",
        "people-bring",
        "registries.add_inspector",
        _inspectors,
    ),
    (
        "企业名录",
        "从 Excel 或 csv 导入；先比对、看预览，再写入，写错可整批撤销",
        "经办人",
        "admin:registries_subject_listact upload",
        "registries.import_subject",
        _firms,
    ),
    (
        "监管分类",
        "没有分类的企业抽不到",
        "经办人",
        "sorting",
        "registries.classify_subject",
        _classes,
    ),
    (
        "抽查事项清单",
        "读入检查表，每条有依据，负责人公布",
        "经办人、负责人",
        "lists",
        "registries.add_itemlist",
        _lists,
    ),
    (
        "年度计划",
        "谁、多少天、每类查多少户；算好工作日，负责人批准",
        "经办人、负责人",
        "plans",
        "inspections.add_plan",
        _plans,
    ),
    (
        "第一轮抽查",
        "起草、批准、封存，监督人和见证人到场摇号",
        "经办人、监督人、见证人",
        "rounds",
        "inspections.add_task",
        lambda bureau: (False, "前七步之后"),
    ),
]
