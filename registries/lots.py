"""加签: how many lots an enterprise has in a random draw, by a table of rules as plain data.

A rule: {"source": event, risk, grade or credit; "value": the event's code or the grade; "lots": how many
more; "each": once an event or once at all; "most": at most so many of this rule, or None}.
"""

from .models import LotRule, Reason

_FIELDS = ("source", "value", "lots", "each", "most")


def table(bureau):
    """The bureau's table as it stands, as plain data."""
    return list(LotRule.objects.filter(bureau=bureau).order_by("source", "value").values(*_FIELDS))


def of(subject, codes, rules):
    """Subject, the codes of its counted events (one an event) and a table in; its lots out, one at least."""
    found = 1
    for rule in rules:
        if rule["source"] == "event":
            times = codes.count(rule["value"])
            more = rule["lots"] * (times if rule["each"] else min(times, 1))
        else:
            more = rule["lots"] if getattr(subject, rule["source"]) == rule["value"] else 0
        found += min(more, rule["most"]) if rule["most"] is not None else more
    return found


def titles(bureau):
    """{code: title} of the bureau's events, as `say` wants them."""
    return dict(Reason.objects.filter(bureau=bureau, kind="event").values_list("code", "title"))


def say(rules, titles):
    """A table in words."""
    sources = dict(LotRule.SOURCES)
    return "；".join(
        (
            titles.get(rule["value"], rule["value"])
            if rule["source"] == "event"
            else f"{sources[rule['source']]}{rule['value']}"
        )
        + f"{'每件' if rule['each'] else ''}多放 {rule['lots']} 张签"
        + (f"，最多 {rule['most']} 张" if rule["most"] is not None else "")
        for rule in rules
    )
