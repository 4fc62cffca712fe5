"""A stranger's PDF: what one can see is kept, whatever else a page carries is not."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from inspections.papers import fromoutside


def test_only_what_one_sees_of_a_page_is_kept():
    writer = PdfWriter()
    page = writer.add_blank_page(200, 300)
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    script[NameObject("/JS")] = TextStringObject("x")
    for name in ("/AA", "/AF", "/PresSteps", "/PieceInfo", "/Metadata", "/Thumb", "/Made-up"):
        page[NameObject(name)] = script
    raw = io.BytesIO()
    writer.write(raw)
    kept = fromoutside._plain_pdf(1, raw.getvalue())
    assert b"JavaScript" in raw.getvalue() and b"JavaScript" not in kept
    only = PdfReader(io.BytesIO(kept)).pages[0]
    assert set(only) <= fromoutside._SEEN and only.mediabox.height == 300
