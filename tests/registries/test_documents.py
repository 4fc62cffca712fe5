"""A document takes nothing from the network and nothing from the disk, whatever stands in its page."""

import http.server
import threading

import pytest
from pypdf import PdfReader
from weasyprint import HTML

from registries import documents

CANARY = "CANARY-ON-THE-DISK"


@pytest.fixture
def asked():
    """The addresses that a server on this machine was asked for; its port stands first."""
    paths = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], paths
    server.shutdown()


def page(port, secret):
    at = f"http://127.0.0.1:{port}"
    return (
        f'<html><head><link rel="stylesheet" href="{at}/a.css"><link rel="attachment" href="file://{secret}">'
        f"<style>@import url({at}/b.css); @font-face {{ font-family: x; src: url({at}/c.woff) }} p "
        f"{{ font-family: x }}</style></head>"
        f'<body><p>正文</p><img src="{at}/d.png"><img src="file://{secret}"><object '
        f'data="{at}/e.svg"></object>'
        f'<a rel="attachment" href="file://{secret}">x</a></body></html>'
    )


def test_the_engine_asks_nobody_and_reads_no_file(asked, tmp_path, monkeypatch):
    port, paths = asked
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    monkeypatch.setattr(documents, "render_to_string", lambda *args: page(port, secret))
    made = tmp_path / "made.pdf"
    made.write_bytes(documents.render("x", {}))
    assert paths == [] and CANARY.encode() not in made.read_bytes()
    assert not PdfReader(made).attachments and "正文" in PdfReader(made).pages[0].extract_text()


def test_the_same_page_without_our_fetcher_does_both(asked, tmp_path):
    """The control: what the library does of itself."""
    port, paths = asked
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    made = tmp_path / "made.pdf"
    HTML(string=page(port, secret)).write_pdf(made)
    assert paths and PdfReader(made).attachments
