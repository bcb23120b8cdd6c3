"""The style sheet of the formulas, and their fonts, cut down to the glyphs that the book uses."""

from __future__ import annotations

import hashlib
import io
import re
from collections import defaultdict
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from .engine import MATHJAX

__all__ = ["STRUT_FILE", "write_style"]

Rules = dict[str, dict[str, str]]

_FONTS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2"
_PLAIN = "MJXTEX"
_STRUT = "MJXZERO"  # a font without height: letters keep to the boxes that the rules give them
_STRUT_LETTER = "\ueffc"  # the one letter it has
STRUT_FILE = "mjxzero.woff2"  # pages name it, so that it is there before they are laid out
_CREDIT = "/* Rules and fonts below are from MathJax 3.2.2, under the Apache License 2.0. */\n"


def write_style(rules: Rules, place: Path, name: str) -> None:
    """Write ``name``.css, and a folder ``name`` with the fonts that it needs, into ``place``.

    Args:
        rules: MathJax's rules for the formulas of the whole book.
        place: the folder for both.
        name: what both are called.
    """
    files = {
        rule["font-family"]: Path(re.findall(r'url\("([^"]*)"\)', rule["src"])[0]).name
        for selector, rule in rules.items()
        if selector.startswith("@font-face")
    }
    faces = []
    missing = set(files)
    for family, letters in _letters(rules).items():
        data = _subset(_FONTS / files[family], letters)
        if data:
            missing.discard(family)
            faces.append(_face(family, data, place / name))
    used = {
        selector: rule
        for selector, rule in rules.items()
        if not selector.startswith("@font-face")
        and not missing.intersection([rule.get("font-family", "").rpartition(", ")[2]])
    }
    style = Path(__file__).with_name("formulas.css").read_text(encoding="utf-8")
    lines = [f"{selector}{{{_declarations(rule)}}}" for selector, rule in used.items()]
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.css"
    path.write_text("\n".join([_CREDIT, *lines, *faces, style]), encoding="utf-8")


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


def _subset(path: Path, letters: set[str]) -> bytes:
    """A font with these letters alone, as WOFF2; nothing if it has none of them."""
    options = Options(layout_features=[])
    options.drop_tables += ["FFTM"]  # when its editor last wrote it
    with TTFont(path, recalcTimestamp=False) as font:
        codes = set(map(ord, letters))
        if not codes & set(font.getBestCmap()):
            return b""
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        font.flavor = "woff2"
        data = io.BytesIO()
        font.save(data)
    return data.getvalue()


def _face(family: str, data: bytes, folder: Path) -> str:
    """Write a font file and return the rule that names it.

    With a digest in its name, no browser pairs new pages with an old font; the strut never changes.
    """
    digest = hashlib.sha256(data).hexdigest()[:8]
    name = STRUT_FILE if family == _STRUT else f"{family.lower()}-{digest}.woff2"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    # The boxes have their sizes from the rules, so a font that comes late moves nothing.
    source = f'url("{folder.name}/{name}") format("woff2")'
    return f"@font-face{{font-family:{family};font-display:swap;src:{source}}}"


def _declarations(rule: dict[str, str]) -> str:
    text = ";".join(f"{name}:{value}" for name, value in rule.items())
    return re.sub(r"/\*.*?\*/ ?", "", text)
