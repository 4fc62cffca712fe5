"""Others who draw, on the same ids in the same run. Only what is told here is compared:
speed, not what it proves."""

import time

from django.db import connection

from inspections.engine.objects import drawn
from inspections.engine.tickets import Tickets

from .engine import SEED, hash_once, ids
from .measure import beside


def _ours(names):
    return lambda: drawn(Tickets(SEED), ((name, 1) for name in names), len(names) // 100)


def peers():
    """100,000 ids, 1 % drawn; each beside hashing the ids once."""
    names = ids(100_000)
    size = len(names) // 100
    yield beside("明签 drawn", _ours(names), lambda: hash_once(names), note="任何人用 sha256sum 可重算")
    try:
        import consistent_sampler  # noqa: PLC0415
        import cryptorandom.cryptorandom as prng  # noqa: PLC0415
        import cryptorandom.sample as sample  # noqa: PLC0415
    except ImportError as missing:
        print(f"   未安装 {missing.name}，跳过这一对照")
        return
    yield beside(
        "consistent_sampler",
        lambda: list(consistent_sampler.sampler(names, with_replacement=False, take=size, seed=SEED)),
        lambda: hash_once(names),
        note="依赖 Python 的 str()",
    )
    for method in ("sample_by_index", "PIKK"):
        yield beside(
            f"cryptorandom {method}",
            lambda method=method: sample.random_sample(
                len(names), size, replace=False, method=method, prng=prng.SHA256(SEED)
            ),
            lambda: hash_once(names),
            note="按行号抽，名录次序一变结果就变",
        )
    yield _order_by(names, size)


def _order_by(names, size):
    with connection.cursor() as cursor:

        def ask():
            cursor.execute(
                "SELECT id FROM unnest(%s) AS id "
                "ORDER BY sha256(convert_to(%s || '|OBJ|' || id || '|1', 'UTF8')) LIMIT %s",
                [names, SEED, size],
            )
            return [row[0] for row in cursor.fetchall()]

        assert ask() == _ours(names)()
        return beside(
            "PostgreSQL ORDER BY sha256",
            ask,
            lambda: hash_once(names),
            clock=time.perf_counter,
            note="墙钟时间；抽中的与明签相同",
        )
