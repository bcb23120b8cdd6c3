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
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from builder.book import Book
from builder.execute import start
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

# What a chapter's process finds out about the machine before any chapter runs.
PROBE = """
import importlib, json, pkgutil, platform, sys
import matplotlib, numpy, torch, ebm_snippets
for module in pkgutil.iter_modules(ebm_snippets.__path__, "ebm_snippets."):
    importlib.import_module(module.name)
device = ebm_snippets.select_device()
name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
print(json.dumps({
    "device": f"{device.type} ({name})", "python": platform.python_version(),
    "torch": torch.__version__, "numpy": numpy.__version__, "matplotlib": matplotlib.__version__,
}))
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    book = Book(parser.parse_args(arguments).root)
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
        if book.site.exists():
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
    """Build ``book`` and return what is wrong with it; put the site in place if nothing is."""
    began = time.perf_counter()
    for place in (book.site, book.build / ".read"):
        recover(place)
    set_environment(book)
    probe = start_probe(book)
    try:
        problems = book.source_problems()
    except BaseException:
        with probe:  # waits until it is gone
            probe.kill()
        raise
    machine = finish_probe(book, probe)
    if isinstance(machine, Problem):
        return [*problems, machine]
    if any(page.unreadable for page in book.pages):
        return problems

    execution_key = book.execution_key(machine)
    stamp = book.build / ".good.json"
    everything = book.everything_key(execution_key, book.commit)
    if not problems and is_good(book, stamp, everything):
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
    print(f"Writing {len(book.pages)} pages", flush=True)
    staging = book.build / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    reading_key = book.reading_key(execution_key)
    pages_as_read = book.build / ".read"  # Sphinx's doctrees, and the images they refer to
    if is_read_with(stamp, reading_key) and pages_as_read.exists():
        shutil.copytree(pages_as_read, staging)
    try:
        record = {**machine, "commit": book.commit, "seconds": execution.seconds}
        problems += render(
            book,
            staging / "html",
            staging / "doctrees",
            cache=cache,
            record=record,
            reread=execution.executed,
            failed=execution.failed,
        )
        told = {problem.file for problem in problems}  # what is dead there has been told
        in_site = [] if execution.failed else site_problems(book, staging / "html")
        problems += [problem for problem in in_site if problem.file not in told]
        if not problems:
            stamp.unlink(missing_ok=True)
            install(staging / "html", book.site)
            install(staging, pages_as_read)
            good = {
                "everything": everything,
                "reading": reading_key,
                "site": site_digest(book.site),
                "commit": book.commit,
                "repository": book.repository,
            }
            stamp.write_text(json.dumps(good), encoding="utf-8")
            forget_old_caches(cache)
            print(f"Built in {time.perf_counter() - began:.1f} s. {where_to_look(book)}")
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


def start_probe(book: Book) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROBE],
        cwd=book.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish_probe(book: Book, probe: subprocess.Popen[str]) -> dict[str, Any] | Problem:
    """Return device and versions, or why ``ebm_snippets`` does not import here."""
    output, errors = probe.communicate()
    if probe.returncode == 0:
        return dict(json.loads(output.splitlines()[-1]))
    last = errors.strip().splitlines()[-1] if errors.strip() else f"exit code {probe.returncode}"
    if "EBM_DEVICE" in last:
        raise BookError(last.partition(": ")[2])
    places = [line for line in errors.splitlines() if f'File "{book.root}' in line]
    file, line = "ebm_snippets/__init__.py", 1
    if places:
        path = places[-1].split('"')[1]
        digits = "".join(c for c in places[-1].partition(", line ")[2] if c.isdigit())
        file, line = book.relative(path), int(digits or 1)
    return Problem(f"ebm_snippets does not import: {last}", file, line, details=errors)


def is_good(book: Book, stamp: Path, everything: str) -> bool:
    good = read_stamp(stamp)
    return good.get("everything") == everything and good.get("site") == site_digest(book.site)


def is_read_with(stamp: Path, reading_key: str) -> bool:
    return read_stamp(stamp).get("reading") == reading_key


def forget_old_caches(current: Path) -> None:
    """Keep the caches of the last few states of the code, for going back and forth."""
    caches = sorted(current.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for cache in [path for path in caches if path != current][KEPT_CACHES - 1 :]:
        shutil.rmtree(cache, ignore_errors=True)


def where_to_look(book: Book) -> str:
    page = book.site / "index.html"
    return f"Look at it with: make serve\n(or open {book.relative(page)})"


if __name__ == "__main__":
    sys.exit(main())
