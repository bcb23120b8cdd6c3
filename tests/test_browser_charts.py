"""The charts in a real browser: their numbers, their controls, their cost."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from browser import CHAPTERS, PHONE
from conftest import ROOT
from matplotlib.font_manager import findfont
from playwright.sync_api import Browser, Page

from ebm_snippets import (
    asymmetric_energy,
    boltzmann_distribution,
    boltzmann_probabilities,
    linear_grid,
    mixture_energy,
    radial_grid,
)
from ebm_snippets.charts import mathematics
from ebm_snippets.charts.intuition import NOISES, jostled_balls
from ebm_snippets.charts.partition_function import POWERS, estimates_by_dimension
from ebm_snippets.charts.quench import (
    COOLING_TIMES,
    READ_AT,
    cooled_balls,
    equilibrium_shares,
)
from ebm_snippets.charts.temperature import asymmetric_barrier

pytestmark = pytest.mark.build

CLOSE = {"rel": 1e-6, "abs": 1e-6}

# Dials that move balls. The browser then puts the layers of the page together anew, however the
# balls are drawn: as circles or as bars, with a clip or without. Seen with one ball alone.
MOVING_BALLS = {("chapters/temperature", 2, "T")}

# Every chart of every chapter: the chapter, and which of its charts, counted from 0.
CHARTS = [
    (chapter, number)
    for chapter in CHAPTERS
    for number, _ in enumerate(
        re.findall(r"^charts\.\w+\(", (ROOT / "book" / f"{chapter}.md").read_text(), re.MULTILINE)
    )
]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=PHONE)
    yield page
    page.close()


def start(page: Page, address: str, chapter: str, number: int = 0) -> None:
    """Open a chapter and wake one of its charts."""
    page.goto(f"{address}/{chapter}.html")
    wake(page, number)


def wake(page: Page, number: int = 0) -> None:
    """Do what a reader does to wake a chart of a page."""
    page.locator(".chart").nth(number).scroll_into_view_if_needed()
    page.mouse.move(10, 10)
    page.mouse.move(20, 20)
    page.wait_for_function("number => document.querySelectorAll('.chart')[number].view", arg=number)


def turn(page: Page, number: int = 0, **settings: float | bool) -> None:
    """Set controls of a chart as a hand would: the value, then the event."""
    page.evaluate(
        """([number, settings]) => {
          for (const [name, value] of Object.entries(settings)) {
            const all = [...document.querySelectorAll(".chart")[number].querySelectorAll("input")];
            const one = all.find((input) =>
              input.type === "radio"
                ? input.dataset.name === name && Number(input.value) === value
                : input.name === name);
            if (one.type === "range") one.value = value;
            else one.checked = one.type === "radio" ? true : value;
            for (const event of ["input", "change"])
              one.dispatchEvent(new Event(event, { bubbles: true }));
          }
        }""",
        [number, settings],
    )


def rows(page: Page, *fields: str, number: int = 0) -> list[dict[str, Any]]:
    """Return the rows of a chart's first data set that has these fields."""
    text = page.evaluate(
        """([number, fields]) => {
          const view = document.querySelectorAll(".chart")[number].view;
          for (const name of Object.keys(view._runtime.data)) {
            const rows = view.data(name);
            if (rows.length && fields.every((field) => field in rows[0]))
              return JSON.stringify(rows);
          }
        }""",
        [number, list(fields)],
    )
    assert text, f"no data set has the fields {fields}"
    return json.loads(text)


@pytest.mark.parametrize(
    ("temperature", "time"), [(0.0, 0), (0.0, 3), (0.4, 20), (1.0, 7), (1.2, 20)]
)
def test_balls_are_where_the_dynamics_put_them(page, address, temperature, time):
    start(page, address, "chapters/intuition")
    turn(page, T=temperature, time=time)
    seen = sorted(row["x"] for row in rows(page, "x", "E", "right"))
    paths = jostled_balls()[NOISES.index(temperature), time]
    assert seen == pytest.approx(paths.sort().values.tolist(), **CLOSE)
    said = page.locator(".chart-said")
    count = int((paths > asymmetric_barrier()).sum())
    page.wait_for_function(
        "start => document.querySelector('.chart-said').textContent.startsWith(start)",
        arg=f"{count} of 30",
    )
    assert "barrier" in said.text_content()


