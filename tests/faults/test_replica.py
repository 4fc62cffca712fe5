"""Public pages from a streaming replica: never older than the bureau's last public act, and there when it is
not."""

import time

import psycopg2
import pytest
from django.db import connection

from inspections.visit import reports
from publicity.models import Disclosure
from publicity.services import publications

from ..levels import APP
from ..servers import Replica
from ..staircase import inspect, publish
from .conftest import wait_for
from .test_filings import Server
from .test_two_nodes import ask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]


@pytest.fixture
def replica(drawn):
    made = Replica(connection.settings_dict["PORT"])
    yield made
    made.stop()


def asked_of(replica):
    """Transactions that the application has had there."""
    name = connection.settings_dict["NAME"]
    return replica.run(f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{name}'")[0][0]


def test_pages_are_read_from_it_while_it_shows_the_last_act(replica, settings, drawn, cast, client):
    name = connection.settings_dict["NAME"]
    url = f"postgres://{APP}@127.0.0.1:{replica.port}/{name}"
    server = Server(settings, REPLICA_URL=url, PUBLIC_SECONDS="0", SECOND_FACTOR_ROLES="")
    try:
        before = asked_of(replica)
        for _ in range(20):
            assert ask(server, "/draws/")[0] == 200
        assert wait_for(lambda: asked_of(replica) >= before + 20, 20), "nothing was read from it"
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            replica.run("CREATE TABLE x (y int)", name)
        replica.run("SELECT pg_wal_replay_pause()")  # it falls behind
        said = publish(reports.approve(inspect(drawn.cases.order_by("pk").first()), by=cast.head), cast)
        shown = said.subject_name.encode()
        time.sleep(2)  # each process looks for the last act once a second
        for _ in range(12):
            assert shown in ask(server, f"/results/{said.token}/")[1], "older than the last act"
        replica.run("SELECT pg_wal_replay_resume()")
        assert wait_for(lambda: shown in ask(server, "/results/")[1], 5)
        asked = publications.prepare_ending(
            Disclosure.objects.get(pk=said.pk), "withdrawn", "检查结果认定有误", "复查记录", by=cast.clerk
        )
        publications.judge(asked, True, by=cast.head)
        time.sleep(2)
        assert not any(shown in ask(server, "/results/")[1] for _ in range(12))
        replica.kill()  # in the middle: no page fails for it
        assert {ask(server, path)[0] for _ in range(10) for path in ("/", "/draws/", "/results/")} == {200}
        assert ask(server, "/healthz")[0] == 200
    finally:
        server.process.terminate()
        server.process.wait(20)
