"""Keep a formula in a line with what stands at it: a full stop begins no line.

A browser takes a formula for a box, and breaks the line before and after it, even where a comma
or a bracket follows without a space.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

SPACE = re.compile(r"\s")


class KeepTogether(SphinxPostTransform):
    """Puts each formula into one element with the characters that touch it."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for formula in list(self.document.findall(nodes.math)):
            keep_together(formula)


def keep_together(formula: nodes.math) -> None:
    """Put a formula into one element with the characters that touch it, if there are any.

    A formula that touches them as well, such as the second of two around a comma, joins the first.
    """
    parent = formula.parent
    first = last = parent.index(formula)
    before = left = right = after = ""
    joined: list[nodes.Node] = []
    if first > 0 and isinstance(parent[first - 1], nodes.Text):
        first -= 1
        left = SPACE.split(parent[first])[-1]
        before = parent[first].removesuffix(left)
    elif first > 0 and "unbroken" in parent[first - 1].get("classes", ()):
        first -= 1
        joined = parent[first].children
    if last + 1 < len(parent) and isinstance(parent[last + 1], nodes.Text):
        last += 1
        right = SPACE.split(parent[last])[0]
        after = parent[last].removeprefix(right)
    if joined or left or right:
        parts = texts(*joined, left, formula, right)
        whole = nodes.inline("", "", *parts, classes=["unbroken"])
        parent[first : last + 1] = texts(before, whole, after)


def texts(*parts: str | nodes.Node) -> list[nodes.Node]:
    """Make texts nodes, and leave empty ones out."""
    return [nodes.Text(part) if isinstance(part, str) else part for part in parts if part]
