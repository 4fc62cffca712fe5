"""Replacements: two persons, a code nobody foresaw, and what the verifiers say of it."""

import json

import pytest
from django.utils import timezone

from inspections import engine
from inspections.draw import drawing, replacements
from inspections.engine.recheck import verify
from inspections.models import Draw
from inspections.visit import visits
from registries.models import RecusalGround
from registries.services import relations

from ...staircase import CODES, inspect, recuse, refused_with, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
_, CHAIN = CODES


@pytest.fixture
def ask(drawn, cast):
    def run(kind="inspector", **more):
        case = drawn.cases.filter(status="opened").order_by("pk").first()
        out = case.team()[0].inspector.ref if kind == "inspector" else case.subject.ref
        options = {"reason": "ill" if kind == "inspector" else "closed", "note": "证据在卷"}
        if kind == "inspector":
            options |= {"task": case.subject.ref, "scope": "task"}
        return replacements.request(drawn, kind, out, by=cast.clerk, **(options | more))

    return run


def make(change, cast, code=0):
    replacements.approve(change, by=cast.head)
    return replacements.open_code(change, CHAIN[code], by=cast.supervisor)


def test_an_inspector_is_replaced_by_the_drawn_one(drawn, cast, ask):
    change = make(ask(), cast)
    case = drawn.cases.get(subject__ref=change.task_ref)
    team = [seat.inspector.ref for seat in case.team()]
    assert change.in_ref in team and change.out_ref not in team
    assert case.assignments.filter(inspector__ref=change.out_ref).get().until is not None
    assert sum(seat.leads for seat in case.team()) == 1


def test_an_enterprise_is_replaced_and_the_case_moves_on(drawn, cast, ask):
    change = make(ask("subject"), cast)
    assert drawn.cases.get(subject__ref=change.out_ref).status == "not_done"
    fresh = drawn.cases.get(subject__ref=change.in_ref)
    assert fresh.status == "opened" and fresh.team().count() == drawn.task.team


def test_those_recused_for_the_newcomer_are_replaced_next(
    register, inspectors, make_task, seal, cast, bureau
):
    for firm in register.filter(category__name="烟花爆竹"):
        for inspector in inspectors[:5]:
            recuse(cast, inspector, firm)
    free = register.filter(category__name="烟花爆竹").first()
    free.relations.update(until="2026-01-02")
    # One firm may be visited by anybody; whoever comes in for it may not: draw until it is that firm's turn.
    # One draw in six brings the pair: thirty of them missed it once in some hundred runs of the suite.
    for _ in range(150):
        draw = drawing.run(throw(seal(make_task((("烟花爆竹", 0, 3),), excludes_drawn=False))).pk)
        case = draw.cases.filter(subject=free).first()
        if case and any(seat.inspector in inspectors[:5] for seat in case.team()):
            break
    else:
        pytest.fail("a hundred and fifty draws did not bring the pair")
    barred = [seat.inspector.ref for seat in case.team() if seat.inspector in inspectors[:5]]
    change = replacements.request(draw, "subject", free.ref, by=cast.clerk, reason="closed", note="")
    change = make(change, cast)
    waiting = draw.changes.filter(status="requested").order_by("pk")
    assert [(each.task_ref, each.out_ref) for each in waiting] == [(change.in_ref, ref) for ref in barred]
    other = draw.cases.exclude(subject__ref=change.in_ref).filter(status="opened").first()
    jumped = replacements.request(draw, "subject", other.subject.ref, by=cast.clerk, reason="closed", note="")
    with refused_with("change_owed"):
        replacements.approve(jumped, by=cast.head)
    for n, each in enumerate(waiting, 1):
        make(each, cast, n)
    team = [seat.inspector.ref for seat in draw.cases.get(subject__ref=change.in_ref).team()]
    assert not set(team) & set(barred)


def test_the_files_with_the_changes_are_accepted_by_a_verifier(drawn, cast, ask):
    make(ask(), cast, 0)
    make(ask("subject"), cast, 1)
    owed = drawn.changes.filter(status="requested")
    if not owed:
        make(ask(), cast, 2)
    made = replacements.completed(drawn)
    sealed = json.loads(drawn.sealed_json)
    openings = json.loads(drawn.openings_json) | {
        each["in"]: sealed[each["in"]] for each in made if each["kind"] == "subject"
    }
    told = verify(
        drawn.commit_json.encode(),
        drawn.result_json.encode(),
        openings_data=engine.dump(openings),
        changes_data=engine.dump(made),
        commitment=drawn.commitment,
    )
    assert f"{len(made)} 次变更重算一致" in told


