"""Nothing guessable is published: whoever has all public bytes, the register, the names, the rules and the
code finds no entry of the journal, no role, no drawn enterprise and no result that is not public; and nothing
public moves with an act that is not."""

import hashlib
import json
import re
import subprocess
from datetime import UTC, timedelta

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.utils import timezone

from inspections import engine
from inspections.case import opening
from inspections.draw import drawrecord
from inspections.models import Document, Draw
from inspections.papers import notices
from inspections.visit import findings, recusals, reports, visits
from inspections.watch import anchors, discs
from publicity import daily
from publicity.models import Disclosure, Dump
from publicity.reading import record_of
from publicity.services import dumps, letters, releases
from registries.models import JournalEntry, LogEntry, LogFile, StoredFile
from registries.services import accounts, confirming, journal, relations, storage, subjects

from ..staircase import inspect, publish
from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/items/",
    "/items/A01/",
    "/plans/",
    "/group/",
    "/news/",
    "/statistics/",
    "/changes/",
    "/changes.rss",
    "/anchor.json",
    "/draws/",
    "/results/",
    "/results.rss",
    "/results.csv",
    "/results.json",
    "/penalties/",
    "/penalties.csv",
    "/penalties.json",
    "/embed/results/",
    "/verify/",
    "/log/",
    "/data/",
    "/data/gsxt.csv",
    "/endings.csv",
    "/data/catalog.jsonld",
    "/letters/",
    "/sitemap.xml",
    "/healthz",
    "/api/v1/results",
    "/api/v1/draws",
    "/api/v1/items",
    "/api/v1/changes",
]


def crawl(client):
    """{address: bytes} of everything the public can take today: pages, files of draws,
    every version of the data."""
    addresses = list(PAGES)
    for draw in Draw.objects.all():
        addresses += [f"/draws/{draw.number}/", f"/api/v1/draws/{draw.number}"]
        names = (
            "commit.json",
            "result.json",
            "changes.json",
            "openings.json",
            "names.json",
            "record.pdf",
            "record-renewed.pdf",
        )
        addresses += [f"/draws/{draw.number}/{name}" for name in names]
    for dump in Dump.objects.all():
        addresses += [
            f"/data/{dump.day}/{name}" for name in (*dump.files, "SHA256SUMS", "anchor-renewed.json")
        ]
    found = {}
    for each in addresses:
        for cache in caches.all():
            cache.clear()
        answer = client.get(each)
        found[each] = answer.getvalue() if answer.status_code == 200 else b""
    # the public log: every leaf as its bundles hold it, every file that a leaf names
    found["leaves"] = "\n".join(LogEntry.objects.order_by("log", "n").values_list("text", flat=True)).encode()
    for code, digest in LogFile.objects.values_list("bureau__code", "digest"):
        answer = client.get(f"/log/{code}/file/{digest}")
        found[f"/log/{code}/file/{digest}"] = answer.getvalue() if answer.status_code == 200 else b""
    return found


def guessed(entries):
    """What an outsider who guesses each entry rightly, to the microsecond, would look for: its
    digest without secret bits."""
    for each in entries:
        parts = [
            each.bureau.code,
            each.seq,
            _at(each),
            each.actor,
            each.action,
            each.about,
            each.facts,
            each.prev,
        ]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        yield hashlib.sha256(text.encode()).hexdigest(), each


def _at(entry):
    return entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(data):
    """What somebody reads: the text of a PDF, whose own bytes are compressed; a
    hash that wraps is one word."""
    if data[:5] != b"%PDF-":
        return data
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=True).stdout
    return b"".join(text.split())


