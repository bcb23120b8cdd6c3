"""What the theme is told beside _config.yml, whose own theme options would undo its buttons."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config


def configure(app: Sphinx, config: Config) -> None:
    config.html_theme_options.update(
        logo={
            "image_light": "_static/mark.svg",
            "image_dark": "_static/mark.svg",
            "text": config.html_title,
            "alt_text": "",  # the name stands beside it
        },
        # One sidebar on phones: without this the theme repeats its search button there.
        navbar_persistent=[],
        use_fullscreen_button=False,
        footer_content_items=["author.html", "copyright.html", "licence.html"],
        use_source_button=bool(config.html_theme_options.get("repository_url")),
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", configure, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