@pytest.mark.parametrize("energies", [(3, 1, 2), (0, 0, 0), (5, 0, 0), (1.3, 2.7, 0.4), (2, 2, 5)])
@pytest.mark.parametrize("constant", [0, 10, 1000, -1000])
def test_bars_are_boltzmann_probabilities(page, address, energies, constant):
    start(page, address, "chapters/mathematics", 1)
    turn(page, 1, E1=energies[0], E2=energies[1], E3=energies[2], constant=constant)
    exact = boltzmann_probabilities(torch.tensor(energies, dtype=torch.float64) + constant)
    found = sorted(rows(page, "i", "p", "Z", number=1), key=lambda row: row["i"])
    assert [row["p"] for row in found] == pytest.approx(exact.tolist(), **CLOSE)
    turn(page, 1, naive=True)
    found = sorted(rows(page, "i", "p", "Z", number=1), key=lambda row: row["i"])
    if abs(constant) < 100:
        assert [row["p"] for row in found] == pytest.approx(exact.tolist(), **CLOSE)
    else:  # overflow is not JSON, so it arrives as nothing
        assert all(row["p"] is None for row in found)
        assert {row["said"] for row in found} == {"NaN"}
    turn(page, 1, reveal=False)
    assert {row["said"] for row in rows(page, "i", "p", "Z", number=1)} == {"?"}


@pytest.mark.parametrize("draws", [0, 1, 7, 40])
def test_boxes_hold_what_the_swaps_put_into_them(page, address, draws):
    start(page, address, "chapters/mathematics")
    turn(page, draws=draws)
    found = sorted(rows(page, "E", "share", "predicted"), key=lambda row: row["E"])
    shares = mathematics.swapped_shares()[draws]
    assert [row["share"] for row in found] == pytest.approx(shares.tolist(), **CLOSE)
    assert [row["predicted"] for row in found] == [0.5 ** (E + 1) for E in range(9)]
    assert page.locator("input[name=predict]").is_checked() is False
    said = f"share of empty boxes: {shares[0]:.3f}"
    page.wait_for_function(
        "said => document.querySelector('.chart-said').textContent === said", arg=said
    )


@pytest.mark.parametrize("temperature", [0.25, 0.5, 1.0, 2.0, 5.0])
def test_temperature_sums_are_the_packages(page, address, temperature):
    start(page, address, "chapters/temperature")
    turn(page, T=temperature)
    line = linear_grid(-3.5, 4.5, 101)
    exact = boltzmann_distribution(asymmetric_energy, line, temperature)
    (found,) = rows(page, "U", "S", "left", "peak", "said0")
    assert found["U"] == pytest.approx(exact.mean_energy.item(), **CLOSE)
    assert found["S"] == pytest.approx(exact.entropy.item(), **CLOSE)
    cells = ((asymmetric_barrier() - line.points) / line.points.diff()[0] + 0.5).clamp(0, 1)
    assert found["left"] == pytest.approx((exact.probabilities * cells).sum().item(), **CLOSE)
    in_the_left = line.points < asymmetric_barrier()
    assert found["peak"] == pytest.approx(exact.density[in_the_left].max().item(), **CLOSE)
    # Its three decimals are those of a line so fine that it does not matter where it is cut.
    fine = boltzmann_distribution(asymmetric_energy, linear_grid(-6.0, 7.0, 400_001), temperature)
    left = fine.probabilities[fine.grid.points < asymmetric_barrier()].sum().item()
    assert found["left"] == pytest.approx(left, abs=1e-5)
    points = sorted(rows(page, "x", "p", "mass"), key=lambda row: row["x"])
    assert [row["p"] for row in points] == pytest.approx(exact.density.tolist(), **CLOSE)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 2.0])
