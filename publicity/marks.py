"""结果的记号: how an outcome is drawn and said in the window: shape and sign first, colour third. By the
bureau's own code of the result; a code that is not here has a plain mark."""

from typing import NamedTuple


class Mark(NamedTuple):
    """`name`: of its shape; `codes`: of the results it stands for. The gravest stand first."""

    name: str
    sign: str
    title: str
    codes: frozenset


MARKS = (
    Mark("fine", "×", "受到处罚", frozenset({"E6"})),
    Mark("late", "!", "有问题，逾期未改", frozenset({"E4"})),
    Mark("going", "…", "有问题，整改中", frozenset({"E2", "E5"})),
    Mark("fixed", "✓", "有问题，已整改", frozenset({"E1", "E3"})),
    Mark("gone", "→", "移送", frozenset({"E7", "E8"})),
    Mark("ok", "✓", "未发现问题", frozenset({"E0"})),
    Mark("none", "–", "没查成", frozenset({"E9", "E10", "E11", "E12"})),
)
PLAIN = Mark("plain", "·", "其他", frozenset())
PROBLEMS = ("fine", "late", "going", "fixed", "gone")
_BY_CODE = {code: each for each in MARKS for code in each.codes}
_RANK = {each: n for n, each in enumerate((*MARKS, PLAIN))}


def of(code: str) -> Mark:
    """The mark of a result's code."""
    return _BY_CODE.get(code, PLAIN)


def gravest(codes: list[str]) -> Mark:
    """Of several results of one enterprise the one that is counted."""
    return min(map(of, codes), key=_RANK.__getitem__)
