"""Formulas in a line: what touches them stays on their line."""

from __future__ import annotations

import pytest
from browser import CHAPTERS, PHONE
from docutils import nodes
from playwright.sync_api import Browser
from rooms.formulas import unbroken


def kept(*parts: str | nodes.Node) -> list[str]:
    """Return the parts of a paragraph after its formulas were kept together with their texts.

    What is kept together stands in brackets.
    """
    made = [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    paragraph = nodes.paragraph("", "", *made)
    for formula in list(paragraph.findall(nodes.math)):
        unbroken.keep_together(formula)
    assert not any(text == "" for text in paragraph.findall(nodes.Text))
    return [
        f"[{child.astext()}]" if "unbroken" in child.get("classes", ()) else child.astext()
        for child in map(as_element, paragraph.children)
    ]


def as_element(node: nodes.Node) -> nodes.Element:
    return nodes.inline("", "", node.deepcopy()) if isinstance(node, nodes.Text) else node


def x() -> nodes.math:
    return nodes.math(text="x")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("At ", x(), ". So"), ["At ", "[x.]", " So"]),
        (("At ", x(), ".\nSo"), ["At ", "[x.]", "\nSo"]),
        (("in (", x(), "), or"), ["in ", "[(x),]", " or"]),
        (("an ", x(), "-axis"), ["an ", "[x-axis]"]),
        (("(", x(), ")"), ["[(x)]"]),
        ((x(), "."), ["[x.]"]),
        (("in (", x()), ["in ", "[(x]"]),
        (("of ", x(), " and ", x(), ";"), ["of ", "x", " and ", "[x;]"]),
        ((x(), "/", x()), ["[x/x]"]),
        (("of ", x(), ",", x(), ", ", x()), ["of ", "[x,x,]", " ", "x"]),
        (("of ", x()), ["of ", "x"]),
        ((nodes.emphasis(text="a"), x(), nodes.emphasis(text="b")), ["a", "x", "b"]),
        ((x(),), ["x"]),
    ],
)
def test_what_touches_a_formula_is_kept_with_it(parts, expected) -> None:
    assert kept(*parts) == expected


# The formulas that are seen, each with the places of what touches it before and after.
TOUCHED = r"""all => all.filter((one) => one.checkVisibility()).map((one) => {
  const touching = (side, edge) => {
    let from = one;
    while (!from[side] && getComputedStyle(from.parentNode).display === "inline")
      from = from.parentNode;
    const text = from[side];
    if (text?.nodeType !== Node.TEXT_NODE) return null;
    const at = edge(text.length);
    if (/\s/.test(text.data[at])) return null;
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const { top, bottom } = range.getBoundingClientRect();
    return (top + bottom) / 2;
  };
  const { top, bottom } = one.getBoundingClientRect();
  const before = touching("previousSibling", (length) => length - 1);
  const after = touching("nextSibling", () => 0);
  return [one.parentNode.textContent, top, bottom, [before, after].filter((at) => at !== null)];
})"""


@pytest.mark.build
def test_no_line_begins_with_a_full_stop(browser: Browser, address: str) -> None:
    # On a screen as long as the page, all of it is laid out.
    page = browser.new_page(viewport={**PHONE, "height": 30_000})
    number = 0
    for name in CHAPTERS:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        page.evaluate(
            """() => {
              for (const one of document.querySelectorAll("main details")) one.open = true;
              for (const one of document.querySelectorAll(".toggle-hidden"))
                one.classList.remove("toggle-hidden");
            }"""
        )
        for text, top, bottom, places in page.locator("main span.math").evaluate_all(TOUCHED):
            number += len(places)
            assert all(top - 5 < place < bottom + 5 for place in places), (name, text)
    assert number > 200
    page.close()
