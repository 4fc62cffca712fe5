"""等别人办: what somebody has brought on its way and now waits for others stands on his first page."""

import pytest

from config.office import facts, others
from inspections.case import schemes
from inspections.draw import drawing
from inspections.plan import plans
from registries.look import look, nouns
from registries.models import Account, Message
from registries.services import handing
from registries.states import MACHINE, PARTY

from .staircase import throw

pytestmark = pytest.mark.django_db

# What comes from outside, from the machine, or is the team's own until it is done.
NOBODYS = {
    "lending",
    "assigned",
    "handedrow",
    "firmword",
    "departmentword",
    "importrun",
    "jointvisit",
    "case",
    "finding",
    "filing",
    "entry",
    "recusalrequest",
    "letter",
}


def _told(account):
    """{(noun, how many, for whom, what they do)} of an account, asked anew."""
    found = others.of(Account.objects.get(pk=account.pk))
    return {(each.noun, each.number, each.who, each.words) for each in found}


def test_every_noun_that_waits_for_people_has_one_who_brought_it():
    waits = {
        noun._meta.model_name
        for noun in nouns()
        if any(wait.who not in (MACHINE, PARTY) for state in noun.State for wait in state.waits)
    }
    assert waits == set(facts.BROUGHT_BY) | NOBODYS and not NOBODYS & set(facts.BROUGHT_BY)
    for noun in nouns():
        column = facts.BROUGHT_BY.get(noun._meta.model_name)
        assert column is None or noun._meta.get_field(column).related_model is Account, noun


def test_what_i_sent_stands_with_who_has_it_until_he_acts(register, inspectors, make_task, cast, client):
    task = make_task(approved=False)
    assert _told(cast.clerk) == set(), "a draft waits for myself"
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    assert _told(cast.clerk) == {("抽查任务", 1, str(cast.head), "批准")}
    assert _told(cast.head) == _told(cast.stranger) == set()
    client.force_login(cast.clerk)
    page = client.get("/admin/").content.decode()
    box = page.partition("<h2>等别人办</h2>")[2].partition("</div>")[0]
    assert task.title in box and f"等{cast.head}批准" in box
    plans.approve_task(task, by=cast.head)
    # to be sealed by a clerk: it waits for me again; for the codes it waits for the supervisor
    assert {each.wait.act for each in look(Account.objects.get(pk=cast.clerk.pk))} >= {"seal"}
    assert _told(cast.clerk) == {("抽查任务", 1, str(cast.supervisor), "生成并移交一次性码")}


def test_a_reminder_from_the_first_page(register, inspectors, make_task, cast, client):
    task = make_task(approved=False)
    handing.hand_in(task, "inspections.change_task", by=cast.clerk)
    [sent] = others.of(Account.objects.get(pk=cast.clerk.pk))
    for who, urged in ((cast.stranger, 0), (cast.clerk, 1), (cast.clerk, 1)):
        client.force_login(who)
        page = client.post("/admin/urge/", {"key": sent.key}, follow=True).content.decode()
        assert Message.objects.filter(account=cast.head, kind="urged").count() == urged, who
    assert "催过" in page or "催办" in page
    assert client.get("/admin/urge/").status_code == 405


def test_a_sealed_draw_waits_for_its_witnesses_and_a_scheme_for_the_head(
    register, inspectors, make_task, seal, cast
):
    witnesses = [cast.witness1, cast.witness2, cast.witness3]
    draw = seal(make_task(), sources=[(f"骰子{n}", "dice", each) for n, each in enumerate(witnesses, 1)])
    [(noun, number, who, words)] = _told(cast.clerk)
    assert (noun, number, words) == ("抽取", 1, "录入数值") and str(cast.witness1) in who
    throw(draw)
    drawing.run(draw.pk)
    assert _told(cast.clerk) == set(), "the scheme is mine to draft"
    schemes.draft(draw.task, by=cast.clerk)
    assert _told(cast.clerk) == {("检查方案", 1, str(cast.head), "批准")}


def test_many_are_counted_and_three_are_named(register, inspectors, make_task, cast):
    for _ in range(5):
        handing.hand_in(make_task(approved=False), "inspections.change_task", by=cast.clerk)
    [sent] = others.of(Account.objects.get(pk=cast.clerk.pk))
    assert (sent.number, len(sent.things), sent.rest) == (5, 3, 2)
