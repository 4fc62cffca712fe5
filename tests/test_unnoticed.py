"""Rules that stood, and that no test noticed when they were taken away: found by planting
faults (docs/decisions/0032)."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from config import grants
from config.demo import invented
from inspections.after import penalties, restraints, transfers
from inspections.case import opening
from inspections.draw import replacements
from inspections.engine import draw
from inspections.engine.canonical import Malformed, dump, load
from inspections.models import Plan, Report
from inspections.plan import plans
from inspections.visit import completeness, duties, findings, visits
from inspections.watch import discs
from publicity.services import publications
from registries.models import ImportRun, RoleGrant

from .engine.conftest import judges, standing  # noqa: F401  (fixtures)
from .engine.instances import files, make
from .inspections.papers.test_papers import visited
from .staircase import inspect, refused_with
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def also(account, role):
    """The account holds a second role: its rights are there, and it is still one person."""
    RoleGrant.objects.create(account=account, role=role, since=timezone.localdate())
    return type(account).objects.get(pk=account.pk)


# -- two persons are two, whatever roles one of them holds -------------------------------------------------


def test_a_change_is_not_approved_by_who_asked_for_it(drawn, cast, case):
    both = also(cast.clerk, "head")
    person = case.team()[0].inspector
    asked = replacements.request(
        drawn,
        "inspector",
        person.ref,
        by=both,
        reason="ill",
        note="发烧",
        task=case.subject.ref,
        scope="task",
    )
    with refused_with("same_person"):
        replacements.approve(asked, by=both)
    assert replacements.approve(asked, by=cast.head).status == "approved"


def test_a_plan_and_a_task_are_not_approved_by_who_drafted_them(bureau, cast, make_task):
    both = also(cast.clerk, "head")
    drafted = Plan.objects.create(
        bureau=bureau, year=timezone.localdate().year, title="另一份", drafted_by=both
    )
    with refused_with("same_person"):
        plans.approve(drafted, by=both)
    with refused_with("same_person"):
        plans.approve_task(make_task(approved=False), by=both)


def test_a_statement_is_not_let_out_by_who_prepared_it(approved, cast):
    both = also(cast.clerk, "head")
    prepared = publications.prepare_result(Report.objects.get(), by=both)
    with refused_with("same_person"):
        publications.judge(prepared, True, by=both)
    assert publications.judge(prepared, True, by=cast.head)


def test_a_penalty_file_is_not_opened_by_one_of_the_team(case, cast):
    report = inspect(case, fails=["A01.1"])
    asked = penalties.propose(
        case, case.findings.all(), "未设标志", "检查发现。", "建议立案。", by=report.author
    )
    other = also(case.team()[1].inspector.account, "head")
    with refused_with("same_person"):
        penalties.judge(asked, True, "同意", by=other)


def test_a_suspected_crime_is_reported_by_two(case, cast):
    by = visited(case)
    told = dict(found=case.findings.all(), basis="刑法第134条", attachments="")
    with refused_with("transfer_two"):
        transfers.propose(case, "police", "县公安局", "涉嫌重大责任事故罪。", by=by, second=by, **told)


def test_a_disc_is_burnt_by_one_and_watched_by_another(drawn, cast):
    with refused_with("disc_same_person"):
        discs.enter(
            drawn,
            by=cast.supervisor,
            number="G-1",
            moment="drawn",
            edition="inner",
            digest="a" * 64,
            burnt_by="李某",
            witness=" 李某 ",
            kept_at="档案室",
        )


def test_one_alone_does_not_set_out(case, cast):
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_assignment SET until = %s WHERE id = %s", [timezone.now(), case.team()[1].pk]
        )
    assert case.team().count() == 1
    with refused_with("team_short"):
        visits.start(case, by=case.team()[0].inspector.account)


# -- problems and clocks -------------------------------------------------------------------------------------


def test_a_major_hazard_is_not_put_right_with_a_word(case, cast):
    by = case.team()[0].inspector.account
    visits.start(case, by=by)
    others = {line["key"]: ("pass", "") for line in opening.lines_of(case)}
    visits.answer(case, others | {"A01.1": ("fail", "现场看到")}, by=by)
    finding = case.findings.get()
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_finding SET is_major = TRUE WHERE id = %s", [finding.pk])
    findings.write(finding, by=by, disposal="fixed", major_reason="当场改了")
    with refused_with("major_fixed"):
        completeness.require(case, timezone.localdate())


def test_what_happens_in_one_thread_stops_no_clock_of_another(case, cast):
    by = visited(case)
    one, other = (restraints.take(case, "seizure", what, by=by) for what in ("空压机", "切割机"))
    running = _titles(case)
    restraints.end(other, "已发还", by=by)
    assert len(_titles(case)) == len(running) - 1 and "查封、扣押期限" in _titles(case)
    with refused_with("stale"):
        restraints.end(other, "再发还一次", by=by)
    restraints.end(one, "已发还", by=by)
    assert "查封、扣押期限" not in _titles(case)


def _titles(case):
    """Of the case alone, and read out of the whole bureau's: two ways of asking, one answer."""
    alone = [each.title for each in duties.running(case.bureau, cases=[case])]
    assert alone == [each.title for each in duties.running(case.bureau) if each.case == case]
    return alone


