"""Times measured on the machine, and what a cell tagged ``measured`` prints.

They are written as ``<span class="measured">``, outside the search index: two builds of one
commit may differ there and nowhere else.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


class Measured(nodes.General, nodes.Inline, nodes.Element):
    """A measured text; it is an attribute, so that nothing indexes it."""


class MeasuredOutput(nodes.General, nodes.Element):
    """What a cell printed, as an attribute for the same reason."""


def mark_outputs(app: Sphinx, doctree: nodes.document) -> None:
    """Turn what cells tagged ``measured`` printed into measured text."""
    for cell in list(doctree.findall(nodes.container)):
        if "tag_measured" not in cell["classes"]:
            continue
        for part in cell.children:
            if "cell_output" in part["classes"]:
                for block in list(part.findall(nodes.literal_block)):
                    block.replace_self(MeasuredOutput(text=block.astext()))


def visit_measured(self: Any, node: nodes.Element) -> None:
    self.body.append(f'<span class="measured">{self.encode(node["text"])}</span>')


def visit_measured_output(self: Any, node: nodes.Element) -> None:
    text = self.encode(node["text"])
    self.body.append('<div class="output stream highlight"><pre>')
    self.body.append(f'<span class="measured">{text}</span></pre></div>')


def depart(self: Any, node: nodes.Element) -> None:
    pass
