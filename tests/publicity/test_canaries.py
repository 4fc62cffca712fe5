"""No leak: every text, file and JSON field of every model carries a mark, and no public byte carries it, but
for those fields that are public by a list written by hand."""

import io
import json
import re
import subprocess
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.utils import timezone

from inspections.after import penalties
from inspections.draw import drawing, drawrecord
from inspections.models import Case
from inspections.visit import reports
from publicity.models import Disclosure, Release
from publicity.services import dumps, publications
from registries.models import EncryptedTextField, StoredFile
from registries.services import storage

from ..staircase import approve_scheme, inspect, throw
from ..test_public_access import crawl
from ..walls import behind_the_walls
from .test_letters import a_pdf

pytestmark = pytest.mark.django_db
MARK = "泄漏标记"
FILE_MARK = b"CANARY-IN-A-FILE"
# What the public pages are made of, by hand. Everything else that is text is marked and must not be seen.
PUBLIC = {
    "registries.bureau": {"name", "site_code", "site_record", "site_contact", "site_host", "moved_to"},
    "registries.itemlist": {"title"},
    "registries.item": {
        "name",
        "sub_item",
        "authority",
        "objects_text",
        "basis",
        "content",
        "method",
        "frequency",
        "rules",
        "duty_code",
    },
    "registries.checkline": {"requirement", "basis"},
    "registries.category": {"name"},
    "registries.lotrule": {"value"},
    "registries.leadinggroup": {"title", "basis", "office"},
    "registries.leadingmember": {"name", "post"},
    "registries.inspectionkind": {"title"},
    "registries.reason": {"title", "national_code"},
    "registries.subject": {"former_name"},
    "inspections.plan": {"title", "text", "reason"},
    "inspections.planline": {"title", "objects_text", "section", "partners"},
    "inspections.task": {"title", "lot_rules"},
    "inspections.draw": {"public_facts", "void_reason", "after"},
    "inspections.drawfile": {"text"},
    "inspections.seedsource": {"name", "body", "value", "nonce", "lodged_digest"},
    "inspections.change": {"reason", "request_digest"},
    "publicity.disclosure": {"subject_name", "subject_code", "payload", "reason"},
    "publicity.ending": {"reason", "basis"},
    "publicity.release": {"names", "spread", "commit", "result", "changes", "openings", "record"},
    "publicity.listing": {
        "name",
        "code",
        "search",
        "sound",
        "town",
        "industry",
        "category",
        "items",
        "result_code",
        "result",
        "draw",
        "ref",
    },
    "publicity.ticket": {"ref", "stratum", "status"},
    "publicity.dump": {"files"},
}
# Keys by which rows find each other, and hashes: changed, nothing would be reached at all.
KEYS = {
    "ref",
    "code",
    "token",
    "number",
    "digest",
    "sm3",
    "commitment",
    "prev",
    "result_digest",
    "username",
    "password",
    "task",
    "receipt",
    "version",
    "lodged_digest",
    "request_digest",
    "about",
    "action",
    "prev_digest",
    "draw",
    "sha256",
}


def marked_fields(model):
    open_ = PUBLIC.get(model._meta.label_lower, set())
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in open_ or field.name in KEYS or field.choices:
            continue
        if (
            isinstance(field, (models.CharField, models.TextField, EncryptedTextField, models.JSONField))
            or field.is_relation
            and field.related_model is StoredFile
        ):
            yield field


def spoil():
    """A mark into every such field of every row; how many fields were marked."""
    count, leaf = 0, storage.keep(b"%PDF-1.4 " + FILE_MARK, "application/pdf")
    for model in apps.get_models():
        if model._meta.app_label not in ("registries", "inspections", "publicity"):
            continue
        for field in marked_fields(model):
            if field.is_relation:
                value = leaf.pk
            elif isinstance(field, models.JSONField):
                value = [f"{MARK}{field.name}"]
            else:
                value = f"{MARK}{model._meta.model_name}{field.name}"[: field.max_length or None]
            try:
                with transaction.atomic():
                    count += bool(model._base_manager.update(**{field.name: value}))
            except Exception:  # noqa: BLE001  a unique or checked column keeps its values
                continue
    return count


