"""Strangers on the heaviest addresses of the window, each from an address of its own."""

import http.client
import os
import random
import threading
import time
from urllib.parse import quote

from config.demo import invented

from ..bench import pages

HEAVY = [
    "/b/{code}/results.csv", "/b/{code}/results.xlsx", "/b/{code}/results.json", "/b/{code}/search/?q={word}",
    "/b/{code}/results/?q={word}", "/b/{code}/api/v1/results?q={word}", "/b/{code}/draws/{draw}/",
    "/b/{code}/statistics/?year={year}", "/b/{code}/data/", "/sitemap.xml",
    "/b/{code}/draws/{draw}/anchor.json",
]  # fmt: skip


def strangers(port, made, count, seconds):
    """`count` readers on the heaviest addresses, each of its own address: ([/healthz seconds], {status:
    n})."""
    over, answered = time.monotonic() + seconds, {}

    def read(n):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        dice = random.Random(n)
        while time.monotonic() < over:
            bureau, _, draw = made[dice.randrange(len(made))]
            path = dice.choice(HEAVY).format(
                code=bureau.code,
                draw=draw.number,
                word=quote(invented.person(dice.randrange(10**6))),
                year=dice.randrange(2015, 2030),
            )
            to = http.client.HTTPConnection(
                "127.0.0.1", port, timeout=60, source_address=(f"127.0.1.{n + 1}", 0)
            )
            to.request("GET", path)
            answer = to.getresponse()
            answer.read()
            to.close()
            # A whole list that is being written anew says so, and when to come again.
            is_later = answer.status == 503 and answer.headers.get("Retry-After")
            told = 425 if is_later else answer.status
            answered[told] = answered.get(told, 0) + 1

    threads = [threading.Thread(target=read, args=[n]) for n in range(count)]
    for each in threads:
        each.start()
    health = []
    while time.monotonic() < over:
        began = time.perf_counter()
        pages._once(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "/healthz", "")
        health.append(time.perf_counter() - began)
        time.sleep(0.1)
    for each in threads:
        each.join()
    return health, answered
