"""Documents: facts in, PDF bytes out. Rendered once and kept; never rendered again from changed facts."""

import shutil
import subprocess

from django.template.loader import render_to_string

from .errors import DomainError

_APT = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-wqy-zenhei"


def render(kind, facts):
    """Kind of document ("draw_record") and its facts in, PDF bytes out.

    Raises DomainError pdf_unavailable with what to install when the PDF libraries or a
    Chinese font are missing.
    """
    html, fetcher = _library()
    _require_chinese_font()
    page = render_to_string(f"documents/{kind}.html", facts)
    return html(string=page, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/a-3u")


def _library():
    try:
        # Imported here because the libraries behind it may be absent; the rest of the product must not care.
        from weasyprint import HTML  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError):
        raise DomainError("pdf_unavailable", detail=f"缺少排版程序库，请系统管理员运行 {_APT}") from None
    # No network and no files: everything a page needs is in the page.
    return HTML, URLFetcher(allowed_protocols=["data"], allow_redirects=False)


def _require_chinese_font():
    lister = shutil.which("fc-list")
    if lister is None:
        return
    found = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False)  # noqa: S603
    if not found.stdout.strip():
        raise DomainError("pdf_unavailable", detail=f"没有中文字体，请系统管理员运行 {_APT}")
