"""Whose is what: every address that names a thing, asked by every role of another bureau with the things of
this one, gives nothing. An address whose parameter nobody has filled in here fails the test."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from inspections.models import Case, Paper
from publicity.models import Batch, Receiver
from publicity.services import returns
from registries.models import Bureau, Inspector, Section, Source
from registries.services import accounts, deliveries, storage

from .staircase import PASSWORD, inspect

pytestmark = pytest.mark.django_db

# Whom another bureau has: three people, who between them hold every role there is.
PEOPLE = [
    ["officer", "clerk", "head", "supervisor", "legal", "witness", "inspector"],
    ["security", "clerk", "inspector"],
    ["auditor", "head"],
    ["town"],
]
# What belongs to no bureau.
EVERYBODYS = {"registries.calendaryear"}
# Addresses that name no thing of a bureau, and why.
NO_THING = {
    "recusal": "the door behind the notice: whoever holds it may ask, and it names nobody",
    "manual-role": "the manual",
    "view_on_site": "Django's own; leads to what asks again",
    "app_list": "Django's own list of tables",
    "behind": "a number of whoever asks, over any days",
    "numbers": "likewise, a table of them",
    "layout": "likewise, its lines",
    "calendar-day": "a day",
    "shape": "columns as whoever asks uses them",
}
_ADMIN = re.compile(r"^admin/(registries|inspections|publicity)/")


@pytest.fixture
def strangers(bureau, cast, settings):
    other = Bureau.objects.get(pk=cast.stranger.bureau_id)
    made = [
        accounts.open_account(other, f"far-{roles[0]}", "外局某", roles, password=PASSWORD, town="白塔乡")
        for roles in PEOPLE
    ]
    assert {role for roles in PEOPLE for role in roles} == set(settings.ROLES)
    today, section = timezone.localdate(), Section.objects.create(bureau=other, code="01", name="综合股")
    Inspector.objects.create(
        bureau=other, ref="F1", name="外局某", section=section, account=made[0], entered_on=today
    )
    return made


@pytest.fixture
def things(drawn, cast):
    """What this bureau has, under the names of the addresses' parameters."""
    case = drawn.cases.order_by("pk").first()
    inspect(case)
    paper = Paper.objects.filter(case=case).first()
    today = timezone.localdate()
    made = returns.draft(today, today, "statistics", by=cast.clerk)
    source = Source.objects.create(bureau=case.bureau, code="s", name="某部门", content="credit")
    delivery, _ = deliveries.receive(source, b"x", "x.csv", by=cast.clerk)
    facts = {"bureau": case.bureau, "code": "r", "name": "某平台", "since": today}
    receiver = Receiver.objects.create(**facts, shapes=["yuan-c6010"])
    kept = storage.keep(b"x", "application/octet-stream")
    batch = Batch.objects.create(bureau=case.bureau, receiver=receiver, number="1", name="x", file=kept)
    return {
        "deliveries": delivery.pk,
        "receivers": receiver.pk,
        "batches": batch.pk,
        "return": made.pk,
        "token": case.token,
        "number": drawn.number,
        "pk": paper.pk if paper else 1,
        "kind": "order",
        "mark": "6f1c2a9e-0000-4000-8000-000000000000",
        "digest": "0" * 64,
        "form": "pdf",
    } | {"round": drawn.task_id, "case": case.pk}


def _named(resolver=None, before=""):
    """(route, name) of every address of the desks that names a thing."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if not isinstance(each, URLPattern):
            yield from _named(each, route)
        elif re.search(r"[<(]", route) and route.startswith(("admin/", "desk/")) and not _ADMIN.match(route):
            yield route, each.name


def _filled(route, things):
    if route.startswith("admin/rounds/"):
        things = things | {"pk": things["round"]}
    if route.startswith("admin/cases/of/"):
        things = things | {"pk": things["case"]}
    if route.startswith("admin/reports/<int:pk>"):
        things = things | {"pk": things["return"], "code": "inspections"}
    if route.startswith("admin/below/"):
        things = things | {"code": "990101"}
    if route.startswith("admin/exchange/"):
        things = things | {"pk": things[route.split("/")[2]]}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(things[found[1]]), route)


def test_no_address_of_the_desks_gives_another_bureaus_thing(client, strangers, things, cast):
    paths = [_filled(route, things) for route, name in _named() if name not in NO_THING]
    assert len(paths) > 60 and not any("<" in path for path in paths)
    # our own people do get in: the addresses are filled in rightly
    client.force_login(cast.clerk)
    mine = [path for path in paths if client.get(path).status_code == 200]
    assert len(mine) >= 5, mine
    for who in strangers:
        client.force_login(who)
        for path in paths:
            for asked in (client.get, client.post):
                answer = asked(path)
                assert answer.status_code in (302, 403, 404, 405), (who.username, path, answer.status_code)
                if answer.status_code == 302:
                    assert answer["Location"].startswith(("/login/", "/password/")), (
                        path,
                        answer["Location"],
                    )


def test_no_table_gives_another_bureaus_row(client, strangers, things):
    asked = 0
    for model, desk in admin.site._registry.items():
        label = model._meta.label_lower
        row = None if label in EVERYBODYS else model._default_manager.order_by("pk").first()
        if row is None:
            continue
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/"
        tails = ["change/", "history/", "delete/", *(f"act/{act.name}/" for act in desk.acts)]
        for who in strangers:
            client.force_login(who)
            if label == "registries.account" and row.bureau_id == who.bureau_id:
                continue
            for tail in tails:
                for answer in (client.get(base + tail), client.post(base + tail)):
                    asked += 1
                    assert answer.status_code in (302, 403, 404, 405), (who.username, base + tail)
                    if answer.status_code == 302:  # "there is no such row"
                        assert answer["Location"] in ("/admin/", "/admin/login/"), (
                            base + tail,
                            answer["Location"],
                        )
    assert asked > 1000


def test_nothing_is_done_at_a_desk_for_a_form_from_elsewhere(things, cast):
    """Without the page's own mark every address of the desks refuses a form, also from its owner."""
    strict = Client(enforce_csrf_checks=True)
    paths = [_filled(route, things) for route, name in _named() if name not in NO_THING]
    for who in (cast.clerk, cast.head, drawn_member(things)):
        strict.force_login(who)
        answers = {path: strict.post(path).status_code for path in paths}
        assert set(answers.values()) <= {403}, {path: code for path, code in answers.items() if code != 403}


def drawn_member(things):
    return Case.objects.get(token=things["token"]).team()[0].inspector.account
