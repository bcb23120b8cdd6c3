"""MathJax in a JavaScript engine inside Python: TeX in, elements for a page out."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..common import new_context

__all__ = ["MATHJAX", "Engine", "Formula"]

# The package is there for its files; its name, with hyphens, is none that Python imports.
_PACKAGE = importlib.util.find_spec("sphinx-mathjax-offline")
MATHJAX = Path(_PACKAGE.origin).parent / "static" / "mathjax"

# MathJax's own page starter is left out: it would look for a browser.
_PARTS = (
    "loader",
    "core",
    "adaptors/liteDOM",
    "input/tex-full",
    "output/chtml",
    "output/chtml/fonts/tex",
)

# MathJax would number and refer by itself, past Sphinx, or show (???).
_ELSEWHERE = re.compile(r"\\(?:label|ref|eqref|tag)(?![a-zA-Z])")


@dataclass(frozen=True)
class Formula:
    """A formula as it stands on a page.

    Attributes:
        seen: elements whose look the style sheet makes; nothing for screen readers.
        mathml: the same formula for screen readers, and for copying.
        width: of what is seen, in em of its font.
        height: likewise, above and below the line together.
        error: why there is none of all this, in words, or nothing.
    """

    seen: str = ""
    mathml: str = ""
    width: float = 0.0
    height: float = 0.0
    error: str = ""


class Engine:
    """One MathJax. It remembers which glyphs its formulas took."""

    def __init__(self) -> None:
        context = new_context()
        context.eval("globalThis.MathJax = {loader: {load: []}, startup: {typeset: false}}")
        files = [MATHJAX / f"{part}.js" for part in _PARTS]
        for file in [*files, Path(__file__).with_name("formulas.js")]:
            context.eval(file.read_text(encoding="utf-8"))
        self._typeset = context.get("typeset")
        self._styles = context.get("styles")

    def typeset(self, tex: str, display: bool) -> Formula:
        """Return a formula, set in a line or, if ``display``, in a block of its own."""
        if found := _ELSEWHERE.search(tex):
            return Formula(
                error=f"{found.group()} numbers or refers within a formula, which pages cannot do; "
                "give the equation a label and refer to it with {eq}"
            )
        formula = Formula(**json.loads(self._typeset(tex, display)))
        foreign = re.findall(r"<mjx-utext[^>]*>\s*([^<\s]+)", formula.seen)
        if foreign:
            return Formula(error=f"the mathematics fonts have no {' '.join(foreign)}")
        return formula

    def take_styles(self) -> dict[str, dict[str, str]]:
        """The rules for all that has been set since the last call: selectors and declarations."""
        return dict(json.loads(self._styles()))
