"""年度总结 (年终总结上报): drafted from all numbers of its days, finished by a person, approved by another,
fixed, taken as Word and PDF, handed in with its receipt; never public by itself."""

import io
import subprocess
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from docx import Document
from PIL import Image
from pypdf import PdfReader

from publicity.models import Disclosure, Return
from publicity.services import returns
from registries.models import JournalEntry
from registries.services import handing

from ..staircase import inspect, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(drawn, cast):
    """Of this year; one case of a draw that is not released yet is done."""
    inspect(drawn.cases.order_by("pk").first(), fails=["A01.1"])
    today = timezone.localdate()
    return returns.draft(date(today.year, 1, 1), date(today.year, 12, 31), by=cast.clerk)


def _finished(drafted):
    drafted.text = drafted.text.replace("（请补充）", "基层人手不足；下一年充实执法力量。")
    drafted.save()
    return drafted


def _approved(drafted, cast):
    handed = handing.hand_in(_finished(drafted), returns.PREPARE, by=cast.clerk)
    return returns.approve(handed, by=cast.head)


def test_it_counts_all_of_its_days_and_nothing_else(drafted, drawn, cast):
    assert drafted.title.endswith(f"{timezone.localdate().year}年“双随机、一公开”工作总结")
    assert f"立项检查 {drawn.cases.count()} 户次，查完 1 家次" in drafted.text  # also what is not released
    assert "发现问题 1 项" in drafted.text and "封存抽取 1 次，抽出 1 次，作废 0 次" in drafted.text
    assert "培训 0 人" in drafted.text and "收到回避申请 0 件，同意 0 件" in drafted.text
    before = timezone.localdate() - timedelta(days=1)
    empty = returns.draft(before - timedelta(days=30), before, by=cast.clerk)
    assert "立项检查 0 户次，查完 0 家次" in empty.text and "封存抽取 0 次" in empty.text
    with refused_with("period_backwards"):
        returns.draft(before, before - timedelta(days=1), by=cast.clerk)


def test_two_hands_and_no_hint_left(drafted, cast):
    with refused_with("text_unfinished"):
        handing.hand_in(drafted, returns.PREPARE, by=cast.clerk, require_whole=returns.require_whole)
    handed = handing.hand_in(_finished(drafted), returns.PREPARE, by=cast.clerk)
    with refused_with("not_allowed"):
        returns.approve(handed, by=cast.clerk)
    assert returns.approve(handed, by=cast.head).status == "approved"


