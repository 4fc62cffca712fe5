"""Logs that never were: whoever owns the database and the key tells another story, and signs it soundly."""

import hashlib
from datetime import datetime, timedelta

from publicity import lognote, logrules, monitor
from registries.publiclog import merkle, notes, tiles

ORIGIN = "gov.example/log/990101"
BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=logrules.HERE)
SOURCES = ["骰子甲", "骰子乙", "彩票"]
ZEROS = "0" * 64


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Story:
    """What a bureau has said, leaf after leaf; `files`: {hash: bytes}."""

    def __init__(self):
        self.leaves, self.files, self.now, self.last = [], {}, BEGAN, ZEROS
        self.made = []
        self.seed = lognote.new_seed()
        self.say("key", str(self.signer.key), op="begin")

    @property
    def signer(self):
        return notes.Signer(ORIGIN, self.seed)

    def say(self, kind, about, digest="", at=None, **fields):
        told = {"v": "MQL1", "bureau": "990101", "kind": kind, "about": about, "digest": digest, "n": 0}
        self.leaves.append(told | {"at": (at or self.now).strftime("%Y-%m-%dT%H:%M+08:00")} | fields)
        return self.leaves[-1]

    def file(self, value):
        data = logrules.canonical(value)
        digest = hashlib.sha256(data).hexdigest()
        self.files[digest] = data
        return digest

    def wait(self, **span):
        self.now += timedelta(**span)

    def draw(self, number, task, changes=1, release=True, follows=ZEROS):
        """A whole draw, from its sealing to its release."""
        draw = f"990101-2026-{number:03d}"
        commit = self.file({"draw": draw, "task": task})
        seed_at = (self.now + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M+08:00")
        day = (self.now + timedelta(days=20)).strftime("%Y-%m-%d")
        told = {"task": task, "prev": self.last, "after": follows, "seed_at": seed_at, "release_by": day}
        notice = self.file({"counts": number})
        self.say("seal", draw, commit, draw=draw, sources=SOURCES, notice=notice, **told)
        self.last = commit
        self.wait(minutes=31)
        self._throw(draw, commit)
        result = self.file({"result": draw})
        self.say("result", draw, result, draw=draw)
        made = [self._change(draw, n + 1) for n in range(changes)]
        self.made.append(made)
        self.wait(days=10)
        if release:
            files = {"commit.json": commit, "result.json": result, "changes.json": self.file(made)}
            self.say("release", draw, draw=draw, files=files)
        return commit

    def _throw(self, draw, commit):
        thrown = []
        for pos, name in enumerate(SOURCES[:2], 1):
            nonce, value = sha(f"{draw} {pos}")[:32], f"{pos}234567890"
            lodged = sha("|".join(("SJS1", "LODGE", commit, name, value, nonce)))
            self.say("lodge", draw, lodged, draw=draw, pos=pos, name=name)
            thrown.append((pos, name, value, nonce))
        for pos, name, value, nonce in [*thrown, (3, SOURCES[2], "12345", "")]:
            self.say("value", draw, draw=draw, pos=pos, name=name, value=value, nonce=nonce)

    def _change(self, draw, n):
        asked = {"n": n, "kind": "subject", "out": f"NC-{n}", "reason": "closed", "nonce": sha(f"c{n}")[:32]}
        self.say("request", draw, logrules.hash_of(logrules.canonical(asked)), draw=draw, num=n)
        made = asked | {"code": sha(f"code {n}"), "in": f"NC-{n + 50}"}
        told = {"num": n, "reason": "closed"}
        self.say("change", draw, logrules.hash_of(logrules.canonical(made)), draw=draw, **told)
        return made

    def count(self):
        """The day's count, as the leaves so far say."""
        book = logrules.Book()
        for data in self.bytes():
            book.read(data)
        day = self.now.strftime("%Y-%m-%d")
        self.say("count", day, **book.counts(day))

    def bytes(self):
        return [logrules.canonical(each | {"n": n}) for n, each in enumerate(self.leaves)]

    def checkpoint(self, size=None):
        data = self.bytes()[:size]
        return notes.Checkpoint(ORIGIN, len(data), merkle.root(len(data), reader_of(data)))

    def note(self, size=None):
        return notes.written(self.checkpoint(size), [self.signer.line(self.checkpoint(size))])

    def written(self, folder, size=None):
        """The log's files in a folder."""
        data = self.bytes()[:size]
        read = reader_of(data)
        for level, n, width in tiles.grown(0, len(data)):
            put(folder, tiles.place(level, n, width), b"".join(read(level, n * 256, width)))
            if level == 0:
                put(folder, tiles.place("entries", n, width), tiles.bundle(data[n * 256 : n * 256 + width]))
        for digest, content in self.files.items():
            put(folder, f"file/{digest}", content)
        put(folder, "checkpoint", self.note(size).encode())
        return folder

    def cosigned(self, folder, witness, name, at, size=None):
        """Who saw it, when: the dates beside the log."""
        checkpoint = lognote.Checkpoint.of(self.note(size))
        line = lognote.cosignature(checkpoint, name, witness, int(at.timestamp()))
        put(folder, f"cosigned/{checkpoint.size}", (checkpoint.note + line + "\n").encode())
        sizes = sorted(int(each.name) for each in (folder / "cosigned").iterdir() if each.name.isdigit())
        put(folder, "cosigned/index", "".join(f"{each}\n" for each in sizes).encode())


def reader_of(data):
    levels = [[merkle.leaf_hash(each) for each in data]]
    while len(levels[-1]) >= 256:
        last = levels[-1]
        levels.append([merkle.fold(last[at : at + 256]) for at in range(0, len(last) // 256 * 256, 256)])
    return lambda level, start, count: levels[level][start : start + count]


def put(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def look(story, folder, state=None, seen=(), now=None, witnesses=(), reach=None):
    """The monitor over a folder, knowing the story's key."""
    keys = [(lognote.Key.of(str(story.signer.key)), ""), *witnesses]
    more = {"witness": reach} if reach else {}
    found = monitor.Monitor(monitor.Source(str(folder)), keys, state, now or story.now, **more)
    found.look(seen)
    return found


def find(story, kind, nth=0):
    return [each for each in story.leaves if each["kind"] == kind][nth]
