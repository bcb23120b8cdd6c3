"""What a build takes over from the last one: never more than what a new build would make."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from test_build import SmallBook

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallBook, Path]:
    place = tmp_path_factory.mktemp("kept")
    book = SmallBook(place / "book")
    book.write("_config.yml", ROOMS)
    book.good()
    shutil.copytree(book.root, place / "as-built")
    return book, place / "as-built"


@pytest.fixture
def book(built: tuple[SmallBook, Path]) -> SmallBook:
    """The book as it was when it was built."""
    book, as_built = built
    shutil.rmtree(book.root)
    shutil.copytree(as_built, book.root)
    return book


ROOMS = """\
title: A small book
author: Nobody
only_build_toc_files: true
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
execute: {execute_notebooks: cache, timeout: 60}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
sphinx:
  local_extensions:
    {rooms.formulas: ., rooms.charts: ., rooms.notebooks: ., rooms.around: ., rooms.finish: .}
  config: {suppress_warnings: [page.description]}
"""


def written_by(change: Callable[[SmallBook], None], book: SmallBook) -> set[str]:
    """Make a change, build, and return the pages with a source that were written."""
    pages = {name: book.site / f"{name}.html" for name in ("index", "first", "second")}
    for path in pages.values():
        os.utime(path, (1, 1))
    change(book)
    book.good()
    return {name for name, path in pages.items() if path.stat().st_mtime > 1}


def a_sentence(book: SmallBook) -> None:
    book.replace("book/first.md", "One sentence.", "Another sentence. One sentence.")


def a_formula(book: SmallBook) -> None:
    book.replace("book/first.md", "One sentence.", r"A formula $\mathcal{Q}$. One sentence.")


def a_class(book: SmallBook) -> None:
    """With rules of its own in the style sheets of the theme."""
    note = ":::{danger}\nA note.\n:::\n\n:::{card}\nA card.\n:::\n\nOne sentence."
    book.replace("book/first.md", "One sentence.", note)


def a_picture(book: SmallBook) -> None:
    book.replace("book/first.md", "circle r='9'", "circle r='7'")


def test_only_what_changed_is_written(book: SmallBook) -> None:
    # The start of this book tells how the build went, so it is written each time.
    assert written_by(a_sentence, book) == {"index", "first"}
    assert written_by(a_picture, book) == {"index", "first"}
    # A style sheet of other rules has another address, and every page links to it.
    assert written_by(a_formula, book) == {"index", "first", "second"}
    assert written_by(a_class, book) == {"index", "first", "second"}
    assert_as_if_built_from_nothing(book)


def a_title(book: SmallBook) -> None:
    book.replace("book/first.md", "# First", "# Foremost")


def a_label(book: SmallBook) -> None:
    book.replace("book/first.md", "(first)=", "(primal)=")


def a_term(book: SmallBook) -> None:
    book.replace("book/first.md", "One sentence.", "```{glossary}\nword\n  What it means.\n```\n\n")


def a_description(book: SmallBook) -> None:
    book.replace("book/first.md", "---\n", "---\ndescription: A page about nothing at all.\n")


def test_what_others_may_show_writes_all(book: SmallBook) -> None:
    for change in (a_title, a_label, a_term, a_description):
        assert written_by(change, book) == {"index", "first", "second"}, change
    assert_as_if_built_from_nothing(book)


def test_another_commit_or_repository_reaches_every_notebook(book: SmallBook) -> None:
    """A notebook installs the commit that its page was built from, though no page has changed."""
    notebook = book.site / "notebooks" / "second.ipynb"
    for arguments in (["init"], ["commit", "--allow-empty", "--message", "Begin"]):
        names = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(
            ["git", "-C", book.root, *names, *arguments], check=True, capture_output=True
        )
    head = ["git", "-C", str(book.root), "rev-parse", "HEAD"]
    commit = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    book.good()
    assert f"github.com/owner/name@{commit}" in notebook.read_text()
    assert book.build(GITHUB_REPOSITORY="forker/copy").code == 0
    assert f"github.com/forker/copy@{commit}" in notebook.read_text()
    assert "owner" not in (book.site / "second.html").read_text()


def test_what_no_page_shows_any_more_is_gone(book: SmallBook) -> None:
    before = {path.name for path in (book.site / "_images").iterdir()}
    a_picture(book)
    book.good()
    after = {path.name for path in (book.site / "_images").iterdir()}
    assert len(after) == len(before)
    assert after != before


def test_a_site_that_somebody_has_changed_is_not_taken_over(book: SmallBook) -> None:
    page = book.site / "second.html"
    page.write_text(page.read_text().replace("<body", "<body hidden"))
    a_sentence(book)
    book.good()
    assert "<body hidden" not in page.read_text()


def assert_as_if_built_from_nothing(book: SmallBook) -> None:
    kept = without_times(book)
    book.forget()
    shutil.rmtree(book.site)
    book.good()
    fresh = without_times(book)
    assert kept.keys() == fresh.keys()
    assert [name for name in kept if kept[name] != fresh[name]] == []


def without_times(book: SmallBook) -> dict[str, bytes]:
    """The files of the site, without the times that were measured."""
    measured = re.compile(rb'<span class="measured">.*?</span>', re.DOTALL)
    return {name: measured.sub(b"", content) for name, content in book.snapshot().items()}
