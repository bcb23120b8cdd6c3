"""Charts that answer to the reader's hand, without a kernel and without a wait.

``page.py`` puts a chart in place of a cell's output, ``vega.py`` compiles it, ``controls.py``
writes its controls, ``charts.js`` wakes it and ``play.js`` plays it. Tests:
``test_charts``, ``test_browser_charts``.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from ..common import add_sheet
from ..order import connect
from .page import Chart, depart_chart, visit_chart


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Chart, html=(visit_chart, depart_chart))
    add_sheet(app, Path(__file__).with_name("charts.css"))
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
