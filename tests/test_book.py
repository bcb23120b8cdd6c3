"""The book itself, built from nothing: every page, every number that prose relies on."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from conftest import Clone
from notebook_checks import assert_clean

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.build


class _Text(HTMLParser):
    """The text of a page's article, without code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._depth = 0
        self.feed(html[html.index("<article") : html.index("</article>")])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag in {"pre", "script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag in {"pre", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._depth:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture
def site(whole_book: Clone) -> Path:
    return whole_book.site


def test_the_build_tells_its_progress(whole_book: Clone) -> None:
    assert re.search(r"^  chapters/intuition +\d+\.\d s$", whole_book.log, re.MULTILINE)
    assert "make serve" in whole_book.log


def test_every_page_is_there(site: Path) -> None:
    toc = (ROOT / "book" / "_toc.yml").read_text()
    for name in re.findall(r"(?:root|file): (\S+)", toc):
        assert (site / f"{name}.html").is_file(), name
    assert (site / "index.html").is_file()


def test_no_page_shows_its_source_language(site: Path) -> None:
    for path in site.glob("**/*.html"):
        if "<article" not in path.read_text():
            continue
        text = _Text(path.read_text()).text
        for sign in ("{glue", "{eq}", "{numref}", "{term}", "{cite", "```", ":::"):
            assert sign not in text, (path, sign)


def test_numbers_that_the_prose_relies_on(site: Path) -> None:
    text = _Text((site / "chapters" / "intuition.html").read_text()).text
    for said in (
        "with energy 0.295",
        "energy \N{MINUS SIGN}0.605 at",
        "reaches 2.391",
        "Predicted: 0.693",
        "the shallower well keeps 30.7% of the time",
    ):
        assert said in text, said
    text = _Text((site / "chapters" / "partition_function.html").read_text()).text
    for said in ("energy 128.0", "radius 11.30", "112.6928", "32.6987"):
        assert said in text, said
    text = _Text((site / "chapters" / "neural_energy.html").read_text()).text
    for said in ("0.908 nats per datum", "needs 1.844", "true barrier is 11.81 nats"):
        assert said in text, said
    text = _Text((site / "chapters" / "temperature.html").read_text()).text
    for said in ("raises it to 0.637203", "to T = 0.5317", "fallen to 0.9935", "near T = 0.85"):
        assert said in text.replace("T=", "T ="), said
    text = _Text((site / "chapters" / "two_dimensions.html").read_text()).text
    for said in ("gave 3.14145", "gives 3.14159", "to 3.7699", "radius at 1.099"):
        assert said in text, said
    text = _Text((site / "chapters" / "mathematics.html").read_text()).text
    for said in ("0.090031", "0.665241", "0.244728", "0.553002", "1.97373215", "1.784"):
        assert said in text, said
    assert "here it is \N{MINUS SIGN}0.079" in text


def test_the_colophon_describes_this_build(whole_book: Clone) -> None:
    page = (whole_book.site / "colophon.html").read_text()
    assert len(re.findall(r'<span class="measured">\d+\.\d</span>', page)) == len(RUNNING)
    text = _Text(page).text
    assert whole_book.commit in text
    for word in ("Device", "Python", "torch", "numpy", "matplotlib", "intuition", "mathematics"):
        assert word in text, word


def test_nothing_is_asked_of_another_host(site: Path) -> None:
    for path in site.glob("**/*.html"):
        html = path.read_text()
        for tag in re.findall(r"<(?:script|img|link|iframe)\b[^>]*>", html):
            if 'rel="canonical"' in tag:
                continue
            assert not re.search(r'(?:src|href)="(?:https?:)?//', tag), (path, tag)


RUNNING = (
    "intuition",
    "mathematics",
    "temperature",
    "two_dimensions",
    "partition_function",
    "neural_energy",
)


def hrefs(page: Path) -> set[str]:
    return set(re.findall(r'href="([^"]*)"', page.read_text()))


@pytest.mark.parametrize("name", RUNNING)
def test_every_chapter_launches_its_clean_notebook(site: Path, name: str) -> None:
    links = hrefs(site / "chapters" / f"{name}.html")
    repository = "ebm-book/ebm-book"
    colab = f"https://colab.research.google.com/github/{repository}/blob/gh-pages/notebooks"
    assert [link for link in links if "colab" in link] == [f"{colab}/{name}.ipynb"]
    assert [link for link in links if link.endswith(".ipynb") and "colab" not in link] == [
        f"../notebooks/{name}.ipynb"
    ]
    assert f"https://github.com/{repository}/edit/main/book/chapters/{name}.md" in links
    assert_clean(site / "notebooks" / f"{name}.ipynb")


def test_links_from_notebooks_lead_to_places_on_the_site(site: Path) -> None:
    address = "https://ebm-book.github.io/ebm-book/"
    for path in (site / "notebooks").iterdir():
        cells = nbformat.read(path, as_version=4).cells
        links = re.findall(r"\]\(([^)]*)\)", "\n".join(cell.source for cell in cells))
        inside = {link.removeprefix(address) for link in links if link.startswith(address)}
        assert len(inside) > 5
        for link in inside:
            page, _, name = link.partition("#")
            assert (site / page).is_file(), link
            assert not name or f'id="{name}"' in (site / page).read_text(), link


def test_only_pages_that_run_have_notebooks_and_launch_buttons(site: Path) -> None:
    assert {path.stem for path in site.rglob("*.ipynb")} == set(RUNNING)
    assert {path.parent for path in site.rglob("*.ipynb")} == {site / "notebooks"}
    for name in ("intro", "notation", "references", "colophon"):
        assert not any("colab" in link or "ipynb" in link for link in hrefs(site / f"{name}.html"))
