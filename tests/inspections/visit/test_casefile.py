"""The file a case ends in, and the notice in anybody's hand."""

import io
import json
import subprocess
import zipfile

import pytest
from django.utils import timezone
from pypdf import PdfReader

from inspections.after import transfers
from inspections.case import staffing
from inspections.models import Paper
from inspections.papers import dossier, issuing
from inspections.visit import exhibits, reports, uploads

from ...staircase import approve_scheme, inspect
from ..papers.test_papers import every_paper, visited
from .test_filings import jpeg

pytestmark = pytest.mark.django_db


def _at_the_foot(path, n):
    """What stands at the foot of a page on the right, read by its place (points, A4)."""
    place = ["-x", "480", "-y", "800", "-W", "115", "-H", "42"]
    told = subprocess.run(
        ["pdftotext", "-f", str(n), "-l", str(n), *place, path, "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def test_a_closed_case_has_its_number_and_keeps_it(drawn, cast):
    """One series a year, without a gap; what is opened again and closed again keeps its own."""
    numbers = []
    for case in drawn.cases.order_by("pk")[:2]:
        report = reports.approve(inspect(case), by=cast.head)
        report.case.refresh_from_db()
        numbers.append(report.case.file_number)
    year = timezone.localdate().year
    assert numbers == [f"（青）应急检案〔{year}〕{n}号" for n in (1, 2)]
    case = report.case
    made = transfers.propose(case, "regulator", "消防救援大队", "通道堆物", by=report.author)
    case.refresh_from_db()
    assert case.status == "reported"
    transfers.judge(made, False, "不属其职责", by=cast.head)
    case.refresh_from_db()
    assert case.status == "closed" and case.file_number == numbers[1]


@pytest.mark.slow
def test_a_case_file_has_everything_in_order_with_true_pages_and_hashes(case, cast, tmp_path):
    made = every_paper(case, cast)
    by = case.team()[0].inspector.account
    for kind in ("photo", "paper"):
        exhibits.keep(
            case,
            uploads.keep(case, jpeg(colour="#aaa" if kind == "photo" else "#bbb"), by=by),
            kind,
            by=by,
            caption="北门",
        )
    mp4 = b"\0\0\0\x18ftypmp42" + b"\0" * 100
    exhibits.keep(case, uploads.keep(case, mp4, by=by), "video", by=by, caption="全程录像")
    issuing.void(made["order"], "期限写错", by=cast.clerk)
    data = dossier.as_pdf(case, by=cast.clerk)
    pdf = PdfReader(io.BytesIO(data))
    (tmp_path / "case.pdf").write_bytes(data)
    pages = [
        "".join(
            subprocess.run(
                ["pdftotext", "-raw", "-f", str(n), "-l", str(n), tmp_path / "case.pdf", "-"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
        )
        for n in range(1, len(pdf.pages) + 1)
    ]
    assert "案卷" in pages[0] and "卷内目录" in "".join(pages[:3])
    for entry in pdf.outline:
        at = pdf.get_destination_page_number(entry)
        number = entry.title.split(" ")[-1]
        if number.startswith("（"):
            assert number in pages[at], entry.title
            assert f"{number}" in "".join(pages[:at])
    assert "另存" in "".join(pages[:6]) and "（已作废）" in "".join(pages[:6])
    # the numbers that the contents name stand on the pages, at the foot on the right
    for n in range(2, len(pages) + 1):
        assert _at_the_foot(tmp_path / "case.pdf", n) == str(n), n
    assert "卷内备考表" in pages[-1] and f"共{len(pages)}页" in pages[-1] and "全程录像" in pages[-1]
    assert "办结时编号" in pages[0]

    with zipfile.ZipFile(io.BytesIO(dossier.as_zip(case, by=cast.clerk))) as kept:
        kept.extractall(tmp_path / "zip")
        names = kept.namelist()
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS.txt"],
        cwd=tmp_path / "zip",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert names[0].startswith("01 现场检查方案") and "办理日志.json" in names
    told = json.loads((tmp_path / "zip/办理节点.json").read_text())
    assert told[0]["title"] == "开始检查"


def test_a_file_that_is_gone_does_not_stop_the_export(case, cast):
    by = visited(case)
    kept = exhibits.keep(case, uploads.keep(case, jpeg(), by=by), "photo", by=by)
    kept.original.path.unlink()
    assert dossier.as_pdf(case, by=cast.clerk)[:5] == b"%PDF-"
    with zipfile.ZipFile(io.BytesIO(dossier.as_zip(case, by=cast.clerk))) as made:
        assert any("文件缺失" in name for name in made.namelist())


def test_anybody_who_holds_a_notice_sees_whether_it_is_genuine(case, member, client, cast):
    approve_scheme(case.task)
    client.force_login(member)
    client.post(f"/desk/cases/{case.token}/notice/")
    paper = case.papers.get(code="notice")
    client.logout()
    answer = client.get(f"/papers/{paper.token}/")
    page = answer.content.decode()
    assert (
        "现在有效" in page and case.subject.name in page and "本年度第 1 次" in page and paper.number in page
    )
    assert all(seat.inspector.name in page for seat in case.team())
    assert (
        "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"] and not answer.cookies
    )
    staffing.name_leader(
        case, next(seat for seat in case.team() if not seat.leads).inspector, "熟悉行业", by=cast.head
    )
    assert "不再有效" in client.get(f"/papers/{paper.token}/").content.decode()
    inspect(case)
    paper = case.papers.filter(code="notice", status="signed").get()
    assert "已经结束" in client.get(f"/papers/{paper.token}/").content.decode()
    issuing.void(paper, "写错", by=cast.clerk)
    assert "已作废" in client.get(f"/papers/{paper.token}/").content.decode()
    draft = issuing.draft(case, "record", by=member)
    assert (
        client.get(f"/papers/{draft.token}/").status_code == 404
        and client.get("/papers/nothing/").status_code == 404
    )


def test_the_papers_of_the_database_are_all_of_a_known_form(case, cast):
    every_paper(case, cast)
    assert set(Paper.objects.values_list("code", flat=True)) == {
        "scheme",
        "notice",
        "record",
        "measure",
        "order",
        "review",
        "report",
        "opening",
        "transfer",
        "delivery",
    }
