"""Three hundred questions as citizens ask them: the right answer, and never another firm."""

import random
import re

import pytest

from publicity.models import Listing, Ticket
from registries.models import Subject

pytestmark = pytest.mark.django_db


def names_in(page):
    return set(re.findall(r'<th scope="row"><a href="[^"]*/results/[^"]+">([^<]+)</a>', page))


def wrong(code, dice):
    """The same code with one digit another."""
    at = dice.randrange(8, len(code))
    return code[:at] + dice.choice([each for each in "0123456789" if each != code[at]]) + code[at + 1 :]


@pytest.mark.parametrize("many", [120, pytest.param(300, marks=pytest.mark.trial)])
def test_three_hundred_questions(released, client, many):
    dice = random.Random(22)
    bureau = released.bureau
    firms = list(Subject.objects.filter(bureau=bureau).exclude(credit_code=""))
    shown = {each.code: each.name for each in Listing.objects.filter(bureau=bureau, kind="result")}
    stood = set(Ticket.objects.filter(release__bureau=bureau).values_list("ref", flat=True))
    known = {each.credit_code for each in firms}
    assert shown and stood and len(firms) > 50
    asked = 0
    while asked < many:
        firm = dice.choice(firms)
        kind = dice.choice(["code", "typo", "part", "id number", "spaced", "lower"])
        text = {
            "code": firm.credit_code,
            "typo": wrong(firm.credit_code, dice),
            "part": firm.name[2:6],
            "id number": f"15230119{dice.randrange(10**10):010}",
            "spaced": f" {firm.credit_code[:8]} {firm.credit_code[8:]} ",
            "lower": firm.credit_code.lower(),
        }[kind]
        asked += 1
        found = names_in(client.get("/results/", {"q": text}).content.decode())
        if kind == "part":
            assert all(text in name for name in found) or not any(text in name for name in shown.values())
            continue
        code = text.strip().replace(" ", "").upper()
        assert found == ({shown[code]} if code in shown else set()), (kind, text, found)
        told = client.get("/api/v1/results", {"q": text}).json()["items"]
        assert {each["code"] for each in told} == ({code} if code in shown else set())
        page = client.get("/verify/", {"code": text}).content.decode()
        if code in stood:
            assert "次" in page and "没有这个代码" not in page, text
        elif code not in known or code not in stood:
            assert "已公开的名录里没有这个代码" in page, (kind, text)
        others = [each.name for each in firms if each.credit_code != code and each.name in page]
        assert not others, (kind, text, others)


def test_a_feed_and_a_file_of_one_firm(released, client):
    one = Listing.objects.filter(bureau=released.bureau, kind="result").first()
    others = Listing.objects.filter(bureau=released.bureau, kind="result").exclude(ref=one.ref)
    assert others.exists()
    for path in ("/results.rss", "/results.csv", "/results/"):
        answer = client.get(path, {"ref": one.ref})
        body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert one.name in body and not any(f">{each.name}<" in body for each in others), path
    page = client.get(f"/enterprises/{one.ref}/").content.decode()
    assert f"/results.rss?ref={one.ref}" in page
    town = client.get("/results.rss", {"town": "没有这个乡"}).content.decode()
    assert "<item>" not in town


def test_a_firm_that_was_never_drawn_is_told_why_and_how_odd_that_is(released, client):
    missed = Ticket.objects.filter(release=released, status="E", is_drawn=False).first()
    page = client.get("/verify/", {"code": missed.ref}).content.decode()
    assert "都没有抽中" in page and "没有查过，不等于没有问题" in page and "这奇怪吗" in page
    assert re.search(r"机会 \d+\.\d\d%", page)
    name = Subject.objects.get(bureau=released.bureau, ref=missed.ref).name
    assert name not in page
