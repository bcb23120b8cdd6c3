"""What extensions put into the head of pages: tags, and style sheets of their own.

jupyter-book links every style sheet and script that it finds in ``_static``. What belongs to an
extension lies elsewhere, so that it comes and goes with the extension's line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset_file

SHEETS = Path(__file__).parent / "sheets"


def add_tag(context: dict[str, Any], tag: str) -> None:
    """Add a tag to the head of a page."""
    context["metatags"] = f"{context.get('metatags', '')}\n    {tag}"


def add_sheet(app: Sphinx, name: str) -> None:
    """Link every page to a style sheet of ``sheets``."""

    def copy(app: Sphinx) -> None:
        if app.builder.format == "html":
            static = Path(app.outdir, "_static")
            static.mkdir(parents=True, exist_ok=True)
            copy_asset_file(SHEETS / name, static)

    app.add_css_file(name)
    app.connect("builder-inited", copy)