def test_two_persons_and_the_supervisor(drawn, cast, ask):
    change = ask()
    with refused_with("not_allowed"):
        replacements.approve(change, by=cast.clerk)
    replacements.approve(change, by=cast.head)
    for person in (cast.clerk, cast.head):
        with refused_with("not_allowed"):
            replacements.open_code(change, CHAIN[0], by=person)


def test_a_wrong_code_is_refused_and_changes_nothing(drawn, cast, ask):
    change = ask()
    replacements.approve(change, by=cast.head)
    for code in (CHAIN[1], "0" * 64, "x"):
        with refused_with("code_wrong"):
            replacements.open_code(change, code, by=cast.supervisor)
    change.refresh_from_db()
    assert change.status == "approved" and change.in_ref == ""


def test_the_request_is_hashed_before_the_code_is_opened(drawn, cast, ask):
    change = ask()
    replacements.approve(change, by=cast.head)
    fields = {
        "n": 1,
        "kind": "inspector",
        "out": change.out_ref,
        "reason": "ill",
        "nonce": change.nonce,
        "task": change.task_ref,
        "scope": "task",
    }
    assert engine.digest(engine.dump(fields)) == change.request_digest


def test_one_change_at_a_time(drawn, cast, ask):
    first = ask()
    case = drawn.cases.order_by("pk").last()
    second = replacements.request(
        drawn,
        "inspector",
        case.team()[0].inspector.ref,
        by=cast.clerk,
        reason="ill",
        note="",
        task=case.subject.ref,
        scope="task",
    )
    replacements.approve(first, by=cast.head)
    with refused_with("change_pending"):
        replacements.approve(second, by=cast.head)


def test_nobody_is_replaced_once_the_visit_has_begun(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    visits.start(case, by=case.team()[0].inspector.account)
    with refused_with("visit_begun"):
        replacements.request(drawn, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="")


def test_who_is_not_in_the_draw_cannot_go_out(drawn, cast):
    with refused_with("out_not_in_draw"):
        replacements.request(drawn, "subject", "99", by=cast.clerk, reason="closed", note="")


def test_a_refused_request_stays_on_record(drawn, cast, ask):
    change = replacements.refuse(ask(), by=cast.head)
    assert change.status == "refused" and drawn.changes.count() == 1


def test_a_relation_found_after_the_draw_leads_to_a_replacement(drawn, cast, ask, bureau):
    case = drawn.cases.order_by("pk").first()
    member = case.team()[0].inspector
    recuse(cast, member, case.subject)
    change = make(ask(reason="recusal"), cast)
    assert member.ref not in [seat.inspector.ref for seat in case.team()]
    assert change.in_ref


def test_the_newcomer_works_the_case(drawn, cast, ask):
    change = make(ask(), cast)
    case = drawn.cases.get(subject__ref=change.task_ref)
    assert inspect(case).status == "submitted"


def test_the_same_change_asked_twice_does_not_block_the_draw(drawn, cast, ask):
    first, second = ask("subject"), ask("subject")
    make(first, cast)
    with refused_with("out_not_in_draw"):
        replacements.approve(second, by=cast.head)
    replacements.refuse(second, by=cast.head)


def test_a_visit_does_not_begin_while_its_change_awaits_the_code(drawn, cast, ask):
    change = ask()
    replacements.approve(change, by=cast.head)
    case = drawn.cases.get(subject__ref=change.task_ref)
    with refused_with("change_awaits_code"):
        visits.start(case, by=case.team()[0].inspector.account)
    replacements.open_code(change, CHAIN[0], by=cast.supervisor)
    assert inspect(case).status == "submitted"


def test_a_draw_whose_day_has_come_takes_no_change(drawn, cast, ask):
    change = ask()
    with behind_the_walls():
        Draw.objects.filter(pk=drawn.pk).update(release_by=timezone.localdate())
    change.refresh_from_db()
    with refused_with("draw_public"):
        replacements.approve(change, by=cast.head)


def test_a_newcomer_who_has_declared_since_is_asked_to_be_replaced_at_once(
    drawn, cast, ask, inspectors, bureau
):
    change = ask()
    case = drawn.cases.get(subject__ref=change.task_ref)
    ground = RecusalGround.objects.filter(bureau=bureau).first()
    seated = {seat.inspector_id for seat in case.team()}
    for person in inspectors:
        if person.pk not in seated:
            found = {"ground": ground, "subject": case.subject, "since": timezone.localdate()}
            relations.declare(person, by=person.account, found=found)
    done = make(change, cast)
    follow = drawn.changes.get(status="requested")
    assert (follow.out_ref, follow.task_ref, follow.reason) == (done.in_ref, case.subject.ref, "recusal")
    assert "随即申请再更换" in follow.note
