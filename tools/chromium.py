"""A built site behind a server that compresses, and the system's Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright
from server import SITE, serve

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


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = (os.environ.get("CHROME_PATH"), *map(shutil.which, names))
    return next(filter(None, found), None)


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
