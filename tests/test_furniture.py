"""What people and search engines expect around the pages, on the whole book as it is built."""

from __future__ import annotations

import importlib
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import snowballstemmer
import yaml
from conftest import ROOT, Clone
from PIL import Image
from sphinx.search.en import english_stopwords
from sphinx.util.inventory import InventoryFile

pytestmark = pytest.mark.build

SITE = "https://ebm-book.github.io/ebm-book/"
ENTRY = re.compile(r'<dt class="sig sig-object py" id="([\w.]+)">(.*?)</dt>', re.DOTALL)
CHAPTERS = [path.stem for path in (ROOT / "book" / "chapters").glob("*.md")]


class Page(HTMLParser):
    """The head of a page, its links and its identifiers."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, list[str]] = {}
        self.canonical: list[str] = []
        self.base = ""
        self.links: list[str] = []
        self.assets: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and "content" in given:
            name = given.get("name") or given.get("property", "")
            self.meta.setdefault(name, []).append(given["content"])
        if tag == "link" and given.get("rel") == "canonical":
            self.canonical.append(given["href"])
        if tag == "base":
            self.base = given["href"]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in {"link", "script", "img"}:
            self.assets.append(given.get("href") or given.get("src", ""))


def pages(site: Path) -> dict[str, Page]:
    paths = (p for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts)
    return {path.relative_to(site).as_posix(): Page(path) for path in paths}


@pytest.fixture(scope="module")
def site(whole_book: Clone) -> Path:
    return whole_book.site


@pytest.fixture(scope="module")
def built(site: Path) -> dict[str, Page]:
    return pages(site)


def sources(built: dict[str, Page]) -> dict[str, Page]:
    """The pages that have a source of their own."""
    return {
        name: page
        for name, page in built.items()
        if (ROOT / "book" / name).with_suffix(".md").is_file()
    }


# Head


def test_every_page_has_one_description_of_its_own(built: dict[str, Page]) -> None:
    said: dict[str, str] = {}
    for name, page in built.items():
        (text,) = page.meta["description"]
        assert 40 <= len(text) <= 170, (name, len(text))
        assert text.endswith("."), name
        twin = said.setdefault(text, name)
        assert {twin, name} <= {"index.html", "intro.html"} or twin == name


def test_every_page_states_its_own_address(built: dict[str, Page]) -> None:
    for name, page in built.items():
        expected = {"404.html": [], "index.html": [f"{SITE}intro.html"]}
        assert page.canonical == expected.get(name, [SITE + name]), name


def test_every_page_has_a_card_whose_picture_is_there(built: dict[str, Page], site: Path) -> None:
    for name, page in built.items():
        for tag in ("title", "description", "type", "url", "image", "image:alt", "site_name"):
            assert len(page.meta[f"og:{tag}"]) == 1, (name, tag)
            assert page.meta[f"og:{tag}"][0].strip(), (name, tag)
        assert page.meta["twitter:card"] == ["summary_large_image"]
        (picture,) = page.meta["og:image"]
        with Image.open(site / picture.removeprefix(SITE)) as image:
            assert (image.format, image.size) == ("PNG", (1200, 630))
            assert not image.info.get("Software"), "a version would change the bytes"
        if page.canonical:
            assert page.meta["og:url"] == page.canonical
    own = {page.meta["og:image"][0] for name, page in sources(built).items()}
    assert len(own) == len(sources(built)), "one picture for each page"


def test_no_title_says_the_same_twice(built: dict[str, Page]) -> None:
    for page in built.values():
        titles = re.findall(r"<title>(.*?)</title>", page.text)
        assert len(titles) == 1
        parts = re.split(r" (?:&#8212;|-) ", titles[0])
        assert len(parts) == len(set(parts)), titles[0]


def test_icons_are_there_for_those_who_need_no_vectors(built: dict[str, Page], site: Path) -> None:
    for name, size in {"icon": 48, "apple-touch-icon": 180}.items():
        with Image.open(site / "_static" / f"{name}.png") as image:
            assert image.size == (size, size)
            assert image.convert("RGB").getpixel((size // 2, 4)) == (0, 0x72, 0xB2)
        for page in built.values():
            if page.canonical != [f"{SITE}intro.html"]:
                assert any(asset.endswith(f"_static/{name}.png") for asset in page.assets)


# Files for search engines


def test_the_site_map_lists_every_page_with_a_source(built: dict[str, Page], site: Path) -> None:
    found = ET.parse(site / "sitemap.xml").getroot().findall("{*}url/{*}loc")
    assert sorted(str(loc.text) for loc in found) == sorted(SITE + name for name in sources(built))
    assert f"Sitemap: {SITE}sitemap.xml" in (site / "robots.txt").read_text()


# The page at a wrong address


@pytest.mark.parametrize("at", ["gone.html", "chapters/gone.html", "a/b/c/gone/"])
def test_a_wrong_address_shows_a_page_whose_links_live(
    at: str, built: dict[str, Page], site: Path
) -> None:
    page = built["404.html"]
    root = urljoin(SITE + at, page.base)
    assert root == SITE
    for target in [*page.links, *page.assets]:
        address = urljoin(root, target)
        if address.startswith(SITE):
            assert (site / urlsplit(address.removeprefix(SITE)).path).exists(), target
    assert not [link for link in page.links if link.startswith("#")]
    for chapter in CHAPTERS:
        assert f"chapters/{chapter}.html" in page.links
    assert 'action="search.html"' in page.text
    assert page.meta["robots"] == ["noindex"]


def test_the_root_is_known_before_anything_is_loaded(built: dict[str, Page]) -> None:
    text = built["404.html"].text
    first = min(found.start() for found in re.finditer(r"\s(?:href|src)=", text))
    assert text[: first + 1].rstrip().endswith("<base")


# The reference


def inventory(site: Path) -> dict[str, str]:
    with (site / "objects.inv").open("rb") as stream:
        kinds = InventoryFile.load(stream, "", lambda base, uri: uri)
    return {
        name: entry[2]
        for kind, entries in kinds.items()
        for name, entry in entries.items()
        if kind.startswith("py:")
    }


@pytest.mark.parametrize(
    "module",
    ["ebm_snippets", "ebm_snippets.figures", "ebm_snippets.charts", "ebm_snippets.checks"],
)
def test_every_public_name_is_in_the_reference(module: str, site: Path) -> None:
    known = inventory(site)
    names = [f"{module}.{name}" for name in importlib.import_module(module).__all__]
    assert [name for name in names if name not in known] == []


def test_every_entry_leads_to_its_source(built: dict[str, Page]) -> None:
    for name, page in built.items():
        if not name.startswith("api/") or name == "api/index.html":
            continue
        entries = ENTRY.findall(page.text)
        assert entries
        for entry, text in entries:
            within = "property</span>" in text or entry.rpartition(".")[2].isupper()
            if not within:  # the source of a class shows its properties
                assert "_modules/" in text, entry


def test_reference_pages_offer_no_notebook(built: dict[str, Page]) -> None:
    for name, page in built.items():
        if name.startswith(("api/", "_modules/")):
            assert "colab" not in page.text.lower(), name
            assert ".ipynb" not in page.text, name


def test_chapters_link_code_once_and_in_text(built: dict[str, Page]) -> None:
    for chapter in CHAPTERS:
        text = built[f"chapters/{chapter}.html"].text
        found = re.findall(r'<a class="code-link" href="([^"]+)">', text)
        assert "../api/distributions.html#ebm_snippets.boltzmann_distribution" in found
        assert len(found) == len(set(found)), chapter
        defined = re.findall(r'<span class="nf">(\w+)</span>', text)
        assert not {link.rpartition(".")[2] for link in found} & set(defined)


# The feet and the buttons of a page


def test_every_page_says_what_may_be_done_with_it(built: dict[str, Page]) -> None:
    for name, page in built.items():
        if name == "index.html":
            continue
        assert "https://creativecommons.org/licenses/by/4.0/" in page.links, name
        assert any(link.endswith("colophon.html#how-to-cite") or link == "#how-to-cite"
                   for link in page.links), name  # fmt: skip


def test_the_citation_is_that_of_the_repository(whole_book: Clone, built: dict[str, Page]) -> None:
    text = re.sub("<[^>]+>", "", built["colophon.html"].text)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text())
    assert config["title"] == citation["title"]
    assert [config["author"]] == [author["name"] for author in citation["authors"]]
    for part in (citation["title"], citation["authors"][0]["name"]):
        assert "{{" + part + "}}" in text
    assert whole_book.commit[:12] in text
    assert SITE in text


def test_buttons_lead_to_the_page_in_the_repository(built: dict[str, Page]) -> None:
    address = "https://github.com/ebm-book/ebm-book"
    for name, page in sources(built).items():
        source = f"book/{name.removesuffix('.html')}.md"
        assert f"{address}/edit/main/{source}" in page.links, name
        issue = [link for link in page.links if link.startswith(f"{address}/issues/new?")]
        assert len(issue) == 1, name
        assert name in issue[0]


# Search


@pytest.fixture(scope="module")
def index(site: Path) -> dict[str, dict[str, object]]:
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    return dict(json.loads(text[text.index("(") + 1 : text.rindex(")")]))


def search(index: dict[str, dict[str, object]], words: str) -> set[str]:
    """The pages that hold every word, as the search of the site finds them."""
    stemmer = snowballstemmer.stemmer("porter")
    names = list(index["docnames"])
    found = set(names)
    for word in re.findall(r"\w+", words.lower()):
        if len(word) < 3 or word in english_stopwords:
            continue
        stems = {word, stemmer.stemWord(word)}
        holds: set[str] = set()
        for kind in ("terms", "titleterms"):
            for stem in stems & index[kind].keys():
                numbers = index[kind][stem]
                numbers = numbers if isinstance(numbers, list) else [numbers]
                holds |= {names[number] for number in numbers}
        found &= holds
    return found


def glossary() -> list[str]:
    text = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    body = text.partition("```{glossary}\n")[2].partition("\n```")[0]
    return [line for line in body.splitlines() if line and not line.startswith(" ")]


def test_search_finds_every_term_of_the_glossary(index: dict[str, dict[str, object]]) -> None:
    assert len(glossary()) > 15
    page = list(index["docnames"]).index("notation")
    for term in glossary():
        in_text = "notation" in search(index, term)
        # The stem of "Ising" is a word that searches skip; the index has the term as it is.
        in_index = [page, True] in [
            [e[0], e[2]] for e in index["indexentries"].get(term.lower(), [])
        ]
        assert in_text or in_index, term


def test_search_finds_every_chapter_by_its_title(index: dict[str, dict[str, object]]) -> None:
    titles = dict(zip(index["docnames"], index["titles"], strict=True))
    for chapter in CHAPTERS:
        name = f"chapters/{chapter}"
        source = (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
        title = next(line[2:] for line in source.splitlines() if line.startswith("# "))
        assert titles[name].endswith(title)  # its number is in front
        assert name in search(index, title)


def test_the_index_lists_every_term_and_function(site: Path) -> None:
    text = (site / "genindex.html").read_text(encoding="utf-8")
    terms = re.findall(r'<a href="notation.html#term-[\w-]+"><strong>([^<]+)<', text)
    assert sorted(terms, key=str.lower) == sorted(glossary(), key=str.lower)
    for name in importlib.import_module("ebm_snippets").__all__:
        assert f"#ebm_snippets.{name}" in text
