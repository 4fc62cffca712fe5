"""A receiver's platform, as a small HTTP server: what it holds, what it was sent, and what it does wrong.

`knows`: "keys" (a key is taken once), "ask" (keys are ignored, but it may be asked), "none" (neither).
Faults, by chance or in turn: an answer that is lost after the row was taken; a long silence; one row in so
many refused; 503 before, 500 after; away altogether.
"""

import json
import random
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """`held`: {thing: its row} as it stands there; `taken`: {mark: how often it was taken}; `hidden`: things
    it would have to be told of twice to know."""

    def __init__(
        self, knows="keys", seed=1, refuses=0, loses=0.0, slow=0.0, breaks=0.0, later=False, secret=""
    ):
        self.knows, self.refuses, self.loses, self.slow, self.breaks = knows, refuses, loses, slow, breaks
        self.later, self.secret = later, secret
        self.chance = random.Random(seed)
        self.held, self.taken, self.refused, self.asked = {}, {}, {}, 0
        self.lock = threading.Lock()
        self.server = None
        self.port = 0

    # -- the server ---------------------------------------------------------------------------------

    def __enter__(self):
        self.come()
        return self

    def __exit__(self, *_):
        self.go()

    def come(self):
        """It is there (again, at the same address)."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                double.post(self, json.loads(body))

            def do_GET(self):
                asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                double.get(self, asked.get("mark", [""])[0])

            def log_message(self, *args):
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def go(self):
        """It is away: nobody listens."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/rows"

    # -- what it does -------------------------------------------------------------------------------

    def post(self, handler, said):
        with self.lock:
            if self.chance.random() < self.breaks:
                return self._answer(handler, 503, {})
            code, told = self._take(said)
            lost, late = self.chance.random() < self.loses, self.chance.random() < self.slow
            broken = self.chance.random() < self.breaks
        if lost:
            handler.close_connection = True
            return handler.connection.close()
        if late:
            time.sleep(1.5)
        return self._answer(handler, 500 if broken else code, {} if broken else told)

    def _take(self, said):
        mark = said["mark"]
        if self.knows == "keys" and mark in self.taken:
            return 200, {"state": "accepted", "receipt": f"R{mark[:8]}"}
        if mark in self.refused:
            return 422, {"state": "refused", "reason": self.refused[mark]}
        if self.refuses and said["what"] == "put" and self.chance.randrange(self.refuses) == 0:
            self.refused[mark] = "信用代码与登记不符"
            return 422, {"state": "refused", "reason": self.refused[mark]}
        self.taken[mark] = self.taken.get(mark, 0) + 1
        key = (said["shape"], said["thing"])
        if said["what"] == "withdraw":
            self.held.pop(key, None)
        else:
            self.held[key] = said["row"]
        if self.later:
            return 202, {"state": "received"}
        return 201, {"state": "accepted", "receipt": f"R{mark[:8]}"}

    def get(self, handler, mark):
        with self.lock:
            self.asked += 1
            if self.chance.random() < self.breaks:
                return self._answer(handler, 503, {})
            if mark in self.taken:
                return self._answer(handler, 200, {"state": "accepted", "receipt": f"R{mark[:8]}"})
            if mark in self.refused:
                return self._answer(handler, 200, {"state": "refused", "reason": self.refused[mark]})
            return self._answer(handler, 404, {"state": "absent"})

    @staticmethod
    def _answer(handler, code, told):
        data = json.dumps(told).encode()
        try:
            handler.send_response(code)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:  # whoever asked has gone
            pass
