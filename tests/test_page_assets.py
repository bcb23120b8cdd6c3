"""What the book's extensions make of the theme's assets: less to load, and nothing lost."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
import tinycss2
from browser import DESKTOP, PHONE, serve
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from playwright.sync_api import Browser, ViewportSize
from rooms import written
from rooms.finish import accessible, figure_decimals, icons, image_sizes, scripts, styles

ROOT = Path(__file__).resolve().parent.parent
CONF = """\
from rooms import order

order.SITE = tuple(step for step in order.SITE if step not in {without!r})
project = "Small"
extensions = ["myst_parser", "sphinx_book_theme", "sphinx_copybutton", "sphinx_design",
              "sphinx_exercise", "sphinx_togglebutton", "sphinx_thebe", *{rooms}]
html_theme = "sphinx_book_theme"
html_theme_options = {{"repository_url": "https://github.com/owner/name",
                       "use_repository_button": True, "navbar_persistent": []}}
html_static_path = [{static!r}]
html_css_files = ["book.css"]
myst_enable_extensions = ["colon_fence"]
"""
PAGE = """\
# A page

{fas}`rocket` See {doc}`other`. {math}`x`

![One](one.svg)

![Two](two.svg)

```{margin}
Beside.
```

:::{note}
A note, and [a link](#more).
:::

:::{admonition} Open me
:class: dropdown
Hidden.
:::

::::{tab-set}
:::{tab-item} First
One.
:::
::::

```{exercise}
:label: task
Do it.
```

```{dropdown} More
Text.
```

```python
print("text")
```

|   | a |
|---|---|
| b | 1 |

(more)=
## More

Text.
"""
NO_CONFIG = SimpleNamespace(kept_folder="")
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}'><rect/></svg>"


def build(root: Path, *rooms: str, without: tuple[str, ...] = ()) -> Path:
    """Build two pages with Sphinx and some of the book's rooms, and return the site."""
    source = root / "source"
    source.mkdir()
    (source / "conf.py").write_text(
        CONF.format(rooms=rooms, without=without, static=str(ROOT / "book" / "_static"))
    )
    (source / "index.md").write_text(PAGE + "\n```{toctree}\nother\n```\n")
    (source / "other.md").write_text("# Other\n\nText.\n")
    (source / "one.svg").write_text(SVG.format("72pt", "36pt"))
    (source / "two.svg").write_text(SVG.format("10", "20"))
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "source", "site"],
        check=True,
        cwd=root,
        env={"PYTHONPATH": str(ROOT / "book"), "PYTHONHASHSEED": "0"},
    )
    return root / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("ours"), "rooms.finish")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("stock"))


