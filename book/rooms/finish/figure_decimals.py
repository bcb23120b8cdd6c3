"""Write the coordinates of figures with two decimals: a third less to load.

Matplotlib writes six, a millionth of a point, and lets nobody choose. At two, no line moves by
more than a hundredth of a point, which is less than a tenth of a phone's pixel.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

# Not those of transforms: a factor is no coordinate.
_COORDINATES = re.compile(r'(?<= )(?:d|x|y)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?![\de])")


def shorten(svg: str) -> str:
    """Return a figure of matplotlib with shorter coordinates; all of them are absolute."""
    return _COORDINATES.sub(lambda found: _LONG.sub(_two_decimals, found.group()), svg)


def _two_decimals(number: re.Match[str]) -> str:
    rounded = f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if rounded == "-0" else rounded


def shorten_all(app: Sphinx) -> None:
    """Shorten every figure that the pages show."""
    for path in Path(app.outdir, app.builder.imagedir).glob("*.svg"):
        figure = path.read_text(encoding="utf-8")
        if "matplotlib.org" in figure:
            path.write_text(shorten(figure), encoding="utf-8")
