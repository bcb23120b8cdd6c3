"""Icons from the theme's web fonts, cut down to those that the site uses.

The theme loads every icon of Font Awesome as a script, half a megabyte that blocks the page, so
that people may register icons of their own. Its style sheet knows the same icons as characters
of web fonts. Here the script goes, and a font keeps the characters that the rules which can
match something mention.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pydata_sphinx_theme
import tinycss2
from fontTools import subset
from head import add_sheet
from sphinx.application import Sphinx
from styles import read, reduced, sheets_of, words_of
from written import change_pages, pages, when_written

SCRIPT = re.compile(r"[ \t]*<script\b[^>]*/fontawesome\.js[^>]*></script>\n?")
FONTS = Path("vendor", "fontawesome", "webfonts")
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"


logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells every table


def change(text: str, page: Path) -> str:
    return SCRIPT.sub("", text)


def characters(css: str) -> set[int]:
    """The characters for private use, which is where icons are, in the strings of a sheet."""
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', css)
    values = (tinycss2.parse_one_component_value(string) for string in strings)
    return {
        ord(c) for token in values if token.type == "string" for c in token.value if c > "\ue000"
    }


def cut_fonts(site: Path) -> None:
    """Write the theme's icon fonts with the icons that the site uses."""
    files = {file for p in pages(site) for file, _ in sheets_of(p, p.read_text("utf-8")).values()}
    css = "\n".join(read(file, site) for file in sorted(files))
    used = characters(reduced(css, words_of(site)))
    for original in sorted((THEME / FONTS).glob("*.woff2")):
        options = subset.Options(flavor="woff2", recalc_timestamp=False)
        with original.open("rb") as file, subset.load_font(file, options) as font:
            cut = subset.Subsetter(options)
            cut.populate(unicodes=used)
            cut.subset(font)
            subset.save_font(font, str(site / "_static" / FONTS / original.name), options)


def setup(app: Sphinx) -> dict[str, bool]:
    add_sheet(app, "icons.css")
    change_pages(app, change, priority=910)
    when_written(app, lambda app: cut_fonts(Path(app.outdir)), priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
