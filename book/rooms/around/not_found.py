"""The page that GitHub shows at an address where nothing is: ``404.html``.

It appears below any folder, so its links start at the root of the site, not beside the page:
they keep their relative form, as everywhere in the site, and a ``<base>`` says from where. Where
the site is looked at on another host, such as ``make serve``'s, a script moves that root.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

PAGE = "404"
# If the address does not begin with the published path, the site is being looked at on another
# host, such as that of make serve, and is taken to be at the root of that host.
MOVE = (
    "<script>if (!location.pathname.startsWith({root}))"
    ' document.querySelector("base").href = "/";</script>'
)


def configure(app: Sphinx, config: Config) -> None:
    # Relative to the book, as a digest of it is part of the site, which is the same in any place.
    templates = os.path.relpath(Path(__file__).parent / "_templates", app.confdir)
    config.templates_path = [*config.templates_path, templates]
    config.html_additional_pages = {**config.html_additional_pages, PAGE: f"{PAGE}.html"}


def prepare(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if page != PAGE:
        return
    root = urlsplit(app.config.html_baseurl).path or "/"
    base = f'\n    <base href="{root}" />'
    base += MOVE.format(root=json.dumps(root)) if root != "/" else ""
    base += '\n    <meta name="robots" content="noindex" />'
    context["metatags"] = base + context.get("metatags", "")  # before all that has an address
    context["title"] = "No page here"
    context["pageurl"] = None  # it has no address of its own
    context["chapters"] = [
        (context["pathto"](name), app.env.titles[name].astext())
        for name in app.env.toctree_includes.get(app.config.root_doc, [])
        if app.env.toc_secnumbers.get(name)  # chapters are what is numbered
    ]


def lead_back(text: str, page: Path) -> str:
    """Give links within the page its name: with a base, ``#name`` alone would leave it."""
    return text.replace('href="#', f'href="{PAGE}.html#') if page.stem == PAGE else text
