"""Small readings for the public templates."""

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from inspections.draw import edits

from .. import marks

register = template.Library()


@register.filter
def at(mapping, key):
    """mapping[key], or the key itself: a code without a title is better shown than lost."""
    return mapping.get(key, key)


@register.filter
def percent(basis_points):
    """500 → 5%"""
    return f"{basis_points / 100:g}%"


@register.filter
def chance(text):
    """0.1234 → 12.34%"""
    return f"{float(text) * 100:.2f}%"


@register.filter
def left_out(stratum):
    """How many rows of a stratum are X, whatever the reason."""
    return sum(count for status, count in stratum["counts"].items() if status.startswith("X:"))


@register.filter
def status_title(key, exclusions):
    """E, M, X:code in words."""
    return {"E": "可抽", "M": "必查"}.get(key) or f"不抽：{exclusions.get(key, key)}"


@register.filter
def paragraphs(text):
    """An announcement's text: blank lines part paragraphs, a line that begins with "# " is a
    heading; nothing else is markup."""
    made = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        if not part.strip():
            continue
        if part.strip().startswith("# "):
            head, _, rest = part.strip().partition("\n")
            made.append(format_html("<h2>{}</h2>", head[2:]))
            part = rest
        if part.strip():
            lines = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in part.strip().split("\n")))
            made.append(format_html("<p>{}</p>", lines))
    return format_html_join("", "{}", ((each,) for each in made))


@register.filter
def head(text, length):
    """The first signs of a long hash, in groups of four, as people compare them."""
    shown = text[:length]
    return " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))


@register.filter
def mark(code):
    """E3 → fixed; a code of the bureau's own has a plain mark."""
    return marks.of(code).name


@register.filter
def sign(code):
    """E3 → ✓"""
    return marks.of(code).sign


@register.filter
def gone_title(reason):
    """Why an enterprise vanished from a class, in words."""
    return edits.GONE.get(reason, reason)


@register.filter
def place(where):
    """(name of an address, its argument) → the address."""
    name, argument = where
    return reverse(name, args=[argument])
