"""What waits for an account, room by room: read off the tables of states and nowhere else."""

from typing import NamedTuple

from django.apps import apps
from django.db.models import Count, IntegerField, Model, Q, QuerySet, Value

from .states import MACHINE, PARTY, States, Wait

_BUREAU = ("bureau", "case__bureau", "subject__bureau", "draw__bureau")


class Waiting(NamedTuple):
    """Things of one noun that stand in one state and wait for an account in one way, the oldest first."""

    noun: type
    state: States
    wait: Wait
    things: QuerySet
    number: int


def nouns(room=""):
    """The nouns that have a table of states, of a room by its dotted name
    ("inspections.plan"); "" for all."""
    return [each for each in apps.get_models() if hasattr(each, "State") and _is_in(each, room)]


def numbers(account, room=""):
    """{way: how many} of what an account may do now in a room, in one question; what is none is left out."""
    asked = {_name(*way): _things(*way, account) for way in _ways(account, room)}
    return count_each(asked)


def look(account, room="", known=None):
    """[Waiting] of what an account may do now in a room; never of another bureau, never its own work to
    judge. `known`: what `numbers` has said of it."""
    known = numbers(account, room) if known is None else known
    return [
        Waiting(*way, _things(*way, account), known[_name(*way)])
        for way in _ways(account, room)
        if _name(*way) in known
    ]


def _ways(account, room=""):
    """(noun, state, wait): each way in which a thing may wait for an account."""
    for noun in nouns(room):
        for state in noun.State:
            for wait in state.waits:
                if _may(account, wait):
                    yield noun, state, wait


def _name(noun, state, wait):
    """A way's name: "inspections.task/drafted/0"."""
    return f"{noun._meta.label_lower}/{state.value}/{state.waits.index(wait)}"


def numbers_handed_on(account, authors):
    """{way: how many} of what `handed_on` would give, in one question."""
    return count_each(
        {_name(*way): _others(*way, account, authors) for way in _ways_of_others(authors)},
    )


def handed_on(account, authors, known=None):
    """[Waiting] of what an account has brought on its way and what now waits for others, never for the
    account as well. `authors`: {model's name: the column of who brought it}; `known`: what
    `numbers_handed_on` has said of it."""
    known = numbers_handed_on(account, authors) if known is None else known
    return [
        Waiting(*way, _others(*way, account, authors), known[_name(*way)])
        for way in _ways_of_others(authors)
        if _name(*way) in known
    ]


def _ways_of_others(authors):
    for noun in nouns():
        for state in noun.State if noun._meta.model_name in authors else ():
            for wait in state.waits:
                if wait.who not in (MACHINE, PARTY):
                    yield noun, state, wait


def _others(noun, state, wait, account, authors):
    """What the account brought, in a state, that waits in one way, and not for the account."""
    brought = {authors[noun._meta.model_name]: account}
    things = noun.objects.filter(_of(noun, account.bureau_id) & wait.when, status=state, **brought)
    if _may(account, wait):
        things = things.exclude(pk__in=_things(noun, state, wait, account).values("pk"))
    return things.order_by("pk").distinct()


def waits_on(account, thing):
    """[Wait] of one thing that an account may end now."""
    noun, state = type(thing), type(thing).State(thing.status)
    asked = {
        n: _things(noun, state, wait, account).filter(pk=thing.pk)
        for n, wait in enumerate(state.waits)
        if _may(account, wait)
    }
    return [state.waits[n] for n in sorted(count_each(asked))]


def waits_on_each(account, things):
    """{key: [Wait]} of things of one noun, each what an account may end now; one question for each way."""
    found: dict[int, list[Wait]] = {each.pk: [] for each in things}
    for noun, state in {(type(each), type(each).State(each.status)) for each in things}:
        for wait in state.waits:
            if _may(account, wait):
                for key in (
                    _things(noun, state, wait, account).filter(pk__in=found).values_list("pk", flat=True)
                ):
                    found[key].append(wait)
    return found


def waits_of(thing: Model) -> list[Wait]:
    """The ways in which a thing waits for people now, whoever they are."""
    noun, state = type(thing), type(thing).State(thing.status)
    asked = {
        n: noun.objects.filter(wait.when, pk=thing.pk)
        for n, wait in enumerate(state.waits)
        if wait.who not in (MACHINE, PARTY)
    }
    return [state.waits[n] for n in sorted(count_each(asked))]


def count_each(asked):
    """{name: how many} of the querysets that hold anything, counted in one question."""
    names = list(asked)
    counted = [
        asked[name]
        .order_by()
        .annotate(_place=Value(n, IntegerField()))
        .values("_place")
        .annotate(_number=Count("pk", distinct=True))
        .values_list("_place", "_number")
        for n, name in enumerate(names)
    ]
    if not counted:
        return {}
    first, *rest = counted
    return {names[place]: number for place, number in first.union(*rest, all=True) if number}


def _may(account, wait):
    if wait.who in (MACHINE, PARTY) or wait.role and wait.role not in account.roles():
        return False
    return account.has_perm(wait.who)


def _things(noun, state, wait, account):
    things = noun.objects.filter(_of(noun, account.bureau_id) & wait.when, status=state)
    if wait.own:
        own = Q()
        for lookup in wait.own:
            own |= Q(**{lookup: account})
        things = things.filter(own)
    if wait.team:
        cases = noun if wait.team == "pk" else noun._meta.get_field(wait.team).related_model
        things = things.filter(**{f"{wait.team}__in": cases.objects.visible_to(account).values("pk")})
    if wait.apart:
        things = things.exclude(**{wait.apart: account})
    if hasattr(things, "waiting_for"):  # a noun that says more of who it waits for
        things = things.waiting_for(account)
    return things.order_by("pk").distinct()


def _of(noun, bureau):
    names = {field.name for field in noun._meta.get_fields()}
    path = next(each for each in _BUREAU if each.partition("__")[0] in names)
    return Q(**{path: bureau})


def _is_in(noun, room):
    return f"{noun.__module__}.".startswith(f"{room}." if room else "")
