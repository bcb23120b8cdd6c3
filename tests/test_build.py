"""The build on a small book made for it: what it executes again, and how it fails.

Each failure is met with everything of a good build at hand, and with nothing at hand but the last
good site, which must stand untouched. In between it is met again after itself, for each way in
which a failed build might leave something behind.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import small_book
from conftest import ROOT
from jupyter_cache.base import CacheBundleIn
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.build

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
repository: {url: ""} # else Jupyter Book names its own
execute: {execute_notebooks: cache, timeout: 60}
sphinx:
  local_extensions: {rooms.around: .}
  config: {mathjax_path: local.js, suppress_warnings: [page.description]}
"""

FIRST = (
    FRONT
    + """\
(first)=
# First

One sentence. See {ref}`second` and [the other](second.md).

```{code-cell} python
x = 20
```

```{code-cell} python
print(x + 1)
```

```{code-cell} python
---
mystnb:
  image:
    alt: A dot.
---
from IPython.display import SVG
SVG("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='9'/></svg>")
```
"""
)

SECOND = (
    FRONT
    + """\
(second)=
# Second

```{code-cell} python
import ebm_snippets
print(ebm_snippets.__name__)
```
"""
)


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def executed(self) -> set[str]:
        """The chapters that ran, and not from the cache."""
        return set(re.findall(r"^  (\w+) +running$", self.out, re.MULTILINE))


