"""What the theme offers and this book does without, or needs otherwise."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config


def configure(app: Sphinx, config: Config) -> None:
    # One sidebar on phones: without this the theme repeats its search button there.
    config.html_theme_options["navbar_persistent"] = []


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", configure, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
