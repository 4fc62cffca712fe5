"""日志见证程序: keeps the largest tree of a log that it has seen, and signs only what follows from it.

    python -m publicity.witness FILE new 名称                  a file with its own key; prints it
    python -m publicity.witness FILE add 日志公钥 [检查点文件]  watch a log, from a first checkpoint
    python -m publicity.witness FILE serve [--port 8787]       answer (C2SP tlog-witness)
    python -m publicity.witness FILE show                      what was seen, cosigned, refused

Standard library only; runs wherever Python does. One file holds everything. It is never restored from a
backup: a witness whose file is lost or old begins anew, with a new key.
"""

import argparse
import base64
import hashlib
import json
import os
import sqlite3
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import lognote
from .lognote import Checkpoint, Key, Wrong

MOST = 65_536  # bytes of a request
_REFUSALS = 10_000  # that are kept

_TABLES = """
CREATE TABLE IF NOT EXISTS own (name TEXT NOT NULL, seed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS logs (origin TEXT PRIMARY KEY, hash TEXT UNIQUE NOT NULL,
    keys TEXT NOT NULL, size INTEGER NOT NULL DEFAULT 0, root BLOB, note TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refused (at INTEGER NOT NULL, origin TEXT, why TEXT NOT NULL,
    request TEXT NOT NULL);
"""


class Witness:
    """A witness and its file."""

    def __init__(self, path):
        self.path = path
        with self._open() as found:
            found.executescript(_TABLES)
        os.chmod(path, 0o600)

    @contextmanager
    def _open(self):
        """A connection to the file; what it says was written is on the disk."""
        found = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            found.execute("PRAGMA synchronous=FULL")
            yield found
        finally:
            found.close()

    def begin(self, name):
        """Make the key. Raises Wrong where there is one: a key is never made over."""
        if not name or any(each.isspace() or each == "+" for each in name):
            raise Wrong("名称里不能有空格和加号")
        with self._open() as found:
            if found.execute("SELECT 1 FROM own").fetchone():
                raise Wrong("这个文件里已经有密钥；要换密钥，用一个新文件")
            found.execute("INSERT INTO own VALUES (?, ?)", (name, lognote.new_seed()))
        return self.key()

    def key(self):
        """Its verifier key, to be handed to the bureau. Raises Wrong without one."""
        name, seed = self._own()
        return Key(name, lognote.WITNESS, lognote.public_of(seed))

    def _own(self):
        with self._open() as found:
            own = found.execute("SELECT name, seed FROM own").fetchone()
        if own is None:
            raise Wrong("还没有密钥：先运行 new")
        return own

    def watch(self, keys, note=None):
        """Watch a log by its keys; `note`: its first checkpoint, as it was handed over on paper or disc."""
        keys = [Key.of(each) if isinstance(each, str) else each for each in keys]
        origin = keys[0].name
        if any(each.name != origin or each.kind != lognote.LOG for each in keys):
            raise Wrong("这几把公钥不是同一本日志的签名公钥")
        first = Checkpoint.of(note) if note else None
        if first and (first.origin != origin or not any(map(first.signed_by, keys))):
            raise Wrong("检查点不是这本日志的，或者签名不对")
        name = hashlib.sha256(origin.encode()).hexdigest()
        told = json.dumps([str(each) for each in keys])
        with self._open() as found:
            found.execute("BEGIN IMMEDIATE")
            found.execute(
                "INSERT INTO logs (origin, hash, keys) VALUES (?, ?, ?) "
                "ON CONFLICT (origin) DO UPDATE SET keys = excluded.keys",
                (origin, name, told),
            )
            if first:
                found.execute(
                    "UPDATE logs SET size = ?, root = ?, note = ?, at = ? WHERE origin = ? AND size = 0",
                    (first.size, first.root, first.note, int(time.time()), origin),
                )
            found.execute("COMMIT")
        return origin

    def add(self, body):
        """add-checkpoint: the request's bytes in; (status, answer, its media type) out. What is refused is
        kept."""
        origin = None
        try:
            old, proof, checkpoint = _asked(body)
            origin = checkpoint.origin
            status, answer, media_type = self._judge(old, proof, checkpoint)
        except (Wrong, ValueError, UnicodeDecodeError) as wrong:
            status, answer, media_type = 400, f"{wrong}\n", "text/plain; charset=utf-8"
        if status != 200:
            self._refuse(origin, status, answer, body)
        return status, answer, media_type

    def _judge(self, old, proof, checkpoint):
        plain = "text/plain; charset=utf-8"
        name, seed = self._own()
        with self._open() as found:
            found.execute("BEGIN IMMEDIATE")  # compare and store, and nobody between
            try:
                row = found.execute(
                    "SELECT keys, size, root FROM logs WHERE origin = ?", (checkpoint.origin,)
                ).fetchone()
                if row is None:
                    return 404, "没有登记这本日志\n", plain
                keys, size, root = [Key.of(each) for each in json.loads(row[0])], row[1], row[2]
                if not any(map(checkpoint.signed_by, keys)):
                    return 403, "没有登记的公钥的签名\n", plain
                if old > checkpoint.size:
                    return 400, "old 大于检查点的条数\n", plain
                if old != size:
                    return 409, f"{size}\n", "text/x.tlog.size"
                if old == checkpoint.size and root is not None and root != checkpoint.root:
                    return 409, f"{size}\n", "text/x.tlog.size"
                if not lognote.is_consistent(old, root, checkpoint.size, checkpoint.root, proof):
                    return 422, "不是从我见过的那棵树长出来的\n", plain
                now = int(time.time())
                line = lognote.cosignature(checkpoint, name, seed, now)
                found.execute(
                    "UPDATE logs SET size = ?, root = ?, note = ?, at = ? WHERE origin = ?",
                    (checkpoint.size, checkpoint.root, checkpoint.note + line + "\n", now, checkpoint.origin),
                )
                return 200, line + "\n", plain
            finally:
                found.execute("COMMIT")

    def _refuse(self, origin, status, answer, body):
        why = f"{status} {answer.strip()}"
        with self._open() as found:
            found.execute(
                "INSERT INTO refused VALUES (?, ?, ?, ?)",
                (int(time.time()), origin, why, body[:MOST].decode("utf-8", "replace")),
            )
            found.execute(
                "DELETE FROM refused WHERE rowid <= (SELECT max(rowid) FROM refused) - ?", (_REFUSALS,)
            )

    def latest(self, name):
        """The checkpoint of a log (by its origin's SHA-256) that was cosigned last; None of a strange one."""
        with self._open() as found:
            row = found.execute("SELECT note FROM logs WHERE hash = ?", (name,)).fetchone()
        return row[0] if row and row[0] else None

    def logs(self):
        """[(origin, size, root, second)]"""
        with self._open() as found:
            return found.execute("SELECT origin, size, root, at FROM logs ORDER BY origin").fetchall()

    def refusals(self):
        """[(second, origin, why)], the newest first."""
        with self._open() as found:
            return found.execute(
                "SELECT at, origin, why FROM refused ORDER BY rowid DESC LIMIT 50"
            ).fetchall()