class SmallBook:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.book = root / "book"
        self.site = self.book / "_build" / "html"
        self.book.mkdir(parents=True)
        small_book.write_package(root)
        self.write("_config.yml", CONFIG)
        toc = "format: jb-book\nroot: index\nchapters:\n  - file: first\n  - file: second\n"
        self.write("_toc.yml", toc)
        self.write("index.md", "# Start\n\n```{build-record}\n```\n")
        self.write("first.md", FIRST)
        self.write("second.md", SECOND)

    def write(self, name: str, text: str) -> None:
        (self.book / name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def forget(self) -> None:
        """Leave nothing of earlier builds but the last good site."""
        for path in (self.book / "_build").iterdir():
            if path != self.site:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def build(self, **environment: str) -> Result:
        done = small_book.build(self.root, **environment)
        return Result(done.returncode, done.stdout, done.stderr)

    def good(self) -> Result:
        result = self.build()
        assert result.code == 0, result.err
        assert not result.err
        return result

    def snapshot(self) -> dict[str, bytes]:
        files = (path for path in self.site.rglob("*") if path.is_file())
        return {path.relative_to(self.site).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallBook, Path]:
    """A good book that has been built, and a copy of it as it was then."""
    place = tmp_path_factory.mktemp("small")
    book = SmallBook(place / "book")
    book.good()
    shutil.copytree(book.root, place / "as-built")
    return book, place / "as-built"


@pytest.fixture
def book(built_book: tuple[SmallBook, Path]) -> SmallBook:
    """A good book that has just been built, always in the same place: caches know it."""
    book, as_built = built_book
    shutil.rmtree(book.root)
    shutil.copytree(as_built, book.root)
    return book


def raises(book: SmallBook) -> None:
    book.replace("book/first.md", "print(x + 1)", "y = x\nprint(x / (y - 20))")


def raises_in_both(book: SmallBook) -> None:
    raises(book)
    book.replace("book/second.md", "print(ebm_snippets.__name__)", "ebm_snippets.nothing")
    book.replace("book/index.md", "# Start\n", "# Start\n\n{ref}`nowhere`\n")


def is_no_python_and_kills_the_kernel(book: SmallBook) -> None:
    book.replace("book/first.md", "print(x + 1)", "print(x\n???")
    book.replace("book/second.md", "print(ebm_snippets.__name__)", "import os\nos._exit(1)")


def refers_to_nothing(book: SmallBook) -> None:
    sentence = "{nonsense}`a` {ref}`nowhere`, {py:func}`no.thing`, [it](nowhere.md)."
    book.replace("book/first.md", "One sentence.", sentence)


def loses_a_label(book: SmallBook) -> None:
    # The page that refers to it is not read again on a warm build.
    book.replace("book/second.md", "(second)=\n", "")


def refers_to_nothing_in_html(book: SmallBook) -> None:
    links = '<a href="gone.html">it</a> <a href="second.html#gone">it</a>'
    images = '<img alt="A dot" src="https://example.org/dot.png"> <img src="_static/file.png">'
    book.replace("book/first.md", "One sentence.", f"{links} {images} <img id=bare>")


def has_a_colon_in_a_caption(book: SmallBook) -> None:
    book.replace("book/first.md", "    alt: A dot.", "    alt: A dot: a picture.")


def draws_and_shows_without_alt(book: SmallBook) -> None:
    book.replace("book/first.md", "    alt: A dot.\n", "    width: 9px\n")
    book.write("dot.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    book.replace("book/first.md", "One sentence.", "![](dot.svg)")


def names_a_missing_page_and_leaves_one_out(book: SmallBook) -> None:
    book.replace("book/_toc.yml", "- file: second", "- file: second\n  - file: third")
    book.write("fourth.md", "# Fourth\n")


def breaks_the_package(book: SmallBook) -> None:
    book.replace("ebm_snippets/device.py", "import torch\n", "from torch import Nonsor\n")


def runs_too_long_and_has_no_kernel(book: SmallBook) -> None:
    book.replace("book/_config.yml", "timeout: 60", "timeout: 5")
    book.replace("book/first.md", "print(x + 1)", "import time\ntime.sleep(60)")
    book.replace("book/second.md", "kernelspec:\n  name: python3\n", "")


def prints_a_stack_trace_and_warns(book: SmallBook) -> None:
    code = "import sys, traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
    book.replace("book/first.md", "print(x + 1)", f"{code}    traceback.print_exc(file=sys.stdout)")
    warning = "import warnings\nwarnings.warn('odd')"
    book.replace("book/second.md", "print(ebm_snippets.__name__)", warning)


def hides_errors(book: SmallBook) -> None:
    book.replace("book/first.md", "print(x + 1)", ":tags: [raises-exception]\n\n1 / 0")
    book.replace("book/second.md", "kernelspec:", "execution:\n  allow_errors: true\nkernelspec:")
    book.replace("book/second.md", "print(ebm_snippets.__name__)", "1 / 0")


def is_no_markdown(book: SmallBook) -> None:
    (book.book / "first.md").unlink()
    book.write("first.ipynb", "{}")
    (book.book / "second.md").unlink()
    book.write("second.rst", "Second\n======\n")


def has_two_of_one_name(book: SmallBook) -> None:
    (book.book / "more").mkdir()
    book.write(
        "more/first.md",
        FIRST.replace("(first)=", "(more)=").replace("(second.md)", "(../second.md)"),
    )
    book.replace("book/_toc.yml", "- file: second", "- file: second\n  - file: more/first")


def stops_sphinx(book: SmallBook) -> None:
    """An extension of somebody's that raises when it is called."""
    code = "def setup(app):\n    app.connect('doctree-resolved', lambda *_: 1 / 0)\n"
    book.write("faulty.py", code)
    book.replace("book/_config.yml", "{rooms.around: .}", "{rooms.around: ., faulty: .}")


def includes_what_is_wrong(book: SmallBook) -> None:
    book.write("dot.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    note = "```{note}\nA note.\n```\n"
    book.write("part.txt", f"Left out.\n\nSTART\n\n{note}\n{{no_role}}`a`\n\n![](dot.svg)\n")
    book.write("other.txt", "\n\n".join("123456789") + "\n\n:no_rst_role:`a`\n")
    restructured = "```{eval-rst}\n.. include:: other.txt\n```\n"
    include = "```{include} part.txt\n:start-after: START\n```\n"
    after = "{no_role_after}`a`\n\n| a |\n|---|\n| ![](dot.svg) |\n"
    book.replace("book/index.md", "# Start\n", f"# Start\n\n{restructured}\n{include}\n{after}")


# What is broken, and what must be said of it: place and error, each on a line of its own.
FAILURES: tuple[tuple[Callable[[SmallBook], None], tuple[str, ...]], ...] = (
    (
        is_no_markdown,
        (
            "book/first.ipynb: a page is MyST markdown here; convert it with: jupytext --to",
            "book/second.rst: a page is MyST markdown here; convert it with: rst2myst convert",
        ),
    ),
    (
        has_two_of_one_name,
        ("book/more/first.md:1: book/first.md has the same file name, and so the same notebook",),
    ),
    (stops_sphinx, ("book: Sphinx stopped: .*division by zero",)),
    (
        includes_what_is_wrong,
        (
            "book/other.txt:19: Unknown interpreted text role",
            "book/part.txt:9: Unknown interpreted text role",
            "book/part.txt:11: figure without alt text",
            "book/index.md:11: Unknown interpreted text role",
            "book/index.md:13: figure without alt text",
        ),
    ),
    (
        raises_in_both,
        (
            "book/first.md:18: cell 2: ZeroDivisionError: division by zero",
            "book/second.md:12: cell 1: AttributeError: module 'ebm_snippets' has no attribute",
            "book/index.md:3: undefined label: 'nowhere'",
        ),
    ),
    (
        is_no_python_and_kills_the_kernel,
        (
            "book/first.md:1[78]: cell 2: SyntaxError: ",
            "book/second.md:11: cell 1: DeadKernelError: the kernel died",
        ),
    ),
    (
        refers_to_nothing,
        (
            "book/first.md:10: Unknown interpreted text role",
            "book/first.md:10: undefined label: 'nowhere'",
            "book/first.md:10: py:func reference target not found: no.thing",
            "book/first.md:10: 'myst' cross-reference target not found",
        ),
    ),
    (loses_a_label, ("book/first.md:10: undefined label: 'second'",)),
    (
        refers_to_nothing_in_html,
        (
            "book/first.md: dead link: gone.html",
            "book/first.md: dead link: nothing is called #gone in second.html",
            "book/first.md: the page loads https://example.org/dot.png from",
            "book/first.md:10: image without alt text: _static/file.png",
            "book/first.md:10: image without alt text: an <img> without an address",
        ),
    ),
    (
        has_a_colon_in_a_caption,
        ("book/first.md:20: this page cannot be read: Invalid options format .* needs quotes",),
    ),
    (
        draws_and_shows_without_alt,
        (
            r"book/first.md:2\d: figure without alt text",
            "book/first.md:10: figure without alt text",
        ),
    ),
    (
        names_a_missing_page_and_leaves_one_out,
        (
            "book/_toc.yml:6: book/third.md is named here but does not exist",
            "book/fourth.md: this page is in no table of contents",
        ),
    ),
    (
        breaks_the_package,
        ("ebm_snippets/device.py:7: ebm_snippets does not import: ImportError: .*Nonsor",),
    ),
    (
        runs_too_long_and_has_no_kernel,
        (
            "book/first.md:17: cell 2: CellTimeoutError: .* limit of 5 s",
            "book/second.md:1: a page that runs needs kernelspec",
        ),
    ),
    (
        prints_a_stack_trace_and_warns,
        (
            "book/first.md:17: cell 2: the cell's output has a stack trace",
            "book/second.md:11: cell 1: the cell writes to stderr: .*odd",
        ),
    ),
    (
        hides_errors,
        (
            "book/first.md:19: cell 2: the tag raises-exception would hide",
            "book/first.md:19: cell 2: ZeroDivisionError",
            "book/second.md:1: allow_errors would hide a failing cell",
            "book/second.md:1[34]: cell 1: ZeroDivisionError",
        ),
    ),
)


# A failed build could only leave behind what another one leaves, which is built again. Pages that
# Sphinx has read go with the folder that they lie in, whatever was wrong with them. A chapter that
# ran too long ends as one that raised does. And what is wrong with names is asked of the sources at
# each build.
LEAVES_THE_SAME = {
    draws_and_shows_without_alt: loses_a_label,
    has_two_of_one_name: is_no_markdown,
    includes_what_is_wrong: loses_a_label,
    names_a_missing_page_and_leaves_one_out: is_no_markdown,
    refers_to_nothing: loses_a_label,
    runs_too_long_and_has_no_kernel: raises_in_both,
}


@pytest.mark.parametrize(
    ("breaks", "told"), FAILURES, ids=lambda case: getattr(case, "__name__", "")
)
def test_failure(
    book: SmallBook, breaks: Callable[[SmallBook], None], told: tuple[str, ...]
) -> None:
    site = book.snapshot()
    breaks(book)
    for situation in ("after a good build", "after a failed build", "with nothing cached"):
        if situation == "after a failed build" and breaks in LEAVES_THE_SAME:
            continue
        if situation == "with nothing cached":
            book.forget()
        result = book.build(GITHUB_ACTIONS="true")
        assert result.code == 1, situation
        for line in told:
            assert re.search(f"^{line}", result.err, re.MULTILINE), (situation, line, result.err)
            if line.startswith("book: "):  # no file is to blame
                continue
            annotation = r"^::error file=" + line.split(":")[0].replace("book/", "(book|site)/")
            assert re.search(annotation, result.out, re.MULTILINE), (situation, result.out)
        count = f"{len(told)} problem{'s' * (len(told) != 1)} in "
        assert f"The build failed: {count}" in result.err, (situation, result.err)
        assert 'Traceback (most recent call last):\n  File "' + str(ROOT) not in result.err
        assert book.snapshot() == site, situation


def test_a_process_that_dies_fails_its_chapters(book: SmallBook) -> None:
    site = book.snapshot()
    book.replace("book/first.md", "print(x + 1)", "import os\nos.kill(os.getppid(), 9)")
    result = book.build()
    assert result.code == 1
    assert "book/first.md:1: the process that executed this chapter died" in result.err
    assert book.snapshot() == site


def test_a_kernel_that_cannot_start_says_why(book: SmallBook) -> None:
    (book.root / "ipykernel_launcher.py").write_text("raise SystemExit('no room for a kernel')")
    book.replace("book/first.md", "print(x + 1)", "print(x + 2)")
    result = book.build()
    assert result.code == 1
    assert "book/first.md:1: RuntimeError: Kernel died before replying" in result.err
    assert "no room for a kernel" in result.err


def test_kernels_take_no_ports(book: SmallBook) -> None:
    code = "import ipykernel\nipykernel.get_connection_info(unpack=True)['transport']"
    book.replace("book/first.md", "print(x + 1)", code)
    book.good()
    assert "'ipc'" in (book.site / "first.html").read_text()


def test_a_chapter_that_cannot_be_kept_says_why(book: SmallBook) -> None:
    site = book.snapshot()
    refusal = "BEFORE INSERT ON nbcache BEGIN SELECT RAISE(FAIL, 'no'); END"
    code = (
        "import pathlib, sqlite3\nfor path in pathlib.Path('_build/.cache').glob('*/global.db'):\n"
    )
    code += f'    sqlite3.connect(path).execute("CREATE TRIGGER no {refusal}");'
    book.replace("book/first.md", "print(x + 1)", code)
    result = book.build()
    book.forget()  # the refusal is in the cache
    assert result.code == 1
    assert "book/first.md:1: cannot be kept: ValueError: hashkey already exists" in result.err
    assert book.snapshot() == site


def test_the_cache_keeps_what_another_process_has_just_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "book")
    from builder.execute import _Cache

    cache = _Cache(tmp_path)
    cache.change_cache_limit(1)
    notebooks = [new_notebook(cells=[new_code_cell(source)]) for source in ("1", "2", "3")]
    for notebook in notebooks:
        cache.cache_notebook_bundle(CacheBundleIn(notebook, "page.md"), check_validity=False)
    assert len({cache.match_cache_notebook(notebook).pk for notebook in notebooks}) == 3


def test_annotations_name_file_line_and_cell(book: SmallBook) -> None:
    raises(book)
    assert "::error" not in book.build().out
    assert (
        "::error file=book/first.md,line=18,title=cell 2::ZeroDivisionError: division by zero\n"
        in book.build(GITHUB_ACTIONS="true").out
    )


def test_what_leaves_the_same_is_built_again() -> None:
    built_again = {breaks for breaks, _ in FAILURES} - LEAVES_THE_SAME.keys()
    assert set(LEAVES_THE_SAME.values()) <= built_again


class TestWhatRunsAgain:
    def test_nothing_changed(self, book: SmallBook) -> None:
        site = book.snapshot()
        result = book.good()
        assert result.out.startswith("Nothing has changed since the last build.")
        assert "make serve" in result.out
        assert book.snapshot() == site

    def test_a_sentence(self, book: SmallBook) -> None:
        book.replace("book/first.md", "One sentence.", "Another one.")
        assert book.good().executed == set()
        assert b"Another one." in (book.site / "first.html").read_bytes()

    def test_a_cell(self, book: SmallBook) -> None:
        book.replace("book/first.md", "print(x + 1)", "print(x + 2)")
        assert book.good().executed == {"first"}
        assert b"22" in (book.site / "first.html").read_bytes()

    @pytest.mark.parametrize("name", ["ebm_snippets/device.py", "requirements.txt"])
    def test_what_chapters_stand_on(self, book: SmallBook, name: str) -> None:
        with (book.root / name).open("a") as file:
            file.write("# changed\n")
        assert book.good().executed == {"first", "second"}

    def test_what_the_package_says_reaches_the_page(self, book: SmallBook) -> None:
        book.replace("book/second.md", "ebm_snippets.__name__", "ebm_snippets.word")
        with (book.root / "ebm_snippets/__init__.py").open("a") as file:
            file.write("word = 'before'\n")
        book.good()
        book.replace("ebm_snippets/__init__.py", "'before'", "'after'")
        book.good()
        page = (book.site / "second.html").read_text()
        assert "after\n" in page
        assert "before\n" not in page

    def test_a_change_of_the_configuration(self, book: SmallBook) -> None:
        book.replace("book/_config.yml", "A small book", "A tiny book")
        assert book.good().executed == set()
        assert b"A tiny book" in (book.site / "second.html").read_bytes()

    def test_a_page_that_goes(self, book: SmallBook) -> None:
        book.replace("book/_toc.yml", "  - file: second\n", "")
        book.replace("book/first.md", "See {ref}`second` and [the other](second.md).", "")
        (book.book / "second.md").unlink()
        book.good()
        assert not (book.site / "second.html").exists()

    def test_a_damaged_site_is_built_anew(self, book: SmallBook) -> None:
        (book.site / "first.html").unlink()
        assert book.good().executed == set()
        assert (book.site / "first.html").exists()


class TestInterruptions:
    def test_between_the_two_renames(self, book: SmallBook) -> None:
        site = book.snapshot()
        book.site.rename(book.site.with_name("html.old"))
        book.good()
        assert book.snapshot() == site

    def test_in_the_middle_of_writing(self, book: SmallBook) -> None:
        staging = book.book / "_build" / ".staging" / "html"
        staging.mkdir(parents=True)
        (staging / "first.html").write_text("half a p")
        book.replace("book/first.md", "One sentence.", "Another one.")
        book.good()
        assert not staging.exists()

    def test_in_the_middle_of_caching(self, book: SmallBook) -> None:
        for notebook in (book.book / "_build" / ".cache").rglob("*.ipynb"):
            notebook.write_text(notebook.read_text()[:100])
        book.replace("book/first.md", "One sentence.", "Another one.")
        assert book.good().executed == {"first", "second"}

    def test_by_the_keyboard(self, book: SmallBook) -> None:
        import signal

        site = book.snapshot()
        book.replace("book/first.md", "print(x + 1)", "import time\ntime.sleep(3)")
        command = [sys.executable, str(ROOT / "book" / "build.py"), "--root", str(book.root)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "first" in line:
                break
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert err.strip() == "Interrupted. The last good site, if any, is where it was."
        assert book.snapshot() == site
        book.good()


class TestOneSentence:
    def test_another_build_is_running(self, book: SmallBook) -> None:
        import fcntl

        with (book.book / "_build" / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = book.build()
        assert result.code == 1
        assert "Another build of this book is running; wait for it to end." in result.err

    def test_cuda_is_asked_for_and_missing(self, book: SmallBook) -> None:
        result = book.build(EBM_DEVICE="cuda")
        assert result.code == 1
        assert "EBM_DEVICE is cuda, but torch finds no CUDA device here" in result.err
        assert "Traceback" not in result.err
        assert "EBM_DEVICE must be auto, cpu or cuda" in book.build(EBM_DEVICE="gpu").err

    @pytest.mark.parametrize("name", ["_toc.yml", "_config.yml"])
    @pytest.mark.parametrize("content", [None, "a: [", "just words"])
    def test_a_broken_table(self, book: SmallBook, name: str, content: str | None) -> None:
        if content is None:
            (book.book / name).unlink()
        else:
            book.write(name, content)
        result = book.build()
        assert result.code == 1
        assert f"book/{name}" in result.err
        assert "Traceback" not in result.err

    def test_nothing_goes_on_behind_it(self, book: SmallBook) -> None:
        late = "import pathlib, time\ntime.sleep(2)\npathlib.Path('late').touch()\n"
        (book.root / "torch.py").write_text(late)
        (book.book / "_toc.yml").unlink()
        assert book.build().code == 1
        time.sleep(3)
        assert not (book.root / "late").exists()

    def test_a_full_disk(self, tmp_path, monkeypatch, capsys) -> None:
        monkeypatch.syspath_prepend(str(ROOT / "book"))
        import build

        def full(book):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(build, "build", full)
        (tmp_path / "book").mkdir()
        assert build.main(["--root", str(tmp_path)]) == 1
        assert "The disk is full: free some space for" in capsys.readouterr().err
