"""一次抽取里的几双手: one person is one of clerk, head, supervisor, witness, inspector."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.draw import values, voiding
from inspections.models import Draw
from inspections.watch import redflags
from registries.models import Account, Inspector, Message, RoleGrant
from registries.services import accounts, confirming

from ...staircase import CODES, refused_with, seal_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(make_task, register, inspectors):
    return make_task()


def grant(account, role):
    RoleGrant.objects.create(account=account, role=role, since=timezone.localdate())
    return Account.objects.get(pk=account.pk)


@pytest.mark.parametrize("second", ["head", "witness", "inspector", "supervisor"])
def test_who_seals_is_nothing_else(task, cast, inspectors, second):
    """The clerk who seals is also the head who approved, a witness, an inspector, the keeper of the codes."""
    person = {"head": cast.head, "witness": cast.witness1, "supervisor": cast.supervisor}.get(second)
    person = person or inspectors[0].account
    if second == "supervisor":
        task.code_chains.create(bureau=task.bureau, tip=CODES[0], count=20, lodged_by=person)
    person = grant(person, "clerk")
    code = "sources_sealer" if second == "witness" else "two_roles"
    with refused_with(code):
        seal_with(cast, task, by=person)
    assert not Draw.objects.exists()
    seal_with(cast, task)


def test_a_witness_is_no_inspector_of_the_pool(task, cast, inspectors):
    person = grant(inspectors[3].account, "witness")
    sources = [("甲", "dice", cast.witness1), ("乙", "dice", cast.witness2), ("丙", "dice", person)]
    with refused_with("two_roles"):
        seal_with(cast, task, sources=sources, seconds={})
    Inspector.objects.filter(pk=inspectors[3].pk).update(left_on=timezone.localdate())
    seal_with(cast, task, sources=sources, seconds={})


def test_the_supervisor_who_voids_has_been_nothing_else(sealed, cast):
    voiding.request_void(sealed, "pool", "名录有误", by=cast.clerk)
    with refused_with("two_roles"):
        voiding.approve_void(sealed, by=grant(cast.head, "supervisor"))
    voiding.approve_void(sealed, by=cast.supervisor)


@pytest.mark.parametrize("act", ["reset", "grant", "factor", "identity"])
def test_who_was_touched_since_the_sealing_lodges_nothing(sealed, cast, act):
    source = sealed.sources.get(account=cast.witness1)
    asked = {
        "reset": lambda: accounts.ask_reset(cast.witness1, by=cast.officer)[0],
        "grant": lambda: accounts.ask_grant(cast.witness1, "legal", timezone.localdate(), by=cast.officer),
        "factor": lambda: accounts.ask_factor(cast.witness1, by=cast.officer),
        "identity": lambda: accounts.ask_identity(cast.witness1, "x", by=cast.officer),
    }[act]()
    assert values.refusal(sealed, source, cast.witness1) is None  # nothing has been done yet
    confirming.confirm(asked, by=cast.security)
    with refused_with("source_touched"):
        values.lodge(source, "0123456789", by=cast.witness1)
    values.lodge(sealed.sources.get(account=cast.witness2), "0123456789", by=cast.witness2)


def test_a_throw_that_the_supervisor_completes_is_told_and_stays_a_flag(sealed, cast, bureau, monkeypatch):
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=26))
    values.lodge(sealed.sources.get(account=cast.witness1), "0123456789", by=cast.supervisor)
    for person in (cast.head, cast.auditor):
        assert "补全" in Message.objects.get(account=person, kind="watch").said
    flag = next(each for each in redflags.of(bureau) if each.kind == "代录")
    assert flag.grave and "没有由witness1某本人录入" in flag.text
