"""等您办的: each thing that waits for an account in a line of its own, with the facts one decides on and the
acts that answer it. Read off the tables of states (registries/look.py) and the acts of the desk's pages."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from inspections.draw import edits
from inspections.watch import flagbook, logflags
from publicity.services import letters, pending, publications
from registries.look import count_each, look, numbers

from . import addresses, facts
from .kept import kept

_ON_THE_ROUND = {"seal"}  # what is filled in where the round shows what will be sealed
SHOWN = 30  # of one kind on the first page; the rest is behind "还有"


@dataclass
class Button:
    """One answer. `posts`: it acts at once; `asks`: the field it wants a text
    for; else it leads to a page."""

    label: str
    address: str
    posts: bool = False
    asks: str = ""
    asks_label: str = ""
    after: str = ""
    is_final: bool = False

    @property
    def key(self):
        """A name of its own on the page."""
        return "to" + re.sub(r"\W+", "-", self.address)


@dataclass
class Line:
    """One thing that waits. `late` and `due` by its clock; `batch` names the act
    that may be done to several."""

    kind: str
    what: str
    address: str
    why: str = ""
    since: datetime | None = None
    due: date | datetime | None = None
    late: bool = False
    buttons: list = field(default_factory=list)
    batch: tuple = ()
    pk: int = 0
    number: int = 1


def number(account):
    """How many things wait: what the badge says."""
    waiting, to_prepare = _counted(account)
    return sum(waiting.values()) + sum(to_prepare) + sum(each.number for each in _watched(account))


def of(account):
    """[Line] of an account: the late first, then by what is due, then the oldest."""
    words, found = facts.Words(account.bureau_id), []
    waiting, to_prepare = _counted(account)
    for group in look(account, known=waiting):
        found += _of(group, words)
    return sorted([*found, *_to_prepare(to_prepare), *_watched(account)], key=_order)


def _counted(account):
    """({way: how many wait}, [how many are to be prepared of each kind]), asked once a page: the account is
    read anew for each request."""
    if not hasattr(account, "_waiting_work"):
        account._waiting_work = kept(account, "waits", lambda: _count(account))
    return account._waiting_work


def _count(account):
    return numbers(account), _numbers_to_prepare(account)


def _watched(account):
    """[Line] of what no state says: moves of the register to be signed, red flags to be read. Looked for each
    time: neither a hand in the database nor the clock that finds flags leaves an entry in the journal."""
    if not hasattr(account, "_watched_work"):
        account._watched_work = [*_moves(account), *_flags(account), *_uncosigned(account)]
    return account._watched_work


def _moves(account):
    for task, count in edits.to_sign(account):
        page = addresses.page_of(task)
        act = reverse("admin:inspections_task_act", args=[task.pk, "edits"])
        button = Button("看过名录变动", f"{act}?next={reverse('admin:index')}")
        why = f"批准以后名录动过 {count} 处，要您看过才能封存"
        yield Line("任务", str(task), page, why, buttons=[button])


def _flags(account):
    if count := flagbook.waiting_for(account):
        page = reverse("oversight-page")
        yield Line("红旗", f"{count} 面红旗还没有人看过", page, buttons=[Button("去看", page)], number=count)


def _uncosigned(account):
    """What stands in the way of a throw, where no witness of the public log answers."""
    if not account.has_perm("inspections.take_sealed"):
        return
    for draw, count in logflags.uncosigned(account.bureau, timezone.now()):
        act = reverse("admin:inspections_draw_act", args=[draw.pk, "paper"])
        button = Button("在场的人已在打印的检查点上签名", f"{act}?next={reverse('admin:index')}")
        why = f"封存还差 {count} 方联署，摇号等着；见证方够不着时，请在场的人在封存通知印的检查点下面签名"
        yield Line("摇号", str(draw.task), addresses.page_of(draw), why, due=draw.seed_at, buttons=[button])


def _order(line):
    due = line.due
    if isinstance(due, datetime):
        due = timezone.localdate(due)
    since = line.since.timestamp() if line.since else 0
    return not line.late, due or date.max, since


def _of(group, words):
    told, desk = facts.TOLD[group.noun._meta.model_name], admin.site._registry[group.noun]
    things = group.things.select_related(*told.related).prefetch_related(*told.many)[:SHOWN]
    for thing in things:
        due = _due(thing, group.wait)
        since = getattr(thing, told.since) if told.since != "pk" else None
        yield Line(
            told.kind,
            told.what(thing),
            _page(thing, group.wait),
            told.why(thing, words),
            since,
            due,
            _is_past(due),
            buttons(thing, group.wait, reverse("admin:index")),
            _batch(thing, group.wait, desk),
            thing.pk,
        )
    if group.number > SHOWN:
        rest = group.number - SHOWN
        noun = group.noun._meta
        yield Line(
            told.kind, f"还有 {rest} 件待{group.wait.words}的{noun.verbose_name}", _list(group.noun), number=0
        )


def _due(thing, wait):
    for name in wait.due.split("."):
        if not name:
            return None
        thing = getattr(thing, name, None)
        thing = thing() if callable(thing) else thing
    return thing


def _is_past(due):
    if due is None:
        return False
    return due < timezone.now() if isinstance(due, datetime) else due < timezone.localdate()


def _page(thing, wait):
    """Where the whole of it stands: the page of the inspectors' desk, or of the tables."""
    if wait.act.startswith("desk:") and wait.act != "desk:codes":
        return _desk(thing, wait)
    return addresses.page_of(thing)


