"""The window with the log and without it, turn by turn in one run."""

import statistics
import time

import pytest

from publicity.views import draws

from . import playing

pytestmark = [pytest.mark.django_db, pytest.mark.trial]
ROUNDS, TIMES, MOST = 7, 40, 1.1


def test_the_window_is_as_fast_with_the_log(released, client, monkeypatch):
    playing.sign()
    number, real = released.draw.number, draws.leaves_of
    pages = ("/", "/draws/", f"/draws/{number}/", "/results/", "/verify/")
    took = {True: [], False: []}

    def look():
        began = time.perf_counter()
        for _ in range(TIMES):
            for page in pages:
                assert client.get(page).status_code == 200
        return time.perf_counter() - began

    look()
    for _ in range(ROUNDS):
        for is_on in (True, False):
            monkeypatch.setattr(draws, "leaves_of", real if is_on else lambda *_: None)
            took[is_on].append(look())
    on, off = (statistics.median(took[each]) for each in (True, False))
    each = [took / TIMES / len(pages) * 1000 for took in (on, off)]
    print(f"公示页面：有日志 {each[0]:.1f} 毫秒，没有 {each[1]:.1f}")
    assert on / off <= MOST, (on, off)
