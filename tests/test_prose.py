"""No number that code can compute is typed into prose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHAPTERS = sorted((Path(__file__).resolve().parent.parent / "book" / "chapters").glob("*.md"))

# Numbers that are chosen or quoted, not computed: parameters, thresholds, bets.
GIVEN = {
    "intuition": {"0.1", "0.02", "0.2", "0.3", "0.6"},
    "mathematics": {"0.1", "0.2"},
    "temperature": {"0.001", "0.05", "0.1", "0.5", "0.6"},
    "two_dimensions": {"0.2", "0.8", "0.5", "6.14"},
    "partition_function": {"0.3", "1.5", "3.2", "17.6"},
    "neural_energy": {"0.1", "1.5", "0.3", "0.03"},
}


def prose(text: str) -> str:
    """A chapter's text without front matter, code, glued numbers and alt text."""
    text = text.split("---\n", 2)[2]
    text = re.sub(r"^```\{code-cell\}.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\{glue:text\}`[^`]*`", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_decimals_are_glued(chapter: Path) -> None:
    typed = set(re.findall(r"\d+\.\d+", prose(chapter.read_text())))
    assert typed <= GIVEN[chapter.stem], sorted(typed - GIVEN[chapter.stem])
