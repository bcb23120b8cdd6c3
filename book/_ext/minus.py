"""Write numbers below zero with a minus sign, as formulas do.

Python writes a hyphen: it is shorter, and a line may end behind it.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import desc_signature
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

HYPHEN = re.compile(r"(?<![^\s(])-(?=\d)")
MINUS = "\N{MINUS SIGN}"
CODE = (nodes.literal, nodes.math, nodes.FixedTextElement, desc_signature)


class WriteMinus(SphinxPostTransform):
    """Puts a minus sign in place of each hyphen that stands before a number."""

    default_priority = 890
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        write_minus(self.document)


def write_minus(node: nodes.Element) -> None:
    """Put minus signs into the texts of a node, but into no code and no formula."""
    for child in list(node.children):
        if isinstance(child, nodes.Text):
            if HYPHEN.search(child):
                node.replace(child, nodes.Text(HYPHEN.sub(MINUS, child)))
        elif not isinstance(child, CODE):
            write_minus(child)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(WriteMinus)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
