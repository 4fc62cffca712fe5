"""The month that `make exchange` plays, as a trial; the suite holds its parts one by one."""

import pytest

from .month import Month

pytestmark = [pytest.mark.django_db, pytest.mark.trial]


def test_a_month_ends_with_every_row_in_one_said_state(released, register, cast, settings, tmp_path):
    settings.EXCHANGE_DIR = tmp_path
    Month(cast, register.exclude(credit_code="")[:40], tmp_path, say=lambda text: None).play()
