"""Time builds: a clean one beside stock jupyter-book, its targets, and what a change costs.

Everything is measured in one run on a clone of the last commit, on two cores. Each time is the
smaller of two runs, and stock and ours take turns, so that a passing load hits both.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 2
CORES = 2
WHOLE_BOOK = 150.0  # seconds, cold
CHAPTER = 60.0


def main() -> int:
    cores = take_cores()
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
        ours, stock, chapters = [], [], []
        for _ in range(RUNS):
            shutil.rmtree(copy / "book" / "_build", ignore_errors=True)
            stock.append(seconds(lambda: build_stock(copy)))
            shutil.rmtree(copy / "book" / "_build", ignore_errors=True)
            printed: list[str] = []
            ours.append(seconds(lambda: printed.append(build(copy))))  # noqa: B023  # called here
            chapters.append(slowest(printed[0]))
        whole, (longest, chapter) = min(ours), min(chapters)
        print(f"{'clean build, stock jupyter-book':36} {min(stock):6.1f} s")
        print(f"{'clean build':36} {whole:6.1f} s   {whole / min(stock):.2f} of stock")
        print(f"{'whole book, cold':36} {whole:6.1f} s   {verdict(whole, WHOLE_BOOK)}")
        print(f"{f'longest chapter, {chapter}':36} {longest:6.1f} s   {verdict(longest, CHAPTER)}")
        for what, change in CHANGES.items():
            times = []
            for run in range(RUNS):
                change(copy, run)
                times.append(seconds(lambda: build(copy)))
            print(f"{what:36} {min(times):6.1f} s")
    return 0


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def take_cores() -> int:
    """Stay on two cores where the system allows that, and return how many there are."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    return len(os.sched_getaffinity(0))


def build(copy: Path) -> str:
    """Build the book and return what the build prints."""
    command = [sys.executable, "book/build.py"]
    return subprocess.run(command, cwd=copy, check=True, stdout=subprocess.PIPE, text=True).stdout


def slowest(printed: str) -> tuple[float, str]:
    """Return the seconds and the name of the longest chapter, from what the build prints."""
    times = re.findall(r"^  (\S+) +([\d.]+) s$", printed, re.MULTILINE)
    return max((float(time), name.rpartition("/")[2]) for name, time in times)


def verdict(time: float, target: float) -> str:
    return f"target {target:g} s {'met' if time <= target else 'MISSED'}"


def build_stock(copy: Path) -> None:
    """Build the same pages with jupyter-book alone, executing every chapter."""
    stock = copy.parent / "stock"
    shutil.rmtree(stock, ignore_errors=True)
    shutil.copytree(copy / "book", stock)
    config = stock / "_config.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("execute_notebooks: cache", "execute_notebooks: force"))
    run_jupyter_book(stock, copy)


def run_jupyter_book(book: Path, root: Path) -> None:
    """Build a book in silence with jupyter-book; its chapters import from ``root``."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    subprocess.run(
        [str(jupyter_book), "build", str(book)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(root)},
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