def test_what_is_approved_is_fixed_and_handed_in_once(drafted, cast, tmp_path):
    report = _approved(drafted, cast)
    for change in ({"text": "别的"}, {"title": "别的"}, {"word": None}, {"status": "drafted"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Return.objects.filter(pk=report.pk).update(**change)
    with refused_with("sent_ahead"):
        returns.send(report, "县委编办", timezone.localdate() + timedelta(days=1), by=cast.clerk)
    sent = returns.send(report, "县委编办", timezone.localdate(), by=cast.clerk)
    returns.note_receipt(sent, "编办收〔2026〕17号，元某签收", by=cast.clerk)
    with refused_with("stale"):
        returns.note_receipt(sent, "另一个", by=cast.clerk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Return.objects.filter(pk=report.pk).update(receipt="另一个")
    told = JournalEntry.objects.filter(about=report.about).values_list("action", flat=True)
    assert {"return.approved", "return.sent", "return.answered"} <= set(told)
    assert not Disclosure.objects.exists()


def test_word_and_pdf_say_what_was_approved_in_an_official_papers_form(drafted, cast):
    report = _approved(drafted, cast)
    word = Document(io.BytesIO(report.word.read()))
    words = [each.text for each in word.paragraphs if each.text]
    name = report.bureau.name
    assert words[0].split("\n") == [name, report.title.removeprefix(name)] and words[-2] == name
    assert "一、计划和完成" in words and "十、下一年打算" in words
    for line in report.text.splitlines():
        if line and not line.startswith("#"):
            assert line in words
    page, body = word.sections[0], next(each for each in word.paragraphs if each.text.startswith("封存抽取"))
    assert (round(page.page_width.mm), round(page.top_margin.mm), round(page.left_margin.mm)) == (210, 37, 28)
    assert body.runs[0].font.size.pt == 16 and body.paragraph_format.line_spacing.pt == 28
    told = "".join(each.extract_text() for each in PdfReader(io.BytesIO(report.pdf.read())).pages)
    assert "一、计划和完成" in told and "立项检查" in told and report.bureau.name in told


@pytest.mark.trial
def test_the_word_file_looks_like_an_official_paper(drafted, cast, tmp_path):
    """GB/T 9704, as LibreOffice draws it: A4, its margins, the title in the middle, the page's number."""
    report = _approved(drafted, cast)
    (tmp_path / "summary.docx").write_bytes(report.word.read())
    office = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run(
        [*office, "--outdir", tmp_path, tmp_path / "summary.docx"], check=True, capture_output=True
    )
    pages = PdfReader(tmp_path / "summary.pdf").pages
    assert [round(float(each) / 72 * 25.4) for each in pages[0].mediabox[2:]] == [210, 297]
    told = subprocess.run(
        ["pdftotext", tmp_path / "summary.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout  # pypdf turns the order of mixed scripts about
    told = "".join(told.split())
    assert "".join(report.title.split()) in told
    assert "十、下一年打算" in told and "—1—" in told
    subprocess.run(
        ["pdftoppm", "-r", "50.8", "-gray", "-png", tmp_path / "summary.pdf", tmp_path / "page"], check=True
    )  # two dots a millimetre
    first = Image.open(min(tmp_path.glob("page*.png")))
    ink = first.point(lambda dot: 255 if dot < 128 else 0)
    left, top, right, bottom = ink.crop((0, 0, first.width, 520)).getbbox()
    assert left >= 2 * 27 and right <= first.width - 2 * 24 and 2 * 36 <= top <= 2 * 50
    title = ink.crop((0, top, first.width, top + 2 * 10)).getbbox()
    assert abs((title[0] + title[2]) / 2 - (2 * 28 + first.width - 2 * 26) / 2) < 2 * 4  # in the middle
    number = ink.crop((0, first.height - 2 * 34, first.width, first.height)).getbbox()
    assert number and abs((number[0] + number[2]) / 2 - (2 * 28 + first.width - 2 * 26) / 2) < 2 * 4


def test_the_words_are_written_by_an_act_and_one_draft_is_enough(drawn, cast, client):
    client.force_login(cast.clerk)
    asked = {"kind": "summary", "since": "2026-01-01", "until": "2026-06-30"}
    first = client.post("/admin/reports/new/", asked)["Location"]
    again = client.post("/admin/reports/new/", asked, follow=True)
    assert again.redirect_chain[-1][0] == first and "已经有一份草稿" in again.content.decode()
    assert client.post("/admin/reports/new/", asked | {"until": "2026-09-30"})["Location"] != first
    report = Return.objects.earliest("pk")
    title = report.title
    client.post(first, {"title": "", "text": "# 一\r\n改过的正文"})
    report.refresh_from_db()
    assert (report.title, report.text) == (title, "# 一\n改过的正文")
    client.post(first, {"title": "新标题", "text": " "})
    report.refresh_from_db()
    assert (report.title, report.text) == (title, "# 一\n改过的正文")
    with refused_with("not_allowed"):
        returns.write(report, "别的", "别的", by=cast.auditor)


def test_the_desk_walks_it(drawn, cast, client):
    client.force_login(cast.clerk)
    year = timezone.localdate().year
    told = {"kind": "summary", "since": f"{year}-01-01", "until": f"{year}-12-31"}
    page = client.post("/admin/publicity/return/act/draft/", told, follow=True)
    report = Return.objects.get()
    base = f"/admin/publicity/return/{report.pk}"
    assert page.redirect_chain[-1][0] == f"/admin/reports/{report.pk}/"
    assert "还有“（请补充）”" in client.post(f"{base}/act/hand_in/").content.decode()
    text = report.text.replace("（请补充）", "无。")
    client.post(f"{base}/change/", {"title": report.title, "text": text})
    client.post(f"{base}/act/hand_in/")
    assert client.get(f"{base}/act/word/").content[:2] == b"PK"
    client.force_login(cast.head)
    assert report.title in client.get("/admin/").content.decode()
    client.post(f"{base}/act/approve/")
    client.force_login(cast.clerk)
    assert f"{base}/act/send/" in client.get("/admin/").content.decode()
    client.post(
        f"{base}/act/send/", {"to": "县委编办", "day": f"{timezone.localdate()}", "receipt": "收 3 号"}
    )
    report.refresh_from_db()
    assert (report.status, report.sent_to, report.receipt) == ("sent", "县委编办", "收 3 号")
    assert client.get(f"{base}/act/pdf/").content[:5] == b"%PDF-"
    client.force_login(cast.stranger)
    assert client.get(f"{base}/act/pdf/").status_code == 404
    client.force_login(cast.witness1)
    assert client.get(f"{base}/change/").status_code == 403
