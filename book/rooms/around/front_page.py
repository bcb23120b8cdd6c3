"""The site's own address leads to its first page, and says of itself what that page does.

Without this, ``index.html`` would be a bare redirection: a link to the book, which is what people
share, would have no description and no picture.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
  <head>
    <meta charset="utf-8" />
    {tags}
    <title>{title}</title>{canonical}
    <meta http-equiv="refresh" content="0; url={target}" />
  </head>
  <body>
    <p><a href="{target}">{title}</a></p>
  </body>
</html>
"""


def write(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if page != app.config.root_doc or page == "index" or app.builder.format != "html":
        return
    address = context.get("pageurl")
    text = PAGE.format(
        language=app.config.language,
        tags=context["metatags"].strip(),
        title=escape(app.config.html_title),
        canonical=f'\n    <link rel="canonical" href="{escape(address)}" />' if address else "",
        target=app.builder.get_target_uri(page),
    )
    Path(app.outdir, "index.html").write_text(text, encoding="utf-8")
    context["docstitle"] = ""  # its title is the book's, so once will do
