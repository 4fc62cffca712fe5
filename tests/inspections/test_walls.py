"""The last wall: what SQL may not do, whoever asks; and that it stands alike on both databases."""

import psycopg2
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from config import grants
from inspections.models import Draw
from inspections.visit import reports
from inspections.watch import anchors, verification

from ..levels import APP
from ..staircase import inspect
from ..walls import as_owner

pytestmark = pytest.mark.django_db

REFUSED = [
    "UPDATE inspections_drawfile SET text = 'x'",
    "UPDATE inspections_drawfile SET name = 'openings' WHERE name = 'sealed'",
    "DELETE FROM inspections_drawfile",
    "UPDATE inspections_draw SET release_by = '2099-01-01'",
    "UPDATE inspections_draw SET number = '990101-2026-009'",
    "UPDATE inspections_draw SET result_digest = ''",
    "UPDATE inspections_draw SET status = 'seeded'",
    "UPDATE inspections_draw SET status = 'voided'",
    "DELETE FROM inspections_draw",
    "UPDATE inspections_seedsource SET value = '1111111111'",
    "UPDATE inspections_seedsource SET account_id = 1",
    "DELETE FROM inspections_seedsource",
    "UPDATE inspections_assignment SET inspector_id = (SELECT MAX(id) FROM registries_inspector)",
    "UPDATE inspections_case SET subject_id = (SELECT MAX(id) FROM registries_subject)",
    "UPDATE inspections_numberseries SET last = last + 2 WHERE kind = 'draw'",
    "UPDATE inspections_numberseries SET last = last - 1 WHERE kind = 'draw'",
    "DELETE FROM inspections_numberseries",
    "UPDATE registries_journalentry SET facts = '{}'",
    "DELETE FROM registries_journalentry",
    "UPDATE inspections_case SET status = 'started', ended_at = NULL",
    "UPDATE inspections_case SET status = 'ended' WHERE status = 'opened'",
    "UPDATE inspections_report SET status = 'drafted'",
    "UPDATE inspections_report SET evaluation = '未发现问题'",
    "UPDATE inspections_report SET review_note = '改过'",
    "INSERT INTO inspections_report (case_id, revision, status, time_text, content, record, "
    "evaluation, opinion, "
    "result_code, author_id, review_note) SELECT case_id, 2, 'approved', '', '', '', '', '', 'E0', "
    "author_id, '' "
    "FROM inspections_report",
    "UPDATE inspections_answer SET value = 'na'",
    "UPDATE inspections_answer SET id = -id",
    "DELETE FROM inspections_answer",
    "UPDATE inspections_visit_cases SET case_id = (SELECT MAX(id) FROM inspections_case)",
    "DELETE FROM inspections_visit_cases",
    "UPDATE inspections_case SET id = -id",
    "UPDATE inspections_assignment SET id = -id",
    "UPDATE registries_subject SET ref = 'X' || ref",
    "UPDATE registries_inspector SET ref = 'X' || ref",
    "UPDATE registries_account SET username = 'x' || username",
    "UPDATE registries_checkline SET requirement = '改过'",
    "DELETE FROM registries_checkline",
    "INSERT INTO registries_checkline (item_id, number, heading, requirement, violation, basis, "
    "measure, penalty_basis, "
    "how, scoring, is_mandatory, is_major) SELECT item_id, 99, '', 'x', '', '', '', '', '', '', TRUE, TRUE "
    "FROM registries_checkline",
    "UPDATE registries_item SET basis = 'x'",
    "DELETE FROM registries_item",
    "UPDATE registries_itemlist SET status = 'drafted'",
    "INSERT INTO registries_relation (bureau_id, inspector_id, scope, subject_id, scope_text, "
    "ground_id, relative, "
    "evidence, source, status, since, review_note) SELECT i.bureau_id, i.id, 'enterprise', s.id, '', "
    "g.id, '', '', 'self', "
    "'confirmed', '2026-01-01', '' FROM registries_inspector i, registries_subject s, "
    "registries_recusalground g",
    "UPDATE registries_itemlist SET effective_from = '2030-01-01'",
    "DELETE FROM registries_itemlist",
    "INSERT INTO registries_journalentry (bureau_id, seq, at, actor, action, about, facts, prev, digest) "
    "SELECT bureau_id, seq + 1, '20000-01-01', actor, action, about, facts, digest, 'x' FROM "
    "registries_journalentry "
    "WHERE id = (SELECT MAX(id) FROM registries_journalentry)",
    # a journal row that leaves a gap; a draw that leaves one; a draw that forks the series
    "INSERT INTO registries_journalentry (bureau_id, seq, at, actor, action, about, facts, prev, digest) "
    "SELECT bureau_id, seq + 2, at, actor, action, about, facts, digest, 'x' FROM registries_journalentry",
]


