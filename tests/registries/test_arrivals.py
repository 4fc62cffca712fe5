"""来数 by machines: a folder, a signed request, an address that is asked."""

import json
import os
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse
from django.utils import timezone

from registries import wire
from registries.models import Delivery, Source
from registries.services import arrivals, deliveries
from registries.states import DeliveryState

from .test_deliveries import ABNORMAL, A, csv_of, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(register):
    firms = register.exclude(credit_code="").order_by("ref")[:3]
    return csv_of(
        ABNORMAL, *((each.name, each.credit_code, A, "", f"异〔{n}〕") for n, each in enumerate(firms))
    )


@pytest.fixture
def folder(settings, tmp_path):
    settings.EXCHANGE_DIR = tmp_path / "exchange"
    return settings.EXCHANGE_DIR


def old(path, data):
    path.write_bytes(data)
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_a_file_in_the_folder_comes_in_once_when_nobody_writes_it_any_more(cast, rows, folder, monkeypatch):
    one = source(cast, "abnormal", way="folder")
    arrivals.sweep()  # makes the folder
    there = arrivals.folder_of(one)
    old(there / "六月.csv", rows)
    old(there / "七月.csv.part", rows)
    (there / "八月.csv").write_bytes(rows)
    os.utime(there / "八月.csv", (time.time() + 60,) * 2)  # just being written, however slow this machine is
    assert arrivals.sweep() == 1
    made = Delivery.objects.get()
    assert (made.name, made.status, made.received_by) == ("六月.csv", DeliveryState.READ, None)
    assert sorted(each.name for each in there.iterdir()) == ["done", "七月.csv.part", "八月.csv"]
    # a process that died after receiving and before moving aside
    old(there / "六月.csv", rows)
    assert arrivals.sweep() == 0 and Delivery.objects.count() == 1


def test_a_signed_request_is_taken_once_and_no_other(client, cast, rows):
    one = source(cast, "abnormal", way="request")
    secret = arrivals.renew_secret(one, by=cast.officer)
    address = reverse("arrive", args=[cast.clerk.bureau.code, one.code])

    def send(body, secret=secret, at=None, where=address, **more):
        at = str(at or int(time.time()))
        signed = wire.signature(secret, at, body)
        headers = {
            "X-Mingqian-Time": at,
            "X-Mingqian-Signature": signed,
            "X-Mingqian-Name": "push.csv",
        } | more
        return client.post(where, body, content_type="text/csv", headers=headers)

    first, again = send(rows), send(rows)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["receipt"] == again.json()["receipt"] and not again.json()["is_new"]
    refusals = [
        send(rows, secret="x" * 32),
        send(rows, at=int(time.time()) - 3600),
        send(rows, **{"X-Mingqian-Signature": ""}),
        send(rows, where=reverse("arrive", args=["000000", one.code])),
        send(rows, where=reverse("arrive", args=[cast.clerk.bureau.code, "nothing"])),
    ]
    assert {each.status_code for each in refusals} == {401} and len({each.content for each in refusals}) == 1
    assert Delivery.objects.count() == 1
    Source.objects.update(is_open=False)
    assert send(rows + b"\r\n").status_code == 422


def test_json_is_read_like_a_table(cast, register):
    firm = register.exclude(credit_code="").first()
    said = [{"企业名称": firm.name, "统一社会信用代码": firm.credit_code, "列入日期": A, "文号": 7}]
    made, _ = deliveries.receive(source(cast, "abnormal"), json.dumps(said).encode(), "x.json", by=None)
    row = deliveries.work(made.pk).rows.get()
    assert row.subject == firm and row.values["number"] == "7"


class _Double(BaseHTTPRequestHandler):
    """A platform that one asks: whole, cut, with an error."""

    mode, body, asked = "whole", b"", []

    def do_GET(self):
        type(self).asked.append(self.headers.get("Authorization"))
        if self.mode == "error":
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body[: len(self.body) // 2] if self.mode == "cut" else self.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def double():
    _Double.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Double)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/data"
    server.shutdown()
    server.server_close()


def test_an_address_is_asked_at_its_hours_and_what_is_cut_is_not_taken(cast, rows, double):
    one = source(cast, "abnormal", way="pull", address=double, hours=24)
    arrivals.renew_secret(one, by=cast.officer)
    _Double.body = rows
    for mode, told in (("error", "503"), ("cut", "")):
        _Double.mode = mode
        Source.objects.update(asked_at=None)
        arrivals.sweep()
        one.refresh_from_db()
        assert one.trouble and told in one.trouble and not Delivery.objects.exists()
    _Double.mode = "whole"
    Source.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    arrivals.sweep()
    one.refresh_from_db()
    assert not one.trouble and Delivery.objects.get().status == DeliveryState.READ
    assert _Double.asked[-1] == f"Bearer {one.secret}"
    arrivals.sweep()
    assert len(_Double.asked) == 3  # not before its hours are over


def test_each_tab_of_a_delivery_opens_whatever_a_row_lacks(client, cast, register):
    firm = register.exclude(credit_code="").first()
    said = csv_of(
        ABNORMAL,
        (firm.name, firm.credit_code, A, "", "异1"),
        (firm.name, firm.credit_code, A, "", "异1"),
        ("别处的厂", "", A, "", "异2"),
        ("", firm.credit_code[:-1], A, "", "异3"),
        (firm.name, firm.credit_code, "前天", "", "异4"),
        ("", "", A, "", "异5"),
    )
    made, _ = deliveries.receive(source(cast, "abnormal"), said, "来.csv", by=cast.clerk)
    one = deliveries.work(made.pk)
    client.force_login(cast.clerk)
    for state in one.counts:
        page = client.get(f"{reverse('delivery', args=[one.pk])}?tab={state}")
        assert page.status_code == 200, state
        for row in one.rows.filter(status=state):
            assert (
                client.get(reverse("admin:registries_deliveryrow_change", args=[row.pk])).status_code == 200
            )
    assert len(one.counts) >= 4


def test_the_pages_show_each_row_and_who_it_waits_for(client, cast, rows, query_budget):
    made, _ = deliveries.receive(source(cast, "abnormal"), rows + rows, "来.csv", by=cast.clerk)
    deliveries.work(made.pk)
    client.force_login(cast.clerk)
    with query_budget(25):
        page = client.get(reverse("exchange"))
    assert (
        "县市场监管局：经营异常名录" in page.content.decode() and "1 次等核对或确认" in page.content.decode()
    )
    with query_budget(30):
        page = client.get(reverse("delivery", args=[made.pk]))
    assert "核对无误" in page.content.decode() and "3 行影响抽取" in page.content.decode()
    home = client.get(reverse("admin:index")).content.decode()
    assert "县市场监管局：经营异常名录" in home
    client.post(reverse("admin:registries_delivery_act", args=[made.pk, "check"]))
    client.force_login(cast.head)
    assert "县市场监管局" in client.get(reverse("admin:index")).content.decode()
    client.post(reverse("admin:registries_delivery_act", args=[made.pk, "confirm"]))
    assert deliveries.work(made.pk).status == DeliveryState.TAKEN
    client.force_login(cast.stranger)
    assert client.get(reverse("delivery", args=[made.pk])).status_code == 404
