"""List the pages for search engines: ``sitemap.xml``, and ``robots.txt`` that leads to it."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from sphinx.application import Sphinx
from written import when_written


def write(app: Sphinx) -> None:
    site = app.config.html_baseurl
    if not site:
        return
    pages = "".join(
        f"  <url><loc>{escape(site + app.builder.get_target_uri(page))}</loc></url>\n"
        for page in sorted(app.env.found_docs)
    )
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n',
        encoding="utf-8",
    )
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n", encoding="utf-8"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    when_written(app, write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
