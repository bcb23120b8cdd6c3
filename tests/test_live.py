"""Writing with the book open: the page follows what is saved, and problems are told."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from test_build import SmallBook

pytestmark = pytest.mark.build


class Live:
    """A book that is open, and what has been printed of it."""

    def __init__(self, book: SmallBook) -> None:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        self.address = f"http://localhost:{port}"
        command = [sys.executable, str(ROOT / "book" / "live.py"), "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, "--root", str(book.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": "/usr/bin:/bin", "BROWSER": "true"},
        )
        self.printed = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line

    def page(self, name: str) -> str:
        with urllib.request.urlopen(f"{self.address}/{name}") as answer:
            return answer.read().decode()

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.printed
            time.sleep(0.05)


@pytest.fixture
def book(tmp_path: Path) -> SmallBook:
    return SmallBook(tmp_path / "book")


@pytest.fixture
def live(book: SmallBook) -> Iterator[Live]:
    live = Live(book)
    live.wait(lambda: "The book is open at" in live.printed)
    yield live
    live.process.terminate()
    live.process.communicate()


def test_pages_follow_what_is_saved(book: SmallBook, live: Live) -> None:
    assert "livereload.js" in live.page("first.html"), "an open page would not show a change"
    book.replace("book/first.md", "One sentence.", "Another one.")
    live.wait(lambda: "Another one." in live.page("first.html"))
    book.replace("book/first.md", "print(x + 1)", "print(x + 2)")
    live.wait(lambda: "22\n" in live.page("first.html"))
    assert "failed" not in live.printed

    # What is wrong is told, and the page is shown all the same.
    book.replace("book/first.md", "Another one.", "A {ref}`nowhere`, and a third.")
    live.wait(lambda: "and a third." in live.page("first.html"))
    live.wait(lambda: live.printed.count("The build failed: 1 problem in 1 file.") == 1)
    assert "book/first.md:10: undefined label: 'nowhere'" in live.printed
    # It is told again for as long as it is there, whatever else changes.
    book.replace("book/second.md", "# Second\n", "# Second\n\nMore words.\n")
    live.wait(lambda: live.printed.count("The build failed: 1 problem in 1 file.") == 2)
    assert live.printed.count("undefined label: 'nowhere'") == 2
    book.replace("book/first.md", "A {ref}`nowhere`", "A word")
    live.wait(lambda: "A word, and a third." in live.page("first.html"))
    assert live.process.poll() is None
    assert not book.site.exists(), "only make book makes what is published"


def test_a_cell_that_fails_leaves_the_others(book: SmallBook, live: Live) -> None:
    book.replace("book/second.md", "print(ebm_snippets.__name__)", "1 / 0")
    live.wait(lambda: "ZeroDivisionError" in live.printed)
    book.replace("book/second.md", "1 / 0", "6 * 7")
    live.wait(lambda: "42" in live.page("second.html"))