@pytest.fixture(scope="module")
def whole_sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ours, but for the style sheets."""
    place = tmp_path_factory.mktemp("sheets")
    return build(place, "rooms.finish", without=("finish.styles:join",))


def bytes_of(site: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and ".doctrees" not in path.parts and path.suffix != ".inv"
    }


def sheet(site: Path) -> str:
    return (site / styles.JOINED).read_text()


def selectors(css: str) -> list[str]:
    """Every selector of a style sheet, those inside at-rules included."""
    found = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            parts = styles._parts(rule.prelude)
            found += [tinycss2.serialize(part).strip() for part in parts]
        elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in styles.GROUPS:
            found += selectors(tinycss2.serialize(rule.content))
    return found


# Which selectors a browser does not take, and which match anything on a page.
MATCHES = """([html, selectors]) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const [refused, found] = [[], []];
  for (const selector of selectors)
    try {
      if (page.querySelector(selector)) found.push(selector);
    } catch {
      refused.push(selector);
    }
  return [refused, found];
}"""


@pytest.mark.build
class TestSite:
    def test_nothing_changes_when_it_is_done_again(self, site: Path) -> None:
        for path in written._pages(site):
            text = path.read_text()
            for module in (icons, scripts, accessible, image_sizes):
                text = module.change(text, path)
            assert text == path.read_text()

    def test_two_builds_are_equal(self, site: Path, tmp_path: Path) -> None:
        assert bytes_of(build(tmp_path, "rooms.finish")) == bytes_of(site)

    def test_without_its_line_the_room_does_nothing(self, stock: Path) -> None:
        page = (stock / "index.html").read_text()
        for sign in ("fontawesome.js", "theme.css", "searchtools.js", "sphinx-thebe.js"):
            assert sign in page, sign
        for sign in (
            "site.css",
            'loading="lazy"',
            'defer src="_static/doctools',
            "data.mode",
            "finish.css",
        ):
            assert sign not in page, sign

    def test_one_style_sheet(self, site: Path) -> None:
        for path in written._pages(site):
            links = styles.LINK.findall(path.read_text())
            assert len(links) == 1, path
            assert written.attributes(links[0])["href"].startswith("_static/styles/site.css?v=")

    def test_what_goes_matches_nothing(self, browser: Browser, site: Path, stock: Path) -> None:
        """A browser finds nothing on any page for a selector that was taken out."""
        home = stock / styles.JOINED.parent
        facts = written.facts_of(stock_page(stock), stock / "index.html", stock)
        files = (stock / file for file, _ in facts.sheets)
        all_of = {s for file in files for s in selectors(styles.read(file, home))}
        gone = all_of - set(selectors(sheet(site)))
        assert len(gone) > 1000
        plain = {re.sub(r"::?[a-z-]+(?![\w(-])", "", one) or "*": one for one in gone}  # no hover
        page = browser.new_page()
        assert page.evaluate(MATCHES, ["<p>", ["p", "b", "p:"]]) == [["p:"], ["p"]]
        for path in written._pages(site):
            refused, found = page.evaluate(MATCHES, [path.read_text(), list(plain)])
            assert [plain[one] for one in found] == []
            assert len(refused) < 0.1 * len(plain)
        page.close()

    @pytest.mark.parametrize(
        "state",
        [
            ".dropdown-menu.show",
            ".tooltip.show",
            ".tooltip .tooltip-arrow",
            ".admonition.toggle-hidden",
            "button.toggle-button",
            "details.toggle-details[open] summary",
            ".sd-tab-set>input:checked",
            "details.sd-dropdown[open]",
            "html[data-theme=dark]",
            "html[data-mode=auto] .theme-switch-button",
            "#pst-search-dialog[open]",
            "dialog",
            ".pst-sidebar-hidden",
            ".scrolled .bd-header-article",
            ".copybtn",
            ".highlight:hover button.copybtn",
            "ul.search li",
            "span.highlighted",
            ".onlyprint",
            ".noprint",
            ".dropdown-menu-dark",
            ".bs-tooltip-auto[data-popper-placement^=top]",
        ],
    )
    def test_rules_for_states_that_scripts_set_stay(
        self, state: str, site: Path, stock: Path
    ) -> None:
        spaced = [re.sub(r"\s*>\s*", ">", s) for s in selectors(sheet(site))]
        assert any(state in selector for selector in spaced), state
        assert "@media print" in sheet(site)
        assert "prefers-reduced-motion" in sheet(site)

    def test_the_sheet_is_small(self, site: Path, stock: Path) -> None:
        whole = (stock / "_static" / "styles" / "pydata-sphinx-theme.css").stat().st_size
        assert len(sheet(site)) < whole / 2

    def test_every_address_in_the_sheet_leads_to_a_file(self, site: Path) -> None:
        addresses = re.findall(r'url\("([^":]+)"\)', sheet(site))
        assert any("fa-solid-900.woff2" in address for address in addresses)
        for address in addresses:
            assert ((site / styles.JOINED).parent / address).is_file(), address

    def test_icon_fonts_hold_the_icons_used_and_few_others(self, site: Path, stock: Path) -> None:
        fonts = site / "_static" / icons.FONTS
        solid = TTFont(fonts / "fa-solid-900.woff2").getBestCmap()
        names = {"rocket": 0xF135, "magnifying-glass": 0xF002, "bars": 0xF0C9, "moon": 0xF186}
        assert set(names.values()) <= solid.keys()
        assert 0xF000 not in solid  # a martini glass
        assert 0xF09B in TTFont(fonts / "fa-brands-400.woff2").getBestCmap()  # GitHub
        assert sum(path.stat().st_size for path in fonts.glob("*.woff2")) < 20_000
        assert "fontawesome.js" not in (site / "index.html").read_text()

    def test_search_tools_are_where_they_are_needed(self, site: Path) -> None:
        assert "searchindex.js" not in (site / "index.html").read_text()
        search = (site / "search.html").read_text()
        for name in ("searchtools.js", "language_data.js", "searchindex.js"):
            assert re.search(rf'<script defer src="[^"]*{name}', search), name

    def test_no_thebe(self, site: Path) -> None:
        for path in written._pages(site):
            assert "thebe" not in path.read_text().lower(), path

    def test_no_script_keeps_the_page_waiting(self, site: Path) -> None:
        for path in written._pages(site):
            for tag in re.findall(r"<script\b[^>]*\bsrc=[^>]*>", path.read_text()):
                assert "defer" in tag or "async" in tag, (path, tag)

    def test_dark_or_light_is_decided_in_the_head(self, site: Path) -> None:
        head = (site / "index.html").read_text().partition("</head>")[0]
        assert "prefers-color-scheme: dark" in head
        assert "data-theme" not in head.partition("<head>")[0]  # without scripts: light

    def test_ids_are_single(self, site: Path) -> None:
        for path in written._pages(site):
            ids = re.findall(r'\sid="([^"]+)"', path.read_text())
            assert len(ids) == len(set(ids)), path


# Every property of every element, and of what style sheets put before and after it, but those of
# the given names.
COMPUTED = """(gone) => {
  const left = new Set(gone);
  return [...document.querySelectorAll("body, body *")].map((one) => [
    one.outerHTML.slice(0, 80),
    ...[null, "::before", "::after"].map((part) => {
      const style = getComputedStyle(one, part);
      if (part && style.content === "none") return "no box";
      const names = [...style].filter((name) => !left.has(name)).sort();
      return names.map((name) => `${name}: ${style.getPropertyValue(name)}`).join("; ");
    }),
  ]);
}"""


@pytest.mark.build
@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_element_looks_as_with_the_whole_sheets(
    browser: Browser,
    site: Path,
    whole_sheets: Path,
    size: ViewportSize,
    media: Literal["screen", "print"],
) -> None:
    gone = unread(site, whole_sheets)
    assert len(gone) > 300
    looks = []
    for folder in (site, whole_sheets):
        with serve(folder) as address:
            page = browser.new_page(viewport=size, color_scheme="dark", reduced_motion="reduce")
            page.emulate_media(media=media)
            page.goto(f"{address}/index.html", wait_until="networkidle")
            page.locator("details").first.evaluate("one => { one.open = true; }")
            page.wait_for_function("!document.getAnimations().length")
            looks.append(page.evaluate(COMPUTED, gone))
            page.close()
    assert len(looks[0]) > 100
    assert looks[0] == looks[1]


def unread(site: Path, whole_sheets: Path) -> list[str]:
    """The custom properties that change nothing, because neither sheet nor script reads them."""
    sheets = (whole_sheets / "_static").rglob("*.css")
    whole = {name for path in sheets for name in re.findall(r"--[\w-]+", path.read_text())}
    read = set(re.findall(r"var\(\s*(--[\w-]+)", sheet(site)))
    facts = [written.facts_of(path.read_text(), path, site) for path in written._pages(site)]
    words = styles.words_of(SimpleNamespace(folder=site, facts=dict(enumerate(facts))))
    return sorted(name for name in whole - read if name not in words)


def stock_page(stock: Path) -> str:
    return (stock / "index.html").read_text()


def words(tags: str = "", code: str = "") -> styles.Words:
    return styles.Words(styles.WORD.findall(tags), styles.WORD.findall(code))


class TestStyles:
    @pytest.mark.parametrize(
        ("css", "stays"),
        [
            (".a{color:red}", True),
            (".b{color:red}", False),
            (".a .b{color:red}", False),
            ("#main{color:red}", True),
            ("section>p::before{color:red}", True),
            ("article p{color:red}", False),
            ("a:hover{color:red}", True),
            (".a:not(.b){color:red}", True),
            ("[data-x=other]{color:red}", True),
            ("[data-y]{color:red}", False),
            ("*{color:red}", True),
            (":root{--x:1}", True),
            ("P.a{color:red}", True),
            ("@media print{.a{color:red}}", True),
            ("@media print{.b{color:red}}", False),
            ("@supports (x:y){@media print{.b{color:red}}}", False),
            ("@keyframes b{from{top:0}}", True),
            ('@font-face{font-family:"b"}', True),
            (".a{}", False),
        ],
    )
    def test_a_rule_stays_if_all_that_it_names_occurs(self, css: str, stays: bool) -> None:
        occurring = words('<section id="main" class="a" data-x="y"><p><a href="">')
        assert bool(styles.without_unused(css, occurring)) is stays

    @pytest.mark.parametrize(
        ("css", "left"),
        [
            ("a{--x:1;color:red}", "a{color:red}"),
            ("a{--x:1}b{color:var(--x)}", "a{--x:1}\nb{color:var(--x)}"),
            ("a{--x:1;--y:var(--x)}", ""),
            ("a{--x:1;--y:calc(2*var(--x));left:var(--z,var(--y))}", "="),
            ("a{--x:var(--y);--y:var(--x)}b{c:d}", "b{c:d}"),
            ("a{--X:1;--x:2;c:var(--X)}", "a{--X:1;c:var(--X)}"),
            ("a{--said:1;--i: !important;c:var(--i)!important}", "="),
            (
                "a{--x:1}@keyframes k{from{left:var(--x)}}",
                "a{--x:1}\n@keyframes k{from{left:var(--x)}}",
            ),
            ("@media print{a{--x:1}}b{c:var(--x)}", "@media print{a{--x:1}}\nb{c:var(--x)}"),
            ("@media print{a{--x:1}}b{c:d}", "b{c:d}"),
            ("a{--x:1;&:hover{c:var(--x)}}", "="),
            ('a{c:"var(--x)";--x:1;d:url("a;b")}', 'a{c:"var(--x)";d:url("a;b")}'),
        ],
    )
    def test_a_custom_property_stays_if_it_is_read(self, css: str, left: str) -> None:
        came = styles.without_unread(css, words(code='getPropertyValue("--said")')).strip()
        expected = css if left == "=" else left
        assert came == expected
        assert styles.without_unread(f"{came}\n", words(code="--said")).strip() == came

    def test_of_a_list_only_what_can_match_stays(self) -> None:
        css = styles.without_unused(".a,.b , p.a{color:red}", words('<p class="a">'))
        assert css == ".a,p.a{color:red}\n"

    @pytest.mark.parametrize(
        "code",
        [
            'e.classList.add("opened")',
            "e.className='x opened'",
            "`opened`",
            '"open" + x; "opene-"; const opened = 1',
        ],
    )
    def test_words_of_scripts_occur(self, code: str) -> None:
        assert "opened" in words(code=code)
        assert "closed" not in words(code=code)

    def test_names_that_scripts_compose_occur(self) -> None:
        code = 'e.classList.add("bs-tooltip-" + place); e.dataset.bsTheme = x'
        assert "bs-tooltip-top" in words(code=code)
        assert "data-bs-theme" in words(code=code)
        assert "data-bs-other" not in words(code=code)

    def test_order_is_that_of_every_page(self) -> None:
        assert styles.in_order(["ac", "abc", "cd"]) == ["a", "b", "c", "d"]
        assert styles.in_order(["bc", "abc"]) == ["a", "b", "c"]

    def test_imports_and_addresses_are_followed(self, tmp_path: Path) -> None:
        (tmp_path / "styles").mkdir()
        (tmp_path / "basic.css").write_text("p{background:url(file.png)}")
        (tmp_path / "styles" / "a.css").write_text(
            '@charset "UTF-8";@import "../basic.css";a{background:url("b.png?x")}'
            "b{background:url(data:image/png;base64,AA)}u{background:url('#c')}"
        )
        css = styles.read(tmp_path / "styles" / "a.css", tmp_path / "styles")
        assert 'p{background:url("../file.png")}' in css
        assert 'a{background:url("b.png?x")}' in css
        assert "url(data:image/png;base64,AA)" in css
        assert "url('#c')" in css
        assert "import" not in css
        assert "charset" not in css

    def test_a_sheet_for_one_medium_stays_for_it(self, tmp_path: Path) -> None:
        (tmp_path / "print.css").write_text("p{color:black}")
        (tmp_path / "other.css").write_text("p{color:red}")
        (tmp_path / "index.html").write_text(
            '<link rel="stylesheet" href="print.css" media="print" />\n'
            '<link rel="stylesheet" href="other.css" />\n'
            '<link rel="stylesheet" href="https://example.org/far.css" /><p>'
        )
        app = SimpleNamespace(outdir=tmp_path, doctreedir=tmp_path, config=NO_CONFIG)
        whole = written.Site(app)
        whole.read({})
        whole.change([])
        styles.join(whole)
        whole.write()
        page = (tmp_path / "index.html").read_text()
        assert sheet(tmp_path) == "@media print {p{color:black}}\np{color:red}\n"
        assert page.count("site.css") == 1
        assert "far.css" in page


def test_no_extension_keeps_its_sheet_where_jupyter_book_links_all() -> None:
    """In ``_static`` it would stay on every page when its extension is off."""
    static = ROOT / "book" / "_static"
    linked = {path.name for path in static.rglob("*") if path.suffix in {".css", ".js"}}
    assert linked == {"book.css", "print.js"}


class TestImages:
    @pytest.fixture
    def page(self, tmp_path: Path) -> Path:
        (tmp_path / "a.svg").write_text(SVG.format("72pt", "36pt"))
        (tmp_path / "plain.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        return tmp_path / "page.html"

    def test_points_become_pixels(self, page: Path) -> None:
        text = image_sizes.change('<img alt="a &gt; b" src="a.svg?x" />', page)
        assert '<img alt="a &gt; b" src="a.svg?x" width="96" height="48"' in text
        assert text.endswith(" />")

    def test_all_but_the_logo_load_late(self, page: Path) -> None:
        text = image_sizes.change('<img src="a.svg"><img class="logo__image" src="a.svg">', page)
        assert ["lazy" in tag for tag in re.findall("<img[^>]*>", text)] == [True, False]
        assert text.count('decoding="async"') == 2

    @pytest.mark.parametrize(
        "tag",
        [
            '<img src="https://example.org/a.png"',
            '<img src="missing.png"',
            '<img src="plain.svg"',
            '<img src="a.svg" width="10"',
            '<img src="data:image/png;base64,AA"',
        ],
    )
    def test_what_has_no_size_or_says_its_own_is_left(self, tag: str, page: Path) -> None:
        text = image_sizes.change(f"{tag} />", page)
        assert text == f'{tag} loading="lazy" decoding="async" />'


class TestFigureDecimals:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                '<path d="M 1.234567 -0.000001 L 10.000000 2.5 z"/>',
                '<path d="M 1.23 0 L 10 2.5 z"/>',
            ),
            ('<use x="12.999999" y="-0.125" style="a"/>', '<use x="13" y="-0.12" style="a"/>'),
            ('<g transform="translate(1.234567 2) scale(0.015625 -0.015625)"/>', None),
            ('<path d="M 1.234567e-05 3"/>', None),
            ('<path id="0.123456" stroke-width="0.123456"/>', None),
        ],
    )
    def test_only_coordinates_are_rounded(self, before: str, after: str | None) -> None:
        assert figure_decimals.shorten(before) == (after or before)

    def test_the_picture_stays(self) -> None:
        figure = Figure()
        axes = figure.add_subplot()
        heights = [0.1 * (i % 7) ** 1.3 for i in range(500)]
        axes.plot(heights)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg")
        short = figure_decimals.shorten(drawn.getvalue())
        assert len(short) < 0.9 * len(drawn.getvalue())
        number = re.compile(r"-?\d+(?:\.\d+)?")
        before, after = (number.findall(text) for text in (drawn.getvalue(), short))
        for one, other in zip(map(float, before), map(float, after), strict=True):
            assert abs(one - other) < 0.00501


PLACE = Path("page.html")


class TestScripts:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('<script src="a.js"></script>', '<script defer src="a.js"></script>'),
            ('<script async="async" src="a.js"></script>', None),
            ('<script type="module" src="a.js"></script>', None),
            ("<script>let a = 1;</script>", None),
            (
                "<script>DOCUMENTATION_OPTIONS.pagename = 'a';</script>",
                "<script type=\"module\">DOCUMENTATION_OPTIONS.pagename = 'a';</script>",
            ),
            ('<script>const THEBE_JS_URL = "x";</script>\n', ""),
            ('<link rel="preload" as="script" href="a.js" />', ""),
            ('<script src="searchindex.js"></script>', ""),
        ],
    )
    def test_head(self, before: str, after: str | None) -> None:
        expected = f"<head>{before if after is None else after}</head>"
        assert scripts.change(f"<head>{before}</head>", PLACE) == expected

    def test_scripts_of_the_text_are_left(self) -> None:
        text = '</head><script src="a.js"></script><pre>&lt;script src="b.js"&gt;</pre>'
        assert scripts.change(text, PLACE) == text

    def test_search_as_you_type_keeps_its_tools(self) -> None:
        on = "<script>DOCUMENTATION_OPTIONS.search_as_you_type = true;</script>"
        text = scripts.change(f'<head>{on}<script src="searchindex.js"></script></head>', PLACE)
        assert '<script defer src="searchindex.js">' in text


class TestAccessible:
    def test_every_cure_is_needed(self) -> None:
        for fault, cure in accessible.CHANGES.items():
            assert accessible.change(fault, PLACE) == cure
            assert accessible.change(cure, PLACE) == cure

    def test_an_empty_head_is_a_cell(self) -> None:
        text = '<tr><th class="head"><p></p></th><th>a</th></tr>'
        assert accessible.change(text, PLACE) == '<tr><td class="head"></td><th>a</th></tr>'