@pytest.fixture
def reported(drawn, cast):
    """The draw, one of its cases inspected and its report approved with a note."""
    reports.approve(inspect(drawn.cases.order_by("pk").first()), "同意", by=cast.head)
    return drawn


_COPY = (
    "bureau_id, task_id, '{number}', 'voided', '{commitment}', {prev}, after, public_facts, "
    "seed_at, release_by, redraw_max, sealed_at, sealed_by_id, '', NULL, 0, NULL, '', 'x', "
    "'', 1, 2, NULL"
)


@pytest.mark.parametrize("who", ["app", "owner"])
def test_refused_with_sql(reported, who):
    as_whom = connection.cursor if who == "app" else as_owner
    before = anchors.take()["bureaus"]
    for statement in REFUSED:
        try:
            with transaction.atomic(), as_whom() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            continue
        pytest.fail(f"not refused: {statement}")
    assert anchors.take()["bureaus"] == before
    assert verification.verify(Draw.objects.get().pk) == []


@pytest.mark.parametrize("number", ["990101-{year}-001", "990101-{year}-003", "990101-{year}-02"])
def test_a_second_draw_cannot_be_inserted_past_the_series(drawn, number):
    year = drawn.number.split("-")[1]
    columns = ", ".join(
        [
            "bureau_id",
            "task_id",
            "number",
            "status",
            "commitment",
            "prev",
            "after",
        ]
        + ["public_facts", "seed_at", "release_by", "redraw_max", "sealed_at", "sealed_by_id"]
        + [
            "result_digest",
            "drawn_at",
            "attempts",
            "attempted_at",
            "attempt_error",
            "void_reason",
        ]
        + ["void_note", "void_requested_by_id", "void_approved_by_id", "voided_at"]
    )
    for prev in ("commitment", "prev"):
        copied = _COPY.format(number=number.format(year=year), commitment="f" * 64, prev=prev)
        with pytest.raises(DatabaseError), transaction.atomic(), as_owner() as cursor:
            cursor.execute(f"INSERT INTO inspections_draw ({columns}) SELECT {copied} FROM inspections_draw")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE inspections_draw DISABLE TRIGGER ALL",
        "DROP TRIGGER inspections_draw_freeze ON inspections_draw",
        "SET session_replication_role = replica",
        "SELECT set_config('session_replication_role', 'replica', true)",
        "TRUNCATE inspections_draw CASCADE",
        "DROP TABLE registries_journalentry",
        "CREATE OR REPLACE FUNCTION mingqian_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
        "RETURN NEW; END'",
        "CREATE TABLE public.mine (id int)",
        "SET ROLE mingqian_owner",
        "SET SESSION AUTHORIZATION mingqian_owner",
        "ALTER ROLE mingqian_app SUPERUSER",
    ],
)
def test_the_application_cannot_take_the_wall_down(db, statement):
    if not APP:
        pytest.skip("SQLite 没有角色：只能由核验对照锚点发现，见下面的检验")
    made = connection.settings_dict
    # A sign-in of its own: the tests' connection belongs to the administrator and only plays the role.
    as_app = psycopg2.connect(host=made["HOST"], port=made["PORT"], dbname=made["NAME"], user=APP)
    try:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), as_app.cursor() as cursor:
            cursor.execute(statement)
    finally:
        as_app.close()


def test_every_table_has_its_rights_and_no_more(db):
    if not APP:
        pytest.skip("SQLite 没有角色")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            wanted = set(grants.RIGHTS.get(table, grants.CHANGE).split(", "))
            held = set()
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
                cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [APP, table, right])
                held |= {right} if cursor.fetchone()[0] else set()
            assert held == wanted, table