def _asked(body):
    head, mark, note = body.decode().partition("\n\n")
    first, *lines = head.split("\n")
    if not mark or not first.startswith("old ") or not first[4:].isdigit() or len(lines) > 63:
        raise Wrong("请求不成形：应是 old 条数、证明行、空行、检查点")
    return int(first[4:]), [base64.b64decode(each, validate=True) for each in lines], Checkpoint.of(note)


def server_of(witness, port, host="127.0.0.1"):
    """An HTTP server for a witness; not started."""

    class Answers(BaseHTTPRequestHandler):
        timeout = 20
        disable_nagle_algorithm = True  # head and body of an answer leave at once

        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            if not self.path.endswith("/add-checkpoint") or not 0 < length <= MOST:
                return self._say(404 if length <= MOST else 413, "没有这个地址\n")
            return self._say(*witness.add(self.rfile.read(length)))

        def do_GET(self):
            parts = self.path.strip("/").split("/")
            if parts[-1:] == ["key"]:
                return self._say(200, f"{witness.key()}\n")
            note = witness.latest(parts[-2]) if parts[-1:] == ["checkpoint"] and len(parts) > 1 else None
            return self._say(200, note) if note else self._say(404, "没有登记这本日志，或者还没有见过\n")

        def _say(self, status, text, media_type="text/plain; charset=utf-8"):
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, form, *values):
            sys.stderr.write("{} {}\n".format(time.strftime("%F %T"), form % values))

    return ThreadingHTTPServer((host, port), Answers)


def _when(second):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second)) if second else "还没有"


def _show(witness):
    print(f"公钥：{witness.key()}")
    for origin, size, root, at in witness.logs():
        print(f"{origin}：联署到 {size} 条，树根 {root.hex() if root else '—'}，{_when(at)}")
    for at, origin, why in witness.refusals():
        print(f"拒绝 {_when(at)} {origin or '—'} {why}")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="publicity.witness", description="日志见证程序")
    parser.add_argument("file", metavar="文件")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("new").add_argument("name", metavar="名称")
    adds = verbs.add_parser("add")
    adds.add_argument("key", metavar="日志公钥")
    adds.add_argument("note", metavar="检查点文件", nargs="?")
    serves = verbs.add_parser("serve")
    serves.add_argument("--port", type=int, default=8787)
    serves.add_argument("--host", default="127.0.0.1")
    verbs.add_parser("show")
    given = parser.parse_args(argv)
    try:
        witness = Witness(given.file)
        if given.verb == "new":
            print(witness.begin(given.name))
        elif given.verb == "add":
            note = None
            if given.note:
                with open(given.note, encoding="utf-8") as handle:
                    note = handle.read()
            print(f"从现在起看着 {witness.watch([given.key], note)}")
        elif given.verb == "show":
            _show(witness)
        else:
            print(f"公钥：{witness.key()}\n在 http://{given.host}:{given.port} 应答，Ctrl-C 停止", flush=True)
            server_of(witness, given.port, given.host).serve_forever()
    except (Wrong, OSError) as wrong:
        print(f"错误：{wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
