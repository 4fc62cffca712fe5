"""A disk that is really full: each door refuses in words, leaves no half file, everything can still be read,
and with room again it goes in. (The phone's door and PostgreSQL's disk: test_filings.py.)"""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from openpyxl import Workbook

from config.demo import invented
from publicity.models import Dump, Letter
from publicity.services import dumps
from registries.models import ImportRun, StoredFile

from ..inspections.visit.test_filings import jpeg
from .conftest import fill

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full(small_disk, settings, client):
    """The kept files on a disk that is full; `room()` makes room again."""
    files, settings.FILES_DIR = settings.FILES_DIR, small_disk / "files"
    settings.FILES_DIR.mkdir()
    for each in files.rglob("*") if files.exists() else ():
        if each.is_file():
            (settings.FILES_DIR / each.relative_to(files)).parent.mkdir(parents=True, exist_ok=True)
            (settings.FILES_DIR / each.relative_to(files)).write_bytes(each.read_bytes())
    settings.PUBLIC_DIR = small_disk / "public"
    settings.PUBLIC_DIR.mkdir()
    client.raise_request_exception = False  # as people get it
    return fill(small_disk)


def table():
    book = Workbook()
    book.active.append(["单位名称", "信用代码", "规模"])
    for n in range(200):
        book.active.append([f"第{n}机械厂{'甲' * 40}", invented.credit_code(n), "小型"])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def half_files(folder):
    return [each for each in folder.rglob("*") if each.is_file() and len(each.name) != 64]


def said(answer):
    return answer.content.decode()


def test_the_desks_and_the_letters_doors(full, cast, client, settings, tmp_path):
    client.force_login(cast.clerk)
    page = "/admin/registries/subject/act/upload/"
    before = StoredFile.objects.count()
    upload = {"file": SimpleUploadedFile("名录.xlsx", table())}
    refused = client.post(page, upload)
    assert refused.status_code == 507 and "服务器空间已满" in said(refused) and refused["Retry-After"], said(
        refused
    )[:300]
    assert not ImportRun.objects.exists() and half_files(settings.FILES_DIR) == []
    letter = {"text": "某厂夜里排放烟尘。", "files": SimpleUploadedFile("现场.jpg", jpeg(), "image/jpeg")}
    refused = client.post("/letters/report/", letter)
    assert refused.status_code == 507 and not Letter.objects.exists() and half_files(settings.FILES_DIR) == []
    assert StoredFile.objects.count() == before
    for path in ("/", "/draws/", "/results/", "/admin/", "/admin/registries/subject/", "/messages/"):
        assert client.get(path).status_code == 200, path
    with pytest.raises(CommandError, match="没有备份成"):
        call_command("backup", folder=str(full.parent / "backups"), stdout=io.StringIO())
    assert not list((full.parent / "backups").glob("*"))
    full.unlink()
    upload = {"file": SimpleUploadedFile("名录.xlsx", table())}
    assert client.post(page, upload).status_code == 302 and ImportRun.objects.count() == 1
    letter = {"text": "某厂夜里排放烟尘。", "files": SimpleUploadedFile("现场.jpg", jpeg(), "image/jpeg")}
    assert "回执号" in said(client.post("/letters/report/", letter)) and Letter.objects.count() == 1


def test_the_record_of_a_draw_the_nights_version_and_a_whole_list(full, cast, client, drawn, settings):
    client.force_login(cast.clerk)
    refused = client.post(f"/admin/inspections/draw/{drawn.pk}/act/record/")
    assert refused.status_code == 507 and half_files(settings.FILES_DIR) == []
    assert client.get("/results.csv").status_code == 507 and half_files(settings.PUBLIC_DIR) in (
        [],
        [settings.PUBLIC_DIR / ".990101-results.csv.lock"],
    )
    assert dumps.make_all() == []
    assert not Dump.objects.exists() and half_files(settings.FILES_DIR) == []
    full.unlink()
    assert client.post(f"/admin/inspections/draw/{drawn.pk}/act/record/").status_code == 200
    assert dumps.make_all()[0].files
    assert client.get("/results.csv").status_code == 200
