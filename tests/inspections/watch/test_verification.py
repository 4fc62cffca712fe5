"""What the verifiers say to whoever holds the database itself: every edit is
named, against the last anchor."""

import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from inspections import engine
from inspections.draw import drawing, values, voiding
from inspections.models import Draw
from inspections.watch import verification
from registries.services import journal

from ...staircase import throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def anchored(drawn, tmp_path):
    path = tmp_path / "anchor.json"
    call_command("anchor", output=str(path), verbosity=0)
    return str(path)


def named(capsys, anchor):
    """(exit codes of the verifiers that found a fault, everything they said)."""
    ended = []
    for command, options in (("verify_journal", {}), ("verify_draw", {"all": True})):
        try:
            call_command(command, anchor=anchor, **options)
        except SystemExit as stop:
            ended.append(stop.code)
    return ended, capsys.readouterr().out


def test_nothing_is_named_when_nothing_was_done(anchored, capsys):
    assert named(capsys, anchored)[0] == []


BEHIND = {
    "commitment": ("UPDATE inspections_draw SET commitment = '{zeros}'", "指纹"),
    "result": (
        "UPDATE inspections_drawfile SET text = "
        "(SELECT text FROM inspections_drawfile WHERE name = 'openings') WHERE name = 'result'",
        "结果",
    ),
    "result digest": ("UPDATE inspections_draw SET result_digest = '{zeros}'", "结果的指纹与锚点不同"),
    "pool": ("UPDATE inspections_drawfile SET text = 'v1:AAAA' WHERE name = 'commit'", "解不开"),
    "facts": ("UPDATE inspections_draw SET public_facts = '{{}}'", "封存时公布的内容"),
    "value": ("UPDATE inspections_seedsource SET value = '1234512345' WHERE position = 1", "数值"),
    "two values": (
        "UPDATE inspections_seedsource SET value = '1234512345', lodged_digest = '{zeros}' WHERE "
        "position = 1",
        "日志所记的数值的指纹与此不同",
    ),
    "team": (
        "UPDATE inspections_assignment SET inspector_id = (SELECT MIN(i.id) FROM registries_inspector i "
        "WHERE i.id NOT IN (SELECT a.inspector_id FROM inspections_assignment a "
        "WHERE a.case_id = inspections_assignment.case_id)) "
        "WHERE id = (SELECT MIN(id) FROM inspections_assignment)",
        "检查组与抽取结果不同",
    ),
    "no team": ("UPDATE inspections_assignment SET until = since", "检查组与抽取结果不同"),
    "enterprise": (
        "UPDATE inspections_case SET subject_id = (SELECT MIN(s.id) FROM registries_subject s "
        "WHERE s.id NOT IN (SELECT subject_id FROM inspections_case)) "
        "WHERE id = (SELECT MIN(id) FROM inspections_case)",
        "没有立项",
    ),
    "voided": (
        "UPDATE inspections_draw SET status = 'voided', void_requested_by_id = 1, void_approved_by_id = 2",
        "作废",
    ),
    "time": ("UPDATE inspections_draw SET seed_at = '2030-01-01 00:00:00+00'", "摇号时间"),
    "journal row": (
        "UPDATE registries_journalentry SET facts = '{{}}' WHERE action = 'draw.sealed'",
        "被改动过",
    ),
    "journal cut": (
        "DELETE FROM registries_journalentry WHERE bureau_id = (SELECT bureau_id FROM "
        "inspections_draw) AND seq >= "
        "(SELECT seq FROM registries_journalentry WHERE action = 'draw.drawn')",
        "尾部被截去",
    ),
    "leader": ("UPDATE inspections_assignment SET leads = NOT leads", "组长"),
    "spared": ("UPDATE inspections_case SET status = 'not_done'", "没有检查"),
    "infeasible": ("UPDATE inspections_draw SET status = 'infeasible'", "排不出"),
    "void asked and approved": (
        "UPDATE inspections_draw SET void_reason = 'x', void_requested_by_id = (SELECT MIN(id) FROM "
        "registries_account), "
        "void_approved_by_id = (SELECT MAX(id) FROM registries_account)",
        "作废批准",
    ),
    "drawn at": ("UPDATE inspections_draw SET drawn_at = NULL", "抽取时间"),
    "no series": ("DELETE FROM inspections_numberseries WHERE kind = 'draw'", "编号已用到"),
    "series": ("UPDATE inspections_numberseries SET last = last + 1 WHERE kind = 'draw'", "编号已用到"),
}


def told_after(statement, anchor, capsys):
    """What the verifiers say when the statement has been run behind the walls; then it is undone."""
    with transaction.atomic():
        with behind_the_walls() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
        told = named(capsys, anchor)
        transaction.set_rollback(True)
    return told


