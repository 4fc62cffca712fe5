"""Files that somebody outside hands in: pictures and PDFs, of which only what one can see is kept. Whoever
opens a stranger's file opens paper."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from registries.errors import DomainError
from registries.services import storage

from . import pictures

MOST_BYTES = 10 * 1024 * 1024
_MOST_PAGES = 100
# What makes a page visible; everything else on it acts or carries.
_SEEN = {
    "/Type",
    "/Parent",
    "/Contents",
    "/Resources",
    "/MediaBox",
    "/CropBox",
    "/Rotate",
    "/UserUnit",
    "/Group",
}


def keep(number, data):
    """The file of a place in a form and its bytes in, StoredFile out. Raises letter_file_size,
    letter_file_kind."""
    if len(data) > MOST_BYTES:
        raise DomainError("letter_file_size", number=number, most=MOST_BYTES // 1024 // 1024)
    if data.startswith(b"%PDF-"):
        return storage.keep(_plain_pdf(number, data), "application/pdf")
    try:
        picture = pictures.clean(data)
    except pictures.NotAPicture:
        raise DomainError("letter_file_kind", number=number) from None
    return storage.keep(picture.data, picture.media_type)


def _plain_pdf(number, data):
    """The pages of a PDF and nothing else: no script, no action, no form, no file within."""
    try:
        reader, out, writer = PdfReader(io.BytesIO(data)), io.BytesIO(), PdfWriter()
        if reader.is_encrypted or not 0 < len(reader.pages) <= _MOST_PAGES:
            raise DomainError("letter_file_kind", number=number)
        for page in reader.pages:
            made = writer.add_page(page)
            for name in set(made) - _SEEN:
                del made[name]
        writer.write(out)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise DomainError("letter_file_kind", number=number) from None
    return out.getvalue()
