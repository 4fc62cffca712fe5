"""Small readings for the public templates."""

from django import template

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