def search(public):
    """Every entry, and every kept file that is not handed out, whose hash stands anywhere in public bytes."""
    # From every place on: two hashes may stand side by side in a PDF's text.
    told = {
        each.decode() for data in public.values() for each in re.findall(rb"(?=([0-9a-f]{64}))", plain(data))
    }
    handed = {hashlib.sha256(data).hexdigest() for data in public.values()}
    found = [
        f"entry {entry.seq} {entry.action}"
        for digest, entry in guessed(JournalEntry.objects.select_related("bureau"))
        if digest in told
    ]
    found += [f"head {entry.seq}" for entry in JournalEntry.objects.all() if entry.digest in told]
    found += [
        f"file {each}"
        for each in StoredFile.objects.values_list("digest", flat=True)
        if each in told - handed
    ]
    return found


def a_day_of_acts(draw, cast, inspectors):
    """What is done behind the window between two visits of a citizen, each by itself: (what, act)."""
    case = draw.cases.filter(status="opened").order_by("pk").first()
    member = case.team()[0].inspector.account
    yield "notice", lambda: notices.issue(case, by=member)
    yield "start", lambda: visits.start(case, by=member)
    lines = {each["key"]: ("pass", "") for each in opening.lines_of(case)}
    first = next(iter(lines))
    yield "answer", lambda: visits.answer(case, lines | {first: ("fail", "护栏缺失")}, by=member)
    yield "finding", lambda: findings.write(case.findings.get(), by=member, measure="责令限期改正")
    yield "end", lambda: visits.end(case, by=member, record="逐项检查。", met="何某")
    yield "report", lambda: reports.draft(case, by=member)
    yield (
        "recusal",
        lambda: recusals.ask(
            draw.cases.filter(status="opened").last(),
            draw.cases.filter(status="opened").last().team()[0].inspector,
            applicant="subject",
            channel="scan",
            text="与本企业有债务",
            contact="13900000000",
        ),
    )
    yield "declaration", lambda: relations.declare(inspectors[0], by=inspectors[0].account)
    yield "letter", lambda: letters.hand_in(cast.clerk.bureau, "report", "某厂夜里排烟", subject_said="某厂")
    yield (
        "role",
        lambda: confirming.confirm(
            accounts.ask_account(cast.clerk.bureau, "newcomer", "新来某", ["head"], by=cast.officer)[0],
            by=cast.security,
        ),
    )
    firm = case.subject
    yield (
        "event",
        lambda: subjects.judge_event(
            firm.events.create(
                code="complaint", happened_on=timezone.localdate(), source="来电", recorded_by=cast.clerk
            ),
            True,
            by=cast.head,
        ),
    )
    yield (
        "left",
        lambda: subjects.take_out(
            firm.__class__.objects.filter(bureau=firm.bureau, cases=None).last(), "closed", by=cast.head
        ),
    )
    yield "inner record", lambda: drawrecord.issue(draw, "inner", by=cast.clerk)
    yield "inner disc", lambda: discs.export(draw, by=cast.supervisor)
    yield "sign-out", lambda: journal.write("account.left", by=cast.officer, about="account 1")


@pytest.mark.slow
def test_no_public_byte_moves_with_an_act_that_is_not_public(client, drawn, cast, inspectors):
    dumps.make_all()
    before = crawl(client)
    for what, act in a_day_of_acts(drawn, cast, inspectors):
        act()
        after = crawl(client)
        assert {each for each in after if after[each] != before.get(each)} == set(), what


@pytest.mark.slow
def test_over_a_week_nothing_is_found_in_all_public_bytes(client, drawn, cast, inspectors, monkeypatch):
    public, today = {}, timezone.localdate()
    acts = list(a_day_of_acts(drawn, cast, inspectors))
    for day in range(7):
        for _, act in acts[day * 2 : day * 2 + 2]:
            act()
        if day == 5:
            other = drawn.cases.filter(status="opened").first()
            publish(reports.approve(inspect(other), by=cast.head), cast)
        dumps.make_all(today - timedelta(days=6 - day))
        public |= {f"{day} {path}": data for path, data in crawl(client).items()}
    with behind_the_walls():
        Draw.objects.update(release_by=today)
    releases.release_due()
    public |= crawl(client)
    assert Document.objects.filter(edition="public", public_day__isnull=False).exists()
    assert any(data[:5] == b"%PDF-" for data in public.values())
    assert search(public) == []


