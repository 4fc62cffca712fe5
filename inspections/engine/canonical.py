"""Canonical JSON (SJS1 §2, a subset of RFC 8785) and the hash of a file."""

import hashlib
import json
import unicodedata
from typing import Any

LIMIT = 2**53
Doc = dict[str, Any]  # a file that has been read: its keys are checked, its values by whoever reads them


class Malformed(ValueError):
    """A file or an argument that the protocol does not allow. The message is one line for a person."""


def dump(value: object) -> bytes:
    """Python value in; its canonical UTF-8 bytes out. Raises Malformed on what SJS1 has no form for."""
    _require_plain(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes | str) -> str:
    """Bytes or text in; SHA-256 as 64 lower-case hex digits out."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def load(data: bytes, what: str, *, exact: bool = True) -> Any:
    """Bytes in, value out. `what` names the file in messages.

    With `exact` the bytes must be the canonical ones: a file whose hash is published has one form only.
    Without it white space and key order are free (a file typed by hand), the values are not.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_no_repeated_key)
        if exact:
            is_canonical = dump(value) == data
        else:
            _require_plain(value)
    except Malformed as wrong:
        raise Malformed(f"{what}：{wrong}") from None
    except (ValueError, RecursionError) as wrong:
        raise Malformed(f"{what}：不是可读的 JSON（{str(wrong).splitlines()[0]}）") from None
    if exact and not is_canonical:
        raise Malformed(f"{what}：不是规范 JSON（SJS1 第 2 节）")
    return value


def text_of(data: bytes) -> str:
    """Text that some program of an office saved: UTF-8, or GB18030 where it is not. Raises Malformed."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed("不是文本文件")


def _no_repeated_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("有重复的键")
    return found


def _require_plain(value: object) -> None:
    if isinstance(value, str):
        if not unicodedata.is_normalized("NFC", value):
            raise Malformed("有字符串不是 NFC 形式")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Malformed("有字符串含半个代理对") from None
    elif isinstance(value, bool) or value is None or isinstance(value, float):
        raise Malformed(f"规范文件不允许出现 {json.dumps(value)}")
    elif isinstance(value, int):
        if abs(value) >= LIMIT:
            raise Malformed("有数字不小于 2^53")
    elif isinstance(value, (list, tuple)):
        for part in value:
            _require_plain(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise Malformed("有键不是文字")
            # Enterprise ids are keys too and are ASCII by construction; keeping keys ASCII makes
            # every language sort them alike.
            if not key.isascii():
                raise Malformed(f"键 {key!a} 不是 ASCII")
            _require_plain(part)
    else:
        raise Malformed(f"{type(value).__name__} 不能写成规范 JSON")
