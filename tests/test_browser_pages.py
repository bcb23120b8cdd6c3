"""Every page of the book in a real browser, used as a person would use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHAPTERS, DESKTOP, PAGES, PHONE, SWITCHES, find_chromium
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

pytestmark = pytest.mark.build

NARROWEST = ViewportSize(width=320, height=640)
# A theme is colours alone and asks for no width, so the narrowest screen stands for a phone's in
# the dark. Every page is met at each width and in each theme.
VIEWS: dict[str, tuple[ViewportSize, Literal["light", "dark"]]] = {
    "phone-light": (PHONE, "light"),
    "narrowest-dark": (NARROWEST, "dark"),
    "desktop-light": (DESKTOP, "light"),
    "desktop-dark": (DESKTOP, "dark"),
}
# Of the pages that show sources, which are all made in one way, one will do.
EVERY_PAGE = [*PAGES, "search", "genindex", "_modules/index", "_modules/ebm_snippets/boltzmann"]

# What MyST, TeX or Sphinx would have turned into something else.
RAW = re.compile(r"\\\(|\\\[|\$\$|\{(?:glue|eq|numref|cite|term|ref|doc)[:}]|\\(?:frac|sum|int)\b")


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def complaints(page: Page, address: str) -> list[str]:
    """Gather from now on what a page says that it should not: errors, foreign hosts, failures."""
    found: list[str] = []

    def of_console(message) -> None:
        if message.type in {"error", "warning"}:
            found.append(f"console: {message.text}")

    def route(route: Route) -> None:
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            found.append(f"another host: {url}")
            route.abort()

    page.on("console", of_console)
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    page.on(
        "response",
        lambda response: (
            found.append(f"{response.status}: {response.url}") if response.status >= 400 else None
        ),
    )
    page.route("**/*", route)
    return found


def scroll_through(page: Page) -> None:
    """Go to the end of a page, so that all that waits for a reader's eye is asked for."""
    page.mouse.move(50, 50)
    page.evaluate(
        """async () => {
          for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
            scrollTo(0, y);
            // A frame, or a moment: a browser without a screen may have no frame to show.
            await new Promise((seen) => { requestAnimationFrame(seen); setTimeout(seen, 100); });
          }
        }"""
    )
    # The network may have been idle before, so what was asked for on the way is waited for by name.
    page.wait_for_function(
        """document.fonts.status === "loaded" &&
          [...document.images].every((one) => one.complete || !one.checkVisibility()) &&
          [...document.querySelectorAll(".chart")].every((chart) => chart.view)"""
    )
    page.wait_for_load_state("networkidle")


