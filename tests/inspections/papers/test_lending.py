"""Numbers lent to a team: used without a network, home again, or spoiled; none twice, no gap that nobody
explains."""

import json
import random

import pytest
from django.utils import timezone

from inspections.models import LentNumber, NumberSeries, Paper
from inspections.papers import issuing, lending, spot
from inspections.visit import filings, onthespot, sheets
from inspections.watch import papertrail, verification

from ...signed import Signed
from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
PHONE = "phone-000001"


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


@pytest.fixture
def member(case):
    return case.team()[0].inspector.account


@pytest.fixture
def three(drawn):
    """[(case, account)] of three teams."""
    found = list(drawn.cases.order_by("pk")[:3])
    return [(each, each.team()[0].inspector.account) for each in found]


@pytest.fixture
def lent(case, member, bureau):
    """{code: [number]} on the phone of a team."""
    return by_code(lending.lend(case, PHONE, by=member))


def by_code(rows):
    found = {}
    for each in rows:
        found.setdefault(each.code, []).append(each.number)
    return found


def keys(numbers):
    """The typed codes of the lendings that are out."""
    known = dict(LentNumber.objects.filter(status="lent").values_list("number", "typed"))
    return [known[each] for each in numbers]


def row(number):
    return LentNumber.objects.filter(number=number).order_by("pk").last()


def test_a_visit_brings_its_papers_home(case, member, lent):
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米").answer("A01.1", "fail", "堵")
    number = {code: rows[0] for code, rows in lent.items()}
    stop = filed.found("A01.2", disposal="measure", is_major=True)
    filed.sheet["findings"] = [
        each | {"disposal": "measure"} if each["line"] == "A01.2" else each
        for each in filed.sheet["findings"]
    ]
    called = {"to": "周某甲", "words": "同意停用", "at": ""}
    filed.paper(
        "measure", number["measure"], member, 30, findings=[stop], decisions=["停止使用"], called=called
    )
    filed.sheet["number"] = number["record"]
    filed.sign(member)  # before the papers that follow it, as on the phone
    late = filed.found("A01.1")
    filed.paper("order", number["order"], member, 51, findings=[late])
    listed = [number["record"], number["measure"], number["order"]]
    today = timezone.localdate().isoformat()
    told = {
        "listed": listed,
        "receiver": "何某",
        "receiver_signs": True,
        "place": "厂区",
        "on": today,
        "way": "直接送达",
    }
    filed.paper("delivery", number["delivery"], member, 52, names=[("met", "何某")], **told)
    spare = [each for rows in lent.values() for each in rows if each not in number.values()]
    told = {"device": PHONE, "spare": keys(spare[1:]), "spoiled": [[keys(spare)[0], "写坏了"]]}
    filing = filed.send(member, numbers=told)

    assert (filing.status, filing.reason, onthespot.open_papers(case)) == ("taken", "", [])
    papers = {each.code: each for each in case.papers.exclude(code="notice")}
    assert {code: each.number for code, each in papers.items()} == number
    assert all(each.status == "signed" for each in papers.values())
    measure, order = papers["measure"], papers["order"]
    assert measure.facts["findings"][0]["number"] == case.findings.get(line="A01.2").number
    assert measure.facts["decisions"] == ["停止使用"] and len(measure.facts["signatures"]) == 2
    assert measure.signed_at <= case.ended_at <= order.signed_at
    assert {each.code for each in case.events.filter(code__endswith=".delivered")} == {
        "measure.delivered",
        "order.delivered",
    }
    assert len(papers["delivery"].facts["signatures"]) == 3
    assert LentNumber.objects.filter(status="spoiled").count() == 1
    assert set(LentNumber.objects.filter(status="returned").values_list("number", flat=True)) == set(
        spare[1:]
    )
    under = case.exhibits.filter(signed_digest=sheets.digest(filed.text)).values_list("file", flat=True)
    shown = [each["file"] for each in papers["record"].facts["signatures"]]
    assert len(shown) == 3 and set(shown) == set(under)  # and none from under a paper
    assert case.exhibits.of_record().count() == 3 < case.exhibits.signatures().count()
    assert list(papertrail.series(case.bureau)) == [] and verification.verify(case.draw_id) == []
    for each in papers.values():
        assert issuing.file_of(each).read()[:4] == b"%PDF"


def test_the_head_approves_on_the_same_day_or_lifts(case, member, lent, cast, client):
    paper = _measured(case, member, lent)
    assert paper.owes_approval and case.events.filter(code="measure.called").exists()
    with refused_with("not_allowed"):
        issuing.ratify(paper, by=member)
    issuing.ratify(paper, "同意", by=cast.head)
    assert case.events.filter(code="measure.ratified").exists() and paper.judged_by == cast.head
    with refused_with("stale"):
        issuing.lift(paper, "不当", by=cast.head)


