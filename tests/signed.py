"""What a phone sends of a visit that was signed on it, made without a phone: the sheet, its digest, the
signatures.

filed = Signed(case)                       # everything in order, nothing found
filed.answer("A01.2", "fail", "看到")       # changed before it is signed
filing = filed.send(by=member)
"""

import hashlib
import io
import json
import random
import secrets
import uuid
from datetime import timedelta

from django.utils import timezone
from PIL import Image, ImageDraw

from inspections.case import opening
from inspections.papers import spot
from inspections.visit import filings, lines, sheets, uploads


def stroke(seed=1, size=(600, 300)):
    """A signature as a phone draws it: a PNG with a line across, each another one."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    hand = random.Random(seed)
    points = [(40 + 26 * n, hand.randrange(100, 200)) for n in range(20)]
    pen.line(points, fill="black", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def photo(colour="#357", size=(640, 480), form="JPEG", **more):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **more)
    return out.getvalue()


class Signed:
    """A visit (kind "visit"), one that was not possible ("undone"), or a supplement, as a phone holds it."""

    def __init__(self, case, kind="visit", began=None):
        self.case, self.kind, now = case, kind, began or timezone.now() - timedelta(hours=1)
        seats = list(case.team())
        self.ended = now + timedelta(minutes=50)
        self.files, self.signatures, self.refusal, self.papers, self.is_signed = [], [], "", [], False
        self.team = [
            {"ref": seat.inspector.ref, "name": seat.inspector.name, "role": role}
            for seat, role in zip(seats, sheets.OFFICERS, strict=False)
        ]
        self.sheet = {
            "v": 2,
            "kind": kind,
            "case": case.token,
            "salt": secrets.token_hex(16),
            "team": self.team,
            "stamps": {"arrived": lines.moment(now), "ended": lines.moment(self.ended)},
            "photos": [],
        }
        if kind == "review":
            self.sheet |= {
                "verdicts": [],
                "record": "逐项复查。",
                "met": "何某",
                "enterprise": "signed",
                "unsigned_reason": "",
                "number": "",
            }
        if kind == "visit":
            me = next(seat.inspector.ref for seat in seats if seat.leads)
            at = lines.moment(now + timedelta(minutes=5))
            self.sheet |= {
                "lines": [
                    {"line": each["key"], "value": "pass", "note": "", "by": me, "at": at, "way": ""}
                    for each in opening.lines_of(case)
                ],
                "aside": [],
                "findings": [],
                "codes": {"entry": "", "enterprise": ""},
                "record": {
                    "record": "逐项检查。",
                    "met": "何某",
                    "met_title": "安全员",
                    "met_phone": "",
                    "site": "厂区",
                    "statement": "",
                    "recorder_number": "J1",
                },
            }

    def answer(self, line, value, note="", by=0, minutes=6):
        """Somebody of the team answers a line; a violated one is a problem with the usual term."""
        at = lines.moment(self.ended - timedelta(minutes=50 - minutes))
        told = {"line": line, "value": value, "note": note, "by": self.team[by]["ref"], "at": at, "way": ""}
        self.sheet["lines"] = [told if each["line"] == line else each for each in self.sheet["lines"]]
        self.sheet["findings"] = [each for each in self.sheet["findings"] if each["line"] != line]
        if value == "fail":
            due = (timezone.localdate() + timedelta(days=15)).isoformat()
            found = {"line": line, "wording": f"{line} 不符合", "disposal": "order", "due_on": due}
            self.sheet["findings"].append(found)
        return self

    def show(self, data, by, kind="photo", line="", caption="看到的", upload=True):
        """A photo, uploaded, and named by the sheet."""
        digest = hashlib.sha256(data).hexdigest()
        if upload:
            uploads.put(self.case, digest, 0, len(data), data, by=by)
        told = {"sha256": digest, "kind": kind, "line": line, "caption": caption, "taken_at": None}
        self.files.append(told)
        self.sheet["photos"].append({"sha256": digest, "line": line, "caption": caption})
        return digest

    @property
    def text(self):
        return sheets.canonical(self.sheet)

    def sign(self, by, met=True, officers=True, seed=1):
        """Everybody signs what is there now."""
        self.is_signed = True
        roles = [(each["role"], each["name"]) for each in self.team] if officers else []
        roles += [("met", "何某")] if met else []
        for n, (role, name) in enumerate(roles):
            self.put_name(role, name, sheets.digest(self.text), by, seed + n)
        return self

    def paper(self, code, number, by, minutes=50, names=(), **said):
        """A paper signed on the spot: its text, with the officers' names under it and those of `names`."""
        at = lines.moment(self.ended - timedelta(minutes=50 - minutes))
        told = {"v": 2, "kind": "paper", "case": self.case.token, "salt": secrets.token_hex(16)}
        told |= {"team": self.team, "stamps": {"signed": at}, "photos": [], "code": code, "number": number}
        texts = spot.forms(self.case, (code,))[code]["texts"]
        text = sheets.canonical(told | {"texts": texts, "moment": at[:16]} | said)
        self.papers.append(text)
        signers = [(each["role"], each["name"]) for each in self.team] + list(names)
        for n, (role, name) in enumerate(signers):
            self.put_name(role, name, sheets.digest(text), by, 20 + n)
        return text

    def found(self, line, **more):
        """A problem as a paper names it."""
        told = next(each for each in self.sheet["findings"] if each["line"] == line)
        whole = {
            "facts": "",
            "basis": "",
            "measure": "改正",
            "is_major": False,
            "major_reason": "",
            "due_on": "",
        }
        return whole | told | more

    def put_name(self, role, name, digest, by, seed=1, picture=None):
        # drawn anew for each text
        data = picture or stroke(seed + int(digest[:6], 16))
        sha256 = hashlib.sha256(data).hexdigest()
        uploads.put(self.case, sha256, 0, len(data), data, by=by)
        at = lines.moment(self.ended)
        self.files.append(
            {"sha256": sha256, "kind": "signature", "signer": role, "line": "", "caption": name}
        )
        self.signatures.append({"role": role, "name": name, "at": at, "digest": digest, "sha256": sha256})

    def refuse(self, by, witness="白某", way="refused"):
        """The enterprise does not sign; a witness does."""
        told = {"v": 2, "kind": "refusal", "case": self.case.token, "salt": secrets.token_hex(16)}
        told |= {"of": sheets.digest(self.text), "way": way, "reason": "不同意内容", "words": "平时不开"}
        self.refusal = sheets.canonical(told | {"witness": witness})
        if witness:
            self.put_name("witness", witness, sheets.digest(self.refusal), by, 9)
        return self

    def body(self, by, **changed):
        return {
            "v": 2,
            "uuid": str(uuid.uuid4()),
            "account": by.pk,
            "case": self.case.token,
            "kind": self.kind,
            "sheet": self.text,
            "refusal": self.refusal,
            "papers": self.papers,
            "signatures": self.signatures,
            "files": self.files,
            "clock": {"offset": 0, "jumps": []},
            "left_at": lines.moment(self.ended + timedelta(minutes=5)),
        } | changed

    def look(self, number, verdict, note="", until=""):
        """What was found of a problem, looking again."""
        self.sheet["verdicts"].append({"number": number, "verdict": verdict, "note": note, "until": until})
        return self

    def send(self, by, receive=filings.receive, **changed):
        """Sign what is not signed, and hand it in. Returns the Filing."""
        if not self.is_signed:
            self.sign(by)
        told = self.body(by, **changed)
        raw = json.dumps(told, ensure_ascii=False).encode()
        filing = receive(self.case, told["uuid"], raw, by=by)
        self.case.refresh_from_db()
        return filing


def send_lines(case, said, by, files=(), **more):
    """What one officer answered, {line: (value, note)}, handed in without a record. Returns the Filing."""
    at = lines.moment(timezone.now() - timedelta(minutes=20))
    told = {
        "v": 2,
        "uuid": str(uuid.uuid4()),
        "account": by.pk,
        "case": case.token,
        "kind": "lines",
        "lines": {
            line: {"value": value, "note": note, "at": at, "way": ""} for line, (value, note) in said.items()
        },
        "files": list(files),
    } | more
    filing = filings.receive(case, told["uuid"], json.dumps(told, ensure_ascii=False).encode(), by=by)
    case.refresh_from_db()
    return filing
