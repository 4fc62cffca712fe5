"""搬家的包: one file, sealed piece by piece with a key made from a password (scrypt, AES-256-GCM), so that
it can be carried. A piece that was changed, left out, doubled or put elsewhere does not open, nor does a
file that ends too early."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_MARK, _SALT, _PIECE, _TAG = b"MINGQIAN-MOVE-1\n", 16, 1 << 20, 16


class Broken(Exception):
    """The file is none of ours, was changed or cut, or the password is another."""


class Sealing(io.RawIOBase):
    """What is written into it goes sealed into `out`; close() ends the file."""

    def __init__(self, out: BinaryIO, password: str):
        salt = os.urandom(_SALT)
        out.write(_MARK + salt)
        self.out, self.key, self.waits, self.count = out, AESGCM(_key(password, salt)), bytearray(), 0

    def writable(self):
        return True

    def write(self, data):
        self.waits += data
        while len(self.waits) > _PIECE:
            self._seal(bytes(self.waits[:_PIECE]), is_last=False)
            del self.waits[:_PIECE]
        return len(data)

    def close(self):
        if not self.closed:
            self._seal(bytes(self.waits), is_last=True)
        super().close()

    def _seal(self, piece, is_last):
        self.out.write(self.key.encrypt(_nonce(self.count, is_last), piece, None))
        self.count += 1


class Opening(io.RawIOBase):
    """What was sealed, to be read from its beginning to its end."""

    def __init__(self, source: BinaryIO, password: str):
        if source.read(len(_MARK)) != _MARK:
            raise Broken
        salt = source.read(_SALT)
        self.source, self.key, self.count = source, AESGCM(_key(password, salt)), 0
        self.next, self.ready = source.read(_PIECE + _TAG), b""

    def readable(self):
        return True

    def readinto(self, into):
        while not self.ready and self.next:
            piece, self.next = self.next, self.source.read(_PIECE + _TAG)
            try:
                self.ready = self.key.decrypt(_nonce(self.count, not self.next), piece, None)
            except InvalidTag:
                raise Broken from None
            self.count += 1
        size = min(len(into), len(self.ready))
        into[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size


def _key(password, salt):
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(password.encode())


def _nonce(count, is_last):
    return count.to_bytes(11) + bytes([is_last])
