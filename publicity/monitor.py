"""日志监看程序: reads a bureau's public log from its tiles and says what is wrong with it, one Chinese line a
fault, exit 1.

    python -m publicity.monitor ADDRESS --keys FILE [--state FILE] [--seen SIZE:ROOT] [--all | --no-files]

ADDRESS: where the log lies (https://…/log/150626), or a folder of its files. FILE of keys: one line each, the
log's key, and each witness's key with its address behind it. --state: where it stands; the next run goes on
from there. --seen: what a printed notice says (the root in hex). Standard library only.
"""

import argparse
import base64
import http.client
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from . import logrules
from .lognote import LOG, WITNESS, Checkpoint, Edge, Key, Wrong, fold_root, leaf_hash

WIDTH = 256
SLACK = timedelta(minutes=2)  # between two clocks
UNDATED = timedelta(minutes=15)
SILENT = 26  # hours


class Gone(Exception):
    """410: the law has taken a file away."""


class Source:
    """Files of a log by their names, over HTTP with one connection, or from a folder."""

    def __init__(self, address):
        self.address = address.rstrip("/")
        self._parts = urlsplit(self.address)
        self._link, self.asked, self.bytes = None, 0, 0

    def get(self, name):
        """The bytes under a name; None where nothing is. Raises Gone, Wrong where nobody answers."""
        if self._parts.scheme not in ("http", "https"):
            path = Path(self.address) / name
            return path.read_bytes() if path.is_file() else None
        for turn in (1, 2):
            try:
                status, data = self._ask(f"{self._parts.path}/{name}")
                break
            except (OSError, http.client.HTTPException) as wrong:
                self._link = None
                if turn == 2:
                    raise Wrong(f"{self.address} 没有应答：{wrong}") from None
        self.asked, self.bytes = self.asked + 1, self.bytes + len(data)
        if status == 410:
            raise Gone
        if status not in (200, 404):
            raise Wrong(f"{self.address}/{name} 应答 {status}")
        return data if status == 200 else None

    def _ask(self, path):
        if self._link is None:
            kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
            self._link = kind[self._parts.scheme](self._parts.netloc, timeout=30)
        self._link.request("GET", path, headers={"User-Agent": "mingqian-monitor"})
        reply = self._link.getresponse()
        return reply.status, reply.read()


