"""What tests of the built pages need: their names, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from chromium import DESKTOP, PHONE, SWITCHES, find_chromium, serve
from conftest import ROOT
from playwright.sync_api import Browser, sync_playwright

__all__ = [
    "CHAPTERS",
    "DESKTOP",
    "PAGES",
    "PHONE",
    "SWITCHES",
    "find_chromium",
    "launched",
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


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the system's Chromium.

    Without one, tests are skipped; under ``CI=true`` that is a failure.
    """
    path = find_chromium()
    if path is None:
        reason = "no Chromium on this machine: install the package chromium to test the pages"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
