"""一面红旗: what somebody who watches should look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

# The rule that each kind watches over, as it stands beside the flag.
RULES = {
    "编号": "抽取、文书的编号不断、不重，前后相连（SJS1 §8）",
    "作废": "一个任务只有一次有效抽取；作废要两个人，编号和理由公开（SJS1 §8）",
    "摇号": "见证人本人录入，过 24 小时监督人可以补全；彩票号码两人录入一致（SJS1 §4）",
    "执行": "数值齐了就抽，抽不成的要有人看（SJS1 §5）",
    "公开": "抽取文件查完或者到最迟公开日公开，不得扣住（SJS1 §9）",
    "逾期": "检查、报告、方案、回避都有期限",
    "变更": "换企业、换人由码定，理由是表里的（SJS1 §7）；次数多的值得看一眼",
    "停产关闭": "因停产、关闭、外县没有抽的，又开起来的，监督人看过以后列为必查",
    "封存前改动": "封存前三十日内的改动让企业不抽的，要看一眼是不是事实",
    "辖区": "企业是不是本县的，三十日内要认定；没有认定的谁也抽不到",
    "上限": "一年检查不超过上限；超过的由负责人写明理由（国办发〔2024〕54号）",
    "迟到的话": "其他部门的检查在封存以后才告诉我们，计入后到了上限：抽取照旧有效，由负责人决定怎样合并",
    "光盘": "抽取的光盘登记在册，一年回读一次",
    "未实施": "抽中的要查；没有查成的写明理由",
    "回避": "同意回避的要换人",
    "遗失": "封存件、一次性码要保管",
    "设置": "要不要抽取由检查类型定；改它要两个人",
    "代录": "见证人的数由本人录入；别人补全的要有人看（SJS1 §4）",
    "监督人办理": "监督人自己办的，由负责人和审计看",
    "名录变动": "批准以后动过名录的，第二个人看过才能封存",
    "又改回来": "封存前改、封存后改回的，要说清楚为什么",
    "没有署名的改动": "库里的每一处改动都要有办理能解释",
    "到场": "现场检查有开始、有结束",
    "多次更正": "一个人一年更正五次以上的，要看一眼",
    "公开日志": "公开说过的收不回：停住、分叉、报警要有人看，封存有人联署以后才摇号",
    "公示": "检查结果按期公示（应急管理部门二十个工作日）",
}


@dataclass(frozen=True)
class Flag:
    """kind: what it is about; text: the sentence; grave: against the rule, not only worth a look; by: the
    account whose own act it is, who does not read it away himself; where: a page of the desk, as (name of the
    address, its argument); about: the firm that has come back; for it, reading the flag has a consequence."""

    kind: str
    text: str
    grave: bool = False
    by: int | None = None
    where: tuple = ()
    about: str = ""

    @property
    def rule(self):
        """The rule that it watches over."""
        return RULES[self.kind]

    @property
    def key(self):
        """One flag is the same as long as it says the same."""
        return hashlib.sha256(f"{self.kind}|{self.text}".encode()).hexdigest()


def of_draw(draw):
    """Where a draw is seen."""
    return ("admin:inspections_draw_change", draw.pk)


def of_task(task):
    """Where a task is seen: its round."""
    return ("round", task.pk)


def of_case(case):
    """Where a case is seen, if there is one."""
    return ("admin:inspections_case_change", case.pk) if case else ()
