"""What the reader plays with beyond the charts: a landscape to draw.

``draw.py`` puts it on a page, ``landscape.js`` is its mathematics and ``draw.js`` what the hand
does. Tests: ``test_draw``.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from ..common import add_sheet
from ..order import connect
from .draw import Draw, Landscape, depart_landscape, visit_landscape


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Landscape, html=(visit_landscape, depart_landscape))
    app.add_directive("draw", Draw)
    add_sheet(app, Path(__file__).with_name("draw.css"))
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
