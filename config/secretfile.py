"""Secrets of an embedded installation: made once, kept beside the database, never in the project.

A production installation gives SECRET_KEY and FIELD_KEYS in its environment and this file is not touched.
"""

import base64
import json
import os
import secrets
from pathlib import Path


def read_secret(name, folder):
    """Name of a secret in, its text out: from the environment, else from
    folder/secrets.json, else made now."""
    if value := os.environ.get(name):
        return value
    path = Path(folder) / "secrets.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if name not in kept:
        kept[name] = _MADE[name]()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump(kept, handle, indent=1)
    return kept[name]


_MADE = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "FIELD_KEYS": lambda: "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
}
