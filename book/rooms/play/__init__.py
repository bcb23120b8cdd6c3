"""Landscapes that move under the reader's hand.

``ball.py`` draws thirty balls on a landscape, ``waiting.js`` waits in the page for the reader's
hand, and ``ball.js`` then shakes them. Tests: ``test_play``.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from ..common import add_sheet
from ..order import connect
from .ball import Ball, depart_ball, visit_ball


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Ball, html=(visit_ball, depart_ball))
    add_sheet(app, Path(__file__).with_name("play.css"))
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
