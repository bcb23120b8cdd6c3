"""Mathematics rendered when the book is built: pages need no script to show a formula.

A formula that TeX does not understand is a warning at its line, and so fails the build.
Numbers and references stay Sphinx's. ``html_math_renderer: mathjax`` in the configuration
switches this off; MathJax then works in the browser, from the site itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from ..common import add_tag, place
from ..written import kept
from .engine import Engine, Formula
from .style import STRUT_FILE, Rules, merged, pack, style_files, unpack

logger = logging.getLogger(__name__)

NAME = "mathematics"
NARROW = 14.0  # em of the formulas' font: what a phone shows beside an equation's number
CLASSES = "math notranslate nohighlight"
Key = tuple[str, bool]
RULES = "formulas"  # the folder beside the doctrees with the rules that each page needs

# Off the screen, formulas have not asked for their fonts; a printer would meet them without.
FONTS_FOR_PRINT = """\
addEventListener("load", () => {
  for (const font of document.fonts) if (font.family.includes("MJX")) font.load();
});"""


def formulas(self: Any) -> dict[Key, Formula]:
    """All formulas of a document, set together when the first of them is met.

    They depend on nothing else. So a page whose words alone have changed has them at once, from an
    earlier build, and MathJax is not even started.
    """
    if not hasattr(self, NAME):
        found = self.document.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))
        wanted = list(dict.fromkeys(map(key, found)))
        builder = self.builder
        made = json.loads(kept(builder.app, NAME, wanted, lambda: typeset(builder, wanted)))
        rules_of(builder).append(made["rules"])
        made = (Formula(**formula) for formula in made["formulas"])
        setattr(self, NAME, dict(zip(wanted, made, strict=True)))
    return getattr(self, NAME)


def typeset(builder: Any, wanted: list[Key]) -> bytes:
    """Set formulas by the engine of this build, which is started for the first of them."""
    if not hasattr(builder, NAME):
        setattr(builder, NAME, Engine())
    engine: Engine = getattr(builder, NAME)
    made = [vars(engine.typeset(*formula)) for formula in wanted]
    return json.dumps({"formulas": made, "rules": engine.take_styles()}).encode()


def rules_of(builder: Any) -> list[Rules]:
    """The rules for the formulas of the page that is being written, and of its parts."""
    if not hasattr(builder, RULES):
        setattr(builder, RULES, [])
    return getattr(builder, RULES)


def key(node: nodes.Element) -> Key:
    """A formula's TeX as MathJax reads it, and whether it stands in a block of its own."""
    display = isinstance(node, nodes.math_block)
    tex = node.astext()
    return (lines(tex) if display and not node["nowrap"] else tex), display


def elements(self: Any, node: nodes.Element, number: str = "") -> str:
    """What stands on the page for a formula."""
    tex, display = key(node)
    formula = formulas(self)[tex, display]
    if formula.error:
        logger.warning("formula: %s, in %s", formula.error, tex.strip(), location=place(node))
        return f"<code>{self.encode(tex)}</code>"
    attributes = 'jax="CHTML"'
    if display:
        height = f"{formula.height:.3f}".rstrip("0").rstrip(".")
        attributes += f' display="true" style="contain-intrinsic-block-size:auto {height}em"'
    if formula.width > NARROW:  # so that a keyboard can scroll it
        label = _("Wide equation") + f" ({number})" * bool(number)
        attributes += f' tabindex="0" role="group" aria-label="{label}"'
    return (
        f"<mjx-container {attributes}>{formula.seen}"
        f"<mjx-assistive-mml>{formula.mathml}</mjx-assistive-mml></mjx-container>"
    )


def visit_math(self: Any, node: nodes.math) -> None:
    formula = elements(self, node)
    self.body.append(f"{self.starttag(node, 'span', '', CLASS=CLASSES)}{formula}</span>")
    raise nodes.SkipNode


def visit_math_block(self: Any, node: nodes.math_block) -> None:
    number = get_node_equation_number(self, node) if node["number"] else ""
    if (
        number and "amsmath" in node["classes"]
    ):  # MyST makes it up of random digits, which would differ from build to build
        node["ids"] = [nodes.make_id(f"amsmath-{number}")]
    self.body.append(self.starttag(node, "div", CLASS=CLASSES))
    if number:
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(f"{elements(self, node, number)}</div>\n")
    raise nodes.SkipNode


def lines(tex: str) -> str:
    """Set several lines, and what blank lines part, below one another, as Sphinx has it."""
    parts = [part for part in tex.split("\n\n") if part.strip()]
    parts = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(parts) < 2:
        return "".join(parts)
    return r"\begin{align}\begin{aligned}" + r"\\".join(parts) + r"\end{aligned}\end{align}"


def choose(app: Sphinx, config: Config) -> None:
    if config.html_math_renderer == "mathjax":
        app.setup_extension("sphinx-mathjax-offline")


def is_at_work(app: Sphinx) -> bool:
    return app.builder.format == "html" and app.builder.math_renderer_name == NAME


def begin(app: Sphinx) -> None:
    if is_at_work(app):
        app.add_css_file(f"{NAME}.css")


def complete(
    app: Sphinx, docname: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if not is_at_work(app):
        return
    note_rules(app, docname)
    if "<mjx-container" in context.get("body", ""):
        app.add_js_file(None, body=FONTS_FOR_PRINT, type="module")
        strut = f'href="{context["pathto"](f"_static/{NAME}/{STRUT_FILE}", 1)}"'
        add_tag(context, f'<link rel="preload" {strut} as="font" type="font/woff2" crossorigin />')
    if "<mjx-container" in context.get("title", ""):
        context["pagetitle"] = context["title"]  # in print, where the theme would show TeX


def note_rules(app: Sphinx, docname: str) -> None:
    """Note which rules the formulas of a page need, and begin anew for the next page.

    The style sheet is made of all notes, those of earlier builds too. So pages may be written in
    any order, by several processes, or not at all if they have not changed.
    """
    if docname in app.env.found_docs:
        path = Path(app.doctreedir, RULES, f"{docname}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(merged(rules_of(app.builder))), encoding="utf-8")
        rules_of(app.builder).clear()


def write_style(app: Sphinx) -> None:
    """Write the style sheet and the fonts for the formulas of all pages."""
    if not is_at_work(app):
        return
    notes = (Path(app.doctreedir, RULES, f"{page}.json") for page in sorted(app.env.found_docs))
    rules = merged(json.loads(note.read_text(encoding="utf-8")) for note in notes)
    files = kept(app, "formulas", rules, lambda: pack(style_files(rules, NAME)))
    for name, content in unpack(files).items():
        place = Path(app.outdir, "_static", name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