@pytest.fixture
def world(released, cast, client, register, make_task, seal, inspectors):
    """A released draw and one whose enterprises are still secret; letters, drafts, a penalty
    prepared, a result held back."""
    second = drawing.run(throw(seal(make_task())).pk)
    approve_scheme(second.task)
    hidden = inspect(second.cases.order_by("pk").first(), fails=["A01.1"])
    report = reports.approve(hidden, by=cast.head)
    publications.judge(
        publications.prepare_result(report, by=cast.clerk, not_before=timezone.now() + timedelta(days=9)),
        True,
        by=cast.head,
    )
    penalty = penalties.propose(
        report.case, report.case.findings.all(), "案由", "情况", "建议", by=report.author
    )
    penalties.judge(penalty, True, by=cast.head)
    publications.prepare_news(
        cast.clerk.bureau, "notice", f"{MARK}未审公告", f"{MARK}未审内容", by=cast.clerk
    )
    said = Disclosure.objects.order_by("pk").first()
    for path in ("report/", f"objection/{said.token}/"):
        client.post(
            f"/letters/{path}",
            {
                "text": f"{MARK}来信",
                "name": f"{MARK}人",
                "contact": "13912345678",
                "subject_said": f"{MARK}企业",
                "files": SimpleUploadedFile("a.pdf", a_pdf(FILE_MARK)),
            },
        )
    drawrecord.issue(released.draw, "inner", by=cast.clerk)
    ended = Disclosure.objects.order_by("pk").last()
    publications.judge(
        publications.prepare_ending(ended, "withdrawn", "认定有误", by=cast.clerk), True, by=cast.head
    )
    return second


def test_no_public_byte_carries_a_mark(world, client):
    refs = [ref for each in json.loads(world.result_json)["objects"] for ref in each["drawn"]]
    names = list(Case.objects.filter(draw=world).values_list("subject__name", flat=True))
    shown = set(Disclosure.objects.values_list("subject_name", flat=True))
    told = json.dumps(list(Release.objects.values_list("names", flat=True)), ensure_ascii=False)
    secret = [each for each in names if each not in shown and each not in told]
    with behind_the_walls():
        assert spoil() > 120
    dumps.make_all()
    pages = crawl(client)
    more = [
        "/sitemap.xml",
        "/robots.txt",
        "/api/v1/openapi.json",
        "/api/v1/results",
        "/api/v1/draws",
        "/api/v1/items",
        "/api/v1/changes",
        "/embed/results/",
        "/no-such-page/",
        "/results/none/",
        "/letters/report/",
        "/api/v1/results/none",
        "/api/v1/results?since=x",
        "/papers/none/",
        *[
            f"/results/{token}{tail}"
            for token in Disclosure.objects.values_list("token", flat=True)
            for tail in ("/", ".json", ".jsonld")
        ],
        *[f"/enterprises/{ref}/" for ref in refs],
        *[f"/verify/?code={ref}" for ref in refs],
        *[f"/results/?q={word}" for word in (*names, MARK)],
    ]
    for path in more:
        answer = client.get(path)
        pages[path] = (
            answer.status_code,
            answer.content if hasattr(answer, "content") else b"".join(answer.streaming_content),
        )
    assert len(pages) > 80 and {status for status, _ in pages.values()} <= {200, 301, 302, 404, 410, 422}
    for path, (_, body) in pages.items():
        if path.startswith(("/login/", "/desk/", "/admin/")):
            continue
        text = body if not body.startswith(b"%PDF") else body + pdf_text(body)
        asked = path.partition("?q=")[2]  # what a reader typed may stand in his own box
        for word in (MARK, MARK.encode("unicode_escape").decode(), "13912345678", *secret):
            assert word == asked or word.encode() not in text, (path, word, around(text, word))
        assert FILE_MARK not in text, path


def test_no_encrypted_column_of_any_table_holds_what_was_written(world):
    with behind_the_walls():
        spoil()
    held = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                with connection.cursor() as cursor:
                    cursor.execute(f'SELECT "{field.column}" FROM "{model._meta.db_table}"')
                    rows = [value for (value,) in cursor.fetchall() if value]
                assert all(re.match(r"v\d+:", each) and MARK not in each for each in rows), field
                held[f"{model._meta.model_name}.{field.name}"] = len(rows)
    assert sum(map(bool, held.values())) >= 12, held  # phones, numbers, letters, the draw's salt among them


def test_every_text_field_is_marked_or_public_by_hand():
    """A new field is marked by itself; a name in the list that is no field any more is named."""
    for label, names in PUBLIC.items():
        if names:
            model = apps.get_model(label)
            assert names <= {field.name for field in model._meta.get_fields()}, label


def pdf_text(body):
    return subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=body, capture_output=True, check=False
    ).stdout


def around(text, word):
    at = text.find(word.encode())
    return io.BytesIO(text[max(0, at - 120) : at + 120]).read().decode(errors="replace")
