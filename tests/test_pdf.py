"""The edition on paper: its text, its links, its contents, and what is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from browser import find_chromium
from builder.book import Book
from builder.problems import BookError
from builder.site import pdf_place
from conftest import ROOT
from pdf import page_numbers, print_book
from publish import with_pdf
from pypdf import PdfReader
from small_book import build, write_package

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(
        find_chromium() is None and os.environ.get("CI") != "true",
        reason="no Chromium on this machine: install the package chromium to print",
    ),
]

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
execute: {execute_notebooks: cache}
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
sphinx:
  extra_extensions: [sphinx_exercise]
  config: {language: en}
"""
TOC = """\
format: jb-book
root: index
chapters: [{file: one}, {file: two}, {file: api/index}]
"""
FILLER = "Every page of a book holds a few lines of text, or else it is wasted paper. " * 8
PAGES = {
    "index": f"""\
# A small book

{FILLER}

<!-- pdf
<p>Take <a href="{{file}}">one PDF</a> ({{size}}).</p>
-->
""",
    "one": f"""\
# First

{FILLER}

(twice)=
## Twice

See [the other](two.md), and [the code](api/index.md).

```{{exercise-start}} Add
:label: add
```
What is one and one?
```{{exercise-end}}
```

```{{dropdown}} Hint
Count your thumbs.
```

```{{solution}} add
:class: dropdown

They are two.
```

{FILLER}

## The last words

{FILLER}

## In which nothing happens at great length

{FILLER}
""",
    "two": f"# Second\n\n{FILLER}\n\n## Twice again\n\n{FILLER} Back to [the first](one.md).\n",
    "api/index": "# Code\n\nThis stays on the site.\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("paper")
    write_package(root)
    folder = root / "book"
    (folder / "api").mkdir(parents=True)
    (folder / "_config.yml").write_text(CONFIG)
    (folder / "_toc.yml").write_text(TOC)
    for name, text in PAGES.items():
        (folder / f"{name}.md").write_text(text)
    done = build(root)
    assert done.returncode == 0, done.stderr
    return Book(root)


@pytest.fixture(scope="module")
def printed(built: Book) -> PdfReader:
    place = pdf_place(built)
    print_book(built, place)
    return PdfReader(place)


def words(pdf: PdfReader, number: int) -> str:
    """The text of a page, counted from 1, its ligatures taken apart."""
    text = unicodedata.normalize("NFKC", pdf.pages[number - 1].extract_text())
    return " ".join(text.split())


def test_it_has_title_contents_and_all_pages_but_the_reference(printed: PdfReader) -> None:
    assert printed.metadata is not None
    assert (printed.metadata.title, printed.metadata.author) == ("A small book", "Nobody")
    assert printed.trailer["/Root"]["/Lang"] == "en"
    assert "A small book" in words(printed, 1)
    assert "Contents" in words(printed, 2)
    text = " ".join(words(printed, number + 1) for number in range(len(printed.pages)))
    assert text.count("Back to the first") == 1
    assert "This stays on the site" not in text
    titles = [entry.title for entry in printed.outline if not isinstance(entry, list)]
    assert titles == ["Contents", "About this book", "First", "Second"]


def test_the_contents_tell_the_pages_on_which_parts_lie(printed: PdfReader) -> None:
    numbers = page_numbers(printed)
    contents = words(printed, 2)
    for name, title in (
        ("one", "First"),
        ("one--the-last-words", "The last words"),
        ("two", "Second"),
    ):
        assert f"{title} {numbers[name]}" in contents or f"{title}{numbers[name]}" in contents
        assert title in words(printed, numbers[name])
    assert numbers["one"] < numbers["two"]


def test_each_link_leads_to_a_page_or_to_the_published_site(printed: PdfReader) -> None:
    known = set(printed.named_destinations)
    outward = set()
    for page in printed.pages:
        for link in page.get("/Annots", []):
            link = link.get_object()
            if "/Dest" in link:
                assert link["/Dest"] in known
            else:
                outward.add(link["/A"]["/URI"])
    assert outward == {"https://owner.github.io/name/api/index.html"}


def test_hints_and_solutions_stand_at_the_end_of_the_chapter(printed: PdfReader) -> None:
    numbers = page_numbers(printed)
    chapter = " ".join(words(printed, page) for page in range(numbers["one"], numbers["two"]))
    order = ("one and one", "The last words", "Hints", "your thumbs", "Solutions", "They are two")
    places = [chapter.index(text) for text in order]
    assert places == sorted(places)
    assert f"Solution (page {numbers['one--solutions']}" in chapter.replace("( ", "(")


def test_the_front_page_offers_it_where_there_is_one(
    built: Book, printed: PdfReader, tmp_path: Path
) -> None:
    copy = with_pdf(built, tmp_path / "html")
    front = (copy / "index.html").read_text()
    size = (copy / "a-small-book.pdf").stat().st_size
    assert f'<a href="a-small-book.pdf">one PDF</a> ({size / 1e6:.1f} MB)' in front
    assert "<!-- pdf" not in front
    assert "<!-- pdf" in (built.site / "index.html").read_text()


def test_the_same_site_gives_the_same_file(built: Book, printed: PdfReader) -> None:
    first = pdf_place(built).read_bytes()
    print_book(built, pdf_place(built))
    assert pdf_place(built).read_bytes() == first


def test_a_page_with_a_word_on_it_is_refused(
    built: Book, printed: PdfReader, tmp_path: Path
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(built.root, root)
    page = root / "book" / "_build" / "html" / "two.html"
    page.write_text(page.read_text().replace(FILLER.strip(), ""))
    book = Book(root)
    with pytest.raises(BookError, match=r"Page \d+ of the PDF would be all but empty, with only"):
        print_book(book, pdf_place(book))
    assert not pdf_place(book).exists()
    assert with_pdf(book, tmp_path / "html") == book.site


def test_the_command_prints_what_was_built_and_refuses_what_was_not(
    built: Book, printed: PdfReader
) -> None:
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, str(ROOT / "book" / "pdf.py"), "--root", str(built.root)]
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = len(printed.pages)
    told = rf"Printed {pages} pages, 0\.\d MB, in \d+ s: book/_build/pdf/.*/a-small-book.pdf"
    assert re.match(told, done.stdout)
    page = built.source / "two.md"
    page.write_text(page.read_text() + "\nOne more sentence.\n")
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    told = "There is no good build of these sources to print: run make book first.\n"
    assert done.stderr == told
