"""Sections off a narrow screen: left out until they are near, and nobody notices."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from browser import CHAPTERS, DESKTOP
from docutils import nodes
from playwright.sync_api import Browser, Page
from rooms.finish import off_screen
from sphinx.errors import ExtensionError


class TestHeight:
    def test_parts_are_summed_and_cells_of_a_row_stand_side_by_side(self) -> None:
        one, two = nodes.paragraph(text="Short."), nodes.paragraph(text="Much longer. " * 20)
        assert off_screen.height(one) < off_screen.height(two)
        total = off_screen.height(one) + off_screen.height(two)
        assert off_screen.height(nodes.section("", one, two)) == pytest.approx(total)
        row = nodes.row("", nodes.entry("", one.deepcopy()), nodes.entry("", two.deepcopy()))
        assert off_screen.height(row) == off_screen.height(two)

    @pytest.mark.parametrize("fold", ["dropdown", "sd-dropdown", "above-input"])
    def test_what_is_folded_is_as_tall_as_its_title(self, fold: str) -> None:
        code = nodes.literal_block(text="x = 1\n" * 50)
        folded = nodes.container("", code.deepcopy(), classes=["one", fold])
        assert off_screen.height(folded) < off_screen.height(code) / 5


class TestTheme:
    @staticmethod
    def built(tmp_path: Path, script: str) -> tuple[SimpleNamespace, Path]:
        path = tmp_path / "_static" / off_screen.THEME
        path.parent.mkdir(parents=True)
        path.write_text(script, encoding="utf-8")
        return SimpleNamespace(outdir=tmp_path), path

    def test_twice_is_as_once(self, tmp_path: Path) -> None:
        app, path = self.built(tmp_path, f"all{off_screen.OF_ALL};")
        off_screen.ask_each(app)
        once = path.read_text(encoding="utf-8")
        assert off_screen.OF_ALL not in once
        off_screen.ask_each(app)
        assert path.read_text(encoding="utf-8") == once

    @pytest.mark.parametrize("script", ["", off_screen.OF_ALL * 2], ids=["gone", "twice"])
    def test_other_words_stop_the_build(self, script: str, tmp_path: Path) -> None:
        app, _ = self.built(tmp_path, script)
        with pytest.raises(ExtensionError, match="find them in the new version"):
            off_screen.ask_each(app)


SECTIONS = "[...document.querySelectorAll('main section > section')]"
# A script that asks for the size of what is left out has it laid out. checkVisibility does not ask.
LAID_OUT = (
    f"{SECTIONS}.map((one) => "
    "one.lastElementChild.checkVisibility({ contentVisibilityAuto: true }))"
)


# A frame, or a moment: a browser without a screen may have no frame to show, and a test would wait
# for it without end.
FRAME = "() => new Promise((seen) => { requestAnimationFrame(seen); setTimeout(seen, 100); })"


@pytest.mark.build
@pytest.mark.parametrize("name", CHAPTERS)
class TestOnAPhone:
    def test_only_what_is_near_is_laid_out(self, phone: Page, address: str, name: str) -> None:
        phone.goto(f"{address}/{name}.html", wait_until="networkidle")
        laid_out = phone.evaluate(LAID_OUT)
        assert laid_out[0]
        assert not any(laid_out[3:])
        untold = phone.locator("main pre:not([tabindex])").count()
        assert untold > 5, "the theme has asked for the layout of code that is far away"

    def test_sections_are_about_as_tall_as_was_said(
        self, phone: Page, address: str, name: str
    ) -> None:
        phone.goto(f"{address}/{name}.html", wait_until="networkidle")
        said = phone.evaluate(
            f"{SECTIONS}.map((one) => 16 * parseFloat(one.style.getPropertyValue('--height')))"
        )
        phone.add_style_tag(content="main section { content-visibility: visible !important }")
        true = phone.evaluate(f"{SECTIONS}.map((one) => one.getBoundingClientRect().height)")
        # One small figure may make up a section, and is taken to be as tall as any.
        for one, other in zip(said, true, strict=True):
            assert one == pytest.approx(other, rel=0.5)
        assert sum(said) == pytest.approx(sum(true), rel=0.1)

    def test_links_lead_to_their_place(self, phone: Page, address: str, name: str) -> None:
        phone.goto(f"{address}/{name}.html", wait_until="networkidle")
        ids = phone.evaluate(f"{SECTIONS}.map((one) => one.id).slice(0, -2)")
        for target in [ids[-1], *ids]:
            phone.evaluate("target => { location.hash = target }", target)
            phone.wait_for_timeout(100)
            place = phone.evaluate(
                "target => [document.getElementById(target).getBoundingClientRect().top,"
                " parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)]",
                target,
            )
            assert place[0] == pytest.approx(place[1], abs=2), target

    def test_nothing_jumps_on_the_way_up(self, phone: Page, address: str, name: str) -> None:
        phone.goto(f"{address}/{name}.html#recap", wait_until="networkidle")
        steps, jumps = phone.evaluate(
            f"const frame = {FRAME};"
            """(async () => {
              const jumps = [];
              let steps = 0;
              while (scrollY > 300) {
                const seen = document.elementsFromPoint(200, 200)
                  .find((one) => one.matches("main :is(p, h2, h3, pre, li)"));
                const before = seen?.getBoundingClientRect().top;
                scrollBy({ top: -300, behavior: "instant" });
                for (let frames = 0; seen && frames < 3; frames += 1) {
                  await frame();
                  const moved = seen.getBoundingClientRect().top - before;
                  if (Math.abs(moved - 300) > 1) jumps.push([seen.textContent, moved]);
                }
                steps += Boolean(seen);
              }
              return [steps, jumps];
            })()"""
        )
        assert steps > 10
        assert jumps == []

    def test_code_that_scrolls_is_reached_by_keyboard(
        self, phone: Page, address: str, name: str
    ) -> None:
        phone.goto(f"{address}/{name}.html", wait_until="networkidle")
        wrong = phone.evaluate(
            f"const frame = {FRAME};"
            """(async () => {
              const wrong = [];
              for (const code of document.querySelectorAll("main pre")) {
                if (!code.checkVisibility()) continue; // in a closed answer
                code.scrollIntoView({ block: "center", behavior: "instant" });
                const isRight = () => {
                  const scrolls = code.scrollWidth > code.clientWidth ||
                    code.scrollHeight > code.clientHeight;
                  return code.getAttribute("tabindex") === (scrolls ? "0" : "-1");
                };
                for (let frames = 0; frames < 3; frames += 1) await frame();
                // On a busy machine the page's own script comes some frames later.
                for (let frames = 0; frames < 30 && !isRight(); frames += 1) await frame();
                if (!isRight()) wrong.push(code.textContent);
              }
              return wrong;
            })()"""
        )
        assert wrong == []


@pytest.mark.build
def test_wide_screens_leave_nothing_out(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESKTOP)
    page.goto(f"{address}/{CHAPTERS[0]}.html", wait_until="networkidle")
    assert all(page.evaluate(LAID_OUT))
    page.close()