def _desk(thing, wait):
    if wait.act == "desk:codes":
        return reverse(wait.act)
    if hasattr(thing, "seed_at"):
        return reverse("desk:draw", args=[thing.number])
    return reverse("desk:case", args=[getattr(thing, "case", thing).token])


def _noun(thing):
    return f"{thing._meta.app_label}_{thing._meta.model_name}"


def _list(noun):
    return reverse(f"admin:{noun._meta.app_label}_{noun._meta.model_name}_changelist")


def buttons(thing, wait, back):
    """[Button] that answer a thing in one of its ways; a page of their own comes back to `back`."""
    if wait.act.startswith("desk:"):
        return [Button(wait.words, _desk(thing, wait))]
    acts = {each.name: each for each in admin.site._registry[type(thing)].acts}
    names = [each for each in (wait.act, wait.no) if each]
    return [button_of(thing, acts[name], back, wait.no) for name in names if acts[name].when(thing)]


def acts_of(account, thing, back, names=None):
    """[Button] of the acts that a noun has at the desk and that may be done to this one now; of those named,
    where `names` are given."""
    return [
        button_of(thing, act, back)
        for act in admin.site._registry[type(thing)].acts
        if (names is None or act.name in names) and account.has_perm(act.permission) and act.when(thing)
    ]


def button_of(thing, act, back, no=None):
    """At once where nothing need be read or filled in; a text under the line where only that is asked for.
    `no`: the act that says no; without it, any act may ask for its one text so."""
    address = reverse(f"admin:{_noun(thing)}_act", args=[thing.pk, act.name])
    if act.name in _ON_THE_ROUND:
        return Button(act.label, addresses.page_of(thing))
    fields = act.form.base_fields
    says = act.warning if isinstance(act.warning, str) else ""
    is_short = act.page is None and not callable(act.warning) and not getattr(act.form, "knows_thing", False)
    if is_short and (no is None or act.name == no) and len(fields) == 1:
        [(name, asked)] = fields.items()
        return Button(act.label, address, asks=name, asks_label=asked.label, after=says)
    if is_short and not any(each.required for each in fields.values()):
        return Button(act.label, address, posts=True, after=says, is_final=act.is_final)
    return Button(act.label, f"{address}?next={back}")


def _batch(thing, wait, desk):
    act = next((each for each in desk.acts if each.name == wait.act), None)
    return (thing._meta.label_lower, act.name, act.label) if act and act.together(thing) else ()


def _numbers_to_prepare(account):
    """Of what no noun stands for yet: results, penalties and corrections that somebody is to prepare."""
    if not account.has_perm(publications.PREPARE):
        return []
    bureau = account.bureau_id
    asked = [
        pending.due().filter(case__bureau=bureau),
        pending.penalties_due().filter(bureau=bureau),
        letters.to_correct(bureau),
        pending.moved().filter(bureau=bureau),
        pending.revoked().filter(bureau=bureau),
        pending.listings_due().filter(bureau=bureau),
        pending.listings_off().filter(bureau=bureau),
    ]
    found = count_each(dict(enumerate(asked)))
    return [found.get(n, 0) for n in range(len(asked))]


def _to_prepare(numbers):
    desk = reverse("admin:publicity_publication_changelist")
    shown = reverse("admin:publicity_disclosure_changelist")
    proven = f"{reverse('admin:publicity_letter_changelist')}?mine=proven"
    asked = [
        ("份检查结果可以拟办公示", f"{desk}act/results/", "去拟办"),
        ("份处罚决定可以拟办公示", f"{desk}act/penalty/", "去拟办"),
        ("条公示经异议核实有误，待更正或撤回", proven, "去更正"),
        ("条已公示的结果有了变化，可以拟办新版", f"{desk}act/results/", "去拟办"),
        ("条处罚决定已撤销，公示待撤回", f"{shown}?kind__exact=penalty", "去撤回"),
        ("户严重失信主体可以拟办公示", f"{desk}act/listing/", "去拟办"),
        ("户已不在严重失信主体名单上，公示待撤下", f"{shown}?kind__exact=listing", "去撤下"),
    ]
    for count, (words, address, label) in zip(numbers, asked, strict=False):
        if count:
            leads = f"{address}{'&' if '?' in address else '?'}next={reverse('admin:index')}"
            button = Button(label, leads if "/act/" in address else address)
            yield Line("公示", f"{count} {words}", address, buttons=[button], number=count)