def test_what_the_head_does_not_approve_is_lifted(case, member, lent, cast):
    paper = _measured(case, member, lent)
    with refused_with("reason_needed"):
        issuing.lift(paper, " ", by=cast.head)
    issuing.lift(paper, "没有必要停用", by=cast.head)
    assert paper.status == "voided" and "没有必要停用" in paper.void_reason
    assert verification.verify(case.draw_id) == []


def _measured(case, member, lent):
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    filed.paper("measure", lent["measure"][0], member, 30, findings=[stop], decisions=["停止使用"])
    filed.send(member)
    return case.papers.get(code="measure")


def test_a_paper_that_cannot_stand_stops_nothing(case, member, lent, client):
    lending.spoil(row(lent["measure"][0]), "手机丢了", by=member)
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    filed.paper("measure", lent["measure"][0], member, 30, findings=[stop], decisions=["停止使用"])
    filed.paper("measure", "（乌）应急现决〔2026〕999号", member, 31, findings=[stop], decisions=["停止使用"])
    filing = filed.send(member)
    assert (
        filing.status == "taken"
        and case.status == "ended"
        and not case.papers.filter(code="measure").exists()
    )
    waiting = onthespot.open_papers(case)
    assert ["已作废" in each.why for each in waiting] == [True, False]
    assert "没有借给这个检查组" in waiting[1].why
    client.force_login(member)
    page = client.get(f"/desk/cases/{case.token}/late-lines/").content.decode()
    assert page.count("怎么办的</label>") == 2
    assert "当场签的文书有 2 份没有收下" in client.get(f"/desk/cases/{case.token}/").content.decode()
    assert "处理没有收下的当场文书" in client.get("/desk/").content.decode()
    for each in waiting:
        client.post(f"/desk/cases/{case.token}/sheets/{each.pk}/settle/", {"note": "另行签发，已更正送达"})
    assert onthespot.open_papers(case) == [] and verification.verify(case.draw_id) == []


@pytest.mark.parametrize("field", ["number", "decisions", "texts", "findings", "moment", "team"])
def test_whoever_changes_a_signed_paper_has_no_signature_under_it(case, member, lent, field):
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    text = filed.paper("measure", lent["measure"][0], member, 30, findings=[stop], decisions=["停止使用"])
    said = json.loads(text)
    said[field] = {
        "number": lent["measure"][1],
        "decisions": ["别的"],
        "texts": {"remedy": "没有"},
        "findings": [stop | {"facts": "别的"}],
        "moment": "2020",
        "team": said["team"][:1],
    }[field]
    filed.papers = [sheets.canonical(said)]
    filed.send(member)
    assert not case.papers.filter(code="measure").exists()
    assert "签" in onthespot.open_papers(case)[0].why


def test_nothing_is_printed_that_nobody_signed(case, member, lent):
    """A phone that leaves out where to appeal has signed another paper than ours."""
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    texts = spot.forms(case, ("measure",))["measure"]["texts"] | {"remedy": ""}
    told = {"findings": [stop], "decisions": ["停止使用"], "texts": texts}
    filed.paper("measure", lent["measure"][0], member, 30, **told)
    assert filed.send(member).status == "taken" and not case.papers.filter(code="measure").exists()
    assert "固定的语句" in onthespot.open_papers(case)[0].why


def test_asked_again_it_is_the_same_block(case, member, lent):
    again = by_code(lending.lend(case, PHONE, by=member))
    assert again == lent
    other = by_code(lending.lend(case, "phone-000002", by=member))
    assert {code: len(rows) for code, rows in other.items()} == {
        code: len(rows) for code, rows in lent.items()
    }
    assert not {n for rows in other.values() for n in rows} & {n for rows in lent.values() for n in rows}


def test_what_came_home_is_used_first_and_says_so_outside(case, member, lent, client):
    out = row(lent["record"][0])
    page = client.get(f"/papers/{out.token}/").content.decode()
    assert (
        "文书在路上" in page
        and out.number in page
        and case.subject.name not in page
        and "真实文书" not in page
    )
    # "block" is a word of the templates' own: the numbers are said, and nothing of the page's making
    assert "、".join(lent["record"]) in page and "Node" not in page
    assert client.get("/papers/", {"code": out.typed}).url.endswith(f"/papers/{out.token}/")
    home = keys(lent["record"])
    lending.come_home(case, PHONE, home, by=member)
    lending.come_home(case, PHONE, home, by=member)
    assert "没有用在这份文书上" in client.get(f"/papers/{out.token}/").content.decode()
    again = by_code(lending.lend(case, "phone-000002", by=member))
    assert again["record"] == lent["record"]
    assert list(papertrail.series(case.bureau)) == []


