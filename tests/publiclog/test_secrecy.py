"""The log tells what is public, all of it, and nothing else: no leaf without its fact, no fact without its
leaf, nothing in a leaf that names anybody or can be guessed back to what is not public."""

import hashlib
import json
import re

import pytest
from django.utils import timezone

from inspections.draw import drawing, replacements, voiding
from inspections.models import Draw, Report
from inspections.visit import reports
from publicity.lognote import Key
from publicity.models import Disclosure
from publicity.services import publications, releases
from registries.models import Account, Inspector, JournalEntry, LogEntry, LogFile, Subject
from registries.models.journal import PUBLIC_ACTS
from registries.services import logcounts

from ..staircase import CODES, DRAWN, found_cast, inspect, lay, publish, seal_with, throw
from . import playing

pytestmark = pytest.mark.django_db

# What each public act of the journal writes into the log. What writes nothing: why.
LEAVES = {
    "itemlist.published": "list",
    "plan.published": "plan",
    "group.published": "group",
    "draw.sealed": "seal",
    "value.opened": "value",
    "draw.drawn": "result",
    "draw.infeasible": "infeasible",
    "draw.voided": "void",
    "draw.released": "release",
    "change.approved": "request",
    "change.completed": "change",
    "disclosure.published": "said",
    "disclosure.corrected": "said",
    "disclosure.ended": "said",
    "log.policy": "rules",
}
SILENT = {
    "draw.seeded": "所有数值都打开了：各有一条 value",
    "dump.made": "已公开内容的又一份，夜里做的",
    "letter.answered": "只有拿回执号的人读得到",
    "disclosure.answered": "企业对拟公示内容的答复，不公开",
}


def test_every_public_act_is_known_here():
    """Who adds one to the journal says what it writes into the log, or why nothing."""
    assert set(PUBLIC_ACTS) <= set(LEAVES) | set(SILENT)


def play_told():
    """A draw with a change, each report published, one of them withdrawn; its files released."""
    cast, drawn = found_cast(), Draw.objects.get()
    case = drawn.cases.order_by("pk").first()
    change = replacements.request(
        drawn, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="关闭"
    )
    replacements.approve(change, by=cast.head)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    for each in drawn.cases.filter(status="opened").order_by("pk"):
        publish(reports.approve(inspect(each), by=cast.head), cast)
    first = Disclosure.objects.order_by("pk").first()
    ending = publications.prepare_ending(first, "withdrawn", "登记有误", by=cast.clerk)
    publications.judge(ending, True, by=cast.head, holds=False)
    releases.release(drawn, by=cast.clerk)


all_told = lay("all_told", DRAWN, play_told, lambda _: Draw.objects.get())


def counted(bureau):
    """{kind: how many leaves}, {kind: how many public acts that write one}."""
    have, owed = {}, {}
    for kind in LogEntry.objects.filter(log__bureau=bureau).values_list("kind", flat=True):
        have[kind] = have.get(kind, 0) + 1
    for action in JournalEntry.objects.filter(bureau=bureau, action__in=LEAVES).values_list(
        "action", flat=True
    ):
        owed[LEAVES[action]] = owed.get(LEAVES[action], 0) + 1
    return have, owed


def test_no_fact_without_its_leaf_and_no_leaf_without_its_fact(all_told, bureau):
    have, owed = counted(bureau)
    assert {"change", "request", "release", "said", "value"} <= set(have)
    assert have.pop("lodge") == all_told.sources.filter(kind="dice").count()
    assert have == owed


def test_a_void_draw_has_its_leaf_and_binds_the_next(sealed, cast, bureau):
    voiding.request_void(sealed, "other", "停电", by=cast.clerk)
    drawing.run(throw(sealed).pk)
    voiding.approve_void(Draw.objects.get(), by=cast.supervisor)
    have, owed = counted(bureau)
    have.pop("lodge")
    assert have == owed
    void = json.loads(LogEntry.objects.get(kind="void").text)
    assert void["carry"] == 1 and void["reason"] == "other"


def test_a_voided_task_is_followed_and_the_monitor_agrees(sealed, cast, bureau, client, log_home):
    voiding.request_void(sealed, "other", "停电", by=cast.clerk)
    voiding.approve_void(Draw.objects.get(), by=cast.supervisor)  # its hour has come: completed first
    drawing.run(throw(sealed).pk)
    seal_with(cast, sealed.task)
    playing.sign()
    key = Key.of(playing.own_key(playing.log_of(bureau), log_home / "log")[0])
    assert playing.follow(bureau, client, log_home / "log", [(key, "")]).faults == []


