"""Icons from the theme's web fonts, cut down to those that the site uses.

The theme loads every icon of Font Awesome as a script, half a megabyte that blocks the page, so
that people may register icons of their own. Its style sheet knows the same icons as characters
of web fonts. Here the script goes, and a font keeps the characters that the rules which can
match something mention.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pydata_sphinx_theme
import tinycss2

from ..common import cut_font
from ..written import Site, kept
from .styles import sheet_of

SCRIPT = re.compile(r"[ \t]*<script\b[^>]*/fontawesome\.js[^>]*></script>\n?")
FONTS = Path("vendor", "fontawesome", "webfonts")
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"


def change(text: str, page: Path) -> str:
    return SCRIPT.sub("", text)


def characters(css: str) -> set[int]:
    """The characters for private use, which is where icons are, in the strings of a sheet."""
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', css)
    values = (tinycss2.parse_one_component_value(string) for string in strings)
    return {
        ord(c) for token in values if token.type == "string" for c in token.value if c > "\ue000"
    }


def cut_fonts(site: Site) -> None:
    """Write the theme's icon fonts with the icons that the site uses."""
    used = sorted(characters(sheet_of(site)))
    for original in sorted((THEME / FONTS).glob("*.woff2")):
        place = site.folder / "_static" / FONTS / original.name
        place.write_bytes(kept(site.app, original.stem, used, partial(cut_font, original, used)))
