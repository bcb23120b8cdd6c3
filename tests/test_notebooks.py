"""The exported notebooks: what is in them, and what is not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import small_book
from notebook_checks import assert_clean

MIRRORS = Path(__file__).parent / "mirrors"
pytestmark = pytest.mark.build

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
execute: {execute_notebooks: cache, timeout: 30}
parse:
  myst_enable_extensions: [amsmath, attrs_inline, colon_fence, deflist, dollarmath]
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
launch_buttons: {colab_url: "https://colab.research.google.com"}
sphinx:
  extra_extensions: [sphinx_exercise, sphinx_proof]
  local_extensions: {rooms.around: ., rooms.notebooks: .}
  config:
    bibtex_reference_style: author_year
    html_static_path: [_static]
    mathjax_path: local.js
    suppress_warnings: [page.description]
bibtex_bibfiles: [references.bib]
"""
BIB = """\
@book{someone2020, author={Someone, Anna}, title={A Title}, publisher={A House}, year={2020}}
"""
START = "# Start\n\n```{py:function} library.a_function(x)\n```\n\n```{bibliography}\n```\n"
DOT = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='9'/></svg>"


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebooks of the mirrors' small book."""
    return build_mirrors(tmp_path_factory.mktemp("mirrors")) / "notebooks"


def build_mirrors(root: Path, **environment: str) -> Path:
    """Build a small book whose pages are the mirrors, and return its site."""
    small_book.copy_package(root)
    book = root / "book"
    book.mkdir()
    (book / "_config.yml").write_text(CONFIG)
    (book / "_static").mkdir()
    (book / "_static" / "local.js").write_text("")
    (book / "dot.svg").write_text(DOT)
    (book / "references.bib").write_text(BIB)
    (book / "index.md").write_text(START)
    sources = sorted(MIRRORS.glob("*.md"))
    files = "".join(f"  - file: {path.stem}\n" for path in sources)
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{files}")
    for path in sources:
        shutil.copy(path, book)
    done = small_book.build(root, **environment)
    assert done.returncode == 0, done.stderr
    return book / "_build" / "html"


@pytest.mark.parametrize("source", sorted(MIRRORS.glob("*.md")), ids=lambda path: path.stem)
def test_each_construct_is_written_as_before(source: Path, mirrored: Path) -> None:
    made = (mirrored / f"{source.stem}.ipynb").read_text()
    mirror = source.with_suffix(".ipynb")
    if os.environ.get("UPDATE_MIRRORS"):
        mirror.write_text(made)
    assert made == mirror.read_text(), f"look at the difference, then: UPDATE_MIRRORS=1 {__file__}"


def test_mirrors_are_clean(mirrored: Path) -> None:
    for path in mirrored.glob("*.ipynb"):
        assert_clean(path)


def test_a_fork_leads_to_its_own_notebooks_without_an_edit(tmp_path: Path) -> None:
    site = build_mirrors(tmp_path, GITHUB_REPOSITORY="Forker/Copy")
    page = (site / "constructs.html").read_text()
    assert "colab.research.google.com/github/Forker/Copy/blob/gh-pages/notebooks/constructs" in page
    notebook = (site / "notebooks" / "constructs.ipynb").read_text()
    assert "git+https://github.com/Forker/Copy" in notebook
    assert "https://forker.github.io/Copy/constructs.html" in notebook
    for text in (page, notebook):
        assert "owner/name" not in text


def test_the_site_of_a_user_is_at_the_root_of_its_host(tmp_path: Path) -> None:
    site = build_mirrors(tmp_path, GITHUB_REPOSITORY="forker/forker.github.io")
    assert (
        "(https://forker.github.io/constructs.html)"
        in (site / "notebooks" / "constructs.ipynb").read_text()
    )
