"""python reading.py PORT: somebody who reads pages again and again, in a process of its own: in the one that
plays the phones it would wait for their threads, and that wait would be taken for the server's.

The first line in: [[path, cookie], …]. Each line after it is a number of rounds; 0 goes on until the next
line comes. For each a line goes out: {path: [seconds, …]}.
"""

import http.client
import json
import select
import sys
import time


def read(port, paths, until):
    """Round after round until `until()`; {path: [seconds]}."""
    took = {path: [] for path, _ in paths}
    to = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while not until():
        for path, cookie in paths:
            began = time.perf_counter()
            to.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = to.getresponse()
            answer.read()
            took[path].append(time.perf_counter() - began)
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
    return took


def main(port):
    paths = json.loads(sys.stdin.readline())
    while line := sys.stdin.readline():
        left = iter(range(int(line)))
        is_over = (
            (lambda left=left: next(left, None) is None)
            if int(line)
            else lambda: bool(select.select([sys.stdin], [], [], 0)[0])
        )
        print(json.dumps(read(port, paths, is_over)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
