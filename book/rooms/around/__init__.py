"""What is around a page, for those who share it, search for it, cite it or cannot see it.

``description.py`` and ``figure_alt.py`` ask each page and picture to say what it is.
``cards.py``, ``mark.py``, ``front_page.py``, ``not_found.py`` and ``sitemap.py``
make what a published site has beside its pages; ``published.py``, ``build_record.py`` and
``measured.py`` say how to use and cite it, and how this very build went. Tests:
``test_furniture``, ``test_forks``.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..order import connect
from . import build_record, measured, published


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(measured.Measured, html=(measured.visit_measured, measured.depart))
    app.add_node(measured.MeasuredOutput, html=(measured.visit_measured_output, measured.depart))
    app.add_directive("build-record", build_record.BuildRecord)
    app.add_directive("install", published.Install)
    app.add_directive("cite", published.Cite)
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
