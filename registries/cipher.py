"""Field encryption: AES-256-GCM under versioned keys (FIELD_KEYS = "2:base64,1:base64", newest first).

A stored value reads "v<version>:<base64 of nonce and ciphertext>"; the field's name is bound in as associated
data, so a value moved to another column does not open.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .errors import DomainError


def encrypt(text, field):
    """Plain text and the field's name in, the stored form out; empty stays empty."""
    if not text:
        return ""
    version, key = next(iter(_keys().items()))
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), field.encode())
    return f"v{version}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored, field):
    """The stored form in, plain text out. DomainError key_missing when the key's version is not given,
    cipher_broken when the value is not what was stored."""
    if not stored:
        return ""
    version, _, body = stored.removeprefix("v").partition(":")
    key = _keys().get(version)
    if key is None:
        raise DomainError("key_missing", version=version)
    try:
        raw = base64.b64decode(body)
        return AESGCM(key).decrypt(raw[:12], raw[12:], field.encode()).decode()
    except (InvalidTag, ValueError):
        raise DomainError("cipher_broken", field=field) from None


def encrypt_bytes(data, field):
    """A file's bytes and what it is in; version, a line end, nonce and ciphertext out."""
    version, key = next(iter(_keys().items()))
    nonce = os.urandom(12)
    return f"v{version}\n".encode() + nonce + AESGCM(key).encrypt(nonce, data, field.encode())


def decrypt_bytes(stored, field):
    """The reverse. Raises key_missing and cipher_broken as decrypt does."""
    head, _, body = stored.partition(b"\n")
    key = _keys().get(head.decode().removeprefix("v"))
    if key is None:
        raise DomainError("key_missing", version=head.decode().removeprefix("v"))
    try:
        return AESGCM(key).decrypt(body[:12], body[12:], field.encode())
    except (InvalidTag, ValueError):
        raise DomainError("cipher_broken", field=field) from None


def is_current(stored):
    """Whether a stored value is under the newest key."""
    return not stored or stored.startswith(f"v{next(iter(_keys()))}:")


def _keys():
    pairs = (entry.strip().partition(":") for entry in settings.FIELD_KEYS.split(","))
    return {version: base64.b64decode(key) for version, _, key in pairs}
