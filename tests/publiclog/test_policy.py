"""The first throw waits until the sealing is cosigned, or those present have signed on paper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.draw import values
from publicity import lognote
from registries.models import LogEntry, LogWitness
from registries.services import (
    logpolicy,
)

from ..staircase import refused_with
from . import playing

pytestmark = pytest.mark.django_db


def test_the_first_throw_waits_for_a_cosignature_or_for_paper(sealed, bureau, cast, log_home, witness):
    source = sealed.sources.order_by("position").first()
    type(sealed).objects.filter(pk=sealed.pk)
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
