"""Mathematics as pages show it: rendered when they are built, with nothing left to a script."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.build

CONF = """\
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_nb", "sphinx_design", "rooms.formulas"]
html_theme = "sphinx_book_theme"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
nb_execution_mode = "off"
numfig = True
project = copyright = author = "Nobody"
"""

PAGE = r"""
# The sum $Z = \sum_i w_i$

A line with $\tfrac12 x^2 < 1$, and {eq}`mean`, {eq}`later`.

$$
m = \frac1n \sum_{i=1}^n x_i
$$ (mean)

$$
a &= b \\
c &= d
$$

$$
e = f

g = h
$$

```{math}
:label: later
E(x_1, x_2, x_3, x_4, x_5) = x_1^2 + x_2^2 + x_3^2 + x_4^2 + x_5^2 + \text{something more}
```

\begin{align}
\mathcal{N} &= \left(\frac{\frac12}{\frac{\frac12}{3}}\right)
\end{align}

## A heading with $\alpha$

| state | $E_i$ |
|-|-|
| 1 | $\beta$ |

:::{admonition} Of $\gamma$
Inside it, $\delta$.
:::

:::{dropdown} Open $\epsilon$
It was closed.
:::

:::{margin}
$\zeta$
:::
"""

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Second"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "execution_count": 1,
            "source": "formula",
            "outputs": [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/latex": r"$\displaystyle \xi$", "text/plain": "xi"},
                }
            ],
        },
    ],
    "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "pygments_lexer": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}

TOCTREE = "# Start\n\n```{toctree}\nfirst\nsecond\n```\n"


def build(place: Path, page: str, *options: str) -> tuple[Path, str]:
    """Build two pages and a start; return the site and what was complained about."""
    source = place / "source"
    source.mkdir(parents=True)
    (source / "conf.py").write_text(CONF.format(extensions=str(ROOT / "book")))
    (source / "index.md").write_text(TOCTREE)
    (source / "first.md").write_text(page)
    (source / "second.ipynb").write_text(json.dumps(NOTEBOOK))
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "sphinx", "-q", "-n", *options, str(source), str(place / "on")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**plain, "NO_COLOR": "1"}
    )
    return place / "on", done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site, complaints = build(tmp_path_factory.mktemp("mathematics"), PAGE)
    assert not complaints
    return site


@pytest.fixture(scope="module")
def page(site: Path) -> BeautifulSoup:
    return soup(site, "first")


def soup(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(), "html.parser")


def said(formula: Tag) -> str:
    """What a screen reader finds, without the signs that nobody sees."""
    return re.sub(r"[\s\u2061-\u2064]", "", formula.select_one("math").text)


def test_a_formula_in_a_line_and_one_of_its_own(page: BeautifulSoup) -> None:
    line = page.select_one("article p span.math mjx-container")
    block = page.select_one("#equation-mean > mjx-container")
    assert said(line) == "12x2<1"
    assert said(block) == "m=1n∑i=1nxi"
    assert not line.has_attr("display")
    assert block["display"] == "true"
    for shown in (line, block):
        assert shown.select_one("mjx-math")["aria-hidden"] == "true"
        assert not shown.select_one("mjx-assistive-mml").has_attr("aria-hidden")


def test_lines_stand_below_one_another(page: BeautifulSoup) -> None:
    rows = [len(shown.select("math mtr")) for shown in page.select("div.math mjx-container")]
    assert rows == [0, 2, 3, 0, 1]  # blank lines make a table around two rows


def test_the_height_is_known_before_an_equation_is_laid_out(page: BeautifulSoup) -> None:
    styles = [shown["style"] for shown in page.select("div.math mjx-container")]
    heights = [float(re.search(r"block-size:auto ([\d.]+)em", style)[1]) for style in styles]
    assert heights[0] == pytest.approx(2.81, abs=0.01)  # a sum with what stands above and below
    assert heights[1] > heights[3]


def test_numbers_references_and_links_are_sphinx_s(page: BeautifulSoup) -> None:
    numbered = [block for block in page.select("article div.math") if block.select(".eqno")]
    assert [block.select_one(".eqno").contents[0] for block in numbered] == ["(1)", "(2)", "(3)"]
    for block in numbered:
        assert block.select_one("a.headerlink")["href"] == f"#{block['id']}"
    assert numbered[2]["id"] == "amsmath-3"
    references = [(link["href"], link.text) for link in page.select('a[href^="#equation"]')]
    assert ("#equation-mean", "(1)") in references
    assert ("#equation-later", "(2)") in references


EVERYWHERE = {
    "article h2": "\N{GREEK SMALL LETTER ALPHA}",
    "article table td": "β",
    "article .admonition-title": "\N{GREEK SMALL LETTER GAMMA}",
    "article .admonition > p": "δ",
    "article summary": "ϵ",
    "article aside": "ζ",
    ".bd-sidebar-secondary": "\N{GREEK SMALL LETTER ALPHA}",
}


@pytest.mark.parametrize("selector", EVERYWHERE)
def test_everywhere_a_formula_can_stand(selector: str, page: BeautifulSoup) -> None:
    formulas = [said(found) for found in page.select(f"{selector} mjx-container")]
    assert EVERYWHERE[selector] in formulas


def test_what_a_cell_gives_as_tex(site: Path) -> None:
    assert said(soup(site, "second").select_one(".cell_output mjx-container")) == "ξ"


def test_no_page_shows_tex_or_asks_for_mathjax(site: Path) -> None:
    for name in ("index", "first", "second"):
        html = (site / f"{name}.html").read_text()
        assert "MathJax" not in html
        for tex in ("\\sum", "\\(", "\\[", "\\alpha"):
            assert tex not in html, (name, tex)
    assert not list(site.rglob("*athJax*"))
    title = " ".join(soup(site, "first").title.text.split())
    assert title.startswith("The sum Z=∑iwi")


def test_what_may_be_wider_than_a_phone_can_be_scrolled_with_keys(page: BeautifulSoup) -> None:
    focusable = page.select("mjx-container[tabindex]")
    assert [shown["aria-label"] for shown in focusable] == ["Wide equation (2)"]
    assert focusable[0]["tabindex"] == "0"
    assert focusable[0]["role"] == "group"


def test_fonts_hold_the_glyphs_that_are_used_and_no_file_more(site: Path) -> None:
    style = (site / "_static" / "mathematics.css").read_text()
    faces = dict(re.findall(r'font-family:(MJX[\w-]*);[^}]*url\("([^"]*)"\)', style))
    files = {f"mathematics/{path.name}" for path in (site / "_static" / "mathematics").iterdir()}
    assert set(faces.values()) == files
    preloaded = soup(site, "first").select_one("link[rel=preload]")["href"]
    assert preloaded == f"_static/{faces['MJXZERO']}"  # lines would move if it came late

    def letters(family: str) -> set[str]:
        with TTFont(site / "_static" / faces[family]) as font:
            return set(map(chr, font.getBestCmap()))

    assert set("12<()") <= letters("MJXTEX")
    assert set("xmnβδζξ") <= letters("MJXTEX-I")
    assert letters("MJXTEX-C") == {"N"}
    assert "∑" in letters("MJXTEX-S1") | letters("MJXTEX-S2")
    assert "⎛" in letters("MJXTEX-S4")
    assert not {"Q", "%"} & letters("MJXTEX-I")
    for classes in re.findall(
        r'class="mjx-c[0-9A-F]+ (TEX-[\w]+)"', (site / "first.html").read_text()
    ):
        assert f"MJX{classes}" in faces


def test_what_is_only_read_aloud_asks_for_no_font_of_its_own(site: Path, browser: Browser) -> None:
    # A browser slants the letters of MathML, which few fonts have, and so asks the system for each.
    shown = browser.new_page()
    shown.goto((site / "first.html").as_uri())
    looks = shown.locator("mjx-assistive-mml mi").evaluate_all(
        """all => all.map((one) => {
          const { fontFamily, textTransform } = getComputedStyle(one);
          const around = getComputedStyle(one.closest("mjx-container"));
          return fontFamily === around.fontFamily && textTransform;
        })"""
    )
    assert set(looks) == {"none"}
    shown.close()


def test_two_builds_give_the_same_bytes(site: Path, tmp_path: Path) -> None:
    again, _ = build(tmp_path, PAGE)

    def content(place: Path) -> dict[str, bytes]:
        kept = (".html", ".css", ".woff2", "searchindex.js")
        found = (path for path in place.rglob("*") if path.name.endswith(kept))
        return {str(path.relative_to(place)): path.read_bytes() for path in found}

    assert content(again) == content(site)


WRONG = {
    r"$\nonsense$": r"Undefined control sequence \\nonsense",
    r"$\frac{1}{2$": "Missing close brace",
    "$a & b$": "Misplaced &",
    r"$\newcommand{\a}{b}$": r"Undefined control sequence \\newcommand",
    r"$x \eqref{mean}$": r"\\eqref numbers or refers",
    "$$x \\tag{7}$$": r"\\tag numbers or refers",
    r"$\text{naïve}$": "the mathematics fonts have no ï",
    f"${'{' * 400}x{'}' * 400}$": "Maximum call stack size exceeded",
}


def test_what_cannot_be_set_is_told_with_its_line(tmp_path: Path) -> None:
    _, complaints = build(tmp_path, "# Title\n\n" + "".join(f"{tex}\n\n" for tex in WRONG))
    assert len(complaints.splitlines()) == len(WRONG)
    for line, sentence in enumerate(WRONG.values()):
        told = rf"first\.md:{3 + 2 * line}: WARNING: formula: {sentence}"
        assert re.search(told, complaints), (told, complaints)


def test_the_browser_can_do_it_instead(tmp_path: Path) -> None:
    site, complaints = build(tmp_path, PAGE, "-D", "html_math_renderer=mathjax")
    assert not complaints
    html = (site / "first.html").read_text()
    assert "mjx-container" not in html
    assert r"\(\alpha\)" in html
    assert (site / "_static" / "mathjax" / "tex-chtml.js").is_file()
    assert not (site / "_static" / "mathematics.css").exists()
