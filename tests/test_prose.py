"""What holds for every chapter: computed numbers, narrow cells, few checks in sight, few words."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import reading
from reading import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 70  # characters: what the book's column holds without scrolling sideways at 1,280 pixels
MOST_WORDS = 2200  # of prose before the exercises

# Numbers that are chosen or quoted, not computed: parameters, thresholds, bets.
GIVEN = {
    "intuition": {"0.01", "0.1", "0.12", "0.02", "0.2", "0.3", "0.6"},
    "mathematics": {"0.1", "0.2"},
    "temperature": {"0.001", "0.05", "0.1", "0.4", "0.5", "0.6", "9.81"},
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


def included(text: str) -> list[tuple[str, str]]:
    """The source that a chapter includes: where from, and what is shown of it."""
    found = []
    for path, given in re.findall(
        r"^```\{literalinclude\} (\S+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    ):
        options = dict(re.findall(r"^:([\w-]+): *(.*)$", given, re.MULTILINE))
        lines = (ROOT / "book" / "chapters" / path).read_text().splitlines()
        if name := options.get("pyobject"):
            node: Any = ast.parse("\n".join(lines))
            for part in name.split("."):
                node = next(one for one in node.body if getattr(one, "name", "") == part)
            lines = lines[node.lineno - 1 : node.end_lineno]
        if begin := options.get("start-at"):
            lines = lines[next(i for i, line in enumerate(lines) if begin in line) :]
        if end := options.get("end-at"):
            lines = lines[: next(i for i, line in enumerate(lines) if end in line) + 1]
        if end := options.get("end-before"):
            lines = lines[: next(i for i, line in enumerate(lines) if end in line)]
        code = "\n".join(lines)
        if "dedent" in options:
            cut = int(options["dedent"] or 0)
            code = "\n".join(line[cut:] for line in lines) if cut else textwrap.dedent(code)
        found.append((path, code))
    return found


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
class TestEveryChapter:
    def test_shows_no_code_wider_than_70_characters(self, chapter: Path) -> None:
        text = chapter.read_text()
        wide = [
            f"line {cell.line + i}: {len(line)} characters: {line.strip()}"
            for cell in reading.cells(text)
            if cell.shown
            for i, line in enumerate(cell.code.splitlines())
            if len(line) > WIDEST
        ]
        wide += [
            f"{path}: {len(line)} characters: {line.strip()}"
            for path, code in included(text)
            for line in code.splitlines()
            if len(line) > WIDEST
        ]
        assert not wide, "\n".join([f"{chapter.stem}: break these lines", *wide])

    def test_has_at_most_two_assertions_in_an_open_cell(self, chapter: Path) -> None:
        many = [
            f"line {cell.line}: {count} assertions"
            for cell in reading.cells(chapter.read_text())
            if cell.shown and (count := len(re.findall(r"^\s*assert\b", cell.code, re.M))) > 2
        ]
        assert not many, "\n".join([f"{chapter.stem}: fold the checks of these cells", *many])

    def test_says_what_it_says_in_2200_words(self, chapter: Path) -> None:
        """Prose before the exercises is short; :func:`reading.words` says what a word is.

        Paragraphs, lists, headings and boxes count, folded ones too. Code, displayed formulas and
        those in a line, tables, captions, options of directives and front matter do not. A glued
        number, a reference or a name of code within a sentence is one word.
        """
        found = reading.words(reading.before_exercises(chapter.read_text()))
        assert found <= MOST_WORDS, f"{chapter.stem} has {found} words: cut {found - MOST_WORDS}"


def test_the_front_page_says_how_long_each_chapter_takes() -> None:
    front = (ROOT / "book" / "intro.md").read_text()
    told = dict(re.findall(r"\(chapters/(\w+)\.md\) .* \*(\d+) minutes\.", front))
    taken = {
        path.stem: str(5 * round(reading.length(path.read_text()).minutes / 5)) for path in CHAPTERS
    }
    assert told == taken  # to five minutes


PAGE = """\
---
description: Seven words that do not count at all.
---

(label)=
# A heading of five words

Here is $x = 1$, see {eq}`eq-one` and [a link of five words](https://example.org/a/b).
It is {glue:text}`half:.1f` of {term}`two words`, says `code(of, one)` {cite:p}`nobody2000`.

$$
a = b
$$ (eq-one)

```{math}
:label: eq-two
a = b
```

```{code-cell} python
---
tags: [hide-input]
mystnb:
  figure:
    name: fig-one
    caption: Words that do not count.
---
hidden = 1
```

```{code-cell} python
:tags: [remove-cell]

removed = 1
```

```{code-cell} python
shown = 1
```

````{admonition} Title of four words
:class: warning

Three words inside.

```{math}
:label: eq-three
c = d
```

Then two.
````

| a table | of words |
|-|-|

```python
print("words of code")
```

## Exercises

Words that come later.
"""


class TestCounting:
    def test_words(self) -> None:
        # heading 5; here is, see (eq) and, a link of five words: 4 + 1 + 5;
        # It is half of two words, says code: 8; title 4; inside 3; then 2
        assert reading.words(reading.before_exercises(PAGE)) == 5 + 10 + 8 + 4 + 3 + 2

    def test_cells(self) -> None:
        hidden, removed, shown = reading.cells(PAGE)
        assert (hidden.tags, removed.tags) == ({"hide-input"}, {"remove-cell"})
        assert (hidden.code, removed.code, shown.code) == (
            "hidden = 1\n",
            "\nremoved = 1\n",
            "shown = 1\n",
        )
        assert [cell.shown for cell in (hidden, removed, shown)] == [False, False, True]
        for cell in (hidden, shown):
            assert PAGE.splitlines()[cell.line - 1] == cell.code.strip()

    def test_length(self) -> None:
        found = reading.length(PAGE)
        assert (found.formulas, found.cells, found.figures, found.charts) == (3, 1, 1, 0)
        assert found.minutes > reading.length(PAGE.replace("Three words inside.", "")).minutes
