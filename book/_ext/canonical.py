"""Tell Sphinx where the site is published, from which it states each page's own address."""

from __future__ import annotations

from notebook import repository_address, site_address
from sphinx.application import Sphinx
from sphinx.config import Config


def configure(app: Sphinx, config: Config) -> None:
    if repository_address(app):
        config.html_baseurl = f"{site_address(app)}/"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", configure, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
