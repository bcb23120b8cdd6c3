"""On narrow screens, have the browser leave out each section until the reader comes near it.

A chapter has thousands of elements, most of them of formulas. A phone would lay out all of them
before it shows the first, though none but the first is on its screen. A section that is left out
needs a height, or the page would be too short to reach a place far down: it is estimated here from
what the section holds. What a browser has once laid out keeps the height that it had.

The theme asks every block of code at once whether it has to scroll, and so for the layout of all
sections. Here it is told of each block when the block is laid out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

THEME = "scripts/pydata-sphinx-theme.js"
ASK = "{e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1}"
OF_ALL = f".forEach(e=>{ASK})"
OF_EACH = ".forEach(e=>laidOut.observe(e))"
# A block that has been asked is watched no longer: the theme asks anew when the window's size
# changes, and the browser would have to look at every watched block at each frame of a chart.
ONCE = ASK.replace("}", ";laidOut.unobserve(e)}")
LAID_OUT = f"const laidOut=new ResizeObserver(all=>{{for(const{{target:e}}of all){ONCE}}});\n"

# In rem, on a phone: fitted to the heights of the chapters' sections.
CHARACTER = 0.045
LINE = 0.95
PARAGRAPH = 1.1
EQUATION = 8.5
FIGURE = 21.0
FOLDED = 5.5

# Classes of solutions, of hints and answers, and of hidden cells.
FOLDS = {"dropdown", "sd-dropdown", "above-input", "below-input"}


def height(node: nodes.Node) -> float:
    """About how tall a part of a page is on a phone, in rem."""
    if isinstance(node, nodes.Element) and "rem" in node:  # it says so itself, as a chart does
        return float(node["rem"])
    if isinstance(node, nodes.image):
        return FIGURE
    if isinstance(node, nodes.math_block):
        return EQUATION
    if isinstance(node, nodes.literal_block):
        return LINE * (2 + node.astext().count("\n"))
    if isinstance(node, nodes.TextElement):
        return PARAGRAPH + CHARACTER * len(node.astext())
    if isinstance(node, nodes.row):
        return max(map(height, node.children))
    if isinstance(node, nodes.Element):
        if FOLDS.intersection(node.get("classes", ())):
            return FOLDED
        return sum(map(height, node.children))
    return 0.0


def say_heights(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write beside every section within another how tall it may be."""
    if doctree is None:
        return
    for section in doctree.findall(nodes.section):
        if isinstance(section.parent, nodes.section):
            tag = re.compile(rf'(<section\b[^>]* id="{re.escape(section["ids"][0])}")')
            style = rf'\1 style="--height:{height(section):.0f}rem"'
            context["body"] = tag.sub(style, context["body"], count=1)


def ask_each(app: Sphinx) -> None:
    """Have the theme ask a block whether it has to scroll when the block is laid out."""
    path = Path(app.outdir, "_static", THEME)
    script = path.read_text(encoding="utf-8")
    if script.startswith(LAID_OUT):
        return
    if script.count(OF_ALL) != 1:
        raise ExtensionError(
            f"{THEME} no longer makes what scrolls reachable by keyboard in the words that "
            "off_screen.py expects: find them in the new version, or leave the extension out"
        )
    path.write_text(LAID_OUT + script.replace(OF_ALL, OF_EACH), encoding="utf-8")
