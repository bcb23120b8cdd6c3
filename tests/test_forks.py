"""What is around the pages on a small book: in a fork, at the root of a host, and left out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import small_book
from conftest import ROOT

pytestmark = pytest.mark.build

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
sphinx:
  local_extensions: {rooms.around: ., rooms.notebooks: .}
  config: {mathjax_path: local.js, html_static_path: [_static]}
"""
PAGE = """\
---
description: A page that says what it is about.
kernelspec: {name: python3}
---

# Start

A sentence.
"""


def build(root: Path, page: str = PAGE, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a book of one page, ``start``."""
    book = root / "book"
    small_book.copy_package(root)
    (book / "_static").mkdir(parents=True)
    shutil.copy(ROOT / "book" / "_static" / "mark.svg", book / "_static")
    (book / "_static" / "local.js").write_text("")
    (book / "_config.yml").write_text(CONFIG)
    (book / "_toc.yml").write_text("format: jb-book\nroot: start\n")
    (book / "start.md").write_text(page)
    return small_book.build(root, **environment)


def test_a_fork_states_its_own_addresses_without_an_edit(tmp_path: Path) -> None:
    done = build(tmp_path, GITHUB_REPOSITORY="Forker/Copy")
    assert done.returncode == 0, done.stderr
    site = tmp_path / "book" / "_build" / "html"
    text = {name: (site / name).read_text() for name in ("start.html", "404.html", "sitemap.xml")}
    assert (
        '<link rel="canonical" href="https://forker.github.io/Copy/start.html" />'
        in text["start.html"]
    )
    assert "https://forker.github.io/Copy/_static/cards/start.png" in text["start.html"]
    assert '<base href="/Copy/" />' in text["404.html"]
    assert "<loc>https://forker.github.io/Copy/start.html</loc>" in text["sitemap.xml"]
    for name, content in text.items():
        assert "owner" not in content, name
    assert "colab" not in text["start.html"], "no launch button is asked for"


def test_the_site_of_a_user_has_its_root_at_that_of_its_host(tmp_path: Path) -> None:
    done = build(tmp_path, GITHUB_REPOSITORY="forker/forker.github.io")
    assert done.returncode == 0, done.stderr
    site = tmp_path / "book" / "_build" / "html"
    page = (site / "404.html").read_text()
    assert '<base href="/" />' in page
    assert 'querySelector("base")' not in page, "there is nowhere else to move it"
    assert "Sitemap: https://forker.github.io/sitemap.xml" in (site / "robots.txt").read_text()


def test_a_page_that_does_not_say_what_it_is_about_fails_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, page="# Start\n\nA sentence.\n")
    assert done.returncode == 1
    assert "book/start.md" in done.stderr
    assert "page without a description" in done.stderr
