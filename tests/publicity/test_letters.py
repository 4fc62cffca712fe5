"""来信: anonymous, with a receipt; queued with a deadline; answered by whom it is not
about; nothing of it is public."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

from publicity.models import Enclosure, Letter
from publicity.services import letters, publications
from registries import limits
from registries.models import JournalEntry, SubjectEvent
from registries.services import subjects

from ..staircase import publish, refused_with

pytestmark = pytest.mark.django_db
WORDS = "2026年9月1日夜里三号车间无证动火，附照片。"


def picture(kind="JPEG"):
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "CANARY-LOCATION"
    Image.new("RGB", (300, 200), "#765").save(made, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return made.getvalue()


def write(client, kind, path="", **data):
    return client.post(f"/letters/{kind}/{path}", {"text": WORDS} | data)


def test_anonymous_with_a_receipt_and_an_answer(client, register, cast):
    firm = register[0]
    answer = write(client, "report", subject_said=firm.name, files=SimpleUploadedFile("a.jpg", picture()))
    letter = Letter.objects.get()
    assert (
        letter.receipt in answer.content.decode()
        and not answer.cookies
        and answer["Cache-Control"].count("no-store")
    )
    assert letter.due_on == limits.due(firm.bureau, "letter_answer", timezone.localdate(letter.received_at))
    kept = Enclosure.objects.get().file.read()
    assert b"CANARY" not in kept and Image.open(io.BytesIO(kept)).size == (300, 200)
    letters.accept(letter, by=cast.clerk, subject=letters.find_subject(firm.bureau, firm.name))
    letters.answer(letter, "经现场核查，情况属实，已责令改正。", True, by=cast.clerk)
    page = client.post("/letters/", {"receipt": f" {letter.receipt.lower()} "}).content.decode()
    assert "情况属实" in page and WORDS not in page
    event = SubjectEvent.objects.get(subject=firm)
    assert event.status == "recorded" and firm.name not in event.source
    with refused_with("same_person"):
        subjects.judge_event(event, True, by=cast.clerk)
    subjects.judge_event(event, True, by=cast.head)
    table = client.get("/letters/").content.decode()
    assert (
        "举报安全生产违法行为" in table
        and "没有这个回执号" in client.post("/letters/", {"receipt": "X"}).content.decode()
    )


def test_what_was_written_stands(client, cast, register):
    write(client, "report")
    letter = Letter.objects.get()
    for change in ({"text": "x"}, {"due_on": "2030-01-01"}, {"kind": "complaint"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**change)
    letters.refuse(letter, "不属本机关职责，请向交通部门反映", by=cast.clerk)
    with refused_with("stale"):
        letters.accept(letter, by=cast.clerk)


def test_a_complaint_is_the_supervisors(client, cast):
    write(client, "complaint")
    letter = Letter.objects.get()
    with refused_with("letter_of_others"):
        letters.accept(letter, by=cast.clerk)
    for who, seen in ((cast.clerk, False), (cast.head, False), (cast.supervisor, True)):
        client.force_login(who)
        assert (letter.receipt in client.get("/admin/publicity/letter/").content.decode()) == seen
        assert client.get(f"/admin/publicity/letter/{letter.pk}/change/").status_code == (
            200 if seen else 302
        )
    letters.accept(letter, by=cast.supervisor)
    letters.answer(letter, "已核查", False, by=cast.supervisor)
    assert not SubjectEvent.objects.exists()


def a_pdf(mark):
    """One page that carries a mark, as plain bytes."""
    writer, out, drawn = PdfWriter(), io.BytesIO(), StreamObject()
    drawn.set_data(b"% " + mark)
    page = writer.add_blank_page(200, 200)
    page[NameObject("/Contents")] = writer._add_object(drawn)
    writer.write(out)
    return out.getvalue()


def test_each_look_is_kept_and_files_are_for_the_handler(client, cast, register):
    write(
        client,
        "report",
        name="甲某",
        contact="13800138000",
        files=SimpleUploadedFile("a.pdf", a_pdf(b"canary")),
    )
    letter, one = Letter.objects.get(), Enclosure.objects.get()
    path = f"/admin/publicity/letter/{letter.pk}/enclosure/{one.pk}/"
    assert client.get(path).status_code == 302
    client.force_login(cast.auditor)
    assert client.get(path).status_code == 404 and client.get("/admin/publicity/letter/").status_code == 403
    client.force_login(cast.clerk)
    assert WORDS in client.get(f"/admin/publicity/letter/{letter.pk}/change/").content.decode()
    handed = client.get(path).getvalue()
    assert handed.startswith(b"%PDF-") and b"canary" in handed
    assert JournalEntry.objects.filter(action="letter.read").count() == 2


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.svg", b"<svg/>"), ("a.exe", b"MZ"), ("a.jpg", b"\xff\xd8nonsense"), ("a.html", b"<script>")],
)
def test_other_files_are_refused(client, bureau, name, data):
    answer = write(client, "report", files=SimpleUploadedFile(name, data))
    assert (
        "第 1 个附件不是照片" in answer.content.decode()
        and not Letter.objects.exists()
        and WORDS in answer.content.decode()
    )


def test_an_objection_is_marked_and_decided_by_others(client, approved, cast):
    said = publish(approved, cast)
    assert client.get("/letters/objection/").status_code == 404
    assert client.get(f"/letters/report/{said.token}/").status_code == 404
    write(client, "objection", f"{said.token}/")
    # What nobody has read yet marks nothing: anybody may send it, under no name.
    assert "有人对这条公示提出异议" not in client.get(f"/results/{said.token}/").content.decode()
    letter = Letter.objects.get()
    assert letter.subject == approved.case.subject
    assert not letters.may_handle(letter, approved.author) and not letters.may_handle(
        letter, approved.reviewed_by
    )
    letters.accept(letter, by=cast.clerk)
    assert "有人对这条公示提出异议" in client.get(f"/results/{said.token}/").content.decode()
    letters.answer(letter, "结果无误", False, by=cast.clerk)
    assert "有人对这条公示提出异议" not in client.get(f"/results/{said.token}/").content.decode()


def test_the_enterprises_word_stands_beside_and_says_what_it_is(client, approved, cast):
    said = publish(approved, cast)
    write(
        client,
        "statement",
        f"{said.token}/",
        text="本企业已于次日整改完毕。",
        name="负责人",
        contact="13800138000",
    )
    letter = Letter.objects.get()
    with refused_with("stale"):
        publications.prepare_statement(letter, letter.text, by=cast.clerk)
    letters.accept(letter, by=cast.clerk)
    with refused_with("text_sensitive"):
        publications.prepare_statement(letter, "电话13800138000，已整改。", by=cast.clerk)
    made = publications.judge(
        publications.prepare_statement(letter, letter.text, by=cast.clerk), True, by=cast.head
    )
    page = client.get(f"/results/{said.token}/").content.decode()
    assert "本企业已于次日整改完毕" in page and "未经核实" in page and "13800138000" not in page
    assert "未经" in client.get(f"/results/{made.token}/").content.decode()


def test_sent_twice_is_one_letter(client, bureau):
    page = client.get("/letters/report/").content.decode()
    mark = re.search(r'name="mark" value="([0-9a-f-]+)"', page)[1]
    receipts = {
        re.search(r'class="value">([^<]+)', write(client, "report", mark=mark).content.decode())[1]
        for _ in range(2)
    }
    assert len(receipts) == 1 and Letter.objects.count() == 1


def test_the_head_sees_the_queue_and_not_the_writer(client, cast, approved):
    said = publish(approved, cast)
    write(client, "objection", f"{said.token}/", name="甲某某", contact="13900139000")
    client.force_login(cast.head)
    page = client.get(f"/admin/publicity/letter/{Letter.objects.get().pk}/change/").content.decode()
    assert Letter.objects.get().receipt in page and "13900139000" not in page and WORDS not in page


def test_too_many_questions_are_answered_in_words(client, bureau, settings):
    settings.LETTERS_AN_HOUR = 1
    answers = [client.post("/letters/", {"receipt": "X"}) for _ in range(12)]
    assert [each.status_code for each in answers] == [200] * 10 + [429] * 2 and "太频繁" in answers[
        -1
    ].content.decode()
    assert answers[-1]["Retry-After"] == "3600"
    assert write(client, "report").status_code == 200  # letters are counted apart
    refused = write(client, "report")
    assert refused.status_code == 429 and refused["Retry-After"] and WORDS in refused.content.decode()


def test_bounds(client, bureau, settings):
    assert "最多" in write(client, "report", text="长" * 4000).content.decode() or not Letter.objects.exists()
    assert not Letter.objects.exists()
    write(client, "report", text="   ")
    assert not Letter.objects.exists()
    assert (
        client.post(
            "/letters/report/", {"text": WORDS}, headers={"Origin": "https://elsewhere.example"}
        ).status_code
        == 403
    )
    settings.LETTERS_AN_HOUR = 3
    for _ in range(5):
        answer = write(client, "report")
    assert (
        Letter.objects.count() <= 3
        and "太频繁" in answer.content.decode()
        and WORDS in answer.content.decode()
    )
    assert client.get("/letters/nothing/").status_code == 404


def test_the_queue_says_how_long_and_whom_a_clerk_may_have_meant(client, approved, cast):
    write(client, "report")
    letter = Letter.objects.get()
    client.force_login(cast.clerk)
    body = client.get("/admin/publicity/letter/?mine=open").content.decode()
    assert letter.receipt in body and f"{(letter.due_on - timezone.localdate()).days} 天" in body
    assert letter.receipt not in client.get("/admin/publicity/letter/?mine=own").content.decode()
    meant = approved.case.subject
    page = f"/admin/publicity/letter/{letter.pk}/act/accept/"
    told = client.post(page, {"named": meant.name[:-1]}).content.decode()
    assert "名称相近的有" in told and meant.name in told
    client.post(page, {"named": meant.name})
    letter.refresh_from_db()
    assert letter.subject == meant
    assert letter.receipt in client.get("/admin/publicity/letter/?mine=own").content.decode()


def test_an_act_with_nothing_to_choose_says_so(client, drawn, cast):
    client.force_login(cast.clerk)
    body = client.get("/admin/publicity/publication/act/results/").content.decode()
    assert "（E" not in body and "审核即公示" not in body
    assert "现在没有要办的" in body and 'class="default" value="拟办检查结果公示"' not in body


def test_with_the_common_counter_away_a_letter_goes_in_and_the_limit_holds(client, bureau, settings):
    """Redis gone loses no letter; each process counts by itself meanwhile."""
    settings.CACHES = settings.CACHES | {
        "counters": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    settings.LETTERS_AN_HOUR = 2
    answers = [write(client, "report") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429] and Letter.objects.count() == 2
    assert Letter.objects.first().receipt in b"".join(each.content for each in answers).decode()
    assert client.post("/letters/", {"receipt": "X"}).status_code == 200


def test_a_receipt_tells_what_happens_who_until_when_and_how_it_ended(client, approved, cast):
    said = publish(approved, cast)
    write(client, "statement", f"{said.token}/", text="本企业已于次日整改完毕。")
    letter = Letter.objects.get()

    def page():
        return client.post("/letters/", {"receipt": letter.receipt}).content.decode()

    first = page()
    assert "公示经办人" in first and f"{letter.due_on:%Y年%m月%d日}" in first and "12345" in first
    letters.accept(letter, by=cast.clerk)
    made = publications.judge(
        publications.prepare_statement(letter, letter.text, by=cast.clerk), True, by=cast.head
    )
    letters.answer(letter, "已刊登", True, by=cast.clerk)
    ended = page()
    # The enterprise's own word is printed, not found to be true.
    assert "已刊登在这条公示旁边" in ended and "核查属实" not in ended and f"/results/{made.token}/" in ended


def test_what_is_far_too_long_is_refused_and_not_sent_back_whole(client, bureau):
    answer = write(client, "report", text="字" * 1_000_000)
    assert not Letter.objects.exists() and len(answer.content) < 60_000
    assert "3000" in answer.content.decode()


def test_what_was_refused_is_not_counted(client, bureau, settings):
    settings.LETTERS_AN_HOUR = 2
    for _ in range(5):
        write(client, "report", text=" ")
    assert "已收到" in write(client, "report", text="有隐患").content.decode()


def test_pages_of_other_sites_may_read_open_data(client, bureau):
    for path in (
        "/results.csv",
        "/results.json",
        "/results.rss",
        "/anchor.json",
        "/data/catalog.jsonld",
        "/api/v1/draws",
    ):
        assert client.get(path)["Access-Control-Allow-Origin"] == "*", path
        asked = client.options(path)
        assert asked.status_code == 204 and "GET" in asked["Access-Control-Allow-Methods"], path
    assert "Access-Control-Allow-Origin" not in client.get("/letters/")


def scripted():
    """A PDF with a script at its opening, one on its page, and a file within."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    writer.add_attachment("x.exe", b"MZ-within")
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("bad()")}
    )
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_is_kept_as_its_pages_and_nothing_else(client, bureau):
    data = scripted()
    assert b"JavaScript" in data
    write(client, "report", files=SimpleUploadedFile("证据.pdf", data))
    kept = Letter.objects.get().enclosures.get().file.read()
    assert kept.startswith(b"%PDF-") and len(PdfReader(io.BytesIO(kept)).pages) == 1
    assert b"JavaScript" not in kept and b"bad()" not in kept and b"MZ-within" not in kept


def test_a_broken_pdf_is_refused_by_name(client, bureau):
    answer = write(client, "report", files=SimpleUploadedFile("坏.pdf", b"%PDF-1.7 nothing"))
    assert "第 1 个附件" in answer.content.decode() and not Letter.objects.exists()
