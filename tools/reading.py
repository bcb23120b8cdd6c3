"""How long a chapter is: its words of prose, its formulas, its pictures, and the minutes they take.

    python tools/reading.py

prints a line for each chapter. ``tests/test_prose.py`` holds chapters to a length, and the front
page to these minutes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHAPTERS", "Cell", "Length", "before_exercises", "cells", "length", "words"]

BOOK = Path(__file__).resolve().parent.parent / "book"
CHAPTERS = sorted((BOOK / "chapters").glob("*.md"))
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}

# Rough rates for a first reading. With them the six chapters as they first were come out at 27 to
# 34 minutes; first readings of those took 25 to 45.
WORDS_PER_MINUTE = 110
MINUTES_PER_FORMULA = 0.75  # of those that stand on lines of their own
MINUTES_PER_CELL = 0.5  # of the code that is shown
MINUTES_PER_FIGURE = 0.75
MINUTES_PER_CHART = 4.0

FENCE = re.compile(r"^(`{3,}|~{3,}|:{3,})(\{[^}]*\})?[ ]*(.*)$")
CODE = {"code-cell", "literalinclude", "math", "table", "eval-rst"}


@dataclass(frozen=True)
class Cell:
    """A cell of code.

    Attributes:
        line: of the page, where its code begins.
        tags: such as ``hide-input``.
        code: its source.
    """

    line: int
    tags: frozenset[str]
    code: str

    @property
    def shown(self) -> bool:
        """Whether the reader sees the code before opening anything."""
        return not self.tags & FOLDED


@dataclass(frozen=True)
class Length:
    """What a text holds."""

    words: int
    formulas: int
    cells: int
    figures: int
    charts: int

    @property
    def minutes(self) -> float:
        """How long a first reading takes, in minutes, without the exercises."""
        return (
            self.words / WORDS_PER_MINUTE
            + self.formulas * MINUTES_PER_FORMULA
            + self.cells * MINUTES_PER_CELL
            + self.figures * MINUTES_PER_FIGURE
            + self.charts * MINUTES_PER_CHART
        )


def before_exercises(text: str) -> str:
    """Return a chapter's text without front matter, up to its heading *Exercises*."""
    body = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    return re.split(r"^## Exercises$", body, maxsplit=1, flags=re.MULTILINE)[0]


def cells(text: str) -> list[Cell]:
    """Return the cells of code of a page, in order."""
    found = []
    for match in re.finditer(
        r"^(`{3,})\{code-cell\}[^\n]*\n(.*?)^\1$", text, re.DOTALL | re.MULTILINE
    ):
        options, code = "", match[2]
        if given := re.match(r"---\n.*?^---\n|(?::[^\n]*\n)+", code, re.DOTALL | re.MULTILINE):
            options, code = given[0], code[given.end() :]
        tags = re.search(r"tags: *\[([^\]]*)\]", options)
        names = frozenset(re.split(r"[,\s]+", tags[1].strip())) if tags else frozenset()
        line = text[: match.end(2)].count("\n") + 1 - code.count("\n")
        found.append(Cell(line, names, code))
    return found


def words(text: str) -> int:
    """Return the number of words of prose in a text.

    A word is a piece between spaces that has a letter or a digit in it. What a reader reads as
    prose counts: paragraphs, lists, headings, titles of boxes and what is in boxes, folded ones
    too. A glued number, a reference and a name of code are one word each. What does not count:
    code, tables, displayed formulas and those in a line, captions and words for pictures (they are
    options of cells), options of directives, labels.
    """
    return sum(1 for piece in _prose(text).split() if re.search(r"[^\W_]", piece))


def _prose(text: str) -> str:
    kept: list[str] = []
    leaving = ""  # the fence that ends what is left out
    for line in text.splitlines():
        fence = FENCE.match(line)
        if leaving:
            if line.rstrip() == leaving:
                leaving = ""
            continue
        if fence:
            name = (fence[2] or "").strip("{}")
            if name in CODE or (not name and (fence[3] or _opens(kept, fence[1]))):
                leaving = fence[1]
                continue
            if name:
                kept.append(f"\x00{fence[1]}")
                kept.append(fence[3])
            continue
        if re.match(r":[\w-]+:", line) or re.match(r"\(.*\)=$", line) or line.startswith("|"):
            continue
        kept.append(line)
    prose = "\n".join(line for line in kept if not line.startswith("\x00"))
    prose = re.sub(r"\$\$.*?\$\$(?: *\([\w-]+\))?", " ", prose, flags=re.DOTALL)
    prose = re.sub(r"(?<!\\)\$[^$]+?(?<!\\)\$", " ", prose)
    prose = re.sub(r"\{cite:p\}`[^`]*`", " ", prose)
    prose = re.sub(r"\{(?:glue:text|eq|numref|ref|py:\w+|cite:t)\}`[^`]*`", " one ", prose)
    prose = re.sub(r"\{\w+\}`([^`<]*)(?:<[^`]*>)?`", r"\1", prose)
    prose = re.sub(r"`[^`\n]*`", " one ", prose)
    return re.sub(r"\]\([^)]*\)", "]", prose)


def _opens(kept: list[str], fence: str) -> bool:
    """Whether a bare fence opens a block of code, and does not end a directive that is open."""
    for at in range(len(kept) - 1, -1, -1):
        if kept[at] == f"\x00{fence}":
            kept[at] = "\x00"  # it ends that one
            return False
    return True


def length(text: str) -> Length:
    """Return what a chapter holds before its exercises."""
    body = before_exercises(text)
    every = cells(body)
    bare = re.sub(r"^(`{3,})\{code-cell\}.*?^\1$", "", body, flags=re.DOTALL | re.MULTILINE)
    return Length(
        words=words(body),
        formulas=len(re.findall(r"^```\{math\}", bare, re.MULTILINE))
        + len(re.findall(r"^\$\$$.*?^\$\$", bare, re.DOTALL | re.MULTILINE)),
        cells=sum(cell.shown for cell in every)
        + len(re.findall(r"^```\{literalinclude\}", bare, re.MULTILINE)),
        figures=len(re.findall(r"^ +name: fig-", body, re.MULTILINE)),
        charts=len(re.findall(r"^charts\.", body, re.MULTILINE)),
    )


def main() -> int:
    print(f"{'chapter':20} words formulas cells figures charts minutes")
    for path in CHAPTERS:
        found = length(path.read_text())
        print(
            f"{path.stem:20} {found.words:5} {found.formulas:8} {found.cells:5} "
            f"{found.figures:7} {found.charts:6} {found.minutes:7.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
