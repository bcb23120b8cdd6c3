"""Write numbers below zero with a minus sign, as formulas do; Python writes a hyphen."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import desc_signature
from sphinx.transforms.post_transforms import SphinxPostTransform

# At the beginning, or after a space, an opening bracket, a quotation mark, a relation or a dash.
HYPHEN = re.compile(r"""(?<![^\s([{"“=<>≈±|—])-(?=\.?\d)""")
MINUS = "\N{MINUS SIGN}"
DESCRIPTIONS = ("alt", "description")  # of an image, and of a chart
# Blocks of code, comments and raw HTML are kinds of FixedTextElement.
LEFT_ALONE = (nodes.literal, nodes.math, nodes.FixedTextElement, desc_signature)


class WriteMinus(SphinxPostTransform):
    """Puts a minus sign in place of each hyphen that stands before a number."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        write_minus(self.document)
        for node in self.document.findall(nodes.Element):
            for name in DESCRIPTIONS:
                if name in node:
                    node[name] = HYPHEN.sub(MINUS, node[name])


def write_minus(node: nodes.Element, before: str = "") -> None:
    """Put minus signs into the texts of a node, but into no code and no formula.

    Args:
        node: is changed.
        before: the character that stands before it in its line.
    """
    for child in list(node.children):
        if isinstance(child, nodes.Text):
            if HYPHEN.search(before + child):
                written = HYPHEN.sub(MINUS, before + child).removeprefix(before)
                node.replace(child, nodes.Text(written))
        elif not isinstance(child, LEFT_ALONE):
            write_minus(child, before if isinstance(child, nodes.Inline) else "")
        before = child.astext()[-1:] or before
