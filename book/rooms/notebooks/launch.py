"""Lead the theme's menus to what is published: Colab and the download open the clean notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..common import notebook_path, repository_address, runs

PUBLISHED = "gh-pages"  # Colab opens notebooks from a branch


def lead(
    app: Sphinx, docname: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if doctree is None or not runs(app, docname):
        return
    repository = "/".join(repository_address(app).split("/")[-2:])
    notebook = notebook_path(docname)
    groups = context.get("header_buttons", [])  # the theme leaves out those without buttons
    for button in (button for group in groups for button in group.get("buttons", [])):
        if button["text"] == "Colab":
            colab = app.config.html_theme_options["launch_buttons"]["colab_url"].rstrip("/")
            button["url"] = f"{colab}/github/{repository}/blob/{PUBLISHED}/{notebook}"
        elif button.get("label") == "download-notebook-button":
            button["url"] = context["pathto"](notebook, 1)
    # The theme has put the raw notebook beside the source; nothing leads there now.
    Path(app.outdir, "_sources", f"{docname}.ipynb").unlink(missing_ok=True)
