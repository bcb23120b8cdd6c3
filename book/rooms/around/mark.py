"""The book's mark, ``_static/mark.svg``, drawn with matplotlib where SVG will not do.

Phones put a PNG on the home screen, and some browsers know no other icon. Matplotlib takes a
second to import, so it is imported where something is drawn: most builds find it kept.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx

from ..common import add_tag
from ..written import Site, kept

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"icon": 48, "apple-touch-icon": 180}


def mark_file(app: Sphinx) -> Path:
    return Path(app.srcdir, "_static", "mark.svg")


def draw_mark(axes: Axes, source: Path) -> None:
    """Draw the mark so that it fills the axes: its square, its curve and its ball."""
    from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
    from matplotlib.path import Path as Curve

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


def write_icons(site: Site) -> None:
    """Write the icons, if the book has a mark."""
    source = mark_file(site.app)
    for name, pixels in SIZES.items() if source.is_file() else ():
        made_of = (source.read_bytes(), pixels)
        icon = kept(site.app, name, made_of, partial(draw_icon, source, pixels))
        (site.folder / "_static" / f"{name}.png").write_bytes(icon)


def draw_icon(source: Path, pixels: int) -> bytes:
    """The mark as a PNG, as wide and high as is said."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1), dpi=pixels)
    draw_mark(figure.add_axes((0, 0, 1, 1)), source)
    icon = BytesIO()
    figure.savefig(icon, dpi=pixels, transparent=True, metadata={"Software": None})
    return icon.getvalue()


def link_icons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    for name, pixels in SIZES.items() if mark_file(app).is_file() else ():
        place = context["pathto"](f"_static/{name}.png", 1)
        size = f"{pixels}x{pixels}"
        add_tag(context, f'<link rel="{name}" type="image/png" sizes="{size}" href="{place}" />')