def test_both_databases_have_the_same_walls(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        walls = {(table, name.removeprefix(f"{table}_").split("_")[0]) for table, name in cursor.fetchall()}
    assert walls == {
        *(
            (f"registries_{table}", "refuse")
            for table in ("logentry", "logbranch", "loghead", "cosignature", "publiclog")
        ),
        *(("registries_publiclog", each) for each in ("freeze", "grows")),
        ("registries_logentry", "next"),
        ("registries_logfile", "freeze"),
        *(("registries_consent", each) for each in ("refuse", "freeze", "second")),
        *(("registries_rolegrant", each) for each in ("apart", "still")),
        *(("registries_subjectmove", each) for each in ("refuse", "freeze")),
        *(
            (table, each)
            for table in (
                "registries_delivery",
                "registries_deliveryrow",
                "publicity_handedrow",
                "inspections_discredit",
            )
            for each in ("refuse", "freeze", "moves")
        ),
        *(("inspections_departmentword", each) for each in ("refuse", "freeze", "moves")),
        *(("registries_othervisit", each) for each in ("refuse", "freeze")),
        *(("inspections_firmword", each) for each in ("refuse", "freeze", "moves")),
        *(("inspections_serviceaddress", each) for each in ("refuse", "freeze")),
        *(("inspections_onlineservice", each) for each in ("refuse", "freeze")),
        ("inspections_firmfile", "refuse"),
        *((table, "refuse") for table in ("registries_sourcerecord", "publicity_shape", "publicity_batch")),
        ("publicity_dailydigest", "refuse"),
        ("registries_subject", "moved"),
        ("inspections_listsignature", "refuse"),
        *(("inspections_redflag", each) for each in ("refuse", "freeze")),
        *(
            (f"inspections_{each}", "refuse")
            for each in (
                "draw",
                "drawfile",
                "seedsource",
                "change",
                "case",
                "assignment",
                "visit",
                "report",
                "document",
                "numberseries",
                "answer",
                "visit_cases",
                "lotteryentry",
                "minutes",
                "disc",
                "disccheck",
                "partnerdraw",
                "scheme",
                "jointvisit",
                "recusalrequest",
                "upload",
                "exhibit",
                "cleancopy",
                "confirmation",
                "look",
                "verdict",
                "reinspection",
                "caseevent",
                "penalty_findings",
                "transfer_findings",
                "filing",
                "paper",
                "paperform",
                "penalty",
                "transfer",
                "lentnumber",
            )
        ),
        *(
            (f"inspections_{each}", "freeze")
            for each in (
                "draw",
                "seedsource",
                "change",
                "case",
                "assignment",
                "visit",
                "report",
                "numberseries",
                "scheme",
                "recusalrequest",
                "jointvisit",
                "filing",
                "finding",
                "paper",
                "penalty",
                "transfer",
                "lentnumber",
            )
        ),
        *(
            (f"inspections_{each}", "moves")
            for each in (
                "scheme",
                "recusalrequest",
                "jointvisit",
                "finding",
                "paper",
                "filing",
                "penalty",
                "transfer",
                "lentnumber",
            )
        ),
        *((f"inspections_{each}", "moves") for each in ("plan", "task")),
        ("inspections_redflag", "about"),
        *((each, "refuse") for each in ("publicity_reply", "publicity_returnlayout", "registries_course")),
        *(("publicity_yearreport", each) for each in ("refuse", "freeze", "moves")),
        ("inspections_proposal", "follows"),
        *(
            (f"inspections_{each}", wall)
            for each in ("directive", "assigned")
            for wall in ("moves", "freeze")
        ),
        ("inspections_assigned", "refuse"),
        *(
            (f"registries_{each}", wall)
            for each in ("loanrequest", "lending")
            for wall in ("moves", "freeze", "refuse")
        ),
        ("registries_journalentry", "here"),
        ("registries_bureau", "freeze"),
        ("registries_relation", "follows"),
        *((f"registries_{each}", "moves") for each in ("importrun", "itemlist", "subjectevent", "consent")),
        ("inspections_lentnumber", "begins"),
        ("inspections_paper", "owes"),
        ("inspections_finding", "noted"),
        ("inspections_visit", "over"),
        ("inspections_case", "ended"),
        ("inspections_plan", "stands"),
        ("inspections_task", "stands"),
        *(
            (f"inspections_{table}", name)
            for table in ("planline", "tasksubject")
            for name in ("begins", "stands", "stays")
        ),
        *(("inspections_taskstratum", name) for name in ("begins", "stands", "stays")),
        ("inspections_draw", "of"),
        ("inspections_drawfile", "of"),
        ("inspections_task", "keeps"),
        ("inspections_draw", "tells"),
        ("inspections_seedsource", "second"),
        ("inspections_draw", "next"),
        ("inspections_draw", "moves"),
        ("inspections_change", "moves"),
        ("inspections_case", "moves"),
        ("inspections_report", "moves"),
        ("inspections_report", "begins"),
        ("registries_leadinggroup", "freeze"),
        ("registries_leadinggroup", "refuse"),
        *(("registries_leadingmember", each) for each in ("begins", "stands", "refuse")),
        ("registries_subject", "freeze"),
        ("registries_inspector", "freeze"),
        ("registries_account", "freeze"),
        ("inspections_numberseries", "begins"),
        ("inspections_numberseries", "steps"),
        ("inspections_answer", "while"),
        ("inspections_answer", "still"),
        *(
            (f"registries_{each}", "refuse")
            for each in ("journalentry", "subject", "inspector", "relation", "storedfile")
        ),
        ("registries_journalentry", "next"),
        ("registries_journalentry", "salted"),
        *(
            (f"publicity_{each}", "refuse")
            for each in (
                "disclosure",
                "release",
                "ending",
                "enclosure",
                "ticket",
                "dump",
                "publication",
                "letter",
            )
        ),
        *((f"publicity_{each}", name) for each in ("publication", "letter") for name in ("freeze", "moves")),
        ("registries_subjectchange", "refuse"),
        ("registries_batchchange", "refuse"),
        ("registries_batchchange", "freeze"),
        ("registries_declaration", "refuse"),
        ("registries_relation", "freeze"),
        ("registries_relation", "moves"),
        ("registries_relation", "begins"),
        ("inspections_proposal", "moves"),
        ("registries_itemlist", "freeze"),
        ("registries_itemlist", "refuse"),
        *(
            (f"registries_{each}", name)
            for each in ("item", "checkline", "item_articles", "item_categories")
            for name in ("begins", "stands", "stays")
        ),
        *(("inspections_plandays", name) for name in ("begins", "stands", "stays")),
        ("inspections_proposal", "freeze"),
        ("inspections_proposal", "refuse"),
        ("inspections_penalty", "stands"),
        ("inspections_case", "filed"),
        *(
            (f"inspections_{each}", "refuse")
            for each in ("outcome", "penaltystep", "restraint", "extension", "delegate")
        ),
        *(
            (f"inspections_{each}", "refuse")
            for each in ("sheet", "supplement", "supplement_exhibits", "ruling", "entry")
        ),
        *(("inspections_entry", name) for name in ("freeze", "moves")),
        *(
            (f"inspections_{each}", name)
            for each in ("restraint", "extension")
            for name in ("freeze", "moves")
        ),
    }


def test_the_walls_know_the_same_moves_as_the_state_tables(db):
    """Every noun with a table of states: its database knows the same moves, cell by cell."""
    models = {each._meta.db_table: each for each in apps.get_models() if hasattr(each, "State")}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prorettype = 'trigger'::regtype")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        walls = {}
        for name, text in cursor.fetchall():
            table, _, kind = name.rpartition("_")
            if kind in ("moves", "follows"):
                walls[table] = walls.get(table, "") + text
    assert models.keys() == walls.keys()
    compared = 0
    for table, text in walls.items():
        for before in models[table].State:
            for after in models[table].State:
                said = (
                    f"'{before.value}>{after.value}'",
                    f"(OLD.status = '{before.value}' AND NEW.status = '{after.value}')",
                )
                is_there = any(each in text for each in said)
                assert is_there == (after in before.following), (table, before, after)
                compared += 1
    assert compared > 300


def test_a_temporary_table_does_not_answer_for_the_real_one(reported):
    if not APP:
        pytest.skip("SQLite 的触发器不看临时表")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE inspections_case (id bigint, status text, ended_at date)")
