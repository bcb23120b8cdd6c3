"""The balls on the front page: their picture, their motion, their law, and the reader's hand."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from browser import PHONE
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from rooms.play import ball
from torch import Tensor

from ebm_snippets import (
    BoltzmannDistribution,
    asymmetric_energy,
    boltzmann_distribution,
    linear_grid,
    stationary_points,
)

POINTS = stationary_points(asymmetric_energy, linear_grid(-3.0, 4.0, 200))
BARRIER = POINTS.maxima.item()
GRID = linear_grid(BARRIER - 6, BARRIER + 6, 4000)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def exact(noise: float) -> BoltzmannDistribution:
    return boltzmann_distribution(asymmetric_energy, GRID, noise)


def share_on_the_right(noise: float) -> float:
    return exact(noise).probability(lambda x: x > BARRIER).item()


def slope(x: Tensor) -> Tensor:
    return torch.func.vmap(torch.func.grad(asymmetric_energy))(x)


def points_of(path: str) -> Tensor:
    """The points of a path of straight lines, ``(n, 2)``."""
    return torch.tensor([float(text) for text in NUMBER.findall(path)]).double().reshape(-1, 2)


@pytest.fixture(scope="module")
def figure() -> str:
    return ball.figure()


@pytest.fixture(scope="module")
def given(figure: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json">(.*)</script>', figure)
    return json.loads(text)


class TestPicture:
    def test_the_page_tells_the_script_the_package_s_energy(self, given: dict[str, Any]) -> None:
        x = torch.linspace(-5, 6, 101, dtype=torch.float64)
        powers = torch.linalg.vander(x, N=len(given["energy"]))
        told = powers @ torch.tensor(given["energy"], dtype=torch.float64)
        torch.testing.assert_close(told, asymmetric_energy(x), rtol=1e-12, atol=1e-9)
        assert given["barrier"] == pytest.approx(BARRIER, abs=1e-12)

    def test_thirty_balls_lie_evenly_along_the_energy(
        self, figure: str, given: dict[str, Any]
    ) -> None:
        dots = re.findall(r'<path d="M(\S+) (\S+)h0"/>', figure)
        x, height = torch.tensor([[float(a), float(b)] for a, b in dots]).double().T
        assert len(x) == 30
        torch.testing.assert_close(x.tolist(), given["starts"], rtol=0, atol=0.0006)
        torch.testing.assert_close(x.diff(), x.diff().mean().expand(29), rtol=0, atol=0.0015)
        slack = 0.0006 * (1 + slope(x).abs())  # each place is rounded to three decimals
        assert ((height - asymmetric_energy(x)).abs() < slack).all()
        assert height.max() < ball.CEILING

    def test_it_draws_the_landscape_and_the_exact_density(self, figure: str) -> None:
        (curve,) = re.findall(r'class="ball-energy" d="([^"]*)"', figure)
        x, height = points_of(curve).T
        torch.testing.assert_close(height, asymmetric_energy(x), rtol=0, atol=0.001)
        assert min(height[0], height[-1]) > ball.CEILING  # it leaves the picture at the top
        (curve,) = re.findall(r'class="ball-density" d="([^"]*)"', figure)
        x, height = points_of(curve).T
        assert [x[0].item(), x[-1].item()] == pytest.approx([ball.LOW, ball.HIGH])
        law = exact(ball.NOISE)
        density = torch.exp(-asymmetric_energy(x) / ball.NOISE - law.log_Z)
        drawn = height / ball.PEAK * law.density.max()
        torch.testing.assert_close(drawn, density, rtol=0, atol=0.001)

    def test_its_words_are_true(self, figure: str) -> None:
        assert "two wells, the right one deeper, and a barrier between them" in figure
        assert len(POINTS.minima) == 2
        assert len(POINTS.maxima) == 1
        left, right = asymmetric_energy(POINTS.minima)
        assert right < left
        assert f"in the right well: {share_on_the_right(ball.NOISE):.1%} in the long run" in figure
        # Hardly a ball is ever beyond the picture, even at the dial's end.
        hottest = exact(ball.MOST_NOISE)
        assert hottest.probability(lambda x: (x < ball.LOW) | (x > ball.HIGH)) < 0.002
        assert hottest.probability(lambda x: asymmetric_energy(x) > ball.CEILING) < 0.02


class TestStep:
    """What ball.py says of the time that one step lasts."""

    def test_no_ball_comes_to_where_steps_lead_farther_and_farther_out(self) -> None:
        starts = torch.linspace(15, 25, 1001, dtype=torch.float64)
        for sign, edge in ((-1, -21), (1, 23)):
            x = sign * starts
            for _ in range(200):
                x = x - ball.STEP * slope(x)
            gone = ~(x.abs() < 30)
            last = sign * starts[~gone].max()
            assert (sign * starts)[gone].abs().min() > last.abs()
            assert last.item() == pytest.approx(edge, abs=1)
            assert asymmetric_energy(last) / ball.MOST_NOISE > 30_000

    @pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
    def test_its_length_changes_the_law_by_little(self, noise: float) -> None:
        """The states of balls that step for ever, computed from the chances of each step."""
        width = math.sqrt(2 * ball.STEP * noise)
        line = linear_grid(BARRIER - 5, BARRIER + 5, 2 * math.ceil(10 / width))
        x, weights = line.points, line.log_weights.exp()
        means = x - ball.STEP * slope(x)
        chances = torch.exp(-(((x - means[:, None]) / width) ** 2) / 2)
        chances = chances * weights / (width * math.sqrt(2 * math.pi))
        inside = (x > -3) & (x < 4)
        assert (chances.sum(dim=1)[inside] - 1).abs().max() < 1e-9
        system = chances.T - torch.eye(len(x), dtype=x.dtype)
        system[-1] = 1  # in place of the one row that follows from the others
        shares = torch.linalg.solve(system, torch.eye(len(x), dtype=x.dtype)[-1])
        assert shares.min() > -1e-9
        found = [shares[x > BARRIER].sum(), shares @ x, shares @ asymmetric_energy(x)]
        for one, other, bias in zip(found, averages(noise), biases(noise), strict=True):
            assert abs(one.item() - other) < bias


def biases(noise: float) -> tuple[float, float, float]:
    """By how much the length of a step changes each of the averages, at most."""
    return 0.0002, 0.001, 0.005 * noise


def averages(noise: float) -> tuple[float, float, float]:
    """The exact share of the right well, and the means of the states and of the energies."""
    law = exact(noise)
    mean = law.expectation(lambda x: x).item()
    return share_on_the_right(noise), mean, law.mean_energy.item()


RANDOM = """seed => () => {  // mulberry32, so that a test draws the same numbers each time
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}"""


@pytest.fixture(scope="module")
def front(browser: Browser, address: str) -> Iterator[Page]:
    """The front page, for what only asks its script."""
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{address}/intro.html")
    page.evaluate(
        """async () => {
          const figure = document.querySelector(".ball-figure");
          window.given = JSON.parse(figure.querySelector("script").textContent);
          window.ball = await import(figure.dataset.script);
        }"""
    )
    yield page
    page.close()


@pytest.mark.build
class TestLaw:
    def test_a_step_is_that_of_langevin_dynamics(self, front: Page) -> None:
        draws = [0.2, 0.7, 0.5, 0.1, 0.999, 0.35]
        moved = front.evaluate(
            """draws => {
              const states = Float64Array.of(-2, 0.4, 3);
              const seen = [];
              const next = draws[Symbol.iterator]();
              ball.shake(states, given, 0.7, 1, (x) => seen.push(x), () => next.next().value);
              return [[...states], seen];
            }""",
            draws,
        )
        x = torch.tensor([-2, 0.4, 3], dtype=torch.float64)
        first, second = torch.tensor(draws, dtype=torch.float64).reshape(3, 2).T
        xi = torch.sqrt(-2 * torch.log(1 - first)) * torch.cos(2 * torch.pi * second)
        expected = x - ball.STEP * slope(x) + math.sqrt(2 * 0.7 * ball.STEP) * xi
        assert moved == [pytest.approx(expected.tolist(), abs=1e-12)] * 2

    @pytest.mark.parametrize(("noise", "steps"), [(0.3, 500), (1.0, 6000), (3.0, 1500)])
    def test_balls_keep_to_the_law(self, front: Page, noise: float, steps: int) -> None:
        """Balls that are drawn from the law follow it still after one mean wait for a crossing.

        At 0.3, where no wait is long enough, they follow it in each well. Four standard errors:
        with other draws, one run of the three in two thousand would fail. A kick that is a tenth
        too strong is found in the energies, at each noise.
        """
        balls = exact(noise).sample(4000, generator=torch.Generator().manual_seed(2))
        moved = front.evaluate(
            f"""([states, noise, steps]) => {{
              const moved = Float64Array.from(states);
              ball.shake(moved, given, noise, steps, () => {{}}, ({RANDOM})(5));
              return [...moved];
            }}""",
            [balls.tolist(), noise, steps],
        )
        x = torch.tensor(moved, dtype=torch.float64)
        assert not torch.equal(x, balls)
        samples = [(x > BARRIER).double(), x, asymmetric_energy(x)]
        for found, expected, bias in zip(samples, averages(noise), biases(noise), strict=True):
            error = found.std().item() / math.sqrt(len(found))
            assert abs(found.mean().item() - expected) < 4 * error + bias

    @pytest.mark.parametrize("noise", [0.05, 0.1, 0.35, 1.0, 2.0, 3.0])
    def test_the_exact_density_is_the_package_s(self, front: Page, noise: float) -> None:
        places = [-2.5, -1.0, 0.3, 1.9, 2.0, 3.1]
        density, peak, share = front.evaluate(
            """([noise, places]) => {
              const { density, peak, share } = ball.law(given, noise);
              return [places.map(density), peak, share];
            }""",
            [noise, places],
        )
        law = exact(noise)
        x = torch.tensor(places, dtype=torch.float64)
        expected = torch.exp(-asymmetric_energy(x) / noise - law.log_Z)
        assert density == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-12)
        assert share == pytest.approx(share_on_the_right(noise), rel=1e-9)
        assert peak == pytest.approx(law.density.max().item(), rel=1e-9)


class Visit:
    """A visit of the front page, and what a reader sees and does there."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{address}/intro.html", wait_until="networkidle")
        self.run = self.page.locator(".ball-controls [name=run]")
        self.once = self.page.locator(".ball-controls [name=once]")
        self.back = self.page.locator(".ball-controls [name=back]")
        self.dial = self.page.get_by_role("slider", name="noise T")
        self.share = self.page.locator(".ball-share")

    def balls(self) -> list[str]:
        paths = self.page.locator(".ball-balls path")
        return paths.evaluate_all("all => all.map((one) => one.getAttribute('d'))")

    def places(self) -> Tensor:
        return torch.tensor([float(NUMBER.findall(path)[0]) for path in self.balls()]).double()

    def moves(self) -> bool:
        """Whether any ball moves within six frames."""
        before = self.balls()
        self.page.evaluate(
            """async () => {
              for (let left = 6; left > 0; left--) await new Promise(requestAnimationFrame);
            }"""
        )
        return self.balls() != before

    def turn(self, noise: float) -> None:
        self.dial.fill(f"{noise:g}")

    def awake(self) -> None:
        """Wake it, and wait for the script."""
        self.dial.focus()
        self.page.wait_for_function("document.querySelector('.ball-figure').loading")
        self.page.evaluate("document.querySelector('.ball-figure').loading")


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Visits the front page in a browser of one's choice, a phone at first."""
    contexts = []

    def begin(**options: Any) -> Visit:
        contexts.append(browser.new_context(**({"viewport": PHONE} | options)))
        return Visit(contexts[-1], address)

    yield begin
    for context in contexts:
        context.close()