@pytest.mark.slow
def test_edits_behind_the_walls_are_named(anchored, capsys):
    for what, (statement, words) in BEHIND.items():
        ended, said = told_after(statement.format(zeros="0" * 64), anchored, capsys)
        assert 1 in ended and words in said, (what, said)
    assert named(capsys, anchored)[0] == []


FILED = {
    "answer": ("UPDATE inspections_answer SET value = 'na', note = ''", "检查结果或现场记录"),
    "answer gone": (
        "DELETE FROM inspections_answer WHERE id = (SELECT MIN(id) FROM inspections_answer)",
        "检查结果",
    ),
    "record": ("UPDATE inspections_visit SET record = '一切正常'", "检查结果或现场记录"),
    "visit moved": ("DELETE FROM inspections_visit_cases", "检查结果或现场记录"),
    "report": ("UPDATE inspections_report SET opinion = '无'", "报告在提交后被改动"),
    "report approved by nobody": ("UPDATE inspections_report SET status = 'submitted'", "审核与日志所记不符"),
    "result": ("UPDATE inspections_outcome SET code = 'E9'", "检查结果的变动与日志所记不符"),
    "result gone": ("DELETE FROM inspections_outcome", "检查结果的变动与日志所记不符"),
    "payload": ("UPDATE publicity_disclosure SET payload = '{}'", "与公示时记入日志的不同"),
    "name": ("UPDATE publicity_disclosure SET subject_name = '别家'", "与公示时记入日志的不同"),
    "disclosure gone": ("DELETE FROM publicity_disclosure", "数据库中没有"),
    "names": ("UPDATE publicity_release SET names = '{}'", "与公开时记入日志的不同"),
    "files": ("UPDATE publicity_release SET commit_id = result_id", "公开文件"),
    "openings": ("UPDATE publicity_release SET changes_id = NULL", "与公开时记入日志的不同"),
    "release gone": ("DELETE FROM publicity_release", "记有公开"),
}


@pytest.mark.slow
def test_what_was_filed_or_published_and_then_edited_is_named(released, tmp_path, capsys):
    path = tmp_path / "anchor.json"
    call_command("anchor", output=str(path), verbosity=0)
    assert named(capsys, str(path))[0] == []
    for what, (statement, words) in FILED.items():
        ended, said = told_after(statement, str(path), capsys)
        assert ended == [1] and words in said, (what, said)


GARBAGE = [
    *(
        f"UPDATE inspections_drawfile SET text = '{junk}' WHERE name = '{name}'"
        for name in ("commit", "sealed", "result", "openings")
        for junk in ("garbage", "v1:AAAA", "v9:AAAA", "")
    ),
    *(f"DELETE FROM inspections_drawfile WHERE name = '{name}'" for name in ("commit", "sealed", "result")),
    "UPDATE inspections_draw SET number = ''",
    "UPDATE inspections_draw SET number = '-----'",
    "UPDATE inspections_draw SET public_facts = '[]'",
    "UPDATE inspections_draw SET status = 'nonsense'",
    "UPDATE inspections_seedsource SET value = '甲|乙'",
    "DELETE FROM inspections_seedsource",
    "DELETE FROM inspections_assignment",
    "UPDATE inspections_seedsource SET lodged_digest = '', nonce = ''",
    *(
        f"UPDATE registries_journalentry SET facts = '{junk}' WHERE about LIKE 'draw %'"
        for junk in ("5", "null", "[1,2]", "", "[" * 5000, '{"source":[1],"n":{}}', '{"commitment":null}')
    ),
    "UPDATE registries_journalentry SET about = ''",
]


@pytest.mark.slow
def test_whatever_a_row_holds_the_verifiers_name_it_and_go_on(anchored, capsys):
    for statement in GARBAGE:
        ended, said = told_after(statement, anchored, capsys)
        # the other bureau was still looked at
        assert 1 in ended and "白河县应急管理局：编号序列：一致" in said, (statement, said)


def test_a_void_that_only_the_columns_know_is_not_carried_out(sealed, cast):
    draw = throw(sealed)
    Draw.objects.filter(pk=draw.pk).update(
        void_reason="x", void_requested_by=cast.clerk, void_approved_by=cast.supervisor
    )
    with pytest.raises(RuntimeError, match="journal does not know"):
        drawing.run(draw.pk)
    assert Draw.objects.get(pk=draw.pk).status == "seeded"
    assert any("作废批准" in fault for fault in verification.verify(draw.pk))


