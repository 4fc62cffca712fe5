"""抽取分层: which stratum of a task an enterprise is drawn in. A class, or a class by risk grade, by town, or by both."""


def chooser(task):
    """A Task in; a function out: Subject (with category_id, risk, town) → its TaskStratum, or None where it lies in none.

    The narrower stratum takes what the wider one of its class would; where one is by risk and one by town, the risk decides.
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


def overlap(one, other):
    """Whether two strata can hold the same enterprise."""
    return one.category_id == other.category_id and all(
        "" in (getattr(one, name), getattr(other, name)) or getattr(one, name) == getattr(other, name)
        for name in ("risk", "town")
    )
