"""年度检查上限: how often one enterprise may be inspected in a year, and how often it has
been (国办发〔2024〕54号)."""

from ..models import CapRule


def rules_of(bureau):
    """{category id: [(field, value, yearly)]} of the bureau's cap tables."""
    found = {}
    rules = CapRule.objects.filter(category__bureau=bureau).order_by("pk")
    for category, *rule in rules.values_list("category_id", "field", "value", "yearly"):
        found.setdefault(category, []).append(tuple(rule))
    return found


def cap_of(subject, rules):
    """Subject (with its category) and rules_of() in; the yearly cap or None out."""
    return cap_by(subject, rules, subject.category.yearly_cap if subject.category_id else None)


def cap_by(subject, rules, own):
    """The same of a Subject, or a row of one with what the rules ask, and its class's own cap.

    Where several rows of the table fit, the lowest binds; where none does, the class's own cap.
    """
    fitting = [
        yearly
        for field, value, yearly in rules.get(subject.category_id, ())
        if getattr(subject, field) == value
    ]
    if fitting:
        return min(fitting)
    return own
