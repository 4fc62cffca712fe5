"""What the database's owner may change is named: a row of who may do what, or by which rule, that no act
explains."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from inspections.watch import redflags
from registries.models import (
    Account,
    Bureau,
    CapRule,
    Category,
    InspectionKind,
    LegalLimit,
    LotRule,
    RoleGrant,
    RowMark,
    SecondFactor,
)
from registries.services import accounts, confirming, covers, journal, secondfactors

from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db

# What somebody who owns the database does behind the application.
ATTACKS = {
    "another password": lambda b: Account.objects.filter(username="witness1").update(password="x"),
    "another door": lambda b: Account.objects.filter(username="head").update(sso_name="me@idp"),
    "awake again": lambda b: Account.objects.filter(username="auditor").update(is_active=False),
    "a role more": lambda b: RoleGrant.objects.create(
        account=Account.objects.get(username="clerk"), role="head", since=timezone.localdate()
    ),
    "a role longer ago": lambda b: RoleGrant.objects.filter(role="witness").update(since="2020-01-01"),
    "a role less": lambda b: RoleGrant.objects.filter(role="supervisor").delete(),
    "an account more": lambda b: Account.objects.create(username="ghost", bureau=b, display_name="影子"),
    "a longer limit": lambda b: LegalLimit.objects.filter(bureau=b, code="publish_result").update(length=999),
    "a kind without a draw": lambda b: InspectionKind.objects.filter(bureau=b).update(draw="forbidden"),
    "a lower cap": lambda b: Category.objects.filter(bureau=b).update(yearly_cap=0),
    "a cap more": lambda b: CapRule.objects.create(
        category=Category.objects.filter(bureau=b).first(), field="risk", value="重大", yearly=0
    ),
    "more lots": lambda b: LotRule.objects.filter(bureau=b).update(lots=50),
    "a lot rule less": lambda b: LotRule.objects.filter(bureau=b).first().delete(),
    "the counter-measure off": lambda b: Bureau.objects.filter(pk=b.pk).update(returned_months=0),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_row_that_no_act_explains_is_named(cast, bureau, attack, capsys):
    assert covers.faults(bureau) == []
    with behind_the_walls():
        ATTACKS[attack](bureau)
    faults = covers.faults(bureau)
    assert faults and all("没有办理记录" in each for each in faults), attack
    with pytest.raises(SystemExit):
        call_command("verify_journal")
    assert "没有办理记录" in capsys.readouterr().out
    assert any(flag.kind == "没有署名的改动" and flag.grave for flag in redflags.of(bureau))
    # an act that comes after it takes nothing of it over
    confirming.confirm(accounts.ask_end(cast.legal, "legal", by=cast.officer), by=cast.security)
    assert covers.faults(bureau) == faults


def test_what_is_done_by_acts_is_explained(cast, bureau, client):
    confirming.confirm(accounts.ask_reset(cast.witness1, by=cast.officer)[0], by=cast.security)
    confirming.confirm(
        accounts.ask_grant(cast.witness1, "legal", timezone.localdate(), by=cast.officer), by=cast.security
    )
    confirming.confirm(accounts.ask_identity(cast.clerk, "c@idp", by=cast.officer), by=cast.security)
    confirming.confirm(
        accounts.ask_account(bureau, "neu", "新某", ["clerk"], by=cast.officer)[0], by=cast.security
    )
    confirming.confirm(accounts.ask_leave(cast.auditor, "退休", by=cast.officer), by=cast.security)
    secret = secondfactors.fresh_secret()
    factor = SecondFactor.objects.create(account=cast.head, secret=secret)
    assert covers.faults(bureau)
    covers.touch(bureau, [factor], by=cast.head)
    SecondFactor.objects.update(last_step=7)  # a code was used: that is no change of who may do what
    assert client.login(username="clerk", password="pw-for-tests")
    assert covers.faults(bureau) == []
    secondfactors.take_away(cast.head, by=None)
    assert covers.faults(bureau) == []


def test_the_marks_beside_the_journal_are_no_way_round_it(cast, bureau):
    """Whoever mends the fast table too is found by the journal, and who rewrites that by an earlier
    anchor."""
    head = journal.head(bureau)
    with behind_the_walls():
        LotRule.objects.filter(bureau=bureau).update(lots=50)
        RowMark.objects.all().delete()
    assert covers.faults(bureau)
    assert journal.verify(bureau, head)[1] == []
    confirming.confirm(accounts.ask_end(cast.legal, "legal", by=cast.officer), by=cast.security)
    assert any("加签" in each for each in covers.faults(bureau))  # and no act puts all down anew
    with behind_the_walls():
        MigrationRecorder(connection).record_applied("registries", "9999_as_if")
    confirming.confirm(accounts.ask_end(cast.witness3, "witness", by=cast.officer), by=cast.security)
    assert covers.strange(bureau) and any("升级时有" in flag.text for flag in redflags.of(bureau))
