"""数据接口: what it answers is what its description says, whatever is asked."""

import json

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.django_db


def test_nothing_undocumented_and_nothing_broken(released, client):
    described = json.loads(client.get("/api/v1/openapi.json").content)
    assert described["openapi"].startswith("3.1")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    asked = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def ask(case):
            asked.append(case.path)
            case.call_and_validate(headers={"Accept-Encoding": "identity"})

        ask()
    assert len(set(asked)) == len(described["paths"]) >= 6 and len(asked) > 120
