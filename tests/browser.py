"""What tests of the built pages need: their names, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
import yaml
from chromium import DESKTOP, PHONE, SWITCHES, find_chromium, serve
from conftest import ROOT
from playwright.sync_api import Browser, sync_playwright

__all__ = [
    "CHAPTERS",
    "DESKTOP",
    "EVERY_PAGE",
    "PAGES",
    "PHONE",
    "SWITCHES",
    "TOO_WIDE",
    "find_chromium",
    "launched",
    "missing",
    "serve",
]


def _pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    files = [toc["root"]]
    for part in toc["parts"]:
        for entry in part["chapters"]:
            files += [entry["file"], *(inner["file"] for inner in entry.get("sections", []))]
    return files


PAGES = _pages()
CHAPTERS = [name for name in PAGES if name.startswith("chapters/")]
# Of the pages that show sources, which are all made in one way, one will do.
EVERY_PAGE = [*PAGES, "search", "genindex", "_modules/index", "_modules/ebm_snippets/boltzmann"]

# What sticks out of the screen and does not scroll in a box of its own.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => {
    for (let above = one.parentElement; above; above = above.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(above).overflowX))
        return false;
    return true;
  })
  .map((one) => one.outerHTML.slice(0, 100))"""


def missing(package: str) -> NoReturn:
    """Skip a test that lacks a package of the system; under ``CI=true`` that is a failure."""
    reason = f"not on this machine: install the package {package} to test the pages"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the system's Chromium."""
    path = find_chromium() or missing("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