@pytest.mark.build
class TestHand:
    def test_it_stands_still_and_loads_nothing_until_it_is_touched(self, visit) -> None:
        front = visit()
        assert not front.moves()
        assert not [url for url in front.asked if "/ball.js" in url]
        front.awake()
        assert len([url for url in front.asked if "/ball.js" in url]) == 1
        assert not front.moves()

    def test_the_first_press_shakes_and_the_next_one_stops(self, visit) -> None:
        front = visit()
        expect(front.run).to_have_text("Shake")
        front.run.click()
        expect(front.run).to_have_text("Stop")
        assert front.moves()
        front.run.click()
        expect(front.run).to_have_text("Shake")
        assert not front.moves()

    def test_a_finger_shakes(self, visit) -> None:
        front = visit(has_touch=True, is_mobile=True)
        front.run.tap()
        expect(front.run).to_have_text("Stop")
        assert front.moves()

    def test_keys_do_all(self, visit) -> None:
        front = visit()
        front.dial.focus()
        front.page.keyboard.press("ArrowRight")
        expect(front.page.locator(".ball-value")).to_have_text("1.05")
        starts = front.balls()
        for name in ("run", "once", "back"):
            front.page.keyboard.press("Tab")
            assert front.page.evaluate("document.activeElement.name") == name
        front.page.keyboard.press("Shift+Tab")
        front.page.keyboard.press("Enter")
        assert front.balls() != starts
        assert not front.moves()
        front.page.keyboard.press("Tab")
        front.page.keyboard.press("Enter")
        assert front.balls() == starts
        front.run.focus()
        front.page.keyboard.press("Space")
        expect(front.run).to_have_text("Stop")
        assert front.moves()
        front.page.keyboard.press("Space")
        assert not front.moves()

    def test_balls_lie_on_the_landscape_and_bars_count_them(self, visit) -> None:
        front = visit()
        for _ in range(5):
            front.once.click()
        expect(front.share).to_contain_text("so far")
        for path in front.balls():
            x, height, _ = (float(text) for text in NUMBER.findall(path))
            energy = asymmetric_energy(torch.tensor(x, dtype=torch.float64)).item()
            assert height == pytest.approx(energy, abs=0.02)
        # M x 0 V height H x V 0, in units in which the exact density peaks at PEAK
        bars = front.page.locator(".ball-bars").get_attribute("d")
        low, _, height, high, _ = points_of_bars(bars).T
        densities = height / ball.PEAK * exact(1.0).density.max()
        assert len(densities) == ball.BARS
        shares = densities * (high - low)
        assert shares.sum().item() == pytest.approx(1, abs=0.01)  # few are beyond the picture
        told = int(re.findall(r"(\d+)% so far", front.share.inner_text())[0])
        part = ((high - BARRIER) / (high - low)).clamp(0, 1)  # the barrier divides one bar
        assert (shares @ part).item() == pytest.approx(told / 100, abs=0.02)

    def test_the_dial_sets_the_law_and_begins_to_count_anew(self, visit) -> None:
        front = visit()
        front.once.click()
        expect(front.share).to_contain_text("so far")
        for noise in (0.3, 3.0):
            front.turn(noise)
            share = f"{share_on_the_right(noise):.1%}"
            expect(front.share).to_have_text(f"in the right well: {share} in the long run")
            assert front.page.locator(".ball-bars").get_attribute("d") == ""
            curve = front.page.locator(".ball-density").get_attribute("d")
            x, height = points_of(curve).T
            law = exact(noise)
            density = torch.exp(-asymmetric_energy(x) / noise - law.log_Z)
            drawn = height / ball.PEAK * law.density.max()
            torch.testing.assert_close(drawn, density, rtol=0, atol=0.01)
        front.turn(0.05)
        assert share_on_the_right(0.05) > 0.9995
        expect(front.share).to_have_text("in the right well: more than 99.9% in the long run")

    def test_without_noise_balls_roll_down_and_stay(self, visit) -> None:
        front = visit()
        front.turn(0.0)
        starts = front.places()
        right = (starts > BARRIER).double().mean()
        for _ in range(4):
            front.once.click()
        ends = front.places()
        assert torch.equal(ends > BARRIER, starts > BARRIER)
        assert (ends[:, None] - POINTS.minima).abs().amin(dim=1).max() < 0.001
        words = f"in the right well: {right:.0%}; without noise no ball leaves its well"
        expect(front.share).to_have_text(words)
        assert front.page.locator(".ball-density").get_attribute("d") == ""

    def test_it_says_in_words_what_became_of_the_balls(self, visit) -> None:
        front = visit()
        said = front.page.locator(".ball-figure output")
        assert said.text_content() == ""
        front.once.click()
        expect(said).to_have_text(front.share.inner_text())
        front.turn(2.0)
        expect(said).to_have_text(re.compile(rf"{share_on_the_right(2.0):.1%} in the long run"))
        front.run.click()
        before = said.text_content()
        front.page.wait_for_timeout(600)
        assert said.text_content() == before  # nobody is told while they move
        front.run.click()
        expect(said).to_have_text(re.compile("so far"))

    def test_it_never_moves_by_itself_where_less_motion_is_asked_for(self, visit) -> None:
        front = visit(reduced_motion="reduce")
        expect(front.run).to_be_hidden()
        before = front.balls()
        front.once.click()
        expect(front.share).to_contain_text("so far")
        assert front.balls() != before
        assert not front.moves()

    def test_it_stops_when_less_motion_is_asked_for(self, visit) -> None:
        front = visit()
        front.run.click()
        expect(front.run).to_have_text("Stop")
        front.page.emulate_media(reduced_motion="reduce")
        expect(front.run).to_have_text("Shake")
        assert not front.moves()

    def test_it_stops_when_it_is_off_the_screen(self, visit) -> None:
        front = visit()
        front.run.click()
        expect(front.run).to_have_text("Stop")
        front.page.evaluate("scrollTo({ top: 5000, behavior: 'instant' })")
        expect(front.run).to_have_text("Shake")
        assert not front.moves()

    def test_it_stops_when_its_tab_is_hidden(self, visit) -> None:
        front = visit()
        front.run.click()
        expect(front.run).to_have_text("Stop")
        front.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(front.run).to_have_text("Shake")
        assert not front.moves()

    def test_it_says_so_when_its_script_does_not_arrive(self, browser, address) -> None:
        page = browser.new_page(viewport=PHONE)
        page.route("**/ball.js*", lambda route: route.abort())
        page.goto(f"{address}/intro.html")
        page.locator(".ball-controls [name=run]").click()
        expect(page.get_by_role("alert")).to_contain_text("could not start")
        page.close()


