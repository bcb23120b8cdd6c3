"""Tell Sphinx where the site is published, from which it states each page's own address."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config

from ..common import repository_address, site_address


def configure(app: Sphinx, config: Config) -> None:
    if repository_address(app):
        config.html_baseurl = f"{site_address(app)}/"