def test_the_free_energy_over_the_share_is_the_packages(page, address, temperature):
    start(page, address, "chapters/temperature", 1)
    turn(page, 1, T=temperature)
    barrier = asymmetric_barrier()
    free = {}  # of each well alone, by sums that know nothing of the chart's
    for name, low, high in (("left", barrier - 6, barrier), ("right", barrier, barrier + 6)):
        well = linear_grid(low, high, 20_001, bounded=True)
        free[name] = boltzmann_distribution(asymmetric_energy, well, temperature).free_energy
    gap = (free["left"] - free["right"]).item()
    share = torch.linspace(0, 1, 101, dtype=torch.float64)
    mixing = torch.special.entr(share) + torch.special.entr(1 - share)
    found = sorted(rows(page, "share", "straight", "bowl", "F", number=1), key=lambda row: row["x"])
    assert [row["share"] for row in found] == pytest.approx(share.tolist(), **CLOSE)
    # The chart's line is cut at a point of 101, which moves log(Z_L / Z_R) in the fifth decimal.
    coarse = {"abs": 1e-4}
    assert [row["straight"] for row in found] == pytest.approx((share * gap).tolist(), **coarse)
    assert [row["bowl"] for row in found] == pytest.approx(
        (-temperature * mixing).tolist(), **CLOSE
    )
    curve = share * gap - temperature * mixing
    assert [row["F"] for row in found] == pytest.approx(curve.tolist(), **coarse)
    (lowest,) = rows(page, "left", "gap", "least", "said0", number=1)
    exact = 1 / (1 + math.exp(gap / temperature))
    assert lowest["left"] == pytest.approx(exact, abs=1e-5)
    assert lowest["gap"] == pytest.approx(gap, **coarse)
    whole = boltzmann_distribution(
        asymmetric_energy, linear_grid(barrier - 6, barrier + 6, 4000), temperature
    )
    assert lowest["least"] == pytest.approx((whole.free_energy - free["right"]).item(), abs=1e-5)
    assert lowest["least"] <= min(row["F"] for row in found)


@pytest.mark.parametrize(
    ("slowness", "temperature"), [(0, 2.0), (0, 0.0), (1, 0.7), (2, 0.0), (2, 1.3)]
)
def test_cooled_balls_are_where_the_dynamics_put_them(page, address, slowness, temperature):
    start(page, address, "chapters/temperature", 2)
    turn(page, 2, slowness=slowness, T=temperature)
    frame = READ_AT.index(temperature)
    run = cooled_balls(COOLING_TIMES[slowness])
    seen = sorted(row["x"] for row in rows(page, "x", "E", "path", number=2))
    assert seen == pytest.approx(run[frame, :30].sort().values.tolist(), **CLOSE)
    shares = (run > asymmetric_barrier()).double().mean(dim=1)
    line = sorted(rows(page, "heat", "seen", number=2), key=lambda row: -row["heat"])
    assert [row["heat"] for row in line] == list(READ_AT)
    assert [row["equilibrium"] for row in line] == pytest.approx(
        equilibrium_shares().tolist(), **CLOSE
    )
    so_far = [row["seen"] for row in line[: frame + 1]]
    assert so_far == pytest.approx(shares[: frame + 1].tolist(), **CLOSE)
    assert all(row["seen"] is None for row in line[frame + 1 :])
    (now,) = rows(page, "measured_now", "said0", number=2)
    assert now["measured_now"] == pytest.approx(shares[frame].item(), **CLOSE)
    assert now["heat"] == temperature
    assert now["equilibrium_now"] == pytest.approx(equilibrium_shares()[frame].item(), **CLOSE)


@pytest.mark.parametrize(
    ("dim", "temperature"), [(2, 0.1), (2, 1.0), (3, 0.5), (7, 2.0), (10, 1.0)]
)
def test_radii_are_the_packages(page, address, dim, temperature):
    start(page, address, "chapters/two_dimensions")
    turn(page, dim=dim, T=temperature)
    exact = boltzmann_distribution(
        lambda r: (r**2 - 1) ** 2, radial_grid(3.0, 151, dim=dim), temperature
    )
    points = sorted(rows(page, "x", "p", "mass", "shell"), key=lambda row: row["x"])
    assert [row["p"] for row in points] == pytest.approx(exact.density.tolist(), **CLOSE)
    assert [row["mass"] for row in points] == pytest.approx(exact.probabilities.tolist(), **CLOSE)
    (found,) = rows(page, "densest", "likeliest")
    fine = boltzmann_distribution(
        lambda r: (r**2 - 1) ** 2, radial_grid(3.0, 300_001, dim=dim), temperature
    )
    radius = found["likeliest"]
    assert (dim - 1) / radius == pytest.approx(4 * radius * (radius**2 - 1) / temperature, **CLOSE)
    for field, highest in (("densest", fine.density), ("likeliest", fine.probabilities)):
        peak = fine.grid.points[highest.argmax()].item()
        assert found[field] == pytest.approx(peak, abs=1e-5)  # as fine as the line


