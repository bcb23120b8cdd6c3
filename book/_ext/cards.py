"""What a link to a page looks like where it is shared: Open Graph and Twitter tags, and a picture.

The picture is drawn for each page: its title over a landscape with a ball in the deeper well.
Pages without a source of their own share the picture of the first page.
"""

from __future__ import annotations

import textwrap
from html import escape
from pathlib import Path
from typing import Any

import matplotlib.style
import torch
from description import add_tag, description
from docutils import nodes
from mark import draw_mark
from matplotlib.figure import Figure
from sphinx.application import Sphinx

from ebm_snippets import asymmetric_energy, boltzmann_distribution, linear_grid

SIZE = (1200, 630)  # pixels, as those who show it ask
ALT = "{title}, in white on blue, above a curve with two wells: an orange ball lies in the deeper."
TITLES = {"genindex": "Index", "search": "Search"}  # which the theme's templates hold
GROUND, LINE, BALL, MASS = "#0072B2", "#ffffff", "#E69F00", "#004b7a"


def add_card(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    site = app.config.html_baseurl
    if not site:
        return
    source = page if page in app.env.found_docs else app.config.root_doc
    title = page_title(app, source)
    picture = f"_static/cards/{source.replace('/', '-')}.png"
    if source == page:
        draw(app, title, chapter(app, page), Path(app.outdir, picture))
    tags = {
        "og:site_name": app.config.html_title,
        "og:type": "article" if chapter(app, page) else "website",
        "og:title": title if source == page else context.get("title") or TITLES[page],
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


def page_title(app: Sphinx, page: str) -> str:
    return str(app.env.titles[page].astext())


def chapter(app: Sphinx, page: str) -> str:
    """The number of a chapter, empty for other pages."""
    return ".".join(map(str, app.env.toc_secnumbers.get(page, {}).get("", ())))


def draw(app: Sphinx, title: str, number: str, place: Path) -> None:
    """Draw the picture of a page, the same bytes each time."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.style.context("ebm_snippets.book"):
        inches = (SIZE[0] / 100, SIZE[1] / 100)
        figure = Figure(inches, dpi=100, facecolor=GROUND, layout="none")
        landscape(figure)
        size, width = (54, 29) if len(title) <= 58 else (44, 36)
        figure.text(
            0.06, 0.875, "\n".join(textwrap.wrap(title, width)), color=LINE, fontsize=size,
            fontweight="bold", va="top", linespacing=1.15,
        )  # fmt: skip
        name = str(app.config.html_title)
        above = f"Chapter {number}" if number else name
        figure.text(0.0615, 0.905, above if above != title else "", color="#d6e9f5", fontsize=22)
        draw_mark(figure.add_axes((0.06, 0.06, 0.06, 0.06 * 1200 / 630)), mark_file(app))
        if name != title:
            figure.text(0.135, 0.098, name, color=LINE, fontsize=20)
        figure.savefig(place, dpi=100, facecolor=GROUND, metadata={"Software": None})


def mark_file(app: Sphinx) -> Path:
    return Path(app.srcdir, "_static", "mark.svg")


def landscape(figure: Figure) -> None:
    """Draw an energy from edge to edge and, below its curve, where the mass is."""
    distribution = boltzmann_distribution(asymmetric_energy, linear_grid(-6, 6, 2401))
    points, energies = distribution.grid.points, distribution.energies
    axes = figure.add_axes((0, 0, 1, 0.62))
    axes.set(xlim=(-3.6, 2.95), ylim=(-3.1, 7))
    axes.set_axis_off()
    axes.fill_between(points, energies, -10, color=MASS, lw=0)
    axes.plot(points, energies, color=LINE, lw=8)
    lowest = points[torch.argmin(energies)]
    axes.plot([lowest], [asymmetric_energy(lowest) + 0.42], "o", color=BALL, ms=34)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add_card, priority=510)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
