"""Numbers below zero have a minus sign, and code keeps its hyphens."""

from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import new_document
from rooms.formulas import minus
from sphinx.addnodes import desc_signature


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[-3, 3], x=-1, |-1|, ±-.5", "[\u22123, 3], x=\u22121, |\u22121|, ±\u2212.5"),
        ("it is -0.079.", "it is \u22120.079."),
        ("-1 and\n-2, (-3, 4)", "\u22121 and\n\u22122, (\u22123, 4)"),
        ("on 2026-11-26, float-32, pages 1-3", "on 2026-11-26, float-32, pages 1-3"),
        ("a - 1, -x, --1", "a - 1, -x, --1"),
    ],
)
def test_a_hyphen_before_a_number_is_a_minus(text: str, expected: str) -> None:
    paragraph = nodes.paragraph("", "", nodes.emphasis("", text), nodes.Text(f" {text}"))
    minus.write_minus(paragraph)
    assert paragraph.astext() == f"{expected} {expected}"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (nodes.literal("", "float"), "float-32"),
        (nodes.math("", "L"), "L-32"),
        (nodes.emphasis("", "pages 2"), "pages 2-32"),
        (nodes.emphasis("", "from "), "from \u221232"),
        (nodes.Text("("), "(\u221232"),
    ],
)
def test_what_stands_before_may_be_another_element(before: nodes.Node, expected: str) -> None:
    paragraph = nodes.paragraph("", "", before, nodes.emphasis("", "-32"))
    minus.write_minus(nodes.section("", nodes.paragraph("", "a"), paragraph))
    assert paragraph.astext() == expected


def test_a_paragraph_begins_anew() -> None:
    section = nodes.section("", nodes.paragraph("", "a"), nodes.paragraph("", "-1"))
    minus.write_minus(section)
    assert section.astext() == "a\n\n\u22121"


@pytest.mark.parametrize(
    "code",
    [
        nodes.literal,
        nodes.literal_block,
        nodes.math,
        nodes.math_block,
        nodes.raw,
        nodes.comment,
        desc_signature,
    ],
)
def test_code_and_formulas_stay(code: type[nodes.TextElement]) -> None:
    paragraph = nodes.paragraph("", "", code("", "x = (-1)"))
    minus.write_minus(paragraph)
    assert paragraph.astext() == "x = (-1)"


def test_words_for_pictures_have_minus_signs_too() -> None:
    document = new_document("page")
    image, chart, bare = nodes.image(alt="near -1"), nodes.Element(), nodes.image()
    chart["description"] = "from -4 to 4"
    document += [image, chart, bare]
    minus.WriteMinus(document).run()
    assert image["alt"] == "near \u22121"
    assert chart["description"] == "from \u22124 to 4"
    assert "alt" not in bare
