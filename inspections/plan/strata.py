"""抽取分层: which stratum of a task an enterprise is drawn in. A class, or a class by risk
grade, by town, or by both."""

from itertools import product

REST = "其余"  # whom no stratum of the task holds: in the sealed pool by name of its class, and not drawn


def chooser(task):
    """A Task in; a function out: Subject (with category_id, risk, town) → its TaskStratum, or
    None where it lies in none.

    The narrower stratum takes what the wider one of its class would; where one is by risk and one
    by town, the risk decides.
    """
    strata = {}
    for each in task.strata.select_related("category__skill"):
        strata.setdefault(each.category_id, []).append(each)
    for rows in strata.values():
        rows.sort(key=lambda each: (bool(each.risk), bool(each.town)), reverse=True)

    def choose(subject):
        for each in strata.get(subject.category_id, ()):
            if each.risk in ("", subject.risk) and each.town in ("", subject.town):
                return each
        return None

    return choose


def rests_of(task):
    """{key of a class: the name under which those of it stand in the pool whom no
    stratum of the task holds}."""
    return {
        each.category_id: f"{each.category.name}·{REST}" for each in task.strata.select_related("category")
    }


def most_drawn(mine, earlier):
    """How often at most an enterprise that lies in a stratum may have been drawn by earlier tasks:
    [[their strata]] → a number.

    Counted a risk grade and a town at a time: one task on the high and one on the
    low have drawn nobody twice.
    """
    own = [[each for each in strata if each.category_id == mine.category_id] for strata in earlier]
    named = [mine, *(each for strata in own for each in strata)]
    risks = {mine.risk} if mine.risk else {each.risk for each in named} | {""}
    towns = {mine.town} if mine.town else {each.town for each in named} | {""}
    return max(
        sum(any(_covers(each, *cell) for each in strata) for strata in own) for cell in product(risks, towns)
    )


def _covers(stratum, risk, town):
    """Whether it holds those of a risk grade and a town ("": of any other)."""
    return stratum.risk in ("", risk) and stratum.town in ("", town)
