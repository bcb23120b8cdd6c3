"""What can be wrong with a book, and how it is told."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["BookError", "Problem", "report"]


class BookError(Exception):
    """The build cannot go on; the text is one sentence for the person who ran it."""


@dataclass(frozen=True)
class Problem:
    """One thing that makes the build fail.

    Attributes:
        message: the error itself, first line first.
        file: the source, relative to the root, or None.
        line: the line in that file, from 1, or None.
        cell: the number of the code cell in that file, from 1, or None.
        details: a stack trace or other text to show below.
    """

    message: str
    file: str | None = None
    line: int | None = None
    cell: int | None = None
    details: str = ""

    @property
    def place(self) -> str:
        """Where it is, as an editor understands it: ``file:line: cell n``."""
        place = self.file or "book"
        if self.line is not None:
            place += f":{self.line}"
        if self.cell is not None:
            place += f": cell {self.cell}"
        return place


def report(problems: Sequence[Problem]) -> None:
    """Print every problem on stderr, and as GitHub annotations where those are read."""
    ordered = sorted(problems, key=lambda p: (p.file or "", p.line or 0, p.message))
    for problem in ordered:
        print(f"\n{problem.place}: {problem.message}", file=sys.stderr)
        for line in problem.details.splitlines():
            print(f"    {line}", file=sys.stderr)
    files = len({problem.file for problem in ordered})
    count = f"{len(ordered)} problem{'s' * (len(ordered) != 1)}"
    print(f"\nThe build failed: {count} in {files} file{'s' * (files != 1)}.", file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS"):
        for problem in ordered:
            print(_annotation(problem), flush=True)


def _annotation(problem: Problem) -> str:
    """A workflow command that marks the line: docs.github.com, workflow commands."""
    properties = []
    if problem.file is not None:
        properties.append(f"file={_escape_property(problem.file)}")
    if problem.line is not None:
        properties.append(f"line={problem.line}")
    if problem.cell is not None:
        properties.append(f"title={_escape_property(f'cell {problem.cell}')}")
    message = re.sub(r"\x1b\[[0-9;]*m", "", problem.message)
    return f"::error {','.join(properties)}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
