"""Write with the book open: each saved change is built, and the open page shows it by itself.

    python book/live.py [--root DIR] [--port PORT]

It builds as ``make book`` does and prints the same problems, with two differences. A book with
problems is shown all the same, so that they can be seen on the page. And the site stands apart from
that of ``make book``, which alone is published. It stops with Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import sys
import webbrowser
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from builder.book import Book
from builder.forks import waiting_process


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    book = Book(given.root, live=True)
    again = partial(build_once, waiting_process(), given.root)

    try:
        again()
        show(book, given.port, again)
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def show(book: Book, port: int, again: Callable[[], None]) -> None:
    """Serve the live site, and build again whenever a source has changed."""
    # Not above: the process of each build imports this file, and needs none of these.
    from livereload import Server
    from livereload.handlers import LiveReloadHandler
    from tornado.ioloop import IOLoop

    # By itself it drops a reload that follows another within seconds: open pages would stay behind.
    LiveReloadHandler.DEFAULT_RELOAD_TIME = 0
    server = Server()
    server.watcher.ignore_dirs("_build", "__pycache__", ".ipynb_checkpoints")
    for place in ("book", "ebm_snippets", "requirements.txt"):
        server.watch(str(book.root / place), again)
    # The loop begins once the port is open. What a callback tells then is true at once, for a
    # browser as for a program that waits for the line.
    IOLoop.current().add_callback(announce, f"http://localhost:{port}")
    server.serve(port=port, host="localhost", root=str(book.site), debug=False)


def announce(address: str) -> None:
    """Tell that the book is open, and open it in the browser."""
    logging.getLogger("livereload").setLevel(logging.WARNING)  # it would tell every connection
    print(f"The book is open at {address}. Save a file to see it change.", flush=True)
    webbrowser.open(address)


def build_once(processes: ForkServerContext, root: Path) -> None:
    """Build in a process of its own, and wait for its end."""
    build = processes.Process(target=build_live, args=(root,))
    build.start()
    build.join()


def build_live(root: Path) -> None:
    """Build the live book; its problems are printed, and the next change is another try."""
    from build import main as build

    build(["--live", "--root", str(root)])


if __name__ == "__main__":
    sys.exit(main())