@pytest.mark.parametrize(("dim", "power"), [(1, 2), (5, 3), (10, 6), (13, 4), (20, 5)])
def test_estimates_are_the_packages(page, address, dim, power, estimates):
    start(page, address, "chapters/partition_function")
    turn(page, dim=dim, power=power)
    found = {row["name"]: row for row in rows(page, "name", "miss", "share") if row["d"] == dim}
    for name, table in estimates.items():
        exact = table[POWERS.index(power)][dim - 1]
        miss = exact.log_Z.item() - dim / 2 * math.log(math.pi)
        assert found[name]["miss"] == pytest.approx(miss, **CLOSE)
        share = exact.effective_sample_size.item() / 10**power
        assert found[name]["share"] == pytest.approx(share, **CLOSE)


@pytest.fixture(scope="module")
def estimates():
    return estimates_by_dimension()


@pytest.mark.parametrize("shot", [0, 1, 3, 10, 24])
def test_training_is_summed_as_the_package_does(page, address, shot):
    start(page, address, "chapters/neural_energy")
    turn(page, shot=shot)
    found = sorted(rows(page, "x", "p", "push"), key=lambda row: row["x"])
    line = linear_grid(-4.0, 4.0, 81, bounded=True)
    energies = torch.tensor([row["trained"][shot] for row in found], dtype=torch.float64)
    # Every fifth point is too coarse for the package to vouch for, so the sums are its own parts.
    log_p = -energies - torch.logsumexp(line.log_weights - energies, dim=0)
    assert [row["p"] for row in found] == pytest.approx(log_p.exp().tolist(), **CLOSE)
    truth = mixture_energy(line.points)
    excess = (line.log_weights - truth).exp() * (-truth - log_p)
    (divergence,) = (row["divergence"] for row in rows(page, "divergence"))
    assert divergence == pytest.approx(excess.sum().item(), **CLOSE)
    for row in found:
        assert row["push"] == pytest.approx(row["data"] - row["p"], **CLOSE)


def layers_made_anew(browser: Browser, page: Page, change: str) -> int:
    """How often, in 20 changes, Chromium puts the layers of the page together anew."""
    browser.start_tracing(page=page, categories=["blink", "cc"])
    page.evaluate(
        f"""async () => {{
          const frame = () => new Promise(requestAnimationFrame);
          for (let times = 0; times < 20; times += 1) {{ {change}; await frame(); }}
          await frame();
        }}"""
    )
    events = json.loads(browser.stop_tracing())["traceEvents"]
    return sum(event["name"] == "PaintArtifactCompositor::Update" for event in events)


def test_says_so_when_vega_does_not_arrive(browser, address):
    page = browser.new_page(viewport=PHONE)
    page.route("**/vega-*.js", lambda route: route.abort())
    page.goto(f"{address}/chapters/temperature.html")
    page.locator(".chart").first.scroll_into_view_if_needed()
    page.mouse.move(10, 10)
    page.mouse.move(20, 20)
    chart = page.locator(".chart").first
    chart.get_by_text("could not start").first.wait_for()
    assert chart.locator(".chart-view img").is_visible()
    assert chart.locator("input").count() == 0
    assert chart.get_by_role("alert").count() == 1
    page.close()


def test_assistive_technology_wakes_it(browser, address):
    page = browser.new_page(viewport={"width": 390, "height": 20_000})  # nothing scrolls
    page.goto(f"{address}/chapters/temperature.html")
    turn(page, T=2.0)  # with no key and no pointer
    page.wait_for_function("document.querySelector('.chart').view?.signal('T') === 2")
    page.wait_for_function("document.querySelector('.chart-said').textContent")
    page.close()


