"""What several rooms need: a JavaScript engine, fonts, the head of a page, addresses, lines.

Rooms import this module and never each other, so that each can be taken out of ``_config.yml``
without breaking another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset_file

__all__ = [
    "add_sheet",
    "add_tag",
    "cut_font",
    "new_context",
    "notebook_path",
    "page_address",
    "place",
    "repository_address",
    "runs",
    "site_address",
]

_STACK = 4 * 2**20  # bytes; half of what a process has on common systems


def new_context() -> quickjs.Context:
    """Return an empty JavaScript engine, with room for programs that call deeply.

    MathJax and the parser of Vega run in such engines while the book is built.
    """
    context = quickjs.Context()
    context.set_max_stack_size(_STACK)
    return context


def cut_font(original: Path, characters: Iterable[int]) -> bytes:
    """Return a font with these characters alone, as WOFF2."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it logs each table of a font
    options = Options(layout_features=[])
    options.drop_tables += ["FFTM"]  # when its editor last wrote it
    with TTFont(original, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=set(characters))
        subsetter.subset(font)
        font.flavor = "woff2"
        data = BytesIO()
        font.save(data)
    return data.getvalue()


def add_tag(context: dict[str, Any], tag: str) -> None:
    """Add a tag to the head of a page."""
    context["metatags"] = f"{context.get('metatags', '')}\n    {tag}"


def add_sheet(app: Sphinx, sheet: Path) -> None:
    """Link every page to a style sheet that lies in a room.

    It may not lie in ``book/_static``: jupyter-book links all that it finds there, so the sheet
    would stay on the pages when the room is taken out.
    """

    def copy(app: Sphinx) -> None:
        if app.builder.format == "html":
            static = Path(app.outdir, "_static")
            static.mkdir(parents=True, exist_ok=True)
            copy_asset_file(sheet, static)

    app.add_css_file(sheet.name)
    app.connect("builder-inited", copy)


def place(node: nodes.Node) -> nodes.Node:
    """The node or its nearest ancestor that knows its line, for a warning that names it."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


def repository_address(app: Sphinx) -> str:
    """The address of the book's repository on GitHub, empty where it has none."""
    return str(app.config.html_theme_options.get("repository_url", "")).rstrip("/")


def site_address(app: Sphinx) -> str:
    """Where the site is published, without a slash at the end; empty if it is not."""
    return str(app.config.html_baseurl or "").rstrip("/")


def page_address(app: Sphinx, docname: str) -> str:
    """Where a page is published."""
    return f"{site_address(app)}/{docname}.html"


def runs(app: Sphinx, docname: str) -> bool:
    """Whether a page is executed, and so has a notebook."""
    return "kernelspec" in app.env.metadata.get(docname, {})


def notebook_path(docname: str) -> str:
    """The place of a page's notebook in the site."""
    return f"notebooks/{docname.rpartition('/')[2]}.ipynb"
