"""The book's mark, ``_static/mark.svg``, drawn with matplotlib where SVG will not do.

Phones put a PNG on the home screen, and some browsers know no other icon.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from head import add_tag
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve
from sphinx.application import Sphinx
from written import when_written

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"icon": 48, "apple-touch-icon": 180}


def mark_file(app: Sphinx) -> Path:
    return Path(app.srcdir, "_static", "mark.svg")


def draw_mark(axes: Axes, source: Path) -> None:
    """Draw the mark so that it fills the axes: its square, its curve and its ball."""
    mark = ElementTree.parse(source).getroot()
    square, curve, ball = (mark.find(SVG + tag) for tag in ("rect", "path", "circle"))
    assert square is not None
    assert curve is not None
    assert ball is not None
    width, radius = float(square.attrib["width"]), float(square.attrib["rx"])
    figure = axes.get_figure()
    assert figure is not None
    axes.set(xlim=(0, width), ylim=(width, 0), aspect="equal")
    axes.set_axis_off()
    per_unit = axes.get_window_extent().width / width * 72 / figure.dpi
    inner = width - 2 * radius
    box = f"round,pad={radius},rounding_size={radius}"
    colour = square.attrib["fill"]
    axes.add_patch(FancyBboxPatch((radius, radius), inner, inner, boxstyle=box, fc=colour, lw=0))
    # Only M and C, both absolute: "M x y C x y x y x y".
    numbers = [float(word.strip("MC,")) for word in curve.attrib["d"].split()]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    path = Curve(points, [Curve.MOVETO] + [Curve.CURVE4] * (len(points) - 1))
    stroke = float(curve.attrib["stroke-width"]) * per_unit
    edge = curve.attrib["stroke"]
    axes.add_patch(PathPatch(path, ec=edge, fc="none", lw=stroke, capstyle="round"))
    x, y, r = (float(ball.attrib[name]) for name in ("cx", "cy", "r"))
    axes.add_patch(Circle((x, y), r, fc=ball.attrib["fill"], lw=0, zorder=3))


def write_icons(app: Sphinx) -> None:
    for name, pixels in SIZES.items():
        figure = Figure(figsize=(1, 1), dpi=pixels)
        draw_mark(figure.add_axes((0, 0, 1, 1)), mark_file(app))
        figure.savefig(
            Path(app.outdir, "_static", f"{name}.png"),
            dpi=pixels,
            transparent=True,
            metadata={"Software": None},
        )


def link_icons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    for name, pixels in SIZES.items():
        place = context["pathto"](f"_static/{name}.png", 1)
        size = f"{pixels}x{pixels}"
        add_tag(context, f'<link rel="{name}" type="image/png" sizes="{size}" href="{place}" />')


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", link_icons)
    when_written(app, write_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