def test_its_words_follow_it(page, address):
    start(page, address, "chapters/temperature")
    chart = page.locator(".chart").first
    first = chart.get_by_role("img").first.get_attribute("aria-label")
    turn(page, T=2.0)
    page.wait_for_function("document.querySelector('.chart-said').textContent")
    said = chart.locator(".chart-said").text_content()
    assert chart.get_by_role("img").first.get_attribute("aria-label") == (
        f"Now: {said}. At first: {first}"
    )
    assert chart.get_by_role("status").count() == 1


@pytest.mark.parametrize(("chapter", "number"), CHARTS)
class TestEveryChart:
    def test_is_turned_by_keyboard(self, page, address, chapter, number):
        start(page, address, chapter, number)
        chart = page.locator(".chart").nth(number)
        slider = chart.locator("input[type=range]").last
        before = slider.input_value()
        drawn = chart.locator(".chart-view svg").inner_html()
        slider.focus()
        at_the_end = before == slider.get_attribute("max")
        page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        assert slider.input_value() != before
        page.wait_for_function(
            """([number, drawn]) =>
              document.querySelectorAll(".chart")[number].querySelector(".chart-view svg")
                .innerHTML !== drawn""",
            arg=[number, drawn],
        )
        shown = chart.locator(".chart-value").last
        assert float(shown.text_content()) == float(slider.input_value())

    def test_waits_for_the_reader(self, browser, address, chapter, number):
        page = browser.new_page(viewport=PHONE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/{chapter}.html", wait_until="networkidle")
        assert not [url for url in asked if "/vega-" in url]
        page.close()

    def test_adds_less_than_120_KiB_when_it_starts(self, browser, address, chapter, number):
        page = browser.new_page(viewport=PHONE)
        start(page, address, chapter, number)
        sizes = page.evaluate(
            """() => performance.getEntriesByType("resource")
              .filter(({ name }) => name.includes("/vega-"))
              .map(({ transferSize }) => transferSize)"""
        )
        (size,) = sizes  # all else that a chart needs came with the page
        assert 0 < size < 120 * 1024
        page.close()

    def test_stays_a_picture_without_javascript(self, browser, address, chapter, number):
        context = browser.new_context(java_script_enabled=False, viewport=PHONE)
        page = context.new_page()
        page.goto(f"{address}/{chapter}.html")
        chart = page.locator(".chart").nth(number)
        picture = chart.locator(".chart-view img")
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
        assert len(picture.get_attribute("alt")) > 40
        assert not chart.locator(".chart-controls").is_visible()
        context.close()

    def test_moves_nothing(self, page, address, chapter, number):
        page.goto(f"{address}/{chapter}.html", wait_until="networkidle")
        # On a screen as long as the page, all of it is laid out once.
        page.set_viewport_size({**PHONE, "height": 30_000})
        page.wait_for_function(
            """[...document.querySelectorAll("main section > section > h2")]
              .every((one) => one.checkVisibility({ contentVisibilityAuto: true }))"""
        )
        page.wait_for_load_state("networkidle")
        page.set_viewport_size(PHONE)
        places = """() => [...document.querySelectorAll("main h2, .chart-view, main .cell")]
          .filter((one) => one.getClientRects().length)
          .map((one) => one.getBoundingClientRect())
          .map(({ top, width, height }) => [top + scrollY, width, height])"""
        before = page.evaluate(places)
        wake(page, number)
        page.wait_for_timeout(100)
        for one, other in zip(page.evaluate(places), before, strict=True):
            assert one == pytest.approx(other, abs=2)
            assert one[1] == other[1]  # the width

    def test_makes_no_element_anew_and_moves_no_title(self, page, address, chapter, number):
        start(page, address, chapter, number)
        anew = page.evaluate(
            """async (number) => {
              const chart = document.querySelectorAll(".chart")[number];
              const input = chart.querySelector("input[type=range]");
              const { view } = chart;
              const turn = async (value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
              };
              await turn(input.min);
              const seen = [];
              const watch = new MutationObserver((records) => seen.push(...records));
              const every = { subtree: true, childList: true, attributeOldValue: true };
              watch.observe(view.container(), every);
              await turn(input.max);
              const moved = ({ target, attributeName, oldValue }) =>
                target.closest(".role-axis-title, .role-axis-label")
                  && target.getAttribute(attributeName) !== oldValue;
              return seen
                .filter((one) => one.type === "childList"
                  ? [...one.addedNodes].some(({ nodeType }) => nodeType === Node.ELEMENT_NODE)
                  : moved(one))
                .map(({ target }) => target.outerHTML.slice(0, 80));
            }""",
            number,
        )
        assert not anew

    def test_has_room_for_its_words_in_a_wide_font(self, page, address, chapter, number):
        # A system's plain font is Arial or like it, on Linux often DejaVu, which is wider.
        start(page, address, chapter, number)
        font = base64.b64encode(Path(findfont("DejaVu Sans")).read_bytes()).decode()
        face = f"@font-face {{ font-family: wide; src: url(data:font/ttf;base64,{font}) }}"
        page.add_style_tag(content=f"{face} .chart-view text {{ font-family: wide !important }}")
        page.evaluate("document.fonts.load('12px wide')")
        beyond = """(number) => {
          const view = document.querySelectorAll(".chart-view")[number];
          const { left, right } = view.querySelector("svg").getBoundingClientRect();
          return [...view.querySelectorAll("text")]
            .filter((text) => text.getBoundingClientRect().width > 0)
            .filter((text) => text.getBoundingClientRect().left < left
              || text.getBoundingClientRect().right > right)
            .map((text) => text.textContent);
        }"""
        for slider in page.locator(".chart").nth(number).locator("input[type=range]").all():
            for end in ("Home", "End"):
                slider.press(end)
                assert page.evaluate(beyond, number) == []

    def test_keeps_the_layers_of_the_page(self, browser, page, address, chapter, number):
        # To put them together anew takes a fifth of a frame. So nothing may move by a transform,
        # and what a layer draws must keep its bounds.
        start(page, address, chapter, number)
        turn = """
          const input = document.activeElement;
          input.back = input.value === input.max || (input.back && input.value !== input.min);
          input.stepUp(input.back ? -1 : 1);
          input.dispatchEvent(new Event("input", { bubbles: true }));
        """
        move = """
          const moved = document.activeElement.closest(".chart").querySelector(".chart-value");
          moved.style.transform = moved.style.transform ? "" : "translateX(1px)";
        """
        for slider in page.locator(".chart").nth(number).locator("input[type=range]").all():
            slider.focus()
            first = slider.input_value()
            anew = layers_made_anew(browser, page, turn)
            name = slider.get_attribute("name")
            if (chapter, number, name) not in MOVING_BALLS:
                assert anew <= 5, name  # where a number grows longer
            slider.fill(first)  # hot balls leave their panel
        assert layers_made_anew(browser, page, move) >= 15, "this no longer counts them"

    def test_keeps_the_layout_of_a_turn_to_itself(self, page, address, chapter, number):
        # What a grid or a flexible box lays out, it lays out with all that is around it.
        page.goto(f"{address}/{chapter}.html")
        boxes = page.locator(".chart label :is(input[type=range], .chart-value)").evaluate_all(
            """boxes => boxes.map((box) => [
              getComputedStyle(box).contain, getComputedStyle(box.parentElement).display
            ])"""
        )
        assert len(boxes) >= 2
        assert all(contain == "size layout" for contain, _ in boxes)
        assert all(display == "block" for _, display in boxes)

    def test_leaves_every_place_within_reach(self, page, address, chapter, number):
        start(page, address, chapter, number)
        headings = page.locator("main section[id] > h2").all()
        assert len(headings) > 3
        for heading in headings:
            name = heading.locator("xpath=..").get_attribute("id")
            page.evaluate("name => { location.hash = name; }", name)
            page.wait_for_timeout(50)
            assert heading.is_visible()
            assert -1 <= heading.bounding_box()["y"] < PHONE["height"] / 2, name
