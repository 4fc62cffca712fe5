"""What a department outside the system gets with the task list: the engine as one file that runs anywhere, a
form for its people, and the steps in words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from registries.exports import csv_bytes

if TYPE_CHECKING:
    from .models import Draw

PROGRAM = "mingqian-draw.pyz"
_ENGINE = Path(__file__).parents[1] / "engine"
_GUIDE = Path(__file__).parents[1] / "data/partner.txt"
_PEOPLE = ["编号", "姓名", "可任组长", "最多任务数", "须回避的企业编号"]
_START = """import sys

if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed / 要 Python 3.11 或更新的版本")

from sjs1.__main__ import main

sys.exit(main())
"""


def files_for(draw: Draw) -> dict[str, bytes]:
    """{name: bytes}."""
    told = {"bureau": draw.bureau.name, "number": draw.number, "year": timezone.localdate().year}
    guide = _GUIDE.read_text(encoding="utf-8").format(**told)
    people = [_PEOPLE, ["01", "（姓名）", 1, 10, ""], ["02", "（姓名）", 0, 10, ""]]
    return {
        "说明.txt": guide.replace("\n", "\r\n").encode("utf-8-sig"),
        "people.csv": csv_bytes(people),
        PROGRAM: program(),
    }


def program() -> bytes:
    """The engine as a zipapp: `python mingqian-draw.pyz`. The same engine gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = {f"sjs1/{path.name}": path.read_text(encoding="utf-8") for path in _ENGINE.glob("*.py")}
        for name, text in sorted({"__main__.py": _START, **parts}.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()
