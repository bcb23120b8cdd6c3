"""Warn about every image that says nothing to those who cannot see it."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from ..common import place

logger = logging.getLogger(__name__)


def complain(app: Sphinx, doctree: nodes.document) -> None:
    for image in doctree.findall(nodes.image):
        alt = str(image.get("alt", "")).strip()
        if not alt or alt == image.get("uri"):
            logger.warning(
                "figure without alt text: say in one sentence what it shows "
                "(in a code cell: mystnb, image, alt)",
                location=place(image),
                type="figure",
                subtype="alt",
            )
