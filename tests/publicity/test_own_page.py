"""企业自己的网页: by the link at the confirmed address and a code; what it opens, what it takes, and what a
guessed, an old or an ended token gives: nothing."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config.office import outbox
from inspections.after import eservice, firmwords
from inspections.case.models import CaseEvent
from inspections.models import FirmNote, FirmWord, OnlineService
from inspections.papers import issuing
from registries.errors import DomainError
from registries.models import JournalEntry, Message

from ..staircase import inspect, refused_with
from .test_letters import picture

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
JPEG = picture()


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_URL = "https://gs.example.gov.cn"
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def case(drawn):
    """Inspected: one line failed, an order signed."""
    case = drawn.cases.order_by("pk").first()
    inspect(case, fails=["A01.1"])
    return case


@pytest.fixture
def address(case, cast):
    return confirmed(case.subject, cast)


def confirmed(subject, cast, number="确1", **more):
    told = {"scan": JPEG, "agrees": True, "email": "anquan@example.com"} | more
    return eservice.confirm(subject, number, TODAY, "安全科", by=cast.clerk, **told)


def link(address, cast):
    """The token as the firm gets it: by mail."""
    mail.outbox.clear()
    eservice.send_link(address, by=cast.clerk)
    outbox.sweep_firms()
    sent = mail.outbox[-1]
    assert {each for one in mail.outbox for each in one.to} <= {"anquan@example.com", "b@example.com"}
    assert sent.to == [address.email]
    return re.search(r"/mine/([\w-]+)/", sent.body)[1]


def code(client, token):
    mail.outbox.clear()
    assert "已发到" in client.post(f"/mine/{token}/", {"send": "1"}).content.decode()
    outbox.sweep_firms()
    return re.search(r"验证码 (\d{6})", mail.outbox[-1].body)[1]


def inside(client, address, cast):
    token = link(address, cast)
    answer = client.post(f"/mine/{token}/", {"code": code(client, token)})
    assert answer.status_code == 302
    return token, answer["Location"]


def test_a_firm_rectifies_replies_and_reads_its_papers(case, address, cast, client):
    order = issuing.sign(issuing.draft(case, "order", by=cast.clerk), by=cast.clerk)
    eservice.serve(order, by=cast.clerk)
    served = CaseEvent.objects.get(case=case, code="order.delivered")
    assert timezone.localdate(served.at) == TODAY
    slip = case.papers.get(code="delivery")
    assert slip.facts["delivered_way"] == eservice.WAY and address.number in slip.facts["remark"]
    token, page = inside(client, address, cast)
    whole = client.get(page)
    text, finding = whole.content.decode(), case.findings.get()
    assert finding.wording in text and order.number in text and "行政复议" in text
    assert whole["Referrer-Policy"] == "no-referrer" and "no-store" in whole["Cache-Control"]
    assert not whole.cookies
    pdf = client.get(f"{page}papers/{order.pk}.pdf")
    assert pdf.content.startswith(b"%PDF") and OnlineService.objects.get().opened_at
    mark = uuid.uuid4()

    def rectify():
        photos = [SimpleUploadedFile(f"{n}.jpg", JPEG, "image/jpeg") for n in range(2)]
        told = {"finding": finding.pk, "text": "已加装护罩", "mark": mark, "files": photos}
        return client.post(page, told).content.decode()

    first, again = rectify(), rectify()  # the same form twice is one
    assert "已收到" in first and "已收到" in again
    word = FirmWord.objects.get()
    assert word.files.count() == 2 and b"Exif" not in word.files.first().file.read()
    finding.refresh_from_db()
    assert finding.status == "reported" and "企业网上报告" in finding.report_note
    told = {"kind": "objection", "case": case.pk, "text": "第二项不是我们的", "mark": uuid.uuid4()}
    assert "已收到" in client.post(page, told).content.decode()
    assert Message.objects.filter(account=cast.clerk, kind="waits", said__contains="企业提交").count() == 2
    firmwords.answer(FirmWord.objects.get(kind="objection"), "核查后答复：见复查意见", by=cast.clerk)
    assert "核查后答复：见复查意见" in client.get(page).content.decode()
    assert "现在没有要您整改的问题" in client.get(page).content.decode()
    actions = set(JournalEntry.objects.values_list("action", flat=True))
    assert {"paper.served_online", "paper.opened_online", "firm.word_received", "address.entered"} <= actions


def test_guessed_old_and_ended_tokens_give_nothing(case, address, cast, client):
    first = link(address, cast)
    token, page = inside(client, address, cast)
    nothing = client.get("/mine/abcdefghijklmnopqrstuvwxyz012345/")
    assert nothing.status_code == 404
    for gone in (first, "x" * 32, token[:-1] + ("A" if token[-1] != "A" else "B"), token.lower(), "1"):
        answer = client.get(f"/mine/{gone}/")
        assert answer.status_code == 404 and answer.content == nothing.content
        assert client.post(f"/mine/{gone}/", {"send": "1"}).status_code == 404
    # a key of one page opens no other, and none that was bent
    other = confirmed(case.draw.cases.exclude(pk=case.pk).first().subject, cast, "确2", email="b@example.com")
    there, _ = inside(client, other, cast)
    key = page.split("/in/")[1].strip("/")
    assert client.get(f"/mine/{there}/in/{key}/").status_code == 302
    assert client.get(f"/mine/{token}/in/{key[:-2]}xx/").status_code == 302
    eservice.end(address, "企业要求", by=cast.clerk)
    assert client.get(f"/mine/{token}/").status_code == 404
    assert client.get(page).status_code == 404
    with refused_with("address_not_online"):
        eservice.send_link(address, by=cast.clerk)


def test_a_code_is_for_some_minutes_a_few_tries_and_once(case, address, cast, client, monkeypatch):
    token = link(address, cast)
    right = code(client, token)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(eservice.TRIES):
        assert client.post(f"/mine/{token}/", {"code": wrong}).status_code == 200
    assert client.post(f"/mine/{token}/", {"code": right}).status_code == 200  # it is dead
    right = code(client, token)
    assert client.post(f"/mine/{token}/", {"code": right}).status_code == 302
    assert client.post(f"/mine/{token}/", {"code": right}).status_code == 200  # it was used
    late = code(client, token)
    address.codes.update(made_at=timezone.now() - timedelta(minutes=11))
    assert client.post(f"/mine/{token}/", {"code": late}).status_code == 200
    address.codes.update(made_at=timezone.now())
    for _ in range(10):
        last = client.post(f"/mine/{token}/", {"send": "1"})
    assert last.status_code == 429 and address.codes.count() <= eservice.AN_HOUR + 3
    monkeypatch.setattr(eservice, "SITTING", -1)
    said = [address.pk, address.token_hash[:16], 1]
    assert not eservice.is_inside(address, eservice.signing.dumps(said, salt=eservice._SALT))


def test_nothing_of_another_firm_can_be_said_or_read(case, address, cast, client):
    other = case.draw.cases.exclude(pk=case.pk).first()
    inspect(other, fails=["A01.1"])
    order = issuing.sign(issuing.draft(other, "order", by=cast.clerk), by=cast.clerk)
    confirmed(other.subject, cast, "确2", email="b@example.com")
    eservice.serve(order, by=cast.clerk)
    _, page = inside(client, address, cast)
    assert client.get(f"{page}papers/{order.pk}.pdf").status_code == 404
    foreign = other.findings.get()
    told = {"finding": foreign.pk, "text": "已整改", "mark": uuid.uuid4()}
    client.post(page, told)
    client.post(page, {"kind": "reply", "case": other.pk, "text": "x", "mark": uuid.uuid4()})
    foreign.refresh_from_db()
    assert foreign.status == "open" and not FirmWord.objects.exists()
    with refused_with("firm_word_empty"):
        firmwords.hand_in(address, other, "reply", "x", mark=uuid.uuid4())


def test_a_firm_that_is_drawn_and_not_visited_learns_nothing(drawn, cast, client):
    case = drawn.cases.order_by("pk").first()
    address = confirmed(case.subject, cast)
    _, page = inside(client, address, cast)
    text = client.get(page).content.decode()
    assert (
        drawn.number not in text and '<option value="" selected>' in text and not firmwords.cases_of(address)
    )


def test_electronic_service_asks_for_the_signed_paper(case, cast):
    for told in ({"scan": b""}, {"email": "", "phone": ""}):
        with refused_with("address_unsigned"):
            confirmed(case.subject, cast, **told)
    with refused_with("address_incomplete"):
        eservice.confirm(case.subject, "确1", TODAY, "某", by=cast.clerk)
    first = confirmed(case.subject, cast)
    confirmed(case.subject, cast, "确2")
    first.refresh_from_db()
    assert first.ended_on == TODAY and first.ended_why == "重新确认"


def test_what_is_for_a_firm_is_gone_here_when_it_has_left(case, address, cast, settings, monkeypatch):
    note = eservice.send_link(address, by=cast.clerk)
    monkeypatch.setattr(outbox, "send_mail", lambda *args: (_ for _ in ()).throw(OSError("down")))
    outbox.sweep_firms()
    note.refresh_from_db()
    assert note.done_at is None and note.text
    assert note.error and not re.search("[A-Za-z]", note.error)
    monkeypatch.undo()
    FirmNote.objects.update(not_before=timezone.now())
    outbox.sweep_firms()
    note.refresh_from_db()
    assert note.done_at and note.text == ""
    with pytest.raises(DomainError):
        eservice.send_link(address, by=cast.stranger)


def test_the_last_code_is_the_one(address, cast, client):
    token = link(address, cast)
    first, second = code(client, token), code(client, token)
    assert client.post(f"/mine/{token}/", {"code": second}).status_code == 302
    if first != second:
        assert client.post(f"/mine/{token}/", {"code": first}).status_code == 200


def test_another_thing_under_the_same_mark_is_said(case, address, cast, client):
    _, page = inside(client, address, cast)
    told = {"kind": "reply", "case": case.pk, "text": "甲", "mark": uuid.uuid4()}
    assert "已收到" in client.post(page, told).content.decode()
    other = client.post(page, told | {"text": "乙"}).content.decode()
    assert "内容和现在写的不同" in other and "乙" in other and FirmWord.objects.count() == 1


def test_two_at_once_under_one_mark_are_one(case, address, cast, monkeypatch):
    mark, real, seen = uuid.uuid4(), firmwords.readiness.hold, []

    def rival(held):
        if not seen:
            seen.append(1)
            firmwords.hand_in(address, case, "reply", "甲", mark=mark)
        real(held)

    monkeypatch.setattr(firmwords.readiness, "hold", rival)
    firmwords.hand_in(address, case, "reply", "甲", mark=mark)
    assert FirmWord.objects.count() == 1


def test_words_are_not_lost_for_a_photo_and_said_to_be_when_the_time_is_over(case, address, cast, client):
    token, page = inside(client, address, cast)
    finding = case.findings.get()
    bad = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    told = {"finding": finding.pk, "text": "已加装护罩，见照片", "mark": uuid.uuid4(), "files": [bad]}
    shown = client.post(page, told).content.decode()
    assert "已加装护罩，见照片" in shown and not FirmWord.objects.exists()
    assert token not in re.sub(r'(href|action)="[^"]*"', "", shown)  # nor on paper
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eservice, "SITTING", -1)
        late = client.post(page, told, follow=True).content.decode()
    assert "没有收到" in late


def test_a_day_has_its_end(case, address, cast, monkeypatch):
    monkeypatch.setattr(firmwords, "A_DAY", 2)
    for _ in range(2):
        firmwords.hand_in(address, case, "reply", "甲", mark=uuid.uuid4())
    with refused_with("firm_words_many"):
        firmwords.hand_in(address, case, "reply", "甲", mark=uuid.uuid4())


def test_nothing_is_served_where_no_word_can_be_sent(case, cast, settings):
    order = issuing.sign(issuing.draft(case, "order", by=cast.clerk), by=cast.clerk)
    settings.NOTIFY_URL = ""
    with refused_with("address_unreachable"):
        confirmed(case.subject, cast, email="", phone="13900000000")
    settings.NOTIFY_URL = "http://127.0.0.1:9/"
    confirmed(case.subject, cast, email="", phone="13900000000")
    settings.NOTIFY_URL = ""
    with refused_with("address_unreachable"):
        eservice.serve(order, by=cast.clerk)
    assert not OnlineService.objects.exists()


def test_an_ended_address_keeps_no_link(address, cast):
    eservice.send_link(address, by=cast.clerk)
    eservice.end(address, "不再使用", by=cast.clerk)
    assert not FirmNote.objects.exclude(text="").exists()