# What sticks out of the screen and does not scroll in a box of its own.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => {
    for (let above = one.parentElement; above; above = above.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(above).overflowX))
        return false;
    return true;
  })
  .map((one) => one.outerHTML.slice(0, 100))"""


def assert_fits(page: Page) -> None:
    """Nothing sticks out of the screen, nor can the page be moved sideways."""
    assert page.evaluate(TOO_WIDE) == []
    across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert across <= 0, f"the page is {across} px wider than the screen"


def assert_locks_nobody_out(page: Page, *, only_colours: bool) -> None:
    """What axe, a checker of accessibility, has to say."""
    options = {"runOnly": ["color-contrast", "link-in-text-block"]} if only_colours else {}
    # What passes need not be told one by one, which takes half of the time.
    results = Axe().run(page, options=options | {"resultTypes": ["violations"]})
    assert any(found["id"] == "color-contrast" for found in results.response["passes"])
    assert results.violations_count == 0, results.generate_report()


def assert_pictures_are_sound(page: Page) -> None:
    """Each has come, has a size from the start, and words for those who cannot see it."""
    sizes = page.locator("main img").evaluate_all(
        # What is in a closed menu is loaded when the menu opens. Part of a picture, which has its
        # words as a whole, needs none.
        "images => images.filter((one) => one.checkVisibility())"
        ".map((one) => [one.outerHTML.slice(0, 90),"
        " one.alt || (one.getAttribute('alt') === '' && one.closest('[role=img][aria-label]')),"
        " one.complete && one.naturalWidth, one.width, one.height])"
    )
    for html, described, drawn, width, height in sizes:
        assert described, html
        assert drawn, html
        assert width, html
        assert height, html


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_page_is_sound(browser: Browser, address: str, name: str, view: str) -> None:
    """One visit: as the page comes, before a chart has started, and at its end if it goes there."""
    size, theme = VIEWS[view]
    context = browser.new_context(viewport=size, color_scheme=theme)
    page = context.new_page()
    found = complaints(page, address)
    page.goto(f"{address}/{name}.html")
    early = page.locator("article img").evaluate_all(
        "images => images.filter((one) => one.checkVisibility({ contentVisibilityAuto: true })"
        " && one.getBoundingClientRect().top < innerHeight).map(({ alt }) => alt)"
    )
    assert early == [], "an image on the first screen should load at once, and all load late"
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    if size == NARROWEST:
        assert_fits(page)
    if size == DESKTOP:  # a theme is colours alone, so all else is looked at in one
        assert_locks_nobody_out(page, only_colours=theme == "dark")
    if view in {"phone-light", "desktop-dark"}:  # what waits for the eye has no theme of its own
        scroll_through(page)
        assert_pictures_are_sound(page)
    page.wait_for_load_state("networkidle")
    assert found == []
    assert not RAW.search(page.locator("main").inner_text())
    assert not RAW.search(page.title())
    scripts = page.locator("script[src]").evaluate_all("all => all.map(({ src }) => src)")
    assert len(scripts) == len(set(scripts)), "a script runs twice"
    assert_fits(page)
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_paper_is_white_and_the_screen_stays(
    browser: Browser, address: str, theme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=theme)
    page.goto(f"{address}/chapters/intuition.html")
    page.evaluate("""() => {
      matchMedia("print").addEventListener("change", ({ matches }) => {
        if (matches) window.printed = document.documentElement.dataset.theme;
      });
    }""")
    page.pdf()
    assert page.evaluate("[window.printed, document.documentElement.dataset.theme]") == [
        "light",
        theme,
    ]
    page.close()


@pytest.fixture(scope="module")
def large_text(browser: Browser) -> Iterator[Browser]:
    """A browser whose reader has set text to twice its usual size."""
    switches = [*SWITCHES, "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"]
    other = browser.browser_type.launch(executable_path=find_chromium(), args=switches)
    yield other
    other.close()


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_page_fits_a_phone_with_text_at_twice_its_size(
    large_text: Browser, address: str, name: str
) -> None:
    page = large_text.new_page(viewport=PHONE)
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert_fits(page)
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_without_javascript(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    found = complaints(page, address)
    page.goto(f"{address}/{name}.html")
    assert found == []
    expect(page.locator("article h1").first).to_be_visible()
    assert not RAW.search(page.locator("main").inner_text())
    for details in page.locator("main details").all():
        summary = details.locator("summary").first
        if summary.is_visible():  # an outer one may be closed
            summary.click()
            assert details.get_attribute("open") is not None
    context.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_first_visit_is_light(browser: Browser, address: str, name: str) -> None:
    page = browser.new_page(viewport=PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert sum(received) < 250 * 1024
    page.close()


class TestAsAPerson:
    def test_search_finds_a_term(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/search.html?q=entropy")
        results = desktop.locator("#search-results li a")
        results.first.wait_for()
        titles = results.all_inner_texts()
        assert any("glossary" in title.lower() for title in titles)
        results.first.click()
        desktop.wait_for_load_state()
        assert "entropy" in desktop.locator("main").inner_text().lower()

    def test_search_opens_by_keyboard(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/intro.html", wait_until="networkidle")
        desktop.keyboard.press("Control+k")
        field = desktop.locator("input[type=search]:visible").first
        field.wait_for()
        field.fill("partition function")
        field.press("Enter")
        desktop.wait_for_url("**/search.html?q=*")
        desktop.locator("#search-results li a").first.wait_for()

    def test_theme_is_switched_and_kept(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/intro.html", wait_until="networkidle")
        button = desktop.locator(".theme-switch-button:visible").first
        seen = set()
        for _ in range(3):
            button.click()
            seen.add(desktop.evaluate("document.documentElement.dataset.theme"))
        assert seen == {"light", "dark"}
        kept = desktop.evaluate("document.documentElement.dataset.mode")
        desktop.goto(f"{address}/notation.html")
        assert desktop.evaluate("document.documentElement.dataset.mode") == kept

    def test_phone_opens_the_contents(self, phone: Page, address: str) -> None:
        phone.goto(f"{address}/intro.html", wait_until="networkidle")
        phone.locator(".primary-toggle:visible").first.click()
        link = phone.locator("a:visible", has_text="What is an energy?").first
        link.wait_for()
        link.click()
        phone.wait_for_url("**/chapters/intuition.html")

    def test_phone_opens_the_page_contents(self, phone: Page, address: str) -> None:
        phone.goto(f"{address}/chapters/temperature.html", wait_until="networkidle")
        phone.locator(".secondary-toggle:visible").first.click()
        contents = phone.locator("#pst-secondary-sidebar-modal")
        contents.locator("a", has_text="Heat capacity").click()
        phone.wait_for_url("**#heat-capacity")

    def test_menus_lead_to_notebooks(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/chapters/intuition.html", wait_until="networkidle")
        desktop.locator(".dropdown-launch-buttons > button").click()
        colab = desktop.locator(".dropdown-launch-buttons a:visible").first
        assert colab.get_attribute("href").startswith("https://colab.research.google.com/github/")
        desktop.keyboard.press("Escape")
        desktop.locator(".dropdown-download-buttons > button").click()
        notebook = desktop.locator(".dropdown-download-buttons a:visible[href$='.ipynb']").first
        assert desktop.request.get(f"{address}/chapters/{notebook.get_attribute('href')}").json()[
            "cells"
        ]

    def test_code_is_revealed_and_copied(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/chapters/intuition.html", wait_until="networkidle")
        hidden = desktop.locator("details.hide").first
        code = hidden.locator("pre").first
        assert not code.is_visible()
        hidden.locator("summary").click()
        assert code.is_visible()
        shown = desktop.locator("div.cell_input:visible").first
        shown.hover()
        shown.locator("button.copybtn").click()
        copied = desktop.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == shown.locator("pre").inner_text().strip()

    def test_solution_opens(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/chapters/intuition.html", wait_until="networkidle")
        solution = desktop.locator("div.solution.toggle, div.solution details").first
        solution.scroll_into_view_if_needed()
        button = desktop.locator("div.solution button.toggle-button, div.solution summary").first
        before = desktop.locator("div.solution").first.bounding_box()["height"]
        button.click()
        desktop.wait_for_function(
            "before => document.querySelector('div.solution').getBoundingClientRect().height"
            " > before + 50",
            arg=before,
        )

    def test_next_and_previous_follow_the_contents(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/{PAGES[0]}.html")
        for before, name in pairwise(PAGES):
            desktop.locator("a.right-next").click()
            desktop.wait_for_url(f"**/{name}.html")
            back = desktop.locator("a.left-prev").evaluate("({ href }) => href")
            assert back == f"{address}/{before}.html"
        desktop.locator("a.left-prev").click()
        desktop.wait_for_url(f"**/{before}.html")

    def test_numbered_references_lead_to_equations(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/chapters/temperature.html", wait_until="networkidle")
        link = desktop.locator("main p a[href*='equation-eq-']").first
        target = link.get_attribute("href").rpartition("#")[2]
        link.click()
        desktop.wait_for_url(f"**#{target}")
        assert desktop.locator(f"[id='{target}']").is_visible()

    def test_every_control_is_reached_by_keyboard(self, desktop: Page, address: str) -> None:
        desktop.goto(f"{address}/chapters/mathematics.html", wait_until="networkidle")
        reached = set()
        for _ in range(400):
            desktop.keyboard.press("Tab")
            seen = desktop.evaluate(
                """() => {
                  const one = document.activeElement;
                  if (one === document.body) return null;
                  const style = getComputedStyle(one);
                  const ring = style.boxShadow !== "none" ||
                    [one, ...one.querySelectorAll("*")].some(
                      (part) => getComputedStyle(part).outlineStyle !== "none");
                  return [one.tagName, one.name ?? "", one.className, ring];
                }"""
            )
            if seen is None:
                break
            assert seen[3], f"no visible focus on {seen}"
            reached.add((seen[0], seen[1]))
        names = {name for tag, name in reached if tag == "INPUT"}
        assert {"E1", "E2", "E3", "naive", "reveal"} <= names
