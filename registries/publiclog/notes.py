"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature): Ed25519, types 1 and 4.

A note may carry lines of keys and kinds that nobody here knows (ML-DSA-44, SM2): they are kept as they are.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNS, COSIGNS = 1, 4  # the kinds of keys
_LINE = "\u2014 "


class BadNote(ValueError):
    """What is no signed note, no checkpoint, no key. The message is for a person."""


@dataclass(frozen=True)
class Key:
    """Whose signature a line is: a name, a kind, 32 bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes by which a line names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self):
        told = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{told}"


@dataclass(frozen=True)
class Checkpoint:
    """What is signed: whose log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The words that a signature stands under."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_of(text: str) -> Key:
    """A verifier key's text in, the Key out. Raises BadNote."""
    try:
        name, told, data = text.strip().split("+", 2)
        raw = base64.b64decode(data, validate=True)
        key = Key(name, raw[0], raw[1:])
    except (ValueError, IndexError):
        raise BadNote("不是公钥：应是 名称+八位十六进制+Base64") from None
    is_named = bool(name) and not any(each.isspace() or each == "+" for each in name)
    if not is_named or key.hash.hex() != told or key.kind not in (SIGNS, COSIGNS) or len(key.public) != 32:
        raise BadNote("公钥抄错了：名称、指纹和内容对不上")
    return key


def read(note: str) -> tuple[Checkpoint, list[tuple[str, bytes, bytes]]]:
    """A signed checkpoint in; (the Checkpoint, [(name, key hash, signature)]) out, nothing of it verified.
    Raises BadNote."""
    text, mark, lines = note.rpartition("\n\n")
    if not mark:
        raise BadNote("不是签名的检查点：没有空行")
    return checkpoint_of(text + "\n"), [_line(each) for each in lines.splitlines()]


def checkpoint_of(text: str) -> Checkpoint:
    """The words of a checkpoint in, the Checkpoint out. Raises BadNote."""
    told = text.split("\n")
    try:
        origin, size, root = told[0], told[1], base64.b64decode(told[2], validate=True)
    except (ValueError, IndexError):
        raise BadNote("不是检查点：应有日志名、条数、树根三行") from None
    is_number = size.isascii() and size.isdigit() and (size == "0" or size[0] != "0")
    if not origin or not is_number or len(root) != 32 or told[3:] != [""]:
        raise BadNote("不是检查点：应有日志名、条数、树根三行")
    return Checkpoint(origin, int(size), root)


def _line(line):
    name, _, told = line.removeprefix(_LINE).rpartition(" ")
    try:
        raw = base64.b64decode(told, validate=True)
    except ValueError:
        raw = b""
    if not line.startswith(_LINE) or not name or len(raw) < 5:
        raise BadNote("签名行不成形")
    return name, raw[:4], raw[4:]


def is_signed(note: str, key: Key) -> bool:
    """Whether a note carries a sound signature of a key of the first kind."""
    checkpoint, lines = read(note)
    return any(
        (name, told) == (key.name, key.hash) and _stands(key, signature, checkpoint.text.encode())
        for name, told, signature in lines
    )


def cosigned_at(line: str, key: Key, checkpoint: Checkpoint) -> int | None:
    """The second (since 1970) at which a witness says it saw a checkpoint; None where the line is no sound
    cosignature of this key."""
    try:
        name, told, data = _line(line)
    except BadNote:
        return None
    if (name, told) != (key.name, key.hash) or key.kind != COSIGNS or len(data) != 72:
        return None
    at = struct.unpack(">Q", data[:8])[0]
    said = f"cosignature/v1\ntime {at}\n{checkpoint.text}".encode()
    return at if _stands(key, data[8:], said) else None


def _stands(key, signature, said):
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """The log's own key. `seed`: 32 bytes that nobody else has."""

    def __init__(self, name: str, seed: bytes):
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = Key(name, SIGNS, self._key.public_key().public_bytes_raw())

    def line(self, checkpoint: Checkpoint) -> str:
        """Its line under a checkpoint."""
        raw = self.key.hash + self._key.sign(checkpoint.text.encode())
        return f"{_LINE}{self.key.name} {base64.b64encode(raw).decode()}\n"


def written(checkpoint: Checkpoint, lines: list[str]) -> str:
    """A checkpoint and the lines under it, as a note."""
    return f"{checkpoint.text}\n{''.join(each.rstrip(chr(10)) + chr(10) for each in lines)}"
