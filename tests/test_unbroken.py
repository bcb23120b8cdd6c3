"""Formulas in a line: what touches them stays on their line."""

from __future__ import annotations

import importlib
import sys

import pytest
from browser import CHAPTERS, PHONE
from conftest import ROOT
from docutils import nodes
from playwright.sync_api import Browser

sys.path.insert(0, str(ROOT / "book" / "_ext"))
unbroken = importlib.import_module("unbroken")


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
        ((x(), "/", x()), ["[x/]", "x"]),
        (("of ", x()), ["of ", "x"]),
        ((nodes.emphasis(text="a"), x(), nodes.emphasis(text="b")), ["a", "x", "b"]),
        ((x(),), ["x"]),
    ],
)
def test_what_touches_a_formula_is_kept_with_it(parts, expected) -> None:
    assert kept(*parts) == expected


@pytest.mark.build
def test_no_line_begins_with_a_full_stop(browser: Browser, address: str) -> None:
    # On a screen as long as the page, all of it is laid out.
    page = browser.new_page(viewport={**PHONE, "height": 20_000})
    number = 0
    for name in CHAPTERS:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        heights = page.locator("main .unbroken").evaluate_all(
            """all => all.filter((one) => one.checkVisibility()).map((one) => {
              const range = document.createRange();
              const stops = [];
              for (const text of one.childNodes) {
                if (text.nodeType !== Node.TEXT_NODE) continue;
                range.selectNodeContents(text);
                const { top, bottom } = range.getBoundingClientRect();
                stops.push((top + bottom) / 2);
              }
              const { top, bottom } = one.querySelector(".math").getBoundingClientRect();
              return [one.textContent, top, bottom, stops];
            })"""
        )
        number += len(heights)
        for text, top, bottom, stops in heights:
            assert all(top - 5 < stop < bottom + 5 for stop in stops), (name, text)
    assert number > 200
    page.close()
