"""Two machines with a disk each, one database, one bucket: whichever is asked, it is the same house."""

import hashlib
import http.client
import json
import socket
import time
import uuid
from contextlib import contextmanager

import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from inspections.models import Filing, Upload
from inspections.papers import binding
from inspections.visit import reports
from publicity.models import Disclosure
from publicity.services import publications
from registries import shelf

from ..inspections.visit.test_filings import said
from ..signed import photo
from ..staircase import inspect, publish
from .conftest import wait_for
from .test_filings import Server, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]


@contextmanager
def bucket_of(settings):
    """A bucket that this process and its servers share; what they are told of it as environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bucket = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    bucket.start()
    endpoint, name = f"http://127.0.0.1:{port}", f"kept-{uuid.uuid4().hex[:8]}"
    told = {"endpoint_url": endpoint, "access_key": "k", "secret_key": "s", "region_name": "us-east-1"}
    options = told | {"bucket_name": name, "default_acl": None, "file_overwrite": True}
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"kept": backend}
    storages["kept"].connection.create_bucket(Bucket=name)
    env = {"FILES_BUCKET": name, "FILES_ENDPOINT": endpoint, "FILES_KEY": "k", "FILES_SECRET": "s"}
    yield env | {"FILES_REGION": "us-east-1"}
    bucket.stop()


@pytest.fixture
def nodes(settings, drawn, tmp_path):
    """Two servers that share nothing but the database and the bucket; this process is the worker."""
    found = []
    with bucket_of(settings) as env:
        env |= {"PUBLIC_SECONDS": "60", "SECOND_FACTOR_ROLES": ""}
        for n in range(2):
            (tmp_path / f"node{n}").mkdir()
            found.append(Server(settings, MINGQIAN_VAR=str(tmp_path / f"node{n}"), **env))
        yield found
        for each in found:
            each.process.terminate()
            each.process.wait(20)


def ask(node, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def test_a_visit_goes_over_both_and_its_files_are_on_either(nodes, drawn):
    case = drawn.cases.order_by("pk").first()
    one, other = nodes
    headers = one.signed_in(member(case))  # a sitting is everywhere
    data = photo(size=(1600, 1200))
    digest, step = hashlib.sha256(data).hexdigest(), len(data) // 5 + 1
    for n, begin in enumerate(range(0, len(data), step)):
        piece, node = data[begin : begin + step], nodes[n % 2]
        span = {"Content-Range": f"bytes {begin}-{begin + len(piece) - 1}/{len(data)}"}
        more = headers | span | {"Content-Type": "application/octet-stream"}
        status, told = ask(node, f"/desk/field/{case.token}/files/{digest}", "PUT", piece, **more)
        assert status in (200, 201), (status, told, node.said())
    assert Upload.objects.get(case=case, original=digest).original.read() == data
    raw, mark = said(case, files=[{"sha256": digest, "kind": "photo", "line": "A01.1"}])
    assert other.hand_in(case, headers, raw, mark)[0] == 201, other.said()
    assert one.hand_in(case, headers, raw, mark)[0] in (200, 201)  # sent again, to the other
    assert Filing.objects.count() == 1 and wait_for(lambda: Filing.objects.get().status == "taken", 30)
    exhibit = case.exhibits.get()
    for node in nodes:
        status, shown = ask(node, f"/desk/cases/{case.token}/files/{exhibit.pk}/", **headers)
        assert status == 200 and shown[:2] == b"\xff\xd8", (status, node.said())
    job = binding.ask(case, by=member(case))  # made by the worker, which is a third machine
    binding.make(job.pk)
    assert shelf.has(binding.place_of(job))


def test_a_result_that_is_withdrawn_is_gone_from_both_within_two_seconds(nodes, drawn, cast):
    result = publish(reports.approve(inspect(drawn.cases.order_by("pk").last()), by=cast.head), cast)
    page, name = f"/results/{result.token}/", result.subject_name.encode()
    assert all(name in ask(node, path)[1] for node in nodes for path in (page, "/results/"))
    asked = publications.prepare_ending(
        Disclosure.objects.get(pk=result.pk), "withdrawn", "检查结果认定有误", "复查记录", by=cast.clerk
    )
    publications.judge(asked, True, by=cast.head)
    time.sleep(2)  # each process of each node looks for the last act once a second
    assert not any(name in ask(node, "/results/")[1] for _ in range(12) for node in nodes)
    kept = [json.loads(ask(node, "/api/v1/results")[1])["items"] for node in nodes]
    assert kept == [[], []]