def points_of_bars(path: str) -> Tensor:
    numbers = [float(text) for text in NUMBER.findall(path)]
    return torch.tensor(numbers, dtype=torch.float64).reshape(-1, 5)


BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll(".ball-figure *, h1, .sd-btn, .ball > p")]
    .filter((one) => one.checkVisibility() && !one.closest("g"))
    .map((one) => [one, one.getBoundingClientRect()])
    .map(([one, { x, y, width, height }], number) => [
      `${number} ${one.tagName} ${one.getAttribute("class") ?? one.name}`, [x, y, width, height]
    ])
)"""


@pytest.mark.build
class TestPage:
    @pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
    def test_it_is_seen_without_scrolling(self, visit, width: int, height: int) -> None:
        front = visit(viewport=ViewportSize(width=width, height=height))
        for selector in (
            "article h1",
            ".ball > p",
            ".ball-controls input",
            ".ball-controls [name=run]",
            ".ball-landscape",
            ".ball-histogram",
        ):
            box = front.page.locator(selector).first.bounding_box()
            assert box["y"] >= 0, selector
            assert box["y"] + box["height"] <= height, selector

    @pytest.mark.parametrize("width", [390, 1280])
    def test_nothing_moves_but_the_balls(self, visit, width: int) -> None:
        front = visit(viewport=ViewportSize(width=width, height=844))
        before = front.page.evaluate(BOXES)
        front.run.click()
        expect(front.run).to_have_text("Stop")
        assert front.moves()
        assert front.page.evaluate(BOXES) == before

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_locks_nobody_out_when_it_has_moved(
        self, visit, theme: Literal["light", "dark"]
    ) -> None:
        front = visit(color_scheme=theme)
        front.once.click()
        expect(front.share).to_contain_text("so far")
        results = Axe().run(front.page, options={"resultTypes": ["violations"]})
        assert results.violations_count == 0, results.generate_report()

    def test_its_letters_are_large_enough_for_a_phone(self, visit) -> None:
        front = visit()
        sizes = front.page.locator(".ball-figure :not(svg *, script)").evaluate_all(
            "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 12
        heights = front.page.locator(".ball-controls :is(button, label)").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().height)"
        )
        assert min(heights) >= 44  # a finger's width

    def test_it_is_a_picture_without_javascript(self, visit) -> None:
        front = visit(java_script_enabled=False)
        assert front.page.get_by_role("img", name="Thirty balls on a curve of energy").is_visible()
        assert front.page.get_by_role("img", name="The exact density").is_visible()
        assert not front.page.locator(".ball-controls").is_visible()

    def test_it_is_light(self, visit) -> None:
        front = visit()
        front.awake()
        (size,) = front.page.evaluate(
            """() => performance.getEntriesByType("resource")
              .filter(({ name }) => name.includes("/ball.js"))
              .map(({ transferSize }) => transferSize)"""
        )
        assert 0 < size < 4 * 1024
