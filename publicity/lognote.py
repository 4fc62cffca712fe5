"""公开日志的读法: Ed25519, signed notes and the tree of RFC 6962, as whoever watches a log needs them. One
file of the standard library, without a line of what writes the log: it is there to find that out.

Ed25519 after RFC 8032; notes and cosignatures after C2SP signed-note, tlog-checkpoint and tlog-cosignature;
proofs after RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

import base64
import hashlib
import secrets
import struct

# -- Ed25519 ---------------------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_I = pow(2, (_P - 1) // 4, _P)


def _x_of(y, sign):
    if y >= _P:
        return None
    xx = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(xx, (_P + 3) // 8, _P)
    if (x * x - xx) % _P:
        x = x * _I % _P
    if (x * x - xx) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


_BY = 4 * pow(5, _P - 2, _P) % _P
_BX = _x_of(_BY, 0)
_BASE = (_BX, _BY, 1, _BX * _BY % _P)


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


def _packed(point):
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpacked(data):
    number = int.from_bytes(data, "little")
    y = number & (2**255 - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % _P)


def _number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _secret(seed):
    raw = hashlib.sha512(seed).digest()
    return int.from_bytes(raw[:32], "little") & ((1 << 254) - 8) | (1 << 254), raw[32:]


def public_of(seed):
    """The public key (32 bytes) of a secret seed (32 bytes)."""
    return _packed(_times(_secret(seed)[0], _BASE))


def sign(seed, said):
    """The signature (64 bytes) of a seed under some bytes."""
    number, prefix = _secret(seed)
    public = _packed(_times(number, _BASE))
    r = _number(prefix, said) % _L
    point = _packed(_times(r, _BASE))
    return point + ((r + _number(point, public, said) % _L * number) % _L).to_bytes(32, "little")


def is_signed(public, said, signature):
    """Whether a signature of a public key stands under some bytes."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = _unpacked(public), _unpacked(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    left = _times(s, _BASE)
    right = _add(r, _times(_number(signature[:32], public, said) % _L, a))
    return all((left[at] * right[2] - right[at] * left[2]) % _P == 0 for at in (0, 1))


# -- keys, notes, checkpoints ----------------------------------------------------------------------

LOG, WITNESS = 1, 4  # kinds of keys: who signs a log, who cosigns it


class Wrong(ValueError):
    """What is not as it has to be, in words for a person."""


class Key:
    """A verifier key: name, kind, 32 bytes."""

    def __init__(self, name, kind, public):
        self.name, self.kind, self.public = name, kind, public
        self.hash = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]

    def __str__(self):
        told = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{told}"

    @classmethod
    def of(cls, text):
        """A key's text in, the Key out. Raises Wrong."""
        try:
            name, told, data = text.strip().split("+", 2)
            raw = base64.b64decode(data, validate=True)
            key = cls(name, raw[0], raw[1:])
        except (ValueError, IndexError):
            raise Wrong("不是公钥：应是 名称+八位十六进制+Base64") from None
        if not name or key.hash.hex() != told or key.kind not in (LOG, WITNESS) or len(key.public) != 32:
            raise Wrong("公钥抄错了：名称、指纹和内容对不上")
        return key


class Checkpoint:
    """A note that was read: whose log (origin), how many leaves (size), their root; its lines."""

    def __init__(self, origin, size, root, lines=()):
        self.origin, self.size, self.root, self.lines = origin, size, root, list(lines)

    @property
    def text(self):
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def note(self):
        return self.text + "\n" + "".join(line + "\n" for line in self.lines)

    @classmethod
    def of(cls, note):
        """A signed checkpoint in, the Checkpoint out, nothing of it verified. Raises Wrong."""
        text, mark, lines = note.rpartition("\n\n")
        told = text.split("\n")
        try:
            origin, size, root = told[0], told[1], base64.b64decode(told[2], validate=True)
        except (ValueError, IndexError):
            raise Wrong("不是检查点：应有日志名、条数、树根三行") from None
        is_number = size.isascii() and size.isdigit() and (size == "0" or size[0] != "0")
        if not mark or not origin or not is_number or len(root) != 32 or len(told) != 3:
            raise Wrong("不是检查点：应有日志名、条数、树根三行，空一行，再是签名行")
        lines = lines.split("\n")
        if lines[-1:] != [""] or not all(_split(line) for line in lines[:-1]):
            raise Wrong("检查点的签名行不成形")
        return cls(origin, int(size), root, lines[:-1])

    def signed_by(self, key):
        """Whether a sound line of a log's key stands under it."""
        return any(
            (name, told) == (key.name, key.hash) and is_signed(key.public, self.text.encode(), rest)
            for name, told, rest in map(_split, self.lines)
            if key.kind == LOG
        )

    def cosigned_at(self, key):
        """The second that a witness's sound line names; None without one."""
        for name, told, rest in map(_split, self.lines):
            if key.kind == WITNESS and (name, told) == (key.name, key.hash) and len(rest) == 72:
                at = struct.unpack(">Q", rest[:8])[0]
                if is_signed(key.public, _cosigned(at, self.text), rest[8:]):
                    return at
        return None


def cosignature(checkpoint, name, seed, at):
    """A witness's line under a checkpoint: what it has seen by the second `at`."""
    key = Key(name, WITNESS, public_of(seed))
    raw = key.hash + struct.pack(">Q", at) + sign(seed, _cosigned(at, checkpoint.text))
    return f"\u2014 {name} {base64.b64encode(raw).decode()}"


def new_seed():
    """A secret of 32 random bytes."""
    return secrets.token_bytes(32)


def _cosigned(at, text):
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _split(line):
    name, _, told = line[2:].rpartition(" ")
    try:
        raw = base64.b64decode(told, validate=True)
    except ValueError:
        return None
    return (name, raw[:4], raw[4:]) if line.startswith("\u2014 ") and name and len(raw) > 4 else None


# -- the tree --------------------------------------------------------------------------------------


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a growing tree: its whole subtrees, the largest first. Who follows a log need keep
    no more of it."""

    def __init__(self, size=0, hashes=()):
        self.size, self.hashes = size, list(hashes)

    def add(self, leaf):
        """One more leaf, by its hash."""
        at, size = leaf, self.size
        while size & 1:
            at = node_hash(self.hashes.pop(), at)
            size >>= 1
        self.hashes.append(at)
        self.size += 1

    def root(self):
        found = None
        for each in reversed(self.hashes):
            found = each if found is None else node_hash(each, found)
        return hashlib.sha256(b"").digest() if found is None else found


def fold_root(size, read):
    """The root of the first `size` leaves, where `read(level, start, count)` gives hashes of whole tiles:
    those of 256**level leaves each."""
    found, end = None, size
    for height in range(size.bit_length()):
        if size >> height & 1:
            end -= 1 << height
            level, rest = divmod(height, 8)
            hashes = read(level, end >> 8 * level, 1 << rest)
            while len(hashes) > 1:
                hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
            found = hashes[0] if found is None else node_hash(hashes[0], found)
    return hashlib.sha256(b"").digest() if found is None else found


def is_included(n, size, leaf, path, root):
    """Whether a path proves that a leaf's hash stands at `n` in a tree of `size` and this root."""
    if not 0 <= n < size:
        return False
    at, last, found = n, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(each, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old, old_root, size, root, proof):
    """Whether a proof shows that a tree of `old` leaves is the beginning of one of `size`."""
    if old == 0 or old > size:
        return old == 0 and not proof
    if old == size:
        return not proof and old_root == root
    proof = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = proof[0]
    for each in proof[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(each, was), node_hash(each, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, each)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and now == root
