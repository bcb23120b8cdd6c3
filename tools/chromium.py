"""A built site behind a server that compresses, and the system's Chromium to look at it."""

from __future__ import annotations

import functools
import gzip
import http.server
import mimetypes
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, ViewportSize, sync_playwright

__all__ = [
    "DESKTOP",
    "PHONE",
    "SITE",
    "SWITCHES",
    "find_chromium",
    "open_site",
    "pages_of_site",
    "serve",
]

SITE = Path(__file__).resolve().parent.parent / "book" / "_build" / "html"
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)

# The browser stays on this machine: it looks for no updates, and has no sandbox where it is root.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COMPRESSED = {"application/javascript", "application/json", "application/xml", "image/svg+xml"}


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = (os.environ.get("CHROME_PATH"), *map(shutil.which, names))
    return next(filter(None, found), None)


@functools.cache
def _compressed(path: Path, changed: int) -> bytes:
    """A file as a server sends it, which has compressed it before anyone asks."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files with gzip, a short time to live, and a page for what is missing, as GitHub does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.directory, unquote(urlsplit(self.path).path).lstrip("/"))
        if path.is_dir():
            path /= "index.html"
        found = path.is_file()
        if not found:
            path = Path(self.directory, "404.html")
        kind = mimetypes.guess_type(path.name)[0] or "text/plain"
        self.send_response(200 if found else 404)
        content = b""
        if path.is_file() and (kind.startswith("text/") or kind in COMPRESSED):
            content = _compressed(path, path.stat().st_mtime_ns)
            self.send_header("Content-Encoding", "gzip")
        elif path.is_file():
            content = path.read_bytes()
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        with suppress(ConnectionError):  # whoever asked has left
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a folder, and yield its address."""
    handler = functools.partial(_Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def pages_of_site() -> list[str]:
    """Return the pages of the last good build.

    Left out are those that show sources, which are all alike, and the one that leads to the first.
    """
    pages = (path.relative_to(SITE) for path in sorted(SITE.rglob("*.html")))
    return [
        page.with_suffix("").as_posix()
        for page in pages
        if not {"_static", "_modules"} & set(page.parts) and page != Path("index.html")
    ]


@contextmanager
def open_site() -> Iterator[tuple[Browser, str]]:
    """Serve the last good build, and yield a browser and its address; exit if either is missing."""
    path = find_chromium()
    if path is None or not SITE.is_dir():
        sys.exit("There must be a Chromium on this machine, and a site: make book")
    with serve(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield browser, address
        browser.close()
