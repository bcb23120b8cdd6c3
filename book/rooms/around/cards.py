"""What a link to a page looks like where it is shared: Open Graph and Twitter tags, and a picture.

The picture is drawn for each page: its title over a landscape with a ball in the deeper well.
Pages without a source of their own share the picture of the first page.
"""

from __future__ import annotations

import textwrap
from functools import partial
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx

from ..common import add_tag
from ..written import kept
from .description import description
from .mark import draw_mark, mark_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (1200, 630)  # pixels, as those who show it ask
ALT = "{title}, in white on blue, above a curve with two wells: an orange ball lies in the deeper."
TITLES = {"genindex": "Index", "search": "Search"}  # which the theme's templates hold
AIR, GROUND, LINE, BALL = "#0072B2", "#004b7a", "#ffffff", "#E69F00"


def add_card(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    site = app.config.html_baseurl
    if not site:
        return
    source = page if page in app.env.found_docs else app.config.root_doc
    title = page_title(app, source)
    picture = f"_static/cards/{source}.png"
    if source == page:
        place = Path(app.outdir, picture)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(card(app, title, chapter(app, page)))
    tags = {
        "og:site_name": app.config.html_title,
        "og:type": "article" if chapter(app, page) else "website",
        "og:title": title if source == page else name_of(page, context) or title,
        "og:description": description(app, page),
        "og:url": context["pageurl"] or site,
        "og:image": site + picture,
        "og:image:width": str(SIZE[0]),
        "og:image:height": str(SIZE[1]),
        "og:image:alt": ALT.format(title=title),
    }
    # For what is not said here, Twitter takes the tags above.
    twitter = {
        "twitter:card": "summary_large_image",
        "twitter:image:alt": tags["og:image:alt"],
    }
    for kind, group in (("property", tags), ("name", twitter)):
        for name, text in group.items():
            add_tag(context, f'<meta {kind}="{name}" content="{escape(text)}" />')


def name_of(page: str, context: dict[str, Any]) -> str:
    """What a page without a source of its own is called."""
    return str(context.get("title") or context.get("indextitle") or TITLES.get(page, ""))


def page_title(app: Sphinx, page: str) -> str:
    return str(app.env.titles[page].astext())


def chapter(app: Sphinx, page: str) -> str:
    """The number of a chapter, empty for other pages."""
    return ".".join(map(str, app.env.toc_secnumbers.get(page, {}).get("", ())))


def card(app: Sphinx, title: str, number: str) -> bytes:
    """The picture of a page, drawn only if no earlier build drew the same."""
    name, source = str(app.config.html_title), mark_file(app)
    made_of = (title, number, name, source.read_bytes() if source.is_file() else b"")
    return kept(app, "card", made_of, partial(draw, title, number, name, source))


def draw(title: str, number: str, name: str, source: Path) -> bytes:
    """Draw the picture of a page as a PNG, the same bytes each time."""
    import matplotlib.style
    from matplotlib.figure import Figure

    picture = BytesIO()
    with matplotlib.style.context("default"):
        figure = Figure((SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=AIR, layout="none")
        landscape(figure)
        size, width = (50, 24) if len(title) <= 46 else (38, 32)
        lines = "\n".join(textwrap.wrap(title, width))
        write = partial(figure.text, 0.06, color=LINE, va="top")
        write(0.86, lines, fontsize=size, fontweight="bold", linespacing=1.15)
        write(0.935, f"Chapter {number}" if number else "", fontsize=22)
        if source.is_file():
            draw_mark(figure.add_axes((0.06, 0.06, 0.06, 0.06 * SIZE[0] / SIZE[1])), source)
        if name != title:
            figure.text(0.135, 0.098, name, color=LINE, fontsize=20)
        figure.savefig(picture, dpi=100, facecolor=AIR, metadata={"Software": None})
    return picture.getvalue()


def landscape(figure: Figure) -> None:
    """Draw an energy from edge to edge, and a ball at its lowest place."""
    x = np.linspace(-1.8, 2.85, 1000)
    energies = 0.5 * (x + 1) ** 2 * (x - 2) ** 2 - 0.3 * x  # the asymmetric energy of chapter 1
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(x[0], x[-1]), ylim=(-4.4, 12))
    axes.set_axis_off()
    axes.fill_between(x, energies, -5, color=GROUND, lw=0)
    axes.plot(x, energies, color=LINE, lw=8)
    lowest = energies.argmin()
    axes.plot([x[lowest]], [energies[lowest] + 0.55], "o", color=BALL, ms=34)
