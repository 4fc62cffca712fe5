"""The first throw waits until the sealing is cosigned, or those present have signed on paper."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.draw import values
from inspections.watch import redflags
from publicity import lognote
from registries.models import LogEntry, LogWitness, Message
from registries.services import leaves, logpolicy

from ..staircase import refused_with
from . import playing

pytestmark = pytest.mark.django_db


def test_the_first_throw_waits_for_a_cosignature_or_for_paper(sealed, bureau, cast, log_home, witness):
    source = sealed.sources.order_by("position").first()
    with playing.serving(witness) as address:
        logpolicy.add(bureau, "司法局", str(witness.key()), address, by=cast.head)
        sealed.seed_at = timezone.now() - timedelta(minutes=1)
        assert values.refusal(sealed, source, cast.witness1).code == "log_uncosigned"
        assert not values.is_on_paper(sealed)
        playing.sign()
        witness.watch(playing.own_key(playing.log_of(bureau), log_home / "log"))
        playing.sign()
        assert values.refusal(sealed, source, cast.witness1) is None
    assert logpolicy.cosigners(bureau, sealed.number) == 1
    kinds = LogEntry.objects.filter(log__bureau=bureau).values_list("kind", flat=True)
    assert "rules" in kinds


def test_on_paper_where_no_witness_answers(sealed, bureau, cast):
    key = lognote.Key("away", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
    logpolicy.add(bureau, "不在的", str(key), "http://127.0.0.1:9", by=cast.head)
    playing.sign()
    with refused_with("not_allowed"):
        values.sign_on_paper(sealed, by=cast.clerk)
    values.sign_on_paper(sealed, by=cast.supervisor)
    assert values.is_on_paper(sealed) and not values.lacking(sealed)
    with refused_with("not_allowed"):
        logpolicy.require_so_many(bureau, 1, by=cast.clerk)
    with refused_with("log_quorum"):
        logpolicy.require_so_many(bureau, 2, by=cast.head)
    logpolicy.require_so_many(bureau, 0, by=cast.head)
    assert logpolicy.needed(bureau) == 0
    row = LogWitness.objects.get()
    logpolicy.end(row, by=cast.head)
    with refused_with("log_witness_over"):
        logpolicy.end(row, by=cast.head)
    with refused_with("log_key_wrong"):
        logpolicy.add(bureau, "错的", "x+00000000+AAAA", "http://127.0.0.1:9", by=cast.head)


def test_what_waits_stands_on_the_first_pages(sealed, bureau, cast, client):
    """No witness answers and the hour has come: the supervisor finds the act on the first page, the head and
    the keeper of the machine see who watches; a log that stands still is told and is a red flag."""
    key = lognote.Key("away", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
    client.force_login(cast.head)
    assert "日志只对保存过检查点的人有用" in client.get("/admin/").content.decode()
    playing.sign()
    logpolicy.add(bureau, "不在的", str(key), "http://127.0.0.1:9", by=cast.head)
    client.force_login(cast.supervisor)
    page = client.get("/admin/").content.decode()
    act = f"/admin/inspections/draw/{sealed.pk}/act/paper/"
    assert act in page and "封存还差 1 方联署" in page
    assert client.post(act).status_code == 302
    assert act not in client.get("/admin/").content.decode()

    log = playing.log_of(bureau)
    leaves.stop(log, "数据库比公开过的旧")
    for each in (cast.supervisor, cast.head, cast.officer):
        told = Message.objects.filter(account=each, kind="watch").values_list("said", flat=True)
        assert any("公开日志停住了" in said for said in told), each
        client.force_login(each)
        assert "停着，什么也不能公开" in client.get("/admin/").content.decode(), each
    flags = [each for each in redflags.of(bureau) if each.kind == "公开日志"]
    assert [each.grave for each in flags] == [True]


def test_a_witness_who_waits_is_told_why_and_led_nowhere_he_may_not_go(sealed, bureau, cast, client):
    key = lognote.Key("away", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
    playing.sign()
    logpolicy.add(bureau, "不在的", str(key), "http://127.0.0.1:9", by=cast.head)
    for account, is_led in ((cast.witness1, False), (cast.supervisor, True)):
        client.force_login(account)
        page = client.get(f"/desk/draws/{sealed.number}/").content.decode()
        assert "还差 1 方" in page and 'http-equiv="refresh"' in page and 'name="value"' not in page
        assert (f"/admin/inspections/draw/{sealed.pk}/change/" in page) == is_led


def test_while_the_log_stands_still_nobody_is_led_to_a_form_that_would_be_refused(
    sealed, cast, bureau, client
):
    playing.sign()
    leaves.stop(playing.log_of(bureau), "数据库比公开过的旧")
    source = sealed.sources.order_by("position").first()
    assert values.refusal(sealed, source, source.account).code == "log_still"
    client.force_login(source.account)
    page = client.get(reverse("desk:draw", args=[sealed.number])).content.decode()
    assert "公开日志停着，先不要摇号" in page and "提交（不能更改）" not in page
    for each in (cast.clerk, cast.head, cast.supervisor, cast.officer):
        client.force_login(each)
        told = client.get(reverse("admin:index")).content.decode()
        assert told.count("停着，什么也不能公开") == 1, each
