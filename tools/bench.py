"""Time builds: a clean one beside stock jupyter-book, and what a change costs.

Everything is measured in one run on a copy of the working tree. Each time is the smaller of
two runs, and stock and ours take turns, so that a passing load on the machine hits both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 2


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
        ours, stock = [], []
        for _ in range(RUNS):
            shutil.rmtree(copy / "book" / "_build", ignore_errors=True)
            stock.append(seconds(lambda: build_stock(copy)))
            shutil.rmtree(copy / "book" / "_build", ignore_errors=True)
            ours.append(seconds(lambda: build(copy)))
        print(f"{'clean build, stock jupyter-book':36} {min(stock):6.1f} s")
        print(f"{'clean build':36} {min(ours):6.1f} s   {min(ours) / min(stock):.2f} of stock")
        for what, change in CHANGES.items():
            times = []
            for run in range(RUNS):
                change(copy, run)
                times.append(seconds(lambda: build(copy)))
            print(f"{what:36} {min(times):6.1f} s")
    return 0


def seconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def build(copy: Path) -> None:
    subprocess.run(
        [sys.executable, "book/build.py"], cwd=copy, check=True, stdout=subprocess.DEVNULL
    )


def build_stock(copy: Path) -> None:
    """Build the same pages with jupyter-book alone, executing every chapter."""
    stock = copy.parent / "stock"
    shutil.rmtree(stock, ignore_errors=True)
    shutil.copytree(copy / "book", stock)
    config = stock / "_config.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("execute_notebooks: cache", "execute_notebooks: force"))
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    subprocess.run(
        [str(jupyter_book), "build", str(stock)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(copy)},
    )


def change_nothing(copy: Path, run: int) -> None:
    pass


def change_sentence(copy: Path, run: int) -> None:
    append(copy / "book" / "chapters" / "intuition.md", f"\nSentence {run}.\n")


def change_cell(copy: Path, run: int) -> None:
    append(
        copy / "book" / "chapters" / "mathematics.md", f"\n```{{code-cell}} python\n{run}\n```\n"
    )


def change_code(copy: Path, run: int) -> None:
    append(copy / "ebm_snippets" / "energies.py", f"# change {run}\n")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


CHANGES: dict[str, Callable[[Path, int], None]] = {
    "nothing changed": change_nothing,
    "one sentence changed": change_sentence,
    "one cell changed": change_cell,
    "one line of ebm_snippets changed": change_code,
}


if __name__ == "__main__":
    sys.exit(main())
