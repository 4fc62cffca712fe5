"""Where a thing is that the journal or a message speaks of: "task 12" → its page at the desk."""

from functools import cache

from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from inspections.models import Case
from registries.models.keys import Keyed


def of(about):
    """The address of the thing's page, or "" where it has none."""
    word, _, key = about.partition(" ")
    model = _nouns().get(word)
    if model is None or model not in admin.site._registry or not key:
        return ""
    name = getattr(model, "KEY", "pk")
    if word == "case":  # asked for when somebody goes there: a list has many
        return reverse("case-of", args=[key]) if key.isdecimal() else ""
    if word in ("draw", "scheme"):  # they stand on their round's page
        key = model.objects.filter(**{name: key}).values_list("task", flat=True).first()
    elif name != "pk":
        key = model.objects.filter(**{name: key}).values_list("pk", flat=True).first()
    if key is None or not str(key).isdecimal():
        return ""
    if word in ("task", "draw", "scheme"):
        return reverse("round", args=[key])
    if word in _PAGES:
        return reverse(_PAGES[word], args=[key])
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


# What has a page of its own at the desk.
_PAGES = {
    "subject": "firm",
    "inspector": "person",
    "itemlist": "list",
    "plan": "plan",
    "return": "return",
    "delivery": "delivery",
    "receiver": "receiver",
    "course": "course",
}
_TABS = {
    "penalty": "penalty",
    "transfer": "penalty",
    "restraint": "penalty",
    "paper": "papers",
    "finding": "findings",
    "extension": "findings",
}


@cache
def _nouns():
    found = {}
    for model in apps.get_models():
        word = model.ABOUT if issubclass(model, Keyed) and model.ABOUT else model._meta.model_name
        found.setdefault(word, model)
    return found


def for_eyes(about, account):
    """The address, where the account may look at the thing; else ""."""
    model = _nouns().get(about.partition(" ")[0])
    if model is None:
        return ""
    name = model._meta.model_name
    seen = "task" if name in ("draw", "scheme") else name  # they stand on their round's page
    return of(about) if account.has_perm(f"{model._meta.app_label}.view_{seen}") else ""


def page_of(thing):
    """The page where one sees the whole of a thing: of what belongs to a round, the round."""
    if isinstance(thing, Case) or isinstance(getattr(thing, "case", None), Case):
        tab = _TABS.get(thing._meta.model_name)
        return reverse("case", args=[getattr(thing, "case", thing).token]) + (f"?tab={tab}" if tab else "")
    own = _PAGES.get(thing._meta.model_name)
    if own:
        return reverse(own, args=[thing.pk])
    if thing._meta.model_name == "deliveryrow":  # it stands on the page of what it came with
        return f"{reverse('delivery', args=[thing.delivery_id])}?tab={thing.status}"
    if thing._meta.model_name == "handedrow":
        return f"{reverse('receiver', args=[thing.receiver_id])}?tab={thing.status}"
    round_of = {"task": "pk", "draw": "task_id", "scheme": "task_id"}.get(thing._meta.model_name)
    if round_of:
        return reverse("round", args=[getattr(thing, round_of)])
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def in_the_field(about, account):
    """Where an inspector or witness finds the thing on their own pages; "" where it is not theirs."""
    word, _, key = about.partition(" ")
    if word == "draw" and account.has_perm("inspections.enter_value"):
        return reverse("desk:draw", args=[key])
    if word == "case" and key.isdecimal():
        case = Case.objects.visible_to(account).filter(pk=key).first()
        return reverse("desk:case", args=[case.token]) if case else ""
    return reverse("desk:home")