def place(level, n, width=WIDTH):
    """The name of a tile."""
    parts = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        parts.append(f"x{n % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(parts))}{'' if width == WIDTH else f'.p/{width}'}"


class Tiles:
    """A log's tiles, for a tree of a size."""

    def __init__(self, source, size):
        self.source, self.size, self._known = source, size, {}

    def hashes(self, level, n):
        """The hashes of one tile, as wide as this tree has it. Raises Wrong."""
        if (level, n) not in self._known:
            data = self._get(level, n, min(WIDTH, (self.size >> 8 * level) - n * WIDTH), 32)
            self._known[level, n] = [data[at : at + 32] for at in range(0, len(data), 32)]
        return self._known[level, n]

    def entries(self, n):
        """The leaves of one bundle."""
        width = min(WIDTH, self.size - n * WIDTH)
        data, found, at = self._get("entries", n, width, 0), [], 0
        while at < len(data) and len(found) < width:
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            if len(data) < end:
                raise Wrong(f"第 {n} 捆条目不完整")
            found.append(data[at + 2 : end])
            at = end
        if len(found) != width:
            raise Wrong(f"第 {n} 捆条目应有 {width} 条，只有 {len(found)} 条")
        return found

    def _get(self, level, n, width, each):
        data = self.source.get(place(level, n, width))
        if data is None and width < WIDTH:  # it has filled up meanwhile
            data = self.source.get(place(level, n))
        if data is None or len(data) < width * each:
            raise Wrong(f"{place(level, n, width)} 不在，或者不完整")
        return data[: width * each] if each else data

    def root(self, size):
        """The root of the first `size` leaves, from the hash tiles."""
        return fold_root(size, self._read)

    def _read(self, level, start, count):
        found = []
        while count:
            n, at = divmod(start, WIDTH)
            part = self.hashes(level, n)[at : at + count]
            if not part:
                raise Wrong(f"{place(level, n)} 不完整")
            found, start, count = found + part, start + len(part), count - len(part)
        return found


class Monitor:
    """One look at one log. `faults`: what is wrong; `notes`: what a reader should know."""

    def __init__(self, source, keys, state=None, now=None, witness=Source):
        self.source, self.state = source, state or {}
        self.now = now or datetime.now(UTC)
        self.logs = [key for key, _ in keys if key.kind == LOG]
        self.witnesses = [(key, address) for key, address in keys if key.kind == WITNESS]
        self.faults, self.notes, self._reach = [], [], witness
        self.book = logrules.Book(self.state.get("book"))

    def look(self, seen=(), every=False, files=True):
        """Follow the log to its end. `every`: also the files of before; `files`: none at all. Returns the
        faults."""
        try:
            head = self._head()
            self.tiles = Tiles(self.source, head.size)
            self._promised(head, seen)
            self._follow(head)
            self._dates(head)
            if files:
                self._files(every)
            self._now(head)
            self._witnesses(head)
        except (Wrong, Gone, ValueError) as wrong:
            self.faults.append(str(wrong) or "文件已按法律不再提供")
        return self.faults

    def kept(self):
        """What the next look goes on from, as plain data."""
        return self.state

    def _head(self):
        data = self.source.get("checkpoint")
        if data is None:
            raise Wrong("没有检查点")
        head = Checkpoint.of(data.decode())
        known = [*self.logs, *(Key.of(key) for key, op in self.book.keys.items() if op == "begin")]
        ended = {key for key, op in self.book.keys.items() if op == "end"}
        signed = [key for key in known if str(key) not in ended and head.signed_by(key)]
        if not signed:
            raise Wrong("检查点没有已知公钥的签名：公钥被换，或者不是这本日志")
        if head.origin != signed[0].name:
            raise Wrong(f"日志名应是 {signed[0].name}，写的是 {head.origin}")
        return head

    def _promised(self, head, seen):
        """What this program, and whoever holds a printed notice, has seen before."""
        kept = [(self.state["size"], self.state["root"], "本程序上次见过")] if "size" in self.state else []
        for size, root, who in [*kept, *((size, root, "印出来的") for size, root in seen)]:
            if size > head.size:
                self.faults.append(f"{who} {size} 条，现在只有 {head.size} 条：日志缩短了")
            elif size and self.tiles.root(size).hex() != root:
                self.faults.append(f"{who}的前 {size} 条与现在的不同：日志分叉或被改写")
        if self.faults:
            raise Wrong("不再往下看")

    def _follow(self, head):
        edge = Edge(self.state.get("size", 0), [bytes.fromhex(each) for each in self.state.get("edge", [])])
        while edge.size < head.size:
            n, at = divmod(edge.size, WIDTH)
            hashes = self.tiles.hashes(0, n)
            for number, data in enumerate(self.tiles.entries(n)[at:], at):
                found = leaf_hash(data)
                if found != hashes[number]:
                    self.faults.append(f"第 {n * WIDTH + number} 条与它的摘要不符")
                edge.add(found)
                self.faults += self.book.read(data)
            self.tiles._known.pop((0, n), None)
        if edge.root() != head.root:
            raise Wrong("条目算出的树根与签名的树根不同")
        if self.tiles.root(head.size) != head.root:
            raise Wrong("各层摘要算出的树根与签名的树根不同")
        self.state = {
            **self.state,
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
            "edge": [each.hex() for each in edge.hashes],
            "book": self.book.kept(),
        }

    # -- dates, by those who cosigned ----------------------------------------------------------------

    def _dates(self, head):
        """When each seal was seen by a witness: `cosigned/` dates the leaves."""
        index = (self.source.get("cosigned/index") or b"").decode()
        sizes = [int(each) for each in index.split() if each.isdigit()]
        dated = self.state.setdefault("dated", {})
        for size in sizes:
            if str(size) not in dated and size <= head.size:
                dated[str(size)] = self._cosigned(size)
        stamps = sorted((int(size), at) for size, at in dated.items() if at)
        for number, draw in self.book.draws.items():
            if not self.book.is_undated(draw["n"]) and not draw.get("dated") and self.witnesses:
                self._date(number, draw, stamps)

    def _cosigned(self, size):
        data = self.source.get(f"cosigned/{size}")
        if data is None:
            self.faults.append(f"cosigned/{size} 不在")
            return 0
        note = Checkpoint.of(data.decode())
        if note.size != size or self.tiles.root(size) != note.root:
            self.faults.append(f"cosigned/{size} 是另一棵树的检查点：日志分叉")
            return 0
        times = [at for key, _ in self.witnesses if (at := note.cosigned_at(key)) is not None]
        return min(times, default=0)

    def _date(self, number, draw, stamps):
        seen = next((at for size, at in stamps if size > draw["n"]), None)
        thrown = logrules.moment(draw["seed_at"])
        if seen is None:
            if self.now > thrown and "told" not in draw:
                draw["told"] = 1
                self.faults.append(f"{number}：到了摇号时间，没有见证方联署过这次封存")
            return
        draw["dated"], at = seen, datetime.fromtimestamp(seen, UTC)
        said = logrules.moment(draw["at"])
        if said > at + SLACK:
            self.faults.append(f"{number}：封存写的时间 {draw['at']} 晚于见证方见到它的时间：时间往后填")
        if at > thrown + SLACK:
            self.faults.append(f"{number}：见证方在摇号时间以后才见到这次封存：可能是往前填的时间")
        elif at > said + UNDATED:
            self.notes.append(
                f"{number}：写的时间与见证方见到的相差 {(at - said).seconds // 60} 分钟，不能证明"
            )

    # -- files ---------------------------------------------------------------------------------------

    def _files(self, every):
        wanted = self.state.setdefault("files", [])
        fresh = [list(each) for each in self.book.files]
        for digest, about, kind in (wanted if every else []) + fresh:
            self._file(digest, about, kind)
        wanted += fresh
        if self.state.get("book"):
            self.faults += self.book.second_chances()
            self.state["book"] = self.book.kept()

    def _file(self, digest, about, kind):
        try:
            data = self.source.get(f"file/{digest}")
        except Gone:
            if kind not in ("said", "group"):
                self.faults.append(f"{about}：{kind} 的文件被拿走了")
            return
        if data is None:
            self.faults.append(f"{about}：{kind} 的文件不在（{digest[:12]}…）")
        elif logrules.hash_of(data) != digest:
            self.faults.append(f"{about}：{kind} 的文件与公布的指纹不符，被改过")
        elif kind == "changes.json":
            self._changes(about.split()[0], json.loads(data))
        elif kind in ("commit.json", "result.json"):
            self.book.released(about.split()[0], kind, json.loads(data))
        elif kind == "rules":
            self.state["silent"] = json.loads(data).get("silent_hours", SILENT)

    def _changes(self, number, made):
        draw = self.book.draws[number]
        hashes = [logrules.hash_of(logrules.canonical(each)) for each in made]
        if hashes != draw["changes"]:
            self.faults.append(f"{number}：公开的变更与当时逐次公布的不同：有变更被隐瞒或改动")
        for each, request in zip(made, draw["requests"]):
            names = ("n", "kind", "out", "reason", "nonce", "task", "scope")
            told = {name: each[name] for name in names if name in each}
            if logrules.hash_of(logrules.canonical(told)) != request:
                self.faults.append(f"{number}：第 {each.get('n')} 次变更不是申请时公布的那一次")

    # -- now -----------------------------------------------------------------------------------------

    def _now(self, head):
        self.faults += self.book.overdue(self.now)
        self.notes += self.book.notes
        if self.book.last:
            hours = (self.now - logrules.moment(self.book.last)).total_seconds() / 3600
            if hours > self.state.get("silent", SILENT):
                self.faults.append(
                    f"最后一条写于 {self.book.last}，已经 {hours:.0f} 小时没有动静："
                    "日志停了，或者给您看的是旧的"
                )
            elif hours < -SLACK.total_seconds() / 3600:
                self.faults.append(f"最后一条写的时间 {self.book.last} 还没有到")

    def _witnesses(self, head):
        """Each witness's own checkpoint must be of this very tree."""
        name = logrules.hash_of(head.origin.encode())
        for key, address in self.witnesses:
            try:
                data = self._reach(address).get(f"{name}/checkpoint") if address else None
            except (Wrong, Gone):
                self.notes.append(f"见证方 {key.name} 没有应答")
                continue
            if data is None:
                self.notes.append(f"见证方 {key.name} 没有出示检查点")
                continue
            theirs = Checkpoint.of(data.decode())
            if not any(theirs.signed_by(each) for each in self.logs) or theirs.cosigned_at(key) is None:
                self.faults.append(f"见证方 {key.name} 出示的检查点签名不对")
            elif theirs.size > head.size:
                late = theirs.size - head.size
                self.faults.append(
                    f"见证方 {key.name} 见过 {theirs.size} 条，给您看的少 {late} 条：给您看的是旧的"
                )
            elif self.tiles.root(theirs.size) != theirs.root:
                self.faults.append(f"见证方 {key.name} 见过的前 {theirs.size} 条与给您看的不同：日志分叉")


def keys_of(text):
    """The lines of a file of keys in; [(Key, address or "")] out. Raises Wrong."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(Key.of(line[0]), line[1] if len(line) > 1 else "") for line in lines]


def _seen(text):
    size, _, root = text.partition(":")
    root = root.replace(" ", "").lower()
    if not size.isdigit() or len(root) != 64:
        raise Wrong("--seen 应是 条数:树根（64 位十六进制）")
    return int(size), root


def main(argv=None):
    parser = argparse.ArgumentParser(prog="publicity.monitor", description="日志监看程序")
    parser.add_argument("address", metavar="日志网址或文件夹")
    parser.add_argument("--keys", required=True, metavar="文件", help="每行一把公钥；见证方的后面写网址")
    parser.add_argument("--state", metavar="文件", help="看到哪里；下次接着看")
    parser.add_argument("--seen", action="append", default=[], metavar="条数:树根", help="印出来的检查点")
    parser.add_argument("--all", action="store_true", help="以前看过的文件也重新看")
    parser.add_argument("--no-files", action="store_true", help="不取日志所指的文件，只看日志本身")
    given = parser.parse_args(argv)
    try:
        keys = keys_of(Path(given.keys).read_text(encoding="utf-8"))
        state = None
        if given.state and os.path.exists(given.state):
            state = json.loads(Path(given.state).read_text(encoding="utf-8"))
        monitor = Monitor(Source(given.address), keys, state)
        seen = [_seen(each) for each in given.seen]
        faults = monitor.look(seen, given.all, not given.no_files)
    except (Wrong, OSError, ValueError) as wrong:
        print(f"错误：{wrong}", file=sys.stderr)
        return 2
    for each in monitor.notes:
        print(f"注意：{each}")
    for each in faults:
        print(each)
    if given.state:
        draft = Path(f"{given.state}.part")
        draft.write_text(json.dumps(monitor.kept()), encoding="utf-8")
        draft.replace(given.state)
    if not faults:
        size, root = monitor.state["size"], base64.b16encode(bytes.fromhex(monitor.state["root"])).decode()
        print(f"一致：{monitor.state['origin']}，{size} 条，树根 {root.lower()}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
