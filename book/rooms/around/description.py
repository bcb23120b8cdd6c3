"""A description on every page, for search engines and for whoever is sent a link.

A page says its own as ``description:`` in its first lines; a page without one is a warning.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from ..common import add_tag

logger = logging.getLogger(__name__)

# Pages that Sphinx makes without a source of their own.
GENERATED = {
    "404": "There is no page at this address. Search the book, or go on to one of its chapters.",
    "genindex": "Every term of the glossary and every name of the code, from A to Z, "
    "each with a link to the place that explains it.",
    "search": "Search all chapters, the glossary and the reference of the code. "
    "The search runs in your browser and sends your words nowhere.",
    "_modules/index": "The source code behind every number and figure of the book, "
    "module by module, as it was tested and run.",
}


def description(app: Sphinx, page: str) -> str:
    """What a page is about, in a sentence or two; empty where nobody has said it."""
    if page in app.env.found_docs:
        return str(app.env.metadata[page].get("description", "")).strip()
    if page in GENERATED:
        return GENERATED[page]
    if page.startswith("_modules/"):
        module = page.removeprefix("_modules/").replace("/", ".")
        return f"The source code of {module}, as it was tested and run for the book."
    return ""


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    text = description(app, page)
    if not text:
        logger.warning(
            "page without a description: say in its first lines what it is about, "
            "as in description: Why the exponential, and how to compute it",
            location=page,
            type="page",
            subtype="description",
        )
    add_tag(context, f'<meta name="description" content="{escape(text)}" />')
