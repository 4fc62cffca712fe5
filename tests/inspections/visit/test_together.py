"""Two people, one record: what each said is kept under his name, a disagreement is the leader's, and what
comes after the signing changes no signed record."""

import itertools
import json
import random
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from inspections.case import opening
from inspections.models import Answer, Case, Entry, Exhibit
from inspections.visit import filings, lines, merging, reports, sheets, uploads, visits

from ...signed import Signed, photo, send_lines
from ...staircase import refused_with

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
VALUES = ["pass", "fail", "na", "skip"]


def an_entry(dice, n):
    at = f"2026-11-26T09:{dice.randrange(60):02d}:00.{n:03d}Z"
    note = dice.choice(["", "", "看到", "别的"])
    return {"by": dice.choice("ABC"), "value": dice.choice(VALUES), "note": note, "at": at, "way": ""}


def a_ruling(dice, entries):
    last = merging._last(entries)
    chosen = dice.choice(last)
    over = [[each["by"], each["at"]] for each in last]
    return {"by": chosen["by"], "at": chosen["at"], "over": over[: dice.choice([len(over), len(over), 1])]}


def test_phone_and_server_merge_alike_in_any_order():
    dice, asked = random.Random(21), []
    for _ in range(400):
        entries = [an_entry(dice, n) for n in range(dice.choice([0, 1, 2, 2, 3, 5]))]
        asked.append([entries, a_ruling(dice, entries) if entries and dice.random() < 0.4 else None])
    here = [merging.merge(*each) for each in asked]
    script = (ROOT / "static/js/field-merge.js").read_text()
    program = (
        script + "; const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(asked.map((each) => { const m = FieldMerge.merge(...each);"
        " return {stands: m.stands, is_open: m.isOpen, aside: m.aside}; })))"
    )
    run = subprocess.run(
        ["node", "-e", program], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == here
    for (entries, ruling), one in zip(asked, here, strict=True):
        for other in itertools.islice(itertools.permutations(entries), 6):
            assert merging.merge(list(other), ruling) == one
    assert {each["is_open"] for each in here} == {True, False}


def said(by, value, note="", at=1):
    return {"by": by, "value": value, "note": note, "at": f"2026-11-26T09:00:0{at}.000Z", "way": ""}


def test_the_rules_of_merging():
    def stands(*entries, ruling=None):
        merged = merging.merge(list(entries), ruling)
        return merged["stands"]["by"], merged["is_open"], [each["by"] for each in merged["aside"]]

    assert merging.merge([]) == {"stands": None, "is_open": False, "aside": []}
    assert stands(said("A", "pass")) == ("A", False, [])
    assert stands(said("A", "pass"), said("B", "pass", at=2)) == ("A", False, [])
    assert stands(said("A", "skip", "没看"), said("B", "pass", at=2)) == ("B", False, ["A"])
    assert stands(said("A", "pass"), said("B", "fail", "积尘", 2)) == ("A", True, ["B"])
    assert stands(said("A", "fail", "积尘"), said("B", "fail", "", 2)) == ("A", False, [])
    assert stands(said("A", "fail", "积尘"), said("B", "fail", "没有记录", 2)) == ("A", True, ["B"])
    both = [said("A", "pass"), said("B", "fail", "积尘", 2)]
    over = [[each["by"], each["at"]] for each in both]
    ruled = {"by": "B", "at": both[1]["at"], "over": over}
    assert stands(*both, ruling=ruled) == ("B", False, ["A"])
    # the one who was overruled thinks again: open again
    assert stands(*both, said("A", "na", at=3), ruling=ruled)[1]


@pytest.fixture
def both(case):
    """The leader and the second officer."""
    seats = sorted(case.team(), key=lambda seat: not seat.leads)
    return seats[0].inspector.account, seats[1].inspector.account


def all_lines(case, **changed):
    told = {each["key"]: ("pass", "") for each in opening.lines_of(case)}
    return told | {line.replace("_", "."): each for line, each in changed.items()}


def test_both_answer_and_the_leader_chooses(case, both, client):
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    visits.start(case, by=lead)
    visits.answer(case, {keys[0]: ("pass", ""), keys[1]: ("pass", "")}, by=lead)
    assert send_lines(case, {keys[1]: ("fail", "积尘"), keys[2]: ("pass", "")}, second).status == "taken"
    assert case.answers.get(line=keys[1]).is_open and case.answers.get(line=keys[2]).by.account == second
    rest = {key: ("pass", "") for key in keys[3:]}
    visits.answer(case, rest, by=lead)
    with refused_with("lines_differ"):
        visits.end(case, by=lead, record="逐项检查。")
    entry = case.entries.get(line=keys[1], by__account=second)
    with refused_with("not_leader"):
        lines.choose(case, keys[1], entry, by=second)
    client.force_login(lead)
    page = client.get(f"/desk/cases/{case.token}/checklist/").content.decode()
    assert "两人填得不一样" in page and "积尘" in page
    client.post(f"/desk/cases/{case.token}/choose/", {"entry": entry.pk})
    stands = case.answers.get(line=keys[1])
    assert (stands.value, stands.by.account, stands.is_open) == ("fail", second, False)
    assert [each.value for each in lines.aside(case)] == ["pass"] and case.rulings.count() == 1


def test_the_second_phone_comes_home_after_the_record(case, both, client):
    """Both without a network, the enterprise signs the leader's record: it counts for what was seen."""
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    filed = Signed(case)
    assert filed.send(lead).status == "taken"
    before = list(case.answers.order_by("line").values_list("line", "value", "note"))
    data = photo("#151")
    digest = uploads.keep(case, data, by=second).original_id
    shown = {"sha256": digest, "kind": "photo", "line": keys[1], "caption": "积尘"}
    told = {keys[0]: ("pass", ""), keys[1]: ("fail", "积尘"), keys[2]: ("skip", "没看")}
    held = send_lines(case, told, second, files=[shown])
    assert held.status == "held" and "1 行" in held.reason
    assert list(case.answers.order_by("line").values_list("line", "value", "note")) == before
    assert case.sheets.get().body_id == sheets.digest(filed.text)
    assert case.exhibits.signatures().count() == 3
    assert (
        not case.exhibits.standing().filter(kind="photo").exists()
    )  # of a version not taken: counts nowhere
    late = lines.waiting(case).get()
    assert (late.line, late.value, late.note) == (keys[1], "fail", "积尘")
    client.force_login(second)
    assert "积尘" in client.get(f"/desk/cases/{case.token}/late-lines/").content.decode()
    assert "处理签名以后才到的填写" in client.get("/desk/").content.decode()
    # into a supplement, signed apart
    more = Signed(case, "supplement")
    taken = {"line": keys[1], "value": "fail", "note": "积尘", "by": late.by.ref, "at": lines.moment(late.at)}
    more.sheet |= {
        "lines": [taken | {"way": ""}],
        "text": "",
        "reason": "签名以后才到",
        "enterprise": "signed",
    }
    more.put_name("met", "现场负责人", sheets.digest(more.text), lead, 60)
    more.sign(lead, met=False, seed=50)
    assert more.send(lead).status == "taken"
    held.refresh_from_db()
    late.refresh_from_db()
    assert (held.status, late.status) == ("settled", "added")
    assert case.findings.get(line=keys[1]).status == "open"
    assert case.exhibits.standing().filter(kind="photo").count() == 1
    assert list(case.answers.order_by("line").values_list("line", "value", "note")) == before


def test_what_is_late_may_be_set_aside_and_stays_readable(case, both, client):
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    Signed(case).send(lead)
    held = send_lines(case, {keys[1]: ("fail", "积尘")}, second)
    entry = lines.waiting(case).get()
    with refused_with("filing_has_late"):
        filings.settle(held, "重复", by=lead)
    client.force_login(lead)
    page = f"/desk/cases/{case.token}/late-lines/"
    client.post(page, {"entry": entry.pk, "reason": ""})
    assert lines.waiting(case).exists()  # without a reason nothing is set aside
    client.post(page, {"entry": entry.pk, "reason": "同一处已经清扫，照片为证"})
    held.refresh_from_db()
    assert held.status == "settled" and not lines.waiting(case).exists()
    shown = client.get(page).content.decode()
    assert "同一处已经清扫" in shown and "积尘" in shown
    assert Exhibit.objects.filter(case=case, kind="photo").count() == 0


def test_what_the_leader_had_before_him_is_not_late(case, both):
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    send_lines(case, {keys[1]: ("fail", "积尘"), keys[2]: ("pass", "")}, second)
    assert case.status == "opened" and Entry.objects.count() == 2  # the visit is not begun by it
    entry = case.entries.get(line=keys[1])
    filed = Signed(case)
    filed.sheet["aside"] = [
        {"line": keys[1], "value": "fail", "note": "积尘", "by": entry.by.ref, "way": ""}
        | {"at": lines.moment(entry.at)}
    ]
    assert filed.send(lead).status == "taken"
    assert not lines.waiting(case).exists() and [each.note for each in lines.aside(case)] == ["积尘"]


def test_what_lay_at_the_server_and_the_record_did_not_know_waits(case, both):
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    visits.start(case, by=second)
    visits.answer(case, {keys[0]: ("na", ""), keys[1]: ("fail", "积尘")}, by=second)
    filing = Signed(case, began=timezone.now() - timedelta(minutes=50)).send(lead)
    assert filing.status == "taken", filing.reason
    assert set(lines.waiting(case).values_list("line", flat=True)) == {keys[0], keys[1]}
    assert set(case.answers.values_list("value", flat=True)) == {"pass"}


def test_a_second_whole_record_is_two_versions_of_lines(case, both):
    lead, second = both
    Signed(case).send(lead)
    other = Signed(case).answer("A01.2", "fail", "积尘", by=1)
    other.show(photo("#777"), second, line="A01.2")
    held = other.send(second)
    assert held.status == "held" and lines.waiting(case).get().note == "积尘"
    assert not case.exhibits.standing().filter(kind="photo").exists() and case.sheets.count() == 1
    same = Signed(case)
    again = same.send(second)
    assert again.status == "held" and "已由检查组上报" in again.reason
    filings.settle(again, "内容一样", by=lead)
    assert again.status == "settled"


def test_nothing_is_said_that_nobody_said(case, both):
    """Twenty histories: whatever is answered on two phones, shared in any order and once more, stands as the
    rules say, and every word is there."""
    lead, second = both
    keys = [each["key"] for each in opening.lines_of(case)]
    dice, people = random.Random(2), {account: seat for account, seat in zip(both, case.team(), strict=False)}
    people = {each.inspector.account: each.inspector for each in case.team()}
    visits.start(case, by=lead)
    own = {lead: {}, second: {}}
    for n in range(60):
        account, line = dice.choice(both), dice.choice(keys)
        # a phone's own moments follow one another, however wrong its clock is
        at = timezone.now() - timedelta(hours=both.index(account)) + timedelta(milliseconds=n)
        own[account][line] = {"value": dice.choice(VALUES), "note": dice.choice(["", "甲", "乙"]), "at": at}
        if dice.random() < 0.4:
            lines.say(case, people[account], own[account])
            lines.say(case, people[account], own[account])
    for account in both:
        lines.say(case, people[account], own[account])
    told = lines.told(case)
    for line in {*own[lead], *own[second]}:
        last = {
            each["by"]: (each["value"], each["note"]) for each in sorted(told[line], key=lambda e: e["at"])
        }
        for account in both:
            if line in own[account]:
                mine = own[account][line]
                assert last[people[account].ref] == (mine["value"], mine["note"])
        merged = merging.merge(told[line])
        stands = case.answers.get(line=line)
        assert (stands.value, stands.note) == (merged["stands"]["value"], merged["stands"]["note"])
        assert stands.is_open == merged["is_open"]
    assert set(Answer.objects.filter(case=case).values_list("line", flat=True)) == {*own[lead], *own[second]}


def test_the_phones_exchange_through_the_server(case, both, client):
    lead, second = both
    key = opening.lines_of(case)[0]["key"]
    at = lines.moment(timezone.now())
    told = {"lines": {key: {"value": "fail", "note": "积尘", "at": at, "way": ""}}, "rulings": {}}
    client.force_login(second)
    first = client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json")
    assert first.status_code == 200 and first["X-Server-Time"]
    client.force_login(lead)
    told = {"lines": {key: {"value": "pass", "note": "", "at": at, "way": ""}}, "rulings": {}}
    got = client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json").json()
    assert [each["value"] for each in got["told"][key]] == ["fail", "pass"] and not got["rulings"]
    over = [[each["by"], each["at"]] for each in got["told"][key]]
    told["rulings"] = {key: {"by": over[0][0], "at": over[0][1], "over": over}}
    got = client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json").json()
    assert got["rulings"][key]["by"] == over[0][0] and case.rulings.count() == 1
    client.post(f"/desk/field/{case.token}/share/", json.dumps(told), "application/json")
    assert case.rulings.count() == 1 and case.entries.count() == 2
    for bad in (
        "{",
        "[]",
        '{"lines": 1, "rulings": {}}',
        '{"lines": {"x": {"value": "bogus"}}, "rulings": {}}',
    ):
        assert client.post(f"/desk/field/{case.token}/share/", bad, "application/json").status_code == 422


def test_a_report_of_what_was_supplemented_says_so(case, both):
    lead, second = both
    Signed(case).send(lead)
    send_lines(case, {opening.lines_of(case)[1]["key"]: ("fail", "积尘")}, second)
    report = reports.outline(case, by=lead)
    assert report.result_code == "E0" or report.pk is None


@pytest.mark.parametrize("mode", ["network", "written"])
def test_off_site_the_team_signs_and_no_enterprise_is_asked(case, both, mode):
    Case.objects.filter(pk=case.pk).update(mode=mode)
    case.refresh_from_db()
    filed = Signed(case)
    filed.sheet["record"]["record"] = "采用书面检查，调取监测数据三个月，未见超限。"
    filed.sign(both[0], met=False)
    filing = filed.send(both[0])
    assert (filing.status, filing.reason, case.status) == ("taken", "", "ended")
    assert case.written_record.startswith("采用书面检查") and not case.visits.exists()
