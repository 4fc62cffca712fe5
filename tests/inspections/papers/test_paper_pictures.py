"""文书如图: each kind of paper of one invented case, drawn again from its kept facts and laid
over the approved picture.

A wanted change of form is approved by looking at the new pictures: MINGQIAN_APPROVE=yes
writes them and the facts anew.
"""

import json
import os
import subprocess
import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from inspections.papers import issuing

from .test_papers import case, every_paper  # noqa: F401  (case is a fixture)

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent / "approved"
DPI = 50
# of 255 grey levels after a blur: another edge of a letter shows 10, a line lost or moved by 3 pixels 80
MOST = 40


@pytest.mark.slow
def test_each_paper_looks_as_approved(case, cast):  # noqa: F811
    faults, made = [], every_paper(case, cast)
    for code, paper in made.items():
        kept = HERE / f"{code}.json"
        if os.environ.get("MINGQIAN_APPROVE"):
            _approve(code, paper)
        facts = json.loads(kept.read_text())
        assert _shape(paper.facts) == _shape(facts), (
            f"{code}: 事项与核准时不同，看过新样后用 MINGQIAN_APPROVE=yes 核准"
        )
        faults += _compare(code, _pages(_fixed(paper, facts)))
    assert not faults, faults


def test_a_paper_that_lost_a_field_is_noticed(case, cast):  # noqa: F811
    """The comparison itself: a line gone, or a page gone, is a fault."""
    paper = every_paper(case, cast)["order"]
    pages = _pages(_fixed(paper, json.loads((HERE / "order.json").read_text())))
    assert _compare("order", pages) == [] and _compare("order", pages[:-1])
    text = pages[0].convert("L")
    row = next(
        y for y in range(text.height // 3, text.height) if min(text.crop((60, y, 350, y + 1)).tobytes()) < 90
    )
    text.paste(255, (0, row - 2, text.width, row + 10))
    assert _compare("order", [text, *pages[1:]])


def _fixed(paper, facts):
    paper.facts, paper.token, paper.number = (
        facts,
        "approved-approved-0000",
        f"{paper.number.split('〔')[0]}〔2026〕1号",
    )
    paper.signed_at = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    return issuing.preview(paper)


def _pages(pdf):
    with tempfile.TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", str(DPI), "-gray", "-png", "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True)
        return [Image.open(BytesIO(path.read_bytes())) for path in sorted(Path(folder).iterdir())]


def _approve(code, paper):
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob(f"{code}-*.png"):
        old.unlink()
    (HERE / f"{code}.json").write_text(
        json.dumps(paper.facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )
    for number, page in enumerate(_pages(_fixed(paper, paper.facts)), 1):
        page.convert("L").point(lambda level: level // 17 * 17).save(
            HERE / f"{code}-{number}.png", optimize=True
        )


def _compare(code, pages):
    approved = sorted(HERE.glob(f"{code}-*.png"), key=lambda each: int(each.stem.split("-")[1]))
    if len(approved) != len(pages):
        return [f"{code}: {len(pages)} 页，核准的是 {len(approved)} 页"]
    return [fault for path, page in zip(approved, pages, strict=True) for fault in _differs(path, page)]


def _differs(path, page):
    wanted = Image.open(path).convert("L")
    if wanted.size != page.size:
        return [f"{path.stem}: 大小 {page.size}"]
    apart = ImageChops.difference(
        *(each.filter(ImageFilter.GaussianBlur(1.5)) for each in (wanted, page.convert("L")))
    )
    most = apart.getextrema()[1]
    return [f"{path.stem}: 最大差 {most}"] if most > MOST else []


def _shape(facts):
    """What stands in the facts, without its words: names, days and numbers differ from run to run."""
    if isinstance(facts, dict):
        return {key: _shape(value) for key, value in facts.items()}
    if isinstance(facts, list):
        return [_shape(facts[0])] if facts else []
    return type(facts).__name__