def test_the_monitor_agrees_with_all_of_it(all_told, bureau, client, log_home):
    playing.sign()
    key = Key.of(playing.own_key(playing.log_of(bureau), log_home / "log")[0])
    seen = playing.follow(bureau, client, log_home / "log", [(key, "")], every=True)
    assert seen.faults == []


def test_no_leaf_names_a_firm_or_a_person(all_told, bureau):
    texts = "\n".join(LogEntry.objects.values_list("text", flat=True))
    names = set(Subject.objects.values_list("name", flat=True)) | set(
        Subject.objects.values_list("ref", flat=True)
    )
    names |= set(Inspector.objects.values_list("name", flat=True)) | set(
        Inspector.objects.values_list("ref", flat=True)
    )
    names |= set(Account.objects.exclude(display_name="").values_list("display_name", flat=True))
    names |= set(Subject.objects.exclude(credit_code="").values_list("credit_code", flat=True))
    assert len(names) > 50 and [each for each in names if each in texts] == []


def test_no_digest_can_be_guessed_back(all_told, bureau):
    """Whatever somebody can guess (names, codes, results, a payload without its nonce) gives none of them."""
    texts = LogEntry.objects.values_list("text", flat=True)
    digests = {found for text in texts for found in re.findall(r"[0-9a-f]{64}", text)}
    payloads = list(Disclosure.objects.values_list("payload", flat=True))
    guesses = [
        json.dumps(each, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for each in payloads
    ]
    guesses += [str(value) for each in payloads for value in each.values()]
    for subject in Subject.objects.all():
        guesses += [subject.name, subject.ref, f"{subject.ref}|{subject.name}"]
    guesses += list(Disclosure.objects.values_list("token", flat=True))
    assert not digests & {hashlib.sha256(each.encode()).hexdigest() for each in guesses}
    assert not digests & set(Disclosure.objects.values_list("digest", flat=True))


def test_what_is_withdrawn_leaves_nothing_behind(all_told, bureau, client):
    gone = Disclosure.objects.order_by("pk").first()
    said = [json.loads(each.text) for each in LogEntry.objects.filter(about=gone.token).order_by("n")]
    assert [each["sub"] for each in said] == ["result", "withdrawn"]
    row = LogFile.objects.get(digest=said[0]["digest"])
    assert row.text == "" and row.gone_at
    assert client.get(f"/log/{bureau.code}/file/{row.digest}").status_code == 410
    reply = client.get(f"/log/{bureau.code}/file/{said[1]['digest']}")
    assert reply.status_code == 200 and "max-age=60" in reply["Cache-Control"]
    assert client.get(f"/log/{bureau.code}/file/{'0' * 64}")["Cache-Control"] == "no-store"


def test_nothing_secret_moves_the_count(drawn, cast, bureau):
    """Visits, reports, approvals: until something is published, the count stays what it was."""
    playing.sign()
    log, last = playing.log_of(bureau), LogEntry.objects.get(kind="count")
    day = timezone.localdate().isoformat()
    was = logcounts.of(log, day, last), log.size
    for case in drawn.cases.order_by("pk"):
        reports.approve(inspect(case), by=cast.head)
    log.refresh_from_db()
    assert (logcounts.of(log, day, last), log.size) == was
    publish(Report.objects.order_by("pk").first(), found_cast(bureau))
    log.refresh_from_db()
    assert logcounts.of(log, day, last)["force"] == was[0]["force"] + 1


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint/../../../settings.py",
        "..%2f..%2fmingqian.sqlite3",
        "tile/0/../../../x",
        "tile/9999999/000",
        "file/zz",
        "log-keys/990101-1.key",
        "990101.mark",
        "",
    ],
)
def test_no_other_file_is_handed_out(all_told, bureau, client, log_home, name):
    playing.sign()
    assert client.get(f"/log/{bureau.code}/{name}").status_code == 404
    assert client.get(f"/log/000000/{name}").status_code == 404
    assert client.get(f"/log/{bureau.code}/checkpoint").status_code == 200
