"""Show the built site as GitHub will: below its path, with its page where nothing is.

    python tools/server.py [--port PORT]

The path is that of the address for which the site was built, such as ``/ebm-book/``. Looked at in
another place, a page with a wrong address would look for all that it loads in vain.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import mimetypes
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["SITE", "Handler", "published_path", "serve"]

SITE = Path(__file__).resolve().parent.parent / "book" / "_build" / "html"
COMPRESSED = {"application/javascript", "application/json", "application/xml", "image/svg+xml"}


@functools.cache
def _compressed(path: Path, changed: int) -> bytes:
    """A file as a server sends it, which has compressed it before anyone asks."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files with gzip, a short time to live, and a page for what is missing, as GitHub does.

    Args:
        root: the path below which the files are; it begins and ends with a slash.
        lifetime: the seconds for which a browser need not ask for a file again.
    """

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, root: str = "/", lifetime: int = 600, **kwargs: Any) -> None:
        self.root = root
        self.lifetime = lifetime
        super().__init__(*args, **kwargs)  # this answers, so it comes last

    def do_GET(self) -> None:
        asked = urlsplit(self.path).path
        if asked == "/" != self.root:  # an address that is typed without the path
            self.send_response(302)
            self.send_header("Location", self.root)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = Path(self.translate_path("/" + asked.removeprefix(self.root)))
        if path.is_dir():
            path /= "index.html"
        found = asked.startswith(self.root) and path.is_file()
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
        self.send_header("Cache-Control", f"max-age={self.lifetime}")
        self.end_headers()
        if self.command == "GET":
            with suppress(ConnectionError):  # whoever asked has left
                self.wfile.write(content)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(
    site: Path, root: str = "/", *, port: int = 0, handler: type[Handler] = Handler, **settings: Any
) -> Iterator[str]:
    """Serve a folder, and yield its address, without a slash at the end.

    Args:
        site: the folder.
        root: the path below which it is served.
        port: where; 0 takes one that is free.
        handler: answers what is asked for.
        settings: further arguments of the handler.
    """
    answers = functools.partial(handler, directory=str(site), root=root, **settings)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}{root}".rstrip("/")
    finally:
        server.shutdown()
        server.server_close()


def published_path(site: Path) -> str:
    """The path for which a site was built, as its page for wrong addresses tells it."""
    page = site / "404.html"
    if not page.is_file():  # the room that writes it was taken out
        return "/"
    told = re.search('<base href="([^"]*)"', page.read_text(encoding="utf-8"))
    assert told, f"{page} has no <base>"
    return told[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    if not SITE.is_dir():
        sys.exit("There is no site yet: make book")
    # What was built anew is seen at once.
    with serve(SITE, published_path(SITE), port=port, lifetime=0) as address:
        print(f"The book is open at {address}/. Stop with Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