def test_the_same_search_finds_it_in_what_was_published_before(client, drawn, cast, inspectors, monkeypatch):
    """The control: the anchor as it used to be handed out, over entries as they used to be."""
    monkeypatch.setattr(journal.secrets, "token_hex", lambda n: "")
    with behind_the_walls():
        journal.write("letter.answered", by=cast.clerk, about="letter 1", facts={"true": True})
    assert search({"/anchor.json": engine.dump(anchors.take())}) != []


def test_the_search_reads_inside_a_pdf(drawn, cast):
    """The control: the inner record bears the journal's head, and is handed to nobody in public."""
    inner = drawrecord.issue(drawn, "inner", by=cast.clerk).file.read()
    assert any(each.startswith("head") for each in search({"/record.pdf": inner}))


# -- what was published before the upgrade --------------------------------------------------------------


@pytest.fixture
def before(released, cast):
    """A version of the data and a record as they were published with the journal's head."""
    head = engine.dump(anchors.take())
    (made, *_) = dumps.make_all(timezone.localdate() - timedelta(days=30))
    kept = storage.keep(head, "application/json")
    files = made.files | {"anchor.json": {"sha256": kept.digest, "size": kept.size}}
    with behind_the_walls():
        Dump.objects.filter(pk=made.pk).update(files=files)
        Document.objects.filter(draw=released.draw, edition="public").update(public_day=None)
    made.refresh_from_db()
    return made


def test_old_versions_answer_410_with_the_reason_and_a_corrected_one_beside_them(client, before):
    day = f"/data/{before.day}"
    for name in ("anchor.json", "datapackage.json"):
        gone = client.get(f"{day}/{name}")
        assert gone.status_code == 410 and "anchor-renewed.json" in gone.content.decode()
    renewed = client.get(f"{day}/anchor-renewed.json")
    assert renewed.json() == daily.anchor(before.day - timedelta(days=1), before.bureau_id)
    sums = dict(
        reversed(line.split("  ")) for line in client.get(f"{day}/SHA256SUMS").content.decode().splitlines()
    )
    assert sums["anchor-renewed.json"] == hashlib.sha256(renewed.content).hexdigest()
    assert not {"anchor.json", "datapackage.json"} & set(sums) and "results.csv" in sums
    assert before.files["anchor.json"]["sha256"] not in "".join(
        map(bytes.decode, crawl(client)[f"{day}/SHA256SUMS"].splitlines())
    )
    page = client.get("/data/").content.decode()
    assert "anchor.json（已停止提供）" in page and f"{day}/anchor-renewed.json" in page
    assert "anchor.json" not in client.get("/data/catalog.jsonld").content.decode()
    assert client.get(f"/data/{timezone.localdate()}/anchor-renewed.json").status_code == 404


def test_an_old_record_answers_410_until_it_is_made_again_without_the_head(client, released, before):
    path = f"/draws/{released.draw.number}/"
    assert (
        client.get(f"{path}record.pdf").status_code == 410
        and client.get(f"{path}record-renewed.pdf").status_code == 404
    )
    assert "尚未制作" in client.get(path).content.decode()
    assert releases.renew_records() == 1 and releases.renew_records() == 0
    assert client.get(f"{path}record.pdf").status_code == 410
    assert client.get(f"{path}record-renewed.pdf").content[:5] == b"%PDF-"
    assert f"{path}record-renewed.pdf" in client.get(path).content.decode()
    first, renewed = record_of(released)
    assert first is None and releases.files_of(released.draw)["record.pdf"] == renewed.read()


# -- the public digest of a day ----------------------------------------------------------------------------


