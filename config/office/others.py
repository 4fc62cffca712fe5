"""等别人办: what the account has brought on its way and what now waits for others, for whom and how long."""

from dataclasses import dataclass

from django.utils import timezone

from inspections.sentences import say
from registries.errors import DomainError
from registries.look import handed_on, numbers_handed_on
from registries.services import messages as news

from . import addresses, facts
from .kept import kept

_SHOWN, _NAMES = 3, 3
MOST = 50  # of one kind urged at once


@dataclass
class Sent:
    """Things of one kind that wait in one way: how many, the first of them, for whom, the days of the oldest.
    `key` names them on the page."""

    key: str
    noun: str
    number: int
    things: list
    who: str
    words: str
    days: int

    @property
    def rest(self):
        return self.number - len(self.things)

    @property
    def age(self):
        return f"{self.days} 天" if self.days else "今天"


def of(account):
    """[Sent], the oldest first."""
    found, people = [], {}
    for group in _groups(account):
        told = facts.TOLD[group.noun._meta.model_name]
        things = list(group.things.select_related(*told.related)[:_SHOWN])
        since = getattr(things[0], told.since) if things and told.since != "pk" else None
        found.append(
            Sent(
                _key(group),
                str(group.noun._meta.verbose_name),
                group.number,
                [(told.what(each), addresses.page_of(each)) for each in things],
                _who(group, things, people, account),
                group.wait.words,
                (timezone.localdate() - timezone.localdate(since)).days if since else 0,
            )
        )
    return sorted(found, key=lambda each: -each.days)


def urge(account, key):
    """Remind whoever the things of one kind wait for; what was urged a short while ago is left.
    Returns (who was told, why nobody was)."""
    told, refused = [], ""
    for group in _groups(account):
        for thing in group.things[:MOST] if _key(group) == key else []:
            try:
                told += news.urge(thing, by=account)
            except DomainError as why:
                refused = say(why)
    return list(dict.fromkeys(map(str, told))), refused


def _groups(account):
    known = kept(account, "others", lambda: numbers_handed_on(account, facts.BROUGHT_BY))
    return handed_on(account, facts.BROUGHT_BY, known)


def _key(group):
    return f"{group.noun._meta.label_lower}/{group.state}/{group.wait.act}"


def _who(group, things, people, account):
    """The names of those who are waited for: all that have the right, or the persons of the first thing."""
    wait = group.wait
    if wait.own or wait.team:
        found = news.waited_for(things[0]) if things else []
    else:
        asked = wait.who, wait.role
        if asked not in people:
            people[asked] = list(news.holders(account.bureau_id, *asked))
        found = people[asked]
    names = [str(each) for each in found if each != account]
    return "、".join(names[:_NAMES]) + (f"等 {len(names)} 人" if len(names) > _NAMES else "")
