"""The pages as written, for extensions that change what the theme's templates fix.

A change is a function of a page's text. Every build writes every page anew, and a change leaves
alone what it has changed before, so running it twice does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx

Change = Callable[[str, Path], str]


def pages(site: Path) -> Iterator[Path]:
    """Every page of a site, in order."""
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.relative_to(site).parts:
            yield path


def when_written(app: Sphinx, function: Callable[[Sphinx], None], priority: int = 500) -> None:
    """Call ``function(app)`` once all pages are written without an error."""

    def finish(app: Sphinx, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            function(app)

    app.connect("build-finished", finish, priority=priority)


def change_pages(app: Sphinx, change: Change, priority: int) -> None:
    """Apply ``change(text, path)`` to every page once all are written."""
    when_written(app, lambda app: rewrite(Path(app.outdir), change), priority)


def rewrite(site: Path, change: Change) -> None:
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        changed = change(text, path)
        if changed != text:
            path.write_text(changed, encoding="utf-8")


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag as Sphinx and the theme write them: in double quotes, or bare."""
    found = re.findall(r'\s([\w:-]+)(?:="([^"]*)")?', tag)
    return dict(found)


def local_file(page: Path, address: str) -> Path | None:
    """The file of the site that a page means by ``address``, if there is one."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = (page.parent / unquote(parts.path)).resolve()
    return path if path.is_file() else None
