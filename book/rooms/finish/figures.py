"""Write figures as pages show them: in the page's font, on no ground, and a third shorter.

Matplotlib draws for a notebook, which has a font and a ground of its own. On a page, letters are
those of the page, and behind a figure is whatever the page has there, also in the dark. Matplotlib
writes coordinates with six decimals, a millionth of a point, and lets nobody choose. At two, no
line moves by more than a hundredth of a point, which is less than a tenth of a phone's pixel.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

# Not those of transforms: a factor is no coordinate.
_COORDINATES = re.compile(r'(?<= )(?:d|x|y)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?![\de])")
_GROUND = re.compile(r'(<g id="patch_1">\s*<path [^>]*style="fill: )#ffffff"')
_FONT = re.compile(r"font-family: 'DejaVu Sans'(?:, sans-serif)?")


def shown(svg: str) -> str:
    """Return a figure of matplotlib as pages show it."""
    return shorten(_FONT.sub("font-family: system-ui, sans-serif", _GROUND.sub(r'\1none"', svg)))


def shorten(svg: str) -> str:
    """Return a figure of matplotlib with shorter coordinates; all of them are absolute."""
    return _COORDINATES.sub(lambda found: _LONG.sub(_two_decimals, found.group()), svg)


def _two_decimals(number: re.Match[str]) -> str:
    rounded = f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if rounded == "-0" else rounded


def change_all(app: Sphinx) -> None:
    """Change every figure that the pages show."""
    for path in Path(app.outdir, app.builder.imagedir).glob("*.svg"):
        figure = path.read_text(encoding="utf-8")
        if "matplotlib.org" in figure:
            path.write_text(shown(figure), encoding="utf-8")
