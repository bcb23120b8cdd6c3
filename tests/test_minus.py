"""Numbers below zero have a minus sign, and code keeps its hyphens."""

from __future__ import annotations

import importlib
import sys

import pytest
from conftest import ROOT
from docutils import nodes
from sphinx.addnodes import desc_signature

sys.path.insert(0, str(ROOT / "book" / "_ext"))
minus = importlib.import_module("minus")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it is -0.079.", "it is \u22120.079."),
        ("-1 and\n-2, (-3, 4)", "\u22121 and\n\u22122, (\u22123, 4)"),
        ("on 2026-11-26, float-32, pages 1-3", "on 2026-11-26, float-32, pages 1-3"),
        ("a - 1, -x, --1", "a - 1, -x, --1"),
    ],
)
def test_a_hyphen_before_a_number_is_a_minus(text: str, expected: str) -> None:
    paragraph = nodes.paragraph("", "", nodes.emphasis("", text), nodes.Text(text))
    minus.write_minus(paragraph)
    assert paragraph.astext() == expected * 2


@pytest.mark.parametrize(
    "code", [nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, desc_signature]
)
def test_code_and_formulas_stay(code: type[nodes.TextElement]) -> None:
    paragraph = nodes.paragraph("", "", code("", "x = (-1)"))
    minus.write_minus(paragraph)
    assert paragraph.astext() == "x = (-1)"
