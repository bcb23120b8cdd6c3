"""The book in Firefox and WebKit, which Safari is made of; Chromium has test files of its own.

One visit to a page tells all that a page alone can tell. Then come what a reader does.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import CHAPTERS, DESKTOP, EVERY_PAGE, PHONE, TOO_WIDE, launched
from conftest import Clone
from engines import ENGINES, Engine, Firefox, running
from server import Handler, published_path, serve

pytestmark = pytest.mark.build

# WebKit's driver has no console. So each page gathers its complaints itself, from its first line.
# That a resize observer has more to do in the next frame is no error, though it is told as one.
LISTEN = """<script>
  window.complaints = [];
  addEventListener("error", ({ message, target }) => {
    if (message?.startsWith("ResizeObserver loop completed")) return;
    complaints.push(message ?? `not loaded: ${target.outerHTML}`);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => complaints.push(`${reason}`));
  console.error = console.warn = (...words) => complaints.push(words.join(" "));
</script>"""

# To the place of everything that waits for the reader's eye, until it has come.
LOOK_AROUND = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (const one of document.querySelectorAll("main img[loading=lazy], .chart")) {
    if (!one.checkVisibility()) continue;
    one.scrollIntoView({ block: "center", behavior: "instant" });
    const come = () => one.matches(".chart") ? one.view : one.complete;
    while (!come()) await frame();
  }
  await document.fonts.ready;
}"""

TWO_FRAMES = """() => new Promise((seen) =>
  requestAnimationFrame(() => requestAnimationFrame(seen)))"""

# What each chart says and draws: as it comes, and with every control turned.
NUMBERS = """async () => {
  const found = [];
  for (const chart of document.querySelectorAll(".chart")) {
    const { view } = chart;
    const look = async () => {
      await view.runAsync();
      await new Promise(requestAnimationFrame); // the drawing follows
      found.push({
        words: [...chart.querySelectorAll("svg text, .chart-value")].map((one) => one.textContent),
        rows: Object.fromEntries(Object.keys(view._runtime.data).map((name) =>
          [name, view.data(name).filter((row) => !row.bounds)])), // what has bounds is drawn
      });
    };
    await look();
    for (const input of chart.querySelectorAll("input")) {
      if (input.type === "range") input.value = input.max;
      else input.checked = !input.checked;
      for (const kind of ["input", "change"])
        input.dispatchEvent(new Event(kind, { bubbles: true }));
    }
    await look();
  }
  return found;
}"""


@pytest.fixture(scope="module")
def site(whole_book: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole book, in whose pages complaints are gathered."""
    site = tmp_path_factory.mktemp("engines") / "site"
    shutil.copytree(whole_book.site, site, copy_function=os.link)
    for path in site.rglob("*.html"):
        text = path.read_text()
        path.unlink()  # or it would be written in the book itself
        path.write_text(text.replace("<head>", f"<head>{LISTEN}", 1))
    return site


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, int]]:
    """What browsers have asked the server for, each with the status of the answer."""
    return []


@pytest.fixture(scope="module")
def address(site: Path, asked: list[tuple[str, int]]) -> Iterator[str]:
    class Noting(Handler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            asked.append((self.path, int(code)))

    with serve(site, published_path(site), handler=Noting) as address:
        yield address


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with running(request.param) as engine:
        yield engine


@pytest.fixture(scope="module")
def numbers_of_chromium(address: str) -> dict[str, Any]:
    """The numbers of the charts in Chromium, where other tests compare them with the package's."""
    found = {}
    with launched() as browser:
        page = browser.new_page(viewport=PHONE)
        for name in CHAPTERS:
            page.goto(f"{address}/{name}.html")
            page.mouse.move(50, 50)
            page.evaluate(LOOK_AROUND)
            # As JSON, like the engines', in which what is infinite is nothing.
            text = page.evaluate(f"async () => JSON.stringify(await ({NUMBERS})())")
            found[name] = json.loads(text)
    return found


def assert_agree(found: Any, expected: Any, *where: object) -> None:
    """All is the same, but for rounding."""
    if isinstance(found, list) and isinstance(expected, list):
        found, expected = dict(enumerate(found)), dict(enumerate(expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key in found:
            assert_agree(found[key], expected[key], *where, key)
    elif isinstance(found, int | float) and isinstance(expected, int | float):
        assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-6), (where, found, expected)
    else:
        assert found == expected, where


def test_complaints_are_heard_from_the_first_line(engine: Engine, site: Path, address: str) -> None:
    body = '<script>nowhere()</script><script>console.warn("said")</script><img src="gone.png">'
    (site / "broken.html").write_text(f"<!doctype html><head>{LISTEN}</head>{body}")
    engine.open(f"{address}/broken.html")
    error, said, lost = engine.run("() => complaints")
    assert "nowhere" in error
    assert said == "said"
    assert "gone.png" in lost


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_page_is_sound(
    engine: Engine,
    address: str,
    name: str,
    asked: list[tuple[str, int]],
    numbers_of_chromium: dict[str, Any],
) -> None:
    asked.clear()
    engine.resize(PHONE)
    engine.open(f"{address}/{name}.html")
    engine.move(50, 50)  # charts wait for a gesture
    engine.run(LOOK_AROUND)
    for size in (PHONE, DESKTOP):
        engine.resize(size)
        assert engine.run(TOO_WIDE) == []
        assert engine.run("() => document.documentElement.scrollWidth - innerWidth") <= 0
    if name in CHAPTERS:
        assert_agree(engine.run(NUMBERS), numbers_of_chromium[name])
    assert engine.run("() => complaints") == []
    assert [found for found in asked if found[1] >= 400] == []


# How far the heading of a place is from the middle of the screen, in screens.
OFF = """(name) => {
  const { top } = document.getElementById(name).querySelector("h2").getBoundingClientRect();
  return Math.abs(top / innerHeight - 0.5);
}"""


@pytest.mark.parametrize("charts", ["asleep", "running"])
def test_every_place_is_within_reach(engine: Engine, address: str, charts: str) -> None:
    """What is off the screen may have been left out of layout, at a height that is a guess."""
    engine.resize(PHONE)
    chapter = f"{address}/chapters/temperature.html"
    engine.open(chapter)
    if charts == "running":
        engine.move(50, 50)
        engine.run(LOOK_AROUND)
    places = engine.run(
        """() => [...document.querySelectorAll("main section[id] > h2")]
          .map((one) => one.parentElement.id)"""
    )
    assert len(places) > 3
    for name in places:
        engine.run("(name) => { location.hash = name; }", name)
        engine.run(TWO_FRAMES)
        assert engine.run(OFF, name) <= 0.5, name
    engine.open(f"{address}/notation.html")
    engine.open(f"{chapter}#{places[-2]}")
    engine.wait_for(f"(name) => ({OFF})(name) <= 0.5", places[-2])


def test_a_reference_leads_to_its_equation(engine: Engine, address: str) -> None:
    engine.resize(DESKTOP)
    engine.open(f"{address}/chapters/temperature.html")
    engine.click("main p a[href*='equation-eq-']")
    engine.wait_for(
        """() => location.hash.startsWith("#equation-eq-") &&
          document.querySelector(location.hash).getBoundingClientRect().top < innerHeight"""
    )


def test_search_finds_a_term_by_keyboard(engine: Engine, address: str) -> None:
    engine.resize(DESKTOP)
    engine.open(f"{address}/intro.html")
    engine.press("Control", "k")
    engine.wait_for("() => document.activeElement.type === 'search'")
    for letter in "entropy":
        engine.press(letter)
    engine.press("Enter")
    engine.wait_for("() => location.search === '?q=entropy'")
    engine.click("#search-results li a")
    engine.wait_for(
        """() => document.readyState === "complete" && !document.querySelector("#search-results")
          && document.querySelector("main").innerText.toLowerCase().includes("entropy")"""
    )


def test_theme_is_switched_and_kept(engine: Engine, address: str) -> None:
    engine.resize(DESKTOP)
    engine.open(f"{address}/intro.html")
    seen = set()
    for _ in range(3):
        engine.click(".theme-switch-button")
        seen.add(
            tuple(
                engine.run(
                    """() => [document.documentElement.dataset.theme,
                      getComputedStyle(document.body).backgroundColor]"""
                )
            )
        )
    assert len(seen) == 2
    assert {theme for theme, _ in seen} == {"light", "dark"}
    kept = engine.run("() => document.documentElement.dataset.mode")
    engine.open(f"{address}/notation.html")
    assert engine.run("() => document.documentElement.dataset.mode") == kept


def test_menus_open(engine: Engine, address: str) -> None:
    chapter = f"{address}/chapters/temperature.html"
    engine.resize(PHONE)
    engine.open(f"{address}/intro.html")
    engine.click(".primary-toggle")
    engine.click("dialog[open] a[href='chapters/temperature.html']")
    engine.wait_for("(to) => location.href === to && document.readyState === 'complete'", chapter)
    engine.click(".secondary-toggle")
    engine.click("dialog[open] a[href='#heat-capacity']")
    engine.wait_for("() => location.hash === '#heat-capacity'")
    engine.resize(DESKTOP)
    engine.open(chapter)
    engine.click(".dropdown-launch-buttons > button")
    engine.wait_for(
        """() => document.querySelector(".dropdown-launch-buttons a[href*='colab.research']")
          .checkVisibility({ visibilityProperty: true })"""
    )


def test_what_is_folded_opens(engine: Engine, address: str) -> None:
    engine.resize(DESKTOP)
    engine.open(f"{address}/chapters/intuition.html")
    opens = "(name) => document.querySelector(name).checkVisibility()"
    assert engine.run(opens, "details.hide pre") is False
    engine.click("details.hide > summary")
    engine.wait_for(opens, "details.hide pre")
    tall = "() => document.querySelector('div.solution').getBoundingClientRect().height"
    closed = engine.run(tall)
    engine.click("div.solution button.toggle-button, div.solution summary")
    engine.wait_for(f"(closed) => ({tall})() > closed + 50", closed)


def test_a_chart_is_turned_by_keyboard(engine: Engine, address: str) -> None:
    engine.resize(PHONE)
    engine.open(f"{address}/chapters/temperature.html")
    engine.run("() => document.querySelector('.chart input[type=range]').focus()")
    engine.press("End")
    drawing = "() => document.querySelector('.chart svg')?.innerHTML"
    engine.wait_for(
        """() => {
          const input = document.activeElement;
          const shown = input.closest("label").querySelector(".chart-value").textContent;
          return input.value === input.max && Number(shown) === Number(input.max);
        }"""
    )
    before = engine.wait_for(drawing)
    engine.press("ArrowLeft")
    engine.wait_for(f"(before) => ({drawing})() !== before", before)
    engine.wait_for("() => document.querySelector('.chart-said').textContent")


def test_paper_is_white_and_the_screen_stays(engine: Engine, address: str) -> None:
    engine.resize(DESKTOP)
    engine.open(f"{address}/chapters/intuition.html")
    engine.run(
        """() => {
          document.documentElement.dataset.theme = "dark";
          addEventListener("beforeprint", () => {
            window.printed = document.documentElement.dataset.theme;
          });
        }"""
    )
    if isinstance(engine, Firefox):
        assert engine.print().startswith(b"%PDF")
    else:  # WebKit's driver has no command to print, so it is told as by a printer
        engine.run("() => { dispatchEvent(new Event('beforeprint')); }")
        engine.run("() => { dispatchEvent(new Event('afterprint')); }")
    assert engine.run("() => [printed, document.documentElement.dataset.theme]") == [
        "light",
        "dark",
    ]


@pytest.mark.parametrize("at", ["gone.html", "chapters/gone.html", "a/b/c/gone/"])
def test_the_page_at_a_wrong_address_asks_for_nothing_in_vain(
    engine: Engine, address: str, at: str, asked: list[tuple[str, int]]
) -> None:
    engine.resize(DESKTOP)
    asked.clear()
    engine.open(f"{address}/{at}")
    assert [path for path, status in asked if status >= 400] == [urlsplit(f"{address}/{at}").path]
    assert engine.run("() => complaints") == []
    engine.click("main a[href='chapters/temperature.html']")
    engine.wait_for("(to) => location.href === to", f"{address}/chapters/temperature.html")