def test_a_feasible_result_filed_as_infeasible_is_named(sealed):
    draw = throw(sealed)
    sources = [[each.name, each.value] for each in draw.sources.order_by("position")]
    drawn = engine.draw(draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump(sources))
    digest = engine.digest(drawn.result_bytes)
    Draw.objects.filter(pk=draw.pk).update(status="infeasible", result_digest=digest, drawn_at=timezone.now())
    draw.files.create(name="result", text=drawn.result_bytes.decode())
    draw.files.create(name="openings", text=drawn.openings_bytes.decode())
    journal.write(
        "draw.infeasible", by=None, bureau=draw.bureau, about=f"draw {draw.number}", facts={"result": digest}
    )
    assert any("被记为排不出" in fault for fault in verification.verify(draw.pk))


def test_an_edited_pool_is_named_even_when_its_commitment_is_made_to_fit(anchored, capsys, drawn):
    """The pool, the commitment and the journal's entry are all rewritten, and the
    whole chain computed anew."""
    commit = json.loads(drawn.commit_json)
    commit["pool"][0][2] += 1
    forged = json.dumps(commit, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = engine.digest(forged)
    with behind_the_walls():
        drawn.files.filter(name="commit").update(text=forged)
        Draw.objects.filter(pk=drawn.pk).update(commitment=digest)
        rewrite_chain(drawn.bureau, {drawn.commitment: digest})
    assert journal.verify(drawn.bureau)[1] == []  # the chain alone cannot see it
    ended, said = named(capsys, anchored)
    assert ended == [1, 1] and "指纹与锚点不同" in said and "日志被重写" in said


def test_a_draw_deleted_with_all_that_was_said_of_it_is_named(anchored, capsys, drawn):
    with behind_the_walls() as cursor:
        for table in ("assignment", "case"):
            cursor.execute(f"DELETE FROM inspections_{table}")
        cursor.execute("DELETE FROM inspections_scheme")
        cursor.execute("DELETE FROM inspections_lotteryentry")
        cursor.execute("DELETE FROM inspections_seedsource")
        cursor.execute("DELETE FROM inspections_drawfile")
        cursor.execute("DELETE FROM inspections_draw")
        cursor.execute("UPDATE inspections_numberseries SET last = 0 WHERE kind = 'draw'")
        cursor.execute(f"DELETE FROM registries_journalentry WHERE about = 'draw {drawn.number}'")
        rewrite_chain(drawn.bureau, {})
    assert journal.verify(drawn.bureau)[1] == []
    ended, said = named(capsys, anchored)
    assert (
        ended == [1, 1] and f"{drawn.number}：锚点载有这次抽取，数据库中没有" in said and "尾部被截去" in said
    )


def rewrite_chain(bureau, replaced):
    """Compute a bureau's whole chain anew, as an owner would who wants to hide an edit."""
    prev = journal.FIRST
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registries_journalentry SET seq = seq + 100000, prev = CAST(id AS VARCHAR(64))"
        )
        rows = list(bureau.journalentry_set.order_by("seq"))
        for seq, entry in enumerate(rows, 1):
            entry.seq, entry.prev = seq, prev
            for old, new in replaced.items():
                entry.facts = entry.facts.replace(old, new)
            entry.digest = prev = journal.digest_of(entry)
            cursor.execute(
                "UPDATE registries_journalentry SET seq = %s, prev = %s, facts = %s, digest = %s "
                "WHERE id = %s",
                [entry.seq, entry.prev, entry.facts, entry.digest, entry.pk],
            )


def test_two_draws_forked_behind_the_walls_are_named(drawn, make_task, seal, capsys):
    second = seal(make_task())
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_draw SET prev = %s WHERE id = %s", ["1" * 64, second.pk])
    assert any("没有接在前一次抽取之后" in fault for fault in verification.verify_series(drawn.bureau))
    assert any("prev与封存文件不符" in fault for fault in verification.verify(second.pk))


def test_a_value_waiting_to_be_opened_is_checked_too(sealed, cast):
    source = sealed.sources.first()
    values.lodge(source, "0123456789", by=source.account)
    assert verification.verify(Draw.objects.get().pk) == []
    with behind_the_walls():
        type(source).objects.filter(pk=source.pk).update(hidden_value="9999999999")
    assert "数值与提交时的指纹不符" in verification.verify(Draw.objects.get().pk)[0]


def test_every_state_of_a_draw_agrees(sealed, cast):
    assert verification.verify(sealed.pk) == []
    draw = throw(sealed)
    assert verification.verify(draw.pk) == []
    drawing.run(draw.pk)
    assert verification.verify(draw.pk) == []
    voiding.request_void(draw, "pool_wrong", "名录有误", by=cast.clerk)
    voiding.approve_void(draw, by=cast.supervisor)
    assert verification.verify(draw.pk) == []
