"""Print the book: the whole last good build as one PDF.

    python book/pdf.py [--root DIR]

Chromium puts the pages of the site together, as ``paper/edition.js`` tells it, and prints them. The
PDF lies beside the site, in a folder named after the site's digest, so it can never be taken for
that of another; ``make publish`` takes it along. The reference of the package stays on the site.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parent.parent / "tools"))

import matplotlib
from build import is_good, set_environment
from builder.book import Book
from builder.machine import look_at_machine
from builder.problems import BookError, Problem
from builder.site import build_lock, pdf_place
from chromium import SWITCHES, find_chromium
from playwright.sync_api import Error, Page, Route, sync_playwright
from pypdf import PageObject, PdfReader, PdfWriter

PAPER = Path(__file__).parent / "paper"
TYPE = Path(matplotlib.get_data_path(), "fonts", "ttf")
ORIGIN = "http://book.invalid"  # no host is asked: the answers come from files
LEFT_ON_THE_SITE = "api/"
MOST_PRINTS = 4

# A line of text, with the title of the chapter above and the page's number below it.
LEAST_MARKS = 120


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    book = Book(parser.parse_args(arguments).root)
    began = time.perf_counter()
    try:
        with build_lock(book):
            require_good_build(book)
            place = pdf_place(book)
            pages = print_book(book, place)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    size = f"{place.stat().st_size / 1e6:.1f} MB"
    seconds = time.perf_counter() - began
    print(f"Printed {pages} pages, {size}, in {seconds:.0f} s: {book.relative(place)}")
    return 0


def require_good_build(book: Book) -> None:
    """Refuse a site that is damaged, or that is not of the sources as they are now."""
    set_environment(book)  # as the build had it, or the digests would differ
    machine = look_at_machine(book)()
    good = not isinstance(machine, Problem) and is_good(
        book, book.everything_key(book.execution_key(machine), book.commit)
    )
    if not good:
        raise BookError("There is no good build of these sources to print: run make book first.")


def print_book(book: Book, place: Path) -> int:
    """Write the PDF, and return how many pages it has.

    Raises:
        BookError: there is no browser, or a page is all but empty. No PDF is left then.
    """
    chromium = find_chromium()
    if chromium is None:
        raise BookError("Chromium prints the book, and there is none here: install it.")
    shutil.rmtree(book.build / "pdf", ignore_errors=True)  # those of earlier sites too
    place.parent.mkdir(parents=True)
    draft = place.with_suffix(".draft")
    try:
        print_draft(book, chromium, draft)
        for number, sheet in enumerate(PdfReader(draft).pages, 1):
            require_something(sheet, number)
        writer = PdfWriter(clone_from=draft)
    finally:
        draft.unlink(missing_ok=True)
    # Without the time, the same site gives the same file.
    author = str(book.config.get("author", ""))
    writer.metadata = {"/Title": title_of(book), "/Author": author, "/Producer": "Chromium"}
    writer.write(place)
    return len(writer.pages)


def print_draft(book: Book, chromium: str, draft: Path) -> None:
    """Have the browser put the pages together and print them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        page = browser.new_page()
        page.set_default_timeout(0)  # a busy machine is slow, and prints all the same
        page.route("**/*", lambda route: answer(route, book.site))
        try:
            page.goto(f"{ORIGIN}/edition.html")
            page.evaluate("assemble", edition(book))
            print_with_true_numbers(page, draft)
        except Error as error:
            raise BookError(f"The pages cannot be put together: {error.message}") from None
        finally:
            browser.close()


def title_of(book: Book) -> str:
    return str(book.config.get("title", ""))


def edition(book: Book) -> dict[str, Any]:
    """What edition.js has to know of the book."""
    settings = (book.config.get("sphinx") or {}).get("config") or {}
    commit = book.commit.partition(" ")[0][:7]
    source = [f"It was printed from {book.address}/", f"commit {commit}" if commit else ""]
    return {
        "title": title_of(book),
        "language": str(settings.get("language", "en")),
        "address": book.address,
        "source": f"{', '.join(filter(None, source))}." if book.address else "",
        "pages": [page.name for page in book.pages if not page.name.startswith(LEFT_ON_THE_SITE)],
    }


def answer(route: Route, site: Path) -> None:
    """Give the browser a file of the edition, of its type or of the site. It gets nothing else."""
    name = unquote(urlsplit(route.request.url).path).lstrip("/")
    paths = (folder / name for folder in (PAPER, TYPE, site))
    path = next((path for path in paths if path.is_file()), None)
    if path and route.request.url.startswith(ORIGIN):
        route.fulfill(path=path)
    else:
        route.abort()


def print_with_true_numbers(page: Page, draft: Path) -> None:
    """Print until each number in the text is that of the page on which the part has fallen."""
    written: dict[str, int] = {}
    for _ in range(MOST_PRINTS):
        page.pdf(
            path=draft, prefer_css_page_size=True, print_background=True, outline=True, tagged=True
        )
        fallen = page_numbers(PdfReader(draft))
        if fallen == written:
            return
        page.evaluate("fillIn", fallen)
        written = fallen
    raise BookError("The numbers of pages change with every print, so none can be true.")


def page_numbers(pdf: PdfReader) -> dict[str, int]:
    """On which page each part lies that a link leads to, by its name."""
    return {
        unquote(name.removeprefix("/")): (pdf.get_destination_page_number(place) or 0) + 1
        for name, place in pdf.named_destinations.items()
    }


def require_something(sheet: PageObject, number: int) -> None:
    """Refuse a page with a word or two on it, as a chapter may leave them at its end."""
    if marks(sheet) < LEAST_MARKS:
        text = " ".join(sheet.extract_text().split())
        raise BookError(
            f"Page {number} of the PDF would be all but empty, with only: {text} "
            "Shorten what stands before it, or have book/paper/edition.css keep more together."
        )


def marks(sheet: PageObject) -> int:
    """How many letters, lines and curves are drawn on a page. To read the text takes far longer."""
    contents = sheet.get_contents()
    drawn = b"" if contents is None else contents.get_data()
    letters = sum(map(len, re.findall(rb"<([0-9A-Fa-f]+)>", drawn))) // 4  # two bytes each
    return letters + len(re.findall(rb" [lc]\n", drawn))


if __name__ == "__main__":
    sys.exit(main())
