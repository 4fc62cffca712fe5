"""数据接口: what it answers is what its description says, whatever is asked."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_connection():
    """The application under test shares this test's transaction: no request may close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("one_connection")
def test_nothing_undocumented_and_nothing_broken(released):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    described = schema.raw_schema
    assert described["openapi"].startswith("3.1")
    asked = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=35, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def ask(case):
            asked.append(case.path)
            case.call_and_validate(headers={"Accept-Encoding": "identity"})

        ask()
    assert len(set(asked)) == len(described["paths"]) >= 6 and len(asked) > 120


def test_the_interface_can_be_kept_and_tells_nobody_apart(client, released):
    for path in (
        "/api/v1/results",
        "/api/v1/draws",
        "/api/v1/items",
        "/api/v1/plans",
        "/api/v1/changes",
        "/api/v1/openapi.json",
    ):
        first = client.get(path)
        assert (
            first.status_code == 200
            and "max-age" in first["Cache-Control"]
            and "public" in first["Cache-Control"]
        ), path
        assert not first.cookies and "Cookie" not in first.get("Vary", ""), path
        again = client.get(path, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304 and again.content == b"", path
