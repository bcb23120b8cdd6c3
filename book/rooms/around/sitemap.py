"""List the pages for search engines: ``sitemap.xml``, and ``robots.txt`` that leads to it."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..written import Site


def write(site: Site) -> None:
    app = site.app
    root = app.config.html_baseurl
    if not root:
        return
    pages = "".join(
        f"  <url><loc>{escape(root + app.builder.get_target_uri(page))}</loc></url>\n"
        for page in sorted(app.env.found_docs)
    )
    (site.folder / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n',
        encoding="utf-8",
    )
    (site.folder / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\n\nSitemap: {root}sitemap.xml\n", encoding="utf-8"
    )
