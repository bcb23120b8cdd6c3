"""Build the book: execute chapters, render pages, check the site, put it in place.

    python book/build.py [--root DIR]

The last good site stays where it is unless everything succeeds. See ARCHITECTURE.md.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from builder.book import Book
from builder.execute import start
from builder.machine import look_at_machine
from builder.problems import BookError, Problem, report
from builder.site import (
    build_lock,
    install,
    read_stamp,
    recover,
    site_digest,
    site_problems,
)

KEPT_CACHES = 3
NEEDED_BYTES = 2**20  # with less than this free on the disk, nothing can be expected to work
INTERRUPTED = threading.Event()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--live", action="store_true", help="for book/live.py: show all the same")
    given = parser.parse_args(arguments)
    book = Book(given.root, live=given.live)
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with build_lock(book):
            problems = build(book)
    except BaseException as error:
        if INTERRUPTED.is_set():
            print("\nInterrupted. The last good site, if any, is where it was.", file=sys.stderr)
            return 130
        if isinstance(error, BookError):
            sentence = str(error)
        elif is_disk_full(book, error):
            sentence = f"The disk is full: free some space for {book.build} and build again."
        else:
            raise
        report([Problem(sentence)])
        return 1
    finally:
        signal.signal(signal.SIGINT, before)
    if problems:
        report(problems)
        if book.site.exists() and not book.live:
            print("The last good site is where it was.", file=sys.stderr)
        return 1
    return 0


def is_disk_full(book: Book, error: BaseException) -> bool:
    """Whether an error comes from a full disk, which not every library calls by that name."""
    no_space = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return no_space or shutil.disk_usage(book.root).free < NEEDED_BYTES


def interrupt(*_: object) -> None:
    """Remember the interruption: libraries that are being imported may swallow the exception."""
    INTERRUPTED.set()
    raise KeyboardInterrupt


def build(book: Book) -> list[Problem]:
    """Build ``book`` and return what is wrong with it.

    The site is put in place if nothing is wrong. A live book is put in place all the same, for the
    person who is writing to look at, unless there is no page to show.
    """
    began = time.perf_counter()
    for place in (book.site, book.pages_as_read):
        recover(place)
    set_environment(book)
    machine_seen = look_at_machine(book)
    try:
        problems = book.source_problems()
    finally:
        machine = machine_seen()
    if isinstance(machine, Problem):
        return [*problems, machine]
    if book.foreign or any(page.unreadable for page in book.pages):
        return problems  # all that Sphinx would say follows from these

    execution_key = book.execution_key(machine)
    everything = book.everything_key(execution_key, book.commit)
    if not problems and is_good(book, everything):
        print(f"Nothing has changed since the last build. {where_to_look(book)}")
        return []

    cache = book.build / ".cache" / execution_key
    pages = [page for page in book.pages if page.runs]
    print(f"Executing {len(pages)} chapters on {machine['device']}", flush=True)
    finish = start(pages, cache, book.timeout)
    from builder.render import render  # slow to import, so while chapters run

    execution = finish()
    if INTERRUPTED.is_set():
        raise KeyboardInterrupt
    if execution.failed and shutil.disk_usage(book.root).free < NEEDED_BYTES:
        raise OSError(errno.ENOSPC, "chapters could not be kept")
    problems += execution.problems
    staging = book.build / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    reading_key = book.reading_key(execution_key)
    stamp = read_stamp(book.stamp)
    untouched = stamp.get("reading") == reading_key and stamp.get("site") == site_digest(book.site)
    if untouched and book.pages_as_read.exists():
        shutil.copytree(book.pages_as_read, staging)
    kept = book.build / ".kept" / reading_key
    kept.mkdir(parents=True, exist_ok=True)
    try:
        rendered = render(
            book,
            staging / "html",
            staging / "doctrees",
            cache=cache,
            kept=kept,
            record={**machine, "commit": book.commit, "seconds": execution.seconds},
            reread={*execution.executed, *stamp.get("again", ())},
            failed=execution.failed,
        )
        problems += rendered.problems
        if rendered.whole and not execution.failed:
            told = {problem.file for problem in problems}  # what is dead there has been told
            in_site = site_problems(book, staging / "html", staging / "doctrees")
            problems += [problem for problem in in_site if problem.file not in told]
        if not problems or (book.live and rendered.whole):
            book.stamp.unlink(missing_ok=True)
            install(staging / "html", book.site)
            install(staging, book.pages_as_read)
            wrong = {problem.file for problem in problems}
            good = {
                "everything": "" if problems else everything,
                "reading": reading_key,
                "again": [page.name for page in book.pages if page.file in wrong],
                "site": site_digest(book.site),
                "commit": book.commit,
                "repository": book.repository,
            }
            book.stamp.write_text(json.dumps(good), encoding="utf-8")
            forget_old(cache)
            forget_old(kept)
        if not problems:
            seconds = f"Built in {time.perf_counter() - began:.1f} s."
            print(seconds if book.live else f"{seconds} {where_to_look(book)}", flush=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return problems


def set_environment(book: Book) -> None:
    """Make all find this book's code, and nothing of the person who builds it."""
    paths = [str(book.root), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    sys.path.insert(0, str(book.root))  # the reference reads the docstrings in this process
    os.environ["PYTHONHASHSEED"] = "0"
    os.environ["EBM_CHART_RENDERER"] = "book"
    os.environ["IPYTHONDIR"] = str(book.build / ".ipython")
    os.environ["MPLCONFIGDIR"] = str(Path(sys.prefix) / "var" / "matplotlib")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ.pop("MPLBACKEND", None)


def is_good(book: Book, everything: str) -> bool:
    good = read_stamp(book.stamp)
    return good.get("everything") == everything and good.get("site") == site_digest(book.site)


def forget_old(current: Path) -> None:
    """Keep the last few folders beside ``current``, for going back and forth between states."""
    folders = sorted(current.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in [path for path in folders if path != current][KEPT_CACHES - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def where_to_look(book: Book) -> str:
    page = book.site / "index.html"
    return f"Look at it with: make serve\n(or open {book.relative(page)})"


if __name__ == "__main__":
    sys.exit(main())
