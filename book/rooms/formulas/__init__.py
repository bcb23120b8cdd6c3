"""Formulas, set in type while the book is built, and what touches them in a line.

``mathematics.py`` puts formulas on pages, with ``engine.py`` (MathJax without a browser) and
``style.py`` (its rules and fonts). ``minus.py`` writes numbers below zero as formulas do, and
``unbroken.py`` keeps a formula on one line with the full stop after it. Tests:
``test_mathematics``, ``test_minus``, ``test_unbroken``.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from ..common import add_sheet
from ..order import connect
from . import mathematics


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer(
        mathematics.NAME, (mathematics.visit_math, None), (mathematics.visit_math_block, None)
    )
    add_sheet(app, Path(__file__).with_name("unbroken.css"))
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
