"""The reference of ``ebm_snippets``, made from its docstrings, and links to it.

``api.py`` links types of other libraries, ``code_links.py`` names in the code of chapters.
Tests: ``test_furniture``.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..order import connect


def setup(app: Sphinx) -> dict[str, bool]:
    for extension in ("autodoc", "napoleon", "viewcode"):
        app.setup_extension(f"sphinx.ext.{extension}")
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