# -- files ---------------------------------------------------------------------------------------------------


def test_a_file_has_one_spelling_only():
    value = {"a": [1, "二"], "b": "x"}
    assert load(dump(value), "x") == value
    loose = json.dumps(value, ensure_ascii=False).encode()
    assert load(loose, "x", exact=False) == value
    with pytest.raises(Malformed):
        load(loose, "x")


def test_a_cut_that_proves_nothing_is_refused(judges):  # noqa: F811
    """Well formed, of the draw's own enterprises and people, but with seats enough: no
    reason to pass anybody over."""
    found = None
    for number in range(60, 200):
        commit, sealed, sources = make(number, people=14, slack_pct=0)
        drawn = draw(*files(commit, sealed, sources))
        log = drawn.result.get("log", [])
        at = next((n for n, line in enumerate(log) if line[2]), None)
        if at is not None and len(log[at][2]) > 1:
            found = commit, drawn, at
            break
    assert found
    commit, drawn, at = found
    result = json.loads(dump(drawn.result))
    result["log"][at][2] = result["log"][at][2][:1]  # fewer enterprises want fewer seats than there are
    verdicts = judges(dump(commit), dump(result), drawn.openings_bytes)
    assert not any(accepted for accepted, _ in verdicts.values()), verdicts


# -- the database and the bell
# ---------------------------------------------------------------------------------


def test_no_right_is_granted_that_a_trigger_refuses():
    """config/grants.py against the walls themselves: what a table refuses for good, the
    application is not given."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, t.tgtype FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'mingqian_refuse' AND t.tgname "
                "LIKE '%_refuse'"
            )
            walls = {
                (table, verb)
                for table, kind in cursor.fetchall()
                for bit, verb in ((8, "DELETE"), (16, "UPDATE"))
                if kind & bit
            }
        else:
            cursor.execute(
                "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_refuse_%'"
            )
            walls = {(table, name.rsplit("_", 1)[1].upper()) for table, name in cursor.fetchall()}
    assert len(walls) > 60
    for table, verb in walls:
        assert verb not in grants.RIGHTS.get(table, grants.CHANGE), (table, verb)


def test_an_import_is_compared_after_its_commit(client, cast, django_capture_on_commit_callbacks):
    client.force_login(cast.clerk)
    file = SimpleUploadedFile("名录.csv", invented.register_csv(), "text/csv")
    with django_capture_on_commit_callbacks(execute=True) as rung:
        client.post("/admin/registries/subject/act/upload/", {"file": file, "encoding": ""})
    assert rung and ImportRun.objects.get().lines.exists()
