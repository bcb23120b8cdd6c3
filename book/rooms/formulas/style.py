"""The style sheet of the formulas, and their fonts, cut down to the glyphs that the book uses."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from fontTools.ttLib import TTFont

from ..common import cut_font
from .engine import MATHJAX

__all__ = ["STRUT_FILE", "Rules", "merged", "pack", "style_files", "unpack"]

Rules = dict[str, dict[str, str]]

_FONTS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2"
_PLAIN = "MJXTEX"
# Its glyphs have no height. MathJax names it first in every list of fonts, so a line of a formula
# is as tall as the rules say and not as tall as the letters of the next font.
_STRUT = "MJXZERO"
_STRUT_LETTER = "\ueffc"  # the one letter it has
STRUT_FILE = "mjxzero.woff2"  # pages name it, so that it is there before they are laid out
_CREDIT = "/* Rules and fonts below are from MathJax 3.2.2, under the Apache License 2.0. */\n"


def merged(of_pages: Iterable[Rules]) -> Rules:
    """The rules of several pages as those of one, each at the place where it came first."""
    rules: Rules = {}
    for of_page in of_pages:
        for selector, rule in of_page.items():
            rules[selector] = rules.get(selector, {}) | rule
    return rules


def style_files(rules: Rules, name: str) -> dict[str, bytes]:
    """Make a style sheet and its fonts.

    Args:
        rules: MathJax's rules for the formulas of the whole book.
        name: of the sheet, and of the folder beside it in which the fonts lie.

    Returns:
        The files by their names.
    """
    if not rules:  # a book without formulas
        return {f"{name}.css": b""}
    made: dict[str, bytes] = {}
    files = {
        rule["font-family"]: Path(re.findall(r'url\("([^"]*)"\)', rule["src"])[0]).name
        for selector, rule in rules.items()
        if selector.startswith("@font-face")
    }
    faces = []
    missing = set(files)
    for family, letters in _letters(rules).items():
        codes = set(map(ord, letters))
        with TTFont(_FONTS / files[family], lazy=True) as font:
            has_any = codes & set(font.getBestCmap())
        if has_any:
            data = cut_font(_FONTS / files[family], codes)
            missing.discard(family)
            font = f"{name}/{_font_name(family, data)}"
            made[font] = data
            faces.append(_face(family, font))
    used = {
        selector: rule
        for selector, rule in rules.items()
        if not selector.startswith("@font-face")
        and not missing.intersection([rule.get("font-family", "").rpartition(", ")[2]])
    }
    style = Path(__file__).with_name("formulas.css").read_text(encoding="utf-8")
    lines = [f"{selector}{{{_declarations(rule)}}}" for selector, rule in used.items()]
    made[f"{name}.css"] = "\n".join([_CREDIT, *lines, *faces, style]).encode()
    return made


def pack(files: dict[str, bytes]) -> bytes:
    """Several files as one, for keeping."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content)
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """The files that ``pack`` made one of."""
    with ZipFile(BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _letters(rules: Rules) -> dict[str, set[str]]:
    """What each font family must show."""
    letters: dict[str, set[str]] = defaultdict(set, {_STRUT: {_STRUT_LETTER}})
    stretchy = _families(rules["mjx-stretchy-v mjx-c, mjx-stretchy-h mjx-c"])
    for selector, rule in rules.items():
        if "content" not in rule:
            continue
        text = re.sub(
            r"\\([0-9A-F]+) ?", lambda code: chr(int(code[1], 16)), rule["content"].strip('"')
        )
        named = re.search(r"\.TEX-\w+", selector)
        families = (
            stretchy
            if "mjx-stretch" in selector
            else _families(rules[named.group()])
            if named
            else [_PLAIN]
        )
        for family in families:
            letters[family].update(text)
    return dict(sorted(letters.items()))


def _families(rule: dict[str, str]) -> list[str]:
    names = rule["font-family"].partition("!")[0].split(",")
    return [name.strip() for name in names if name.strip() != _STRUT]


def _font_name(family: str, data: bytes) -> str:
    """The name of a font file.

    With a digest in it, no browser pairs new pages with an old font; the strut never changes.
    """
    digest = hashlib.sha256(data).hexdigest()[:8]
    return STRUT_FILE if family == _STRUT else f"{family.lower()}-{digest}.woff2"


def _face(family: str, file: str) -> str:
    """The rule that names a font file."""
    # The boxes have their sizes from the rules, so a font that comes late moves nothing.
    source = f'url("{file}") format("woff2")'
    return f"@font-face{{font-family:{family};font-display:swap;src:{source}}}"


def _declarations(rule: dict[str, str]) -> str:
    text = ";".join(f"{name}:{value}" for name, value in rule.items())
    return re.sub(r"/\*.*?\*/ ?", "", text)