def test_a_days_digest_stands_and_names_what_was_changed_later(client, released, tmp_path, capsys):
    today = timezone.localdate()
    told = daily.of(released.bureau, today)
    assert told == daily.of(released.bureau, today)
    kept = tmp_path / "anchor.json"
    kept.write_bytes(engine.dump(daily.anchor(today)))
    call_command("verify_draw", all=True, anchor=str(kept))
    disclosure = Disclosure.objects.filter(kind="result").first()
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE publicity_disclosure SET digest = %s WHERE id = %s", ["0" * 64, disclosure.pk])
    assert list(daily.faults(released.bureau, told)) and not list(daily.faults(released.bureau, {"seq": 1}))
    with pytest.raises(SystemExit):
        call_command("verify_draw", all=True, anchor=str(kept))
    assert "与当日的总指纹不符" in capsys.readouterr().out


def test_what_is_published_later_leaves_an_earlier_day_as_it_was(drawn, cast):
    yesterday = timezone.localdate() - timedelta(days=1)
    told = daily.of(drawn.bureau, yesterday)
    publish(reports.approve(inspect(drawn.cases.first()), by=cast.head), cast)
    assert daily.of(drawn.bureau, yesterday) == told and daily.of(drawn.bureau, timezone.localdate()) != told


def test_the_public_disc_carries_the_digest_and_the_inner_one_the_head(released, cast):
    public = releases.disc(released.draw, "drawn", by=cast.clerk)
    inner = discs.export(released.draw, by=cast.supervisor)
    day = timezone.localdate(released.draw.drawn_at) - timedelta(days=1)
    assert daily.of(released.bureau, day)["digest"].encode() in public
    heads = {each.digest.encode() for each in JournalEntry.objects.filter(bureau=released.bureau)}
    assert not any(each in public for each in heads) and any(each in inner for each in heads)
    assert releases.disc(released.draw, "drawn", by=cast.clerk) == public


def test_an_entry_without_its_random_bits_is_refused_and_named(bureau, cast, monkeypatch):
    entry = journal.write("account.left", by=cast.officer, about="account 1")
    assert len(entry.salt) == 32 and entry.digest == journal.digest_of(entry)
    assert journal.verify(bureau)[1] == []
    monkeypatch.setattr(journal.secrets, "token_hex", lambda n: "")
    with behind_the_walls():
        journal.write("account.left", by=cast.officer, about="account 2")
    assert any("没有随机附加数" in each for each in journal.verify(bureau)[1])


def test_made_up_questions_reach_no_page_of_their_own(client, released, settings):
    settings.PUBLIC_SECONDS = 60
    first = client.get("/results/?town=%E7%9F%B3%E6%A1%A5%E4%B9%A1&order=name")
    for path in (
        "/results/?order=name&town=石桥乡&utm=1",
        "/results/?x=2&order=name&town=石桥乡",
        "/statistics/?year=2026&y=1",
    ):
        client.get(path)
    kept = len(caches["default"]._cache)
    for n in range(50):
        assert client.get(f"/results/?town=石桥乡&made{n}=up&order=name").content == first.content
        client.get(f"/statistics/?n={n}&year=2026")
        client.get(f"/api/v1/items?n={n}")
    assert len(caches["default"]._cache) <= kept + 2


def test_the_names_that_were_released_are_covered_too(released):
    told = daily.of(released.bureau, timezone.localdate())
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE publicity_release SET names = %s WHERE id = %s", ["{}", released.pk])
    assert list(daily.faults(released.bureau, told))


def test_a_day_is_over_when_what_was_stamped_in_it_is_committed(bureau, monkeypatch):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for minutes, back in ((5, 2), (11, 1)):
        monkeypatch.setattr(daily.timezone, "now", lambda at=midnight + timedelta(minutes=minutes): at)
        assert daily.latest() == midnight.date() - timedelta(days=back)
    assert daily.of(bureau)["day"] == (midnight.date() - timedelta(days=1)).isoformat()
