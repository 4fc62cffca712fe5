"""Field encryption under versioned keys (FIELD_KEYS = "2:base64,1:base64", newest first): AES-256-GCM, or
SM4-GCM where the office asks for the national ciphers (NATIONAL_CIPHERS).

A stored value reads "v<version>:<base64 of nonce and ciphertext>", under SM4 "s<version>:…"; the field's name
is bound in as associated data, so a value moved to another column does not open. Both are read, whatever the
setting; rotate_keys puts everything under what holds now.
"""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .errors import DomainError

_NONCE, _TAG = 12, 16


class _Aes:
    """AES-256-GCM."""

    letter = "v"

    @staticmethod
    def seal(key, nonce, data, bound_to):
        return AESGCM(key).encrypt(nonce, data, bound_to)

    @staticmethod
    def open(key, nonce, sealed, bound_to):
        return AESGCM(key).decrypt(nonce, sealed, bound_to)


class _Sm4:
    """SM4-GCM (GB/T 32907, RFC 8998), under 128 bits taken from the same key by HMAC-SM3 (GB/T 32905)."""

    letter = "s"

    @staticmethod
    def of(key):
        return hmac.new(key, b"mingqian SM4", "sm3").digest()[:16]

    @classmethod
    def seal(cls, key, nonce, data, bound_to):
        making = Cipher(algorithms.SM4(cls.of(key)), modes.GCM(nonce)).encryptor()
        making.authenticate_additional_data(bound_to)
        return making.update(data) + making.finalize() + making.tag

    @classmethod
    def open(cls, key, nonce, sealed, bound_to):
        if len(sealed) < _TAG:
            raise InvalidTag
        reading = Cipher(algorithms.SM4(cls.of(key)), modes.GCM(nonce, sealed[-_TAG:])).decryptor()
        reading.authenticate_additional_data(bound_to)
        return reading.update(sealed[:-_TAG]) + reading.finalize()


_SUITES = {each.letter: each for each in (_Aes, _Sm4)}


def encrypt(text, field):
    """Plain text and the field's name in, the stored form out; empty stays empty."""
    if not text:
        return ""
    mark, body = _seal(text.encode(), field)
    return f"{mark}:{base64.b64encode(body).decode()}"


def decrypt(stored, field):
    """The stored form in, plain text out. DomainError key_missing when the key's version is not given,
    cipher_broken when the value is not what was stored."""
    if not stored:
        return ""
    mark, _, body = stored.partition(":")
    try:
        raw = base64.b64decode(body)
    except ValueError:
        raw = b""
    try:
        return _open(mark, raw, field).decode()
    except ValueError:
        raise DomainError("cipher_broken", field=field) from None


def encrypt_bytes(data, field):
    """A file's bytes and what it is in; version, a line end, nonce and ciphertext out."""
    mark, body = _seal(data, field)
    return f"{mark}\n".encode() + body


def decrypt_bytes(stored, field):
    """The reverse. Raises key_missing and cipher_broken as decrypt does."""
    head, _, body = stored.partition(b"\n")
    return _open(head.decode("latin-1"), body, field)


def is_current(stored):
    """Whether a stored value is under the newest key and the cipher that holds now."""
    return not stored or stored.startswith(f"{_suite().letter}{next(iter(_keys()))}:")


def _seal(data, field):
    suite, (version, key) = _suite(), next(iter(_keys().items()))
    nonce = os.urandom(_NONCE)
    return f"{suite.letter}{version}", nonce + suite.seal(key, nonce, data, field.encode())


def _open(mark, body, field):
    suite, key = _SUITES.get(mark[:1]), _keys().get(mark[1:])
    if suite is None or key is None:
        raise DomainError("key_missing", version=mark[1:] or mark)
    try:
        return suite.open(key, body[:_NONCE], body[_NONCE:], field.encode())
    except (InvalidTag, ValueError):
        raise DomainError("cipher_broken", field=field) from None


def _suite():
    return _Sm4 if settings.NATIONAL_CIPHERS else _Aes


def _keys():
    pairs = (entry.strip().partition(":") for entry in settings.FIELD_KEYS.split(","))
    return {version: base64.b64decode(key) for version, _, key in pairs}
