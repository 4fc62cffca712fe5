"""公文的 Word 文件 (GB/T 9704): a text with headings in, the bytes of a .docx out: A4, its margins,
方正小标宋 or what stands in for it, 仿宋 三号, 28 points from line to line, the page's number below."""

import io
import re

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

_TITLE, _HEAD, _BODY = ("方正小标宋简体", 22), ("黑体", 16), ("仿宋", 16)
_LINE = 20  # characters of a title that stand on one line
_NUMBERS = "一二三四五六七八九十"


def paragraphs(text):
    """[(whether it is a heading, its words)] of a text whose headings begin with #; headings are numbered."""
    told, count = [], 0
    for line in filter(None, (each.strip() for each in text.splitlines())):
        if line.startswith("#"):
            number = _NUMBERS[count] if count < len(_NUMBERS) else str(count + 1)
            told.append((True, f"{number}、{re.sub(r'^#+ *', '', line)}"))
            count += 1
        else:
            told.append((False, line))
    return told


def title_lines(title, bureau):
    """A title that goes over a line is broken where its sense is: behind the bureau's name (GB/T 9704)."""
    rest = title.removeprefix(bureau)
    return [bureau, rest] if len(title) > _LINE and rest not in ("", title) else [title]


def of(title, text, signed):
    """Title, text and who signs with the day; the file's bytes out."""
    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    _number(page.footer.paragraphs[0])
    _put(made, "\n".join(title_lines(title, signed[0])), _TITLE, WD_ALIGN_PARAGRAPH.CENTER)
    _put(made, "", _BODY)
    for is_head, words in paragraphs(text):
        put = _put(made, words, _HEAD if is_head else _BODY, indent=True)
        put.paragraph_format.keep_with_next = is_head
    _put(made, "", _BODY)
    for line in signed:
        _put(made, line, _BODY, WD_ALIGN_PARAGRAPH.RIGHT)
    made.core_properties.title, made.core_properties.author = title, signed[0]
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _put(made, words, face, align=None, indent=False):
    name, size = face
    paragraph = made.add_paragraph()
    paragraph.alignment = align
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(36 if size > 16 else 28)
    if indent:
        shape.first_line_indent = Pt(2 * size)
    run = paragraph.add_run(words)
    run.font.name, run.font.size = name, Pt(size)
    run._element.rPr.rFonts.set(qn("w:eastAsia"), name)
    return paragraph


def _number(paragraph):
    """— the page's number —"""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    paragraph.add_run(" —")
