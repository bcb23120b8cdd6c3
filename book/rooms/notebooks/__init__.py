"""A clean notebook of every page that runs, and menus that lead to it.

``notebook.py`` writes it from the page's resolved doctree, ``launch.py`` leads the theme's launch
and download menus there. Tests: ``test_notebooks``, with ``mirrors/``, and ``test_colab``.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..order import connect


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx_markdown_builder")
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