def test_a_block_is_of_its_case_kind_and_year(case, member, lent, monkeypatch):
    now = timezone.now()
    with refused_with("number_kind"):
        lending.use(case, lent["order"][0], "measure", now)
    with refused_with("number_year"):
        lending.use(case, lent["order"][0], "order", now.replace(year=now.year + 1))
    with refused_with("number_unknown"):
        lending.use(case, "（乌）应急责改〔2026〕77号", "order", now)
    lending.use(case, lent["order"][0], "order", now)
    with refused_with("stale"):
        lending.use(case, lent["order"][0], "order", now)


def test_no_decision_is_lent_a_number_before_it_can_say_where_to_appeal(case, member, bureau):
    bureau.remedy = bureau.court = ""
    bureau.save()
    case.refresh_from_db()
    with refused_with("remedy_unset"):
        lending.lend(case, PHONE, by=member)


def test_the_phone_sees_the_paper_as_it_will_read(case, member, lent):
    forms = spot.forms(case, spot.CODES)
    assert forms["measure"]["title"] == "现场处理措施决定书"
    assert "{government}" not in forms["measure"]["texts"]["remedy"]
    assert "{day}" in forms["measure"]["texts"]["opening"]


def test_a_number_by_telephone_is_typed_in(case, cast, member):
    told = lending.tell(case, "measure", by=cast.clerk)
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    filed.paper("measure", told.number, member, 30, findings=[stop], decisions=["停止使用"])
    filed.send(member)
    assert case.papers.get(code="measure").number == told.number


def test_whoever_takes_a_row_away_is_found(case, member, lent):
    assert verification.verify(case.draw_id) == []
    with behind_the_walls() as cursor:
        cursor.execute("DELETE FROM inspections_lentnumber WHERE number = %s", [lent["order"][0]])
    assert any("借出的文号" in each for each in verification.verify(case.draw_id))
    assert any("不连续" in each for each in papertrail.series(case.bureau))


def test_what_is_not_taken_up_leaves_no_gap(case, member, lent, cast):
    """A second record of the same visit, on another phone: put aside, with its numbers."""
    Signed(case).send(member)
    other = Signed(case)
    other.sheet["number"] = lent["record"][0]
    held = other.send(member)
    assert held.status == "held"
    filings.settle(held, "另一份已收", by=member)
    assert row(lent["record"][0]).status == "spoiled"
    assert Paper.objects.filter(number=lent["record"][0]).count() == 0


@pytest.mark.parametrize("seed", range(3))
def test_three_teams_over_random_contact(three, seed, bureau):
    """Answers that are lost, asked again, late; phones given up; the desk signing in between."""
    pick = random.Random(seed)
    phones = [
        {
            "case": case,
            "by": by,
            "device": f"{n}{kind}-{seed:08}",
            "have": [],
            "used": [],
            "spoiled": [],
            "home": [],
        }
        for n, (case, by) in enumerate(three)
        for kind in "ab"
    ]
    desk = []
    for _ in range(60):
        phone = pick.choice(phones)
        case, by, device = phone["case"], phone["by"], phone["device"]
        act = pick.choice(["lend", "lend", "use", "spoil", "home", "again", "desk"])
        if act == "lend":
            rows = lending.lend(case, device, by=by)
            if pick.random() < 0.7:  # else the answer is lost on its way
                phone["have"] = [(each.code, each.number) for each in rows]
        elif act == "use" and phone["have"]:
            code, number = phone["have"].pop(pick.randrange(len(phone["have"])))
            lending.use(case, number, code, timezone.now())
            phone["used"].append(number)
        elif act == "spoil" and phone["have"]:
            _, number = phone["have"].pop()
            lending.spoil(row(number), "写坏了", by=by)
            phone["spoiled"].append(number)
        elif act == "home" and phone["have"]:
            gone = keys([number for _, number in phone["have"]])
            phone["have"] = []
            phone["home"] = gone
            lending.come_home(case, device, gone, by=by)
        elif act == "again" and phone["home"]:
            lending.come_home(
                case, device, phone["home"], by=by
            )  # told once more: nothing of another's comes home
        elif act == "desk":
            desk.append(lending.next_serial(bureau, "应急检记", timezone.localdate().year))
    record = "应急检记", timezone.localdate().year
    last = NumberSeries.objects.get(bureau=bureau, kind=record[0], year=record[1]).last
    rows = LentNumber.objects.filter(word=record[0], year=record[1]).exclude(status="reused")
    told = [*rows.values_list("serial", flat=True), *desk]
    assert sorted(told) == list(range(1, last + 1)), "a number twice, or one that nobody explains"
    held = [
        number
        for phone in phones
        for number in phone["used"] + phone["spoiled"] + [n for _, n in phone["have"]]
    ]
    assert len(held) == len(set(held)), "two phones hold one number"
    for word, year in set(LentNumber.objects.values_list("word", "year")):
        rows = LentNumber.objects.filter(word=word, year=year).exclude(status="reused")
        serials = list(rows.values_list("serial", flat=True))
        assert len(serials) == len(set(serials))
